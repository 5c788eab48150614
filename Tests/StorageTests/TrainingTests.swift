import Learning
import Postgres
import SpamFilter
import Storage
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct TrainingTests {
    @Test func theTwinConforms() async throws {
        let twin = MemoryTraining(limits: TrainingStoreConformance.limits)
        try await TrainingStoreConformance(twin, twin).run()
    }

    /// Two pools stand for two nodes.
    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pools = [PostgresPool(settings, size: 4), PostgresPool(settings, size: 4)]
            let stores = pools.map { PostgresTraining($0, limits: TrainingStoreConformance.limits, limit: .seconds(60)) }
            try await TrainingStoreConformance(stores[0], stores[1]).run()
            // Who unlearned what, and that the counts are those of the rows.
            let pool = pools[0]
            #expect(try await pool.execute("SELECT count(*) FROM training_events WHERE (unlearned_at IS NULL) <> (unlearned_by IS NULL)", by: soon).first?.integer(0) == 0)
            #expect(try await pool.execute("""
                SELECT count(*) FROM training_layers l WHERE events <> (SELECT count(*) FROM training_events e WHERE e.tenant_id = l.tenant_id AND e.domain = l.domain)
                """, by: soon).first?.integer(0) == 0)
            for pool in pools { await pool.close() }
        }
    }
}

import Notices
import Postgres
import Storage
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct NoticeTests {
    @Test func theTwinConforms() async throws {
        let twin = MemoryNotices()
        try await NoticeStoreConformance([twin, twin]) { twin.pass($0) }.run()
    }

    /// Two stores stand for two nodes; the time is simulated.
    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pools = (0..<2).map { _ in PostgresPool(settings, size: 4) }, clock = try await SimulatedClock(pools[0])
            try await NoticeStoreConformance(pools.map { PostgresNotices($0, clock: SimulatedClock.expression) }) { try await clock.pass($0) }.run()
            let row = try await pools[0].execute("SELECT (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()), (SELECT count(*) FROM notice_deliveries WHERE state = 0 AND webhook NOT IN (SELECT name FROM webhooks))", by: soon).first
            #expect(row?.integer(0) == 0)
            for pool in pools { await pool.close() }
        }
    }
}

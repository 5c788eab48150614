import Cryptography
import Postgres
import Storage
import TestSupport
import Testing
import TestStores
import Verdicts

@Suite(.longWork) struct GreylistTests {
    @Test func theTwinConforms() async throws {
        let twin = MemoryGreylist()
        try await GreylistStoreConformance(twin, twin) { twin.age(by: $0) }.run()
    }

    /// Two pools stand for two nodes; time passes for the rows, not for the clock.
    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pools = [PostgresPool(settings, size: 4), PostgresPool(settings, size: 4)]
            try await GreylistStoreConformance(PostgresGreylist(pools[0]), PostgresGreylist(pools[1])) { seconds in
                try await pools[0].execute("UPDATE greylist SET first_at = first_at - make_interval(secs => $1::integer), expires_at = expires_at - make_interval(secs => $1::integer)",
                                           [.integer(Int64(seconds))], by: soon)
            }.run()
            for pool in pools { await pool.close() }
        }
    }

    @Test func whatExpiredIsRemoved() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), keeper = PartitionKeeper(settings, retentionDays: 30)
            try await pool.execute("""
                INSERT INTO greylist SELECT 'default', sha256(n::text::bytea), now() - interval '2 days', now() + CASE WHEN n <= 12000 THEN -1 ELSE 1 END * interval '1 hour'
                FROM generate_series(1, 12100) n
                """, by: soon)
            #expect(try await keeper.keep(now: .present, by: soon).expired == 12_000)
            #expect(try await keeper.keep(now: .present, by: soon).expired == 0)
            #expect(try await pool.execute("SELECT count(*) FROM greylist", by: soon).first?.integer(0) == 100)
            await pool.close()
        }
    }

    /// Many keys are told from a sample; a visit reads by the index, and the limit of one tenant is not another's.
    @Test func manyKeys() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), store = PostgresGreylist(pool)
            try await pool.execute("""
                INSERT INTO greylist SELECT 'many', sha256(n::text::bytea), now(), now() + interval '1 day' FROM generate_series(1, 300000) n
                """, by: soon)
            try await pool.execute("ANALYZE greylist", by: soon)
            var terms = GreylistTerms()
            func meet(_ tenant: String, _ word: String) async throws -> GreylistAnswer {
                try await store.meet(GreylistVisit(tenant: tenant, tries: [SHA256.digest(word.utf8)], client: SHA256.digest("c".utf8), author: SHA256.digest("a".utf8)), terms, by: soon)
            }
            for (limit, answer) in [(1_000_000, GreylistAnswer.first(wait: 300)), (350_000, .first(wait: 300)), (250_000, .full), (100_000, .full), (1000, .full)] {
                terms.tenantKeys = limit
                #expect(try await meet("many", "try \(limit)") == answer, "\(limit)")
                #expect(try await meet("few", "try \(limit)") == .first(wait: 300))
            }
            #expect(try await pool.execute("SELECT count(*) FROM greylist WHERE tenant_id = 'many'", by: soon).first?.integer(0) == 300_002)
            await pool.close()
        }
    }

    @Test func aDatabaseThatIsNotThereIsTrouble() async throws {
        let pool = PostgresPool(PostgresSettings("host=/nonexistent dbname=x"), size: 1)
        let visit = GreylistVisit(tenant: "t", tries: [SHA256.digest([1])], client: SHA256.digest([2]), author: nil)
        await #expect(throws: StoreTrouble.self) { _ = try await PostgresGreylist(pool).meet(visit, GreylistTerms(), by: .now + .seconds(5)) }
        await pool.close()
    }
}

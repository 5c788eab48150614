import Cryptography
import Foundation
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

    /// Two stores stand for two nodes; time passes for the rows, not for the clock.
    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let stores = [PostgresGreylist(settings, size: 4), PostgresGreylist(settings, size: 4)], pool = PostgresPool(settings, size: 1)
            try await GreylistStoreConformance(stores[0], stores[1]) { seconds in
                try await pool.execute("UPDATE greylist SET first_at = first_at - make_interval(secs => $1::integer), expires_at = expires_at - make_interval(secs => $1::integer)",
                                       [.integer(Int64(seconds))], by: soon)
            }.run()
            for store in stores { await store.close() }
            await pool.close()
        }
    }

    /// Who was known before keys had a secret is known to all nodes, and after a restart.
    @Test func whoIsKnownStaysKnown() async throws {
        try await withDatabase(migrated: false) { _, settings in
            let pool = PostgresPool(settings, size: 1)
            try await withTemporaryFolder { folder in
                for name in try FileManager.default.contentsOfDirectory(atPath: migrations) where name < "0012" { try FileManager.default.copyItem(atPath: "\(migrations)/\(name)", toPath: "\(folder)/\(name)") }
                _ = try await Migrator(folder: folder).migrate(settings, by: soon)
            }
            try await pool.execute("INSERT INTO greylist VALUES ('t', $1, now(), now() + interval '1 day'), ('t', $2, now() - interval '2 days', now() - interval '1 day')",
                                   [.octets(SHA256.digest("known".utf8)), .octets(SHA256.digest("old".utf8))], by: soon)
            _ = try await Migrator(folder: migrations).migrate(settings, by: soon)
            #expect(try await pool.execute("SELECT count(*) FROM greylist", by: soon).first?.integer(0) == 1)
            for _ in 0..<2 {
                let store = PostgresGreylist(settings), visit = GreylistVisit(tenant: "t", tries: [SHA256.digest("x".utf8)], client: SHA256.digest("known".utf8), author: nil)
                #expect(try await store.meet(visit, GreylistTerms(), by: soon) == .known)
                await store.close()
            }
            #expect(try await pool.execute("SELECT count(*) FROM greylist WHERE key = $1", [.octets(SHA256.digest("known".utf8))], by: soon).first?.integer(0) == 0)
            await pool.close()
        }
    }

    /// Statements that were planned when the table was empty read it by its index when it is large, also while nobody has looked how large it is.
    @Test func noStatementReadsTheTable() async throws {
        try await withDatabase { _, settings in
            let store = PostgresGreylist(settings, size: 1), pool = PostgresPool(settings, size: 1), terms = GreylistTerms()
            func name(_ number: Int) -> GreylistName { GreylistName(tenant: "t\(number % 3)", key: SHA256.digest("\(number)".utf8)) }
            func round(_ round: Int, of size: Int) async throws {
                let names = (0..<size).map { name(round * 1000 + $0) }
                let visit = GreylistVisit(tenant: "t1", tries: (0..<GreylistTerms.triesAtMost).map { name(-round * 1000 - $0 - 1).key }, client: name(round - 1_000_000).key, author: names[0].key)
                #expect(try await store.meet(visit, terms, by: soon) == .first(wait: 300))
                try await store.add(names.map { GreylistCredit(author: $0, messages: 1) }, terms, by: soon)
                try await store.prolong(names, terms, by: soon)
                try await store.end(Array(names.prefix(5)), by: soon)
            }
            for statement in ["ALTER TABLE greylist SET (autovacuum_enabled = false)", "ANALYZE greylist"] { try await pool.execute(statement, by: soon) }
            for number in 0..<8 { try await round(number, of: 10) }
            try await pool.execute("INSERT INTO greylist SELECT 't' || n % 3, sha256(('other ' || n)::bytea), now(), now() + interval '1 day' FROM generate_series(1, 500000) n", by: soon)
            for number in 8..<16 { try await round(number, of: GreylistTerms.writtenAtOnce) }
            await store.close()
            // The server counts what a connection did when it ends.
            while try await pool.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()", by: soon).first?.integer(0) != 0 {}
            let read = try await pool.execute("""
                SELECT seq_tup_read + (SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes i WHERE i.relname = 'greylist') FROM pg_stat_user_tables t WHERE t.relname = 'greylist'
                """, by: soon).first?.integer(0) ?? .max
            #expect(read < 100_000, "not all of a tenant's keys: \(read)")
            await pool.close()
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
            let pool = PostgresPool(settings, size: 1), store = PostgresGreylist(settings)
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
            await store.close()
            await pool.close()
        }
    }

    @Test func aDatabaseThatIsNotThereIsTrouble() async throws {
        let store = PostgresGreylist(PostgresSettings("host=/nonexistent dbname=x"), size: 1)
        let visit = GreylistVisit(tenant: "t", tries: [SHA256.digest([1])], client: SHA256.digest([2]), author: nil)
        await #expect(throws: StoreTrouble.self) { _ = try await store.meet(visit, GreylistTerms(), by: .now + .seconds(5)) }
        await store.close()
    }
}

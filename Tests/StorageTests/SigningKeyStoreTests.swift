import Postgres
import Storage
import TestSupport
import Testing
import TestStores
import Verdicts

@Suite(.longWork) struct SigningKeyStoreTests {
    private let limits = { var limits = TenantLimits(); limits.signingKeys = 5; return limits }()

    @Test func theTwinConforms() async throws { try await SigningKeyStoreConformance(MemorySigningKeyStore(limits: limits), limits: limits).run() }

    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 4)
            try await SigningKeyStoreConformance(PostgresSigningKeyStore(pool, limits: limits), limits: limits).run()
            // What the database itself sees to: nothing secret stays of a retired key.
            #expect(try await pool.execute("SELECT count(*) FROM dkim_keys WHERE private_key IS NOT NULL", by: soon).first?.integer(0) == 0)
            await pool.close()
        }
    }
}

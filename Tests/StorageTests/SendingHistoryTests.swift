import DNS
import Limiting
import Postgres
import RateLimits
import Storage
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct SendingHistoryTests {
    @Test func theTwinConforms() async throws {
        let store = MemoryVerdictStore()
        try await SendingHistoryConformance(store, store, now: .present).run()
    }

    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), store = PostgresVerdictStore(settings, pool: pool, limits: Self.patient)
            try await SendingHistoryConformance(store, PostgresSendingHistory(pool), now: .present).run()
            await store.close()
            await pool.close()
        }
    }

    /// The question reads by the key of the table, with the tenant and both ends, and looks into no partition of another day.
    @Test func aTenantsDaysAloneAreRead() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 1), now = Timestamp.present, begin = VerdictID.lowest(at: now.adding(seconds: -60)), end = VerdictID.lowest(at: now.adding(seconds: 60))
            try await pool.execute(Self.filling, [.text(VerdictID.lowest(at: now).description)], by: soon)
            try await pool.execute("ANALYZE verdicts", by: soon)
            let values: [PostgresValue] = [.text("t7"), .text(begin.description), .text(end.description), .integer(1000)]
            let plan = try await pool.execute("EXPLAIN (ANALYZE, TIMING OFF) " + PostgresSendingHistory.reading, values, by: soon).compactMap { $0.text(0) }
            let condition = plan.first { $0.contains("Cond: ") && $0.contains("tenant_id = ") } ?? ""
            #expect(condition.contains("(id >= ") && condition.contains("(id < "), "\(plan.joined(separator: "\n"))")
            #expect(plan.contains { $0.contains("verdicts_") && $0.contains("actual rows=200 ") }, "\(plan.joined(separator: "\n"))")
            #expect(plan.count { $0.contains(" on verdicts_") && !$0.contains("never executed") } <= 2, "\(plan.joined(separator: "\n"))")
            await pool.close()
        }
    }

    /// Two hundred messages of each of twenty tenants, all from one moment on.
    private static let filling = """
        INSERT INTO verdicts (tenant_id, id, received_at, action, class, direction, score, size, client_ip, digest, recipients, recipient_domains, domains, codes, envelope, findings, evidence, decision)
        SELECT 't' || n % 20, (left($1::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, now(), 'accept', 'unknown', 'outbound', 0, 1, '192.0.2.1', '\\x00', '{}', '{}', '{}', '{}', '{}', '[]', '{}', '{}'
        FROM generate_series(1, 4000) n
        """

    private static var patient: PostgresVerdictStore.Limits {
        var limits = PostgresVerdictStore.Limits()
        // What is right is asked here, not how soon.
        (limits.append, limits.read) = (.seconds(60), .seconds(60))
        return limits
    }
}

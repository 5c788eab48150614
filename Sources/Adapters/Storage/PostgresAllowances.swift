package import Limiting
package import Postgres
package import RateLimits
internal import Verdicts

/// What was sent, in PostgreSQL.
///
/// Messages are counted over one connection, those that come while it is busy together: their subjects are locked in the order of their key, so that batches of all
/// nodes take turns; then the database tells the time, and all that follows from it is reckoned here and written at once. Its commit does not wait for the disk: the
/// verdict that is kept after it does, and nobody learns of the one without the other.
package final class PostgresAllowances: AllowanceStore {
    private let pool: PostgresPool
    private let counter: PostgresConnection
    private let table: AllowanceTable
    private let batcher: Batcher<CountedMessage, AllowanceTable.Answer>

    /// Messages counted by one transaction.
    private static let batch = 256

    /// - Parameters:
    ///   - pool: connections to the same database, for what is read.
    ///   - clock: the SQL expression that tells the time; another one for tests in which time is simulated.
    package init(_ settings: PostgresSettings, pool: PostgresPool, limits: AllowanceLimits = AllowanceLimits(), clock: String = "clock_timestamp()") {
        var settings = settings
        settings.parameters["synchronous_commit"] = "off"
        // Everything is looked up by its key, however small a table is when the plan is made.
        for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin"] { settings.parameters["enable_\(way)"] = "off" }
        settings.parameters["jit"] = "off"
        let counter = PostgresConnection(settings), table = AllowanceTable(connection: counter, most: limits.subjects, clock: clock)
        self.pool = pool
        self.counter = counter
        self.table = table
        var bounds = BatchLimits()
        bounds.batch = Self.batch
        batcher = Batcher(limits: bounds, repeatsAfterLoss: true, on: counter.nearby, octets: { 100 + $0.subjects.count * 500 }) { messages, _, deadline in try await table.count(messages, by: deadline) }
    }

    /// Ends the connection that counts.
    package func close() async { await counter.close() }

    package func count(_ message: CountedMessage, by deadline: ContinuousClock.Instant) async throws -> Admission {
        guard message.name.count == 32, (1...LimitHierarchy.subjectLimit).contains(message.subjects.count) else { throw StoreTrouble.refused("the message has no name of 32 octets, or not 1 to \(LimitHierarchy.subjectLimit) subjects") }
        return try await asStoreTrouble { try await batcher.submit(message, by: deadline).get() }
    }

    package func states(of subjects: [LimitSubject], tenant: String, by deadline: ContinuousClock.Instant) async throws -> (now: Int, states: [LimitSubject: AllowanceState]) {
        let keys = subjects.map { SubjectKey(tenant, $0) }
        return try await asStoreTrouble {
            let rows = try await pool.execute("""
                SELECT (extract(epoch FROM \(table.clock)) * 1000000)::bigint, found.place, found.state FROM (SELECT) one LEFT JOIN (
                    SELECT k.place, a.state FROM \(SubjectKey.inputs) JOIN allowances a ON a.tenant_id = k.tenant_id AND a.scope = k.scope::smallint AND a.subject = k.subject
                ) found ON true
                """, SubjectKey.columns(keys), by: deadline)
            var states: [LimitSubject: AllowanceState] = [:]
            for row in rows {
                guard let place = row.integer(1), subjects.indices.contains(place - 1) else { continue }
                states[subjects[place - 1]] = try AllowanceTable.state(row.bytea(2))
            }
            guard let now = rows.first?.integer(0) else { throw StoreTrouble.refused("the database does not tell the time") }
            return (now / 1000, states)
        }
    }

    package func reset(_ subject: LimitSubject, tenant: String, by deadline: ContinuousClock.Instant) async throws -> Bool {
        try await asStoreTrouble {
            try await pool.execute("""
                WITH \(Self.gone("tenant_id = $1 AND scope = $2::smallint AND subject = $3")) SELECT count FROM gone
                """, SubjectKey(tenant, subject).values, by: deadline).count > 0
        }
    }

    package func removeOld(by deadline: ContinuousClock.Instant) async throws -> (subjects: Int, messages: Int) {
        var subjects = 0, messages = 0
        try await asStoreTrouble {
            while true {
                let rows = try await pool.execute("""
                    WITH \(Self.gone("ctid = ANY (ARRAY(SELECT ctid FROM allowances WHERE idle_at <= \(table.clock) LIMIT 5000 FOR UPDATE SKIP LOCKED))")) SELECT count FROM gone
                    """, by: deadline)
                let gone = rows.reduce(0) { $0 + ($1.integer(0) ?? 0) }
                subjects += gone
                if gone < 5000 { break }
            }
            while true {
                let gone = try await pool.execute("""
                    DELETE FROM counted_messages WHERE ctid = ANY (ARRAY(
                        SELECT ctid FROM counted_messages WHERE counted_at < now() - interval '2 days' ORDER BY counted_at LIMIT 5000 FOR UPDATE SKIP LOCKED))
                    """, by: deadline).affected
                messages += gone
                if gone < 5000 { break }
            }
        }
        return (subjects, messages)
    }

    /// Removes subjects, and counts each tenant's down by as many.
    private static func gone(_ condition: String) -> String {
        """
        removed AS (
            DELETE FROM allowances WHERE \(condition) RETURNING tenant_id
        ), gone AS (
            SELECT tenant_id, count(*) FROM removed GROUP BY tenant_id
        ), fewer AS (
            UPDATE limited_tenants t SET subjects = greatest(t.subjects - g.count, 0) FROM gone g WHERE t.tenant_id = g.tenant_id
        )
        """
    }
}

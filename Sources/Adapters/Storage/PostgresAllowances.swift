package import Limiting
package import Postgres
package import RateLimits
internal import Verdicts

/// What was sent, in PostgreSQL.
///
/// Messages are counted over one connection, those that come while it is busy together: their subjects are locked in the order of their key, so that batches of all
/// nodes take turns; then the database tells the time, and all that follows from it is reckoned here and written at once, with the verdicts that come of it: one commit
/// waits for the disk for both, and neither is lost without the other.
package final class PostgresAllowances: AllowanceStore {
    private let pool: PostgresPool
    private let counter: PostgresConnection
    private let table: AllowanceTable
    private let batcher: Batcher<CountedMessage, AllowanceTable.Answer>

    /// Messages counted by one transaction: all rows that it locks wait for all of its verdicts.
    private static let batch = 64

    /// - Parameters:
    ///   - pool: connections to the same database, for what is read.
    ///   - clock: the SQL expression that tells the time; another one for tests in which time is simulated.
    package init(_ settings: PostgresSettings, pool: PostgresPool, limits: AllowanceLimits = AllowanceLimits(), clock: String = "clock_timestamp()") {
        var settings = settings
        // Everything is looked up by its key, however small a table is when the plan is made.
        for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin"] { settings.parameters["enable_\(way)"] = "off" }
        settings.parameters["jit"] = "off"
        // Of a node that is gone without a word others wait for the rows of whom they count, and for the claims of messages that come again there.
        settings.idleLimit = .seconds(5)
        let counter = PostgresConnection(settings), table = AllowanceTable(connection: counter, limits: limits, clock: clock)
        self.pool = pool
        self.counter = counter
        self.table = table
        var bounds = BatchLimits()
        bounds.batch = Self.batch
        batcher = Batcher(limits: bounds, repeatsAfterLoss: true, on: counter.nearby, octets: { 100 + $0.subjects.count * 500 + ($0.verdict == nil ? 0 : 16_384 + $0.amounts.recipients * 512) }) { messages, again, deadline in try await table.count(messages, again: again, by: deadline) }
    }

    /// Messages that wait for what is counted here.
    package var holds: PostgresHolds { PostgresHolds(pool, table) }

    /// Ends the connection that counts.
    package func close() async { await counter.close() }

    package func count(_ message: CountedMessage, by deadline: ContinuousClock.Instant) async throws -> Counting {
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
                do { if let state = try AllowanceTable.state(row.bytea(2)), !state.isEmpty { states[subjects[place - 1]] = state } } catch { throw StoreTrouble.refused("what \(subjects[place - 1]) sent is not what this program writes; DELETE …/counters forgets it") }
            }
            guard let now = rows.first?.integer(0) else { throw StoreTrouble.refused("the database does not tell the time") }
            return (now / 1000, states)
        }
    }

    package func reset(_ subject: LimitSubject, tenant: String, by deadline: ContinuousClock.Instant) async throws -> Bool {
        let key = SubjectKey(tenant, subject)
        // The row stays: who sends at this moment finds it.
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    guard let row = try connection.execute("SELECT state FROM allowances WHERE tenant_id = $1 AND scope = $2::smallint AND subject = $3 AND state <> '' FOR UPDATE", key.values, by: deadline).first else { return false }
                    // One that cannot be read begins anew.
                    let state = try? AllowanceTable.state(row.bytea(0))
                    if let state, state.isEmpty { return false }
                    try connection.execute("UPDATE allowances SET state = $4 WHERE tenant_id = $1 AND scope = $2::smallint AND subject = $3", key.values + [.octets(state?.emptied.octets ?? [])], by: deadline)
                    return true
                }
            }
        }
    }

    package func removeOld(by deadline: ContinuousClock.Instant) async throws -> (subjects: Int, messages: Int) {
        var subjects = 0, messages = 0
        try await asStoreTrouble {
            for tenant in try await pool.execute("SELECT tenant_id FROM limited_tenants WHERE subjects > 0", by: deadline).compactMap({ $0.text(0) }) {
                while true {
                    // Looked for without a lock: nobody waits for a look at all of a tenant's rows.
                    let idle = try await pool.execute("SELECT scope, subject FROM allowances WHERE tenant_id = $1 AND idle_at <= \(table.clock) LIMIT 5000", [.text(tenant)], by: deadline)
                    if !idle.isEmpty { subjects += try await remove(idle, of: tenant, by: deadline) }
                    if idle.count < 5000 { break }
                }
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

    /// Removes subjects of a tenant that are idle still, and counts it down by as many. The tenant's row is locked first, as by who makes subjects, so that none waits for the other in a circle.
    private func remove(_ idle: PostgresRows, of tenant: String, by deadline: ContinuousClock.Instant) async throws -> Int {
        var scopes = PostgresArray(of: .bigint), names = PostgresArray(of: .text)
        for row in idle {
            guard let scope = row.integer(0), let name = row.text(1) else { continue }
            scopes.append(Int64(scope))
            names.append(name)
        }
        let values: [PostgresValue] = [.text(tenant), .array(scopes), .array(names)]
        return try await pool.lend(by: deadline) { connection in
            try await connection.transaction(by: deadline) { connection in
                try connection.execute("SELECT FROM limited_tenants WHERE tenant_id = $1 FOR UPDATE", [.text(tenant)], by: deadline)
                let gone = try connection.execute("""
                    DELETE FROM allowances a USING unnest($2::bigint[], $3::text[]) AS k(scope, subject)
                    WHERE a.tenant_id = $1 AND a.scope = k.scope::smallint AND a.subject = k.subject AND a.idle_at <= \(table.clock)
                    """, values, by: deadline).affected
                if gone > 0 { try connection.execute("UPDATE limited_tenants SET subjects = greatest(subjects - $2::bigint, 0) WHERE tenant_id = $1", [.text(tenant), .integer(Int64(gone))], by: deadline) }
                return gone
            }
        }
    }
}

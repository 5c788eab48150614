package import Limiting
internal import Postgres
package import RateLimits
package import Verdicts

/// Messages that wait for limits on sending, in PostgreSQL.
///
/// What changes more than one table takes its locks in this order: rows of `allowances`, of `hold_tails`, of `holds`, of `hold_turns` and of `held_tenants`, each in the order of their keys.
package struct PostgresHolds: HoldStore {
    let pool: PostgresPool
    let table: AllowanceTable
    var clock: String { table.clock }

    init(_ pool: PostgresPool, _ table: AllowanceTable) { self.pool = pool; self.table = table }

    /// Servers with agents, of a tenant and of all tenants together; at a further one nothing is held until others were silent for a week.
    private static let agents = 10_000

    package func due(at agent: HoldAgent, lease: Int, limit: Int, by deadline: ContinuousClock.Instant) async throws -> DueHolds {
        let who: [PostgresValue] = [.text(StoredText.key(agent.server)), .optional(agent.tenant.map(StoredText.key))], many: PostgresValue = .integer(Int64(min(max(limit, 1), 1000)))
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                // Noted now and then only: a question that finds nothing is to cost nothing.
                try await connection.execute("""
                    INSERT INTO hold_agents AS a (server_name, tenant_id, seen_at) SELECT $1, coalesce($2, ''), \(clock)
                    WHERE (SELECT count(*) FROM hold_agents WHERE tenant_id = coalesce($2, '')) < $3::bigint OR EXISTS (SELECT FROM hold_agents WHERE server_name = $1 AND tenant_id = coalesce($2, ''))
                    ON CONFLICT (server_name, tenant_id) DO UPDATE SET seen_at = \(clock) WHERE a.seen_at < \(clock) - interval '20 seconds'
                    """, who + [.integer(Int64(Self.agents))], by: deadline)
                let lent = try await connection.execute("""
                    UPDATE holds h SET leased_until = \(clock) + $4::bigint * interval '1 millisecond' FROM (
                        SELECT tenant_id, id FROM holds WHERE server_name = $1 AND ($2::text IS NULL OR tenant_id = $2) AND state = 1 AND leased_until <= \(clock) ORDER BY leased_until LIMIT $3::bigint FOR UPDATE SKIP LOCKED) k
                    WHERE h.tenant_id = k.tenant_id AND h.id = k.id RETURNING \(HoldColumns.all)
                    """, who + [many, .integer(Int64(lease))], by: deadline)
                let due = try await connection.execute("""
                    SELECT \(HoldColumns.all) FROM holds h WHERE server_name = $1 AND ($2::text IS NULL OR tenant_id = $2) AND state = 0 AND release_at <= \(clock) ORDER BY release_at, place LIMIT $3::bigint
                    """, who + [many], by: deadline)
                let next = try await connection.execute("""
                    SELECT greatest((extract(epoch FROM least(
                        (SELECT release_at FROM holds WHERE server_name = $1 AND ($2::text IS NULL OR tenant_id = $2) AND state = 0 AND release_at > \(clock) ORDER BY release_at LIMIT 1),
                        (SELECT leased_until FROM holds WHERE server_name = $1 AND ($2::text IS NULL OR tenant_id = $2) AND state = 1 ORDER BY leased_until LIMIT 1)) - \(clock)) * 1000)::bigint, 0)
                    """, who, by: deadline).first?.integer(0)
                return DueHolds(lent: try lent.map(HoldColumns.hold), due: try due.map(HoldColumns.hold), next: next)
            }
        }
    }

    package func grant(_ holds: [(hold: Hold, subjects: [LimitedSubject])], lease: Int, by deadline: ContinuousClock.Instant) async throws -> [Hold] {
        if holds.isEmpty { return [] }
        return try await asStoreTrouble { try await table.grant(holds.map { HoldCandidate(hold: $0.hold, subjects: $0.subjects) }, lease: lease, by: deadline) }
    }

    package func postpone(_ holds: [Hold], for milliseconds: Int, by deadline: ContinuousClock.Instant) async throws {
        if holds.isEmpty { return }
        _ = try await asStoreTrouble {
            try await pool.execute("""
                UPDATE holds h SET release_at = \(clock) + $3::bigint * interval '1 millisecond' FROM (
                    SELECT h.tenant_id, h.id FROM unnest($1::text[], $2::text[]) AS k(tenant_id, id) JOIN holds h ON h.tenant_id = k.tenant_id AND h.id = k.id::uuid
                    WHERE h.state = 0 ORDER BY h.tenant_id, h.id FOR UPDATE OF h) k
                WHERE h.tenant_id = k.tenant_id AND h.id = k.id
                """, HoldColumns.keys(of: holds) + [.integer(Int64(milliseconds))], by: deadline)
        }
    }

    package func end(_ id: VerdictID, tenant: String?, _ outcome: Hold.Outcome, by deadline: ContinuousClock.Instant) async throws -> Hold? {
        try await close(id, tenant, from: [.waiting, .granted], to: .released, outcome, by: deadline)
    }

    package func cancel(_ id: VerdictID, tenant: String?, by deadline: ContinuousClock.Instant) async throws -> Hold? {
        try await close(id, tenant, from: [.waiting], to: .cancelled, nil, by: deadline)
    }

    private func close(_ id: VerdictID, _ tenant: String?, from states: Set<Hold.State>, to state: Hold.State, _ outcome: Hold.Outcome?, by deadline: ContinuousClock.Instant) async throws -> Hold? {
        let clock = clock, table = table
        return try await asStoreTrouble {
            guard let seen = try await hold(id, tenant: tenant, by: deadline) else { return nil }
            guard states.contains(seen.state) else { return seen }
            return try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    // The end of its line before the message itself, as everywhere.
                    try connection.execute("SELECT FROM hold_tails WHERE tenant_id = $1 AND scope = $2::smallint AND subject = $3 FOR UPDATE", SubjectKey(seen.tenant, seen.blocker).values, by: deadline)
                    let wasWaiting = try !table.lockWaiting([seen], connection, by: deadline).isEmpty
                    let row = try connection.execute("""
                        UPDATE holds h SET state = $3::smallint, outcome = $4, ended_at = \(clock), leased_until = NULL WHERE tenant_id = $1 AND id = $2::uuid AND state = ANY ($5::bigint[]) RETURNING \(HoldColumns.all)
                        """, [.text(seen.tenant), .text(seen.id.description), .integer(Int64(HoldColumns.number(of: state))), .optional(outcome?.rawValue), .array(Self.numbers(states))], by: deadline).first
                    guard let row else {
                        let standing = try connection.execute("SELECT \(HoldColumns.all) FROM holds h WHERE tenant_id = $1 AND id = $2::uuid", [.text(seen.tenant), .text(seen.id.description)], by: deadline).first
                        return try standing.map(HoldColumns.hold)
                    }
                    if wasWaiting {
                        try table.shorten([seen], connection, by: deadline)
                        try connection.execute("UPDATE held_tenants SET disordered = true WHERE tenant_id = $1", [.text(seen.tenant)], by: deadline)
                    }
                    return try HoldColumns.hold(row)
                }
            }
        }
    }

    private static func numbers(_ states: Set<Hold.State>) -> PostgresArray {
        var numbers = PostgresArray(of: .bigint)
        for state in states { numbers.append(Int64(HoldColumns.number(of: state))) }
        return numbers
    }

    package func hold(_ id: VerdictID, tenant: String?, by deadline: ContinuousClock.Instant) async throws -> Hold? {
        try await asStoreTrouble {
            try await pool.execute("SELECT \(HoldColumns.all) FROM holds h WHERE id = $1::uuid AND ($2::text IS NULL OR tenant_id = $2) ORDER BY tenant_id LIMIT 1",
                                   [.text(id.description), .optional(tenant.map(StoredText.key))], by: deadline).first.map(HoldColumns.hold)
        }
    }

    package func holds(matching filter: HoldFilter, before: Int?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Hold] {
        let values: [PostgresValue] = [.optional(filter.tenant.map(StoredText.key)), filter.state.map { .integer(Int64(HoldColumns.number(of: $0))) } ?? .null, .optional(filter.server.map(StoredText.key)),
                                       .optional(filter.sender.map(StoredText.key)), .optional(filter.queueID.map(StoredText.key)), before.map { .integer(Int64($0)) } ?? .null, .integer(Int64(min(max(limit, 1), 1000)))]
        return try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(HoldColumns.all) FROM holds h WHERE \(filter.tenant == nil ? "$1::text IS NULL" : "tenant_id = $1") AND ($2::smallint IS NULL OR state = $2::smallint) AND ($3::text IS NULL OR server_name = $3)
                    AND ($4::text IS NULL OR sender = $4) AND ($5::text IS NULL OR queue_id = $5) AND ($6::bigint IS NULL OR place < $6::bigint) ORDER BY place DESC LIMIT $7::bigint
                """, values, by: deadline).map(HoldColumns.hold)
        }
    }

    package func usage(by deadline: ContinuousClock.Instant) async throws -> HoldUsage {
        let row = try await asStoreTrouble {
            try await pool.execute("""
                SELECT (SELECT coalesce(sum(waiting), 0)::bigint FROM held_tenants), (SELECT count(*) FROM holds WHERE state = 1),
                       (extract(epoch FROM \(clock) - (SELECT min(release_at) FROM holds WHERE state = 0)) * 1000)::bigint
                """, by: deadline).first
        }
        return HoldUsage(waiting: row?.integer(0) ?? 0, granted: row?.integer(1) ?? 0, lateness: max(row?.integer(2) ?? 0, 0))
    }

    package func removeEnded(by deadline: ContinuousClock.Instant) async throws -> Int {
        var removed = 0
        _ = try await asStoreTrouble { try await pool.execute("DELETE FROM hold_agents WHERE seen_at < \(clock) - interval '7 days'", by: deadline) }
        while true {
            let gone = try await asStoreTrouble {
                try await pool.execute("""
                    DELETE FROM holds WHERE ctid = ANY (ARRAY(SELECT ctid FROM holds WHERE state >= 2 AND ended_at < \(clock) - interval '7 days' ORDER BY ended_at LIMIT 5000 FOR UPDATE SKIP LOCKED))
                    """, by: deadline).affected
            }
            removed += gone
            if gone < 5000 { return removed }
        }
    }
}

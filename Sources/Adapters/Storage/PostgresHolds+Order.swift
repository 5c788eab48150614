package import Limiting
internal import Postgres
internal import RateLimits
internal import Verdicts

/// The order in which those who wait go.
extension PostgresHolds {
    package func disordered(by deadline: ContinuousClock.Instant) async throws -> [String] {
        // One that was planned not long ago waits, the longer the more there is to plan; what changes beside the lines, such as a window that others use, too, is looked for now and then.
        try await asStoreTrouble {
            try await pool.execute("""
                UPDATE held_tenants SET planned_at = \(clock), disordered = false WHERE tenant_id IN (
                    SELECT tenant_id FROM held_tenants WHERE waiting > 0 AND planned_at < \(clock) - greatest(CASE WHEN disordered THEN 1000 ELSE 15000 END, took * CASE WHEN disordered THEN 4 ELSE 20 END) * interval '1 millisecond'
                    ORDER BY tenant_id FOR UPDATE SKIP LOCKED)
                RETURNING tenant_id
                """, by: deadline).compactMap { $0.text(0) }
        }
    }

    package func disorder(_ tenant: String, by deadline: ContinuousClock.Instant) async throws {
        _ = try await asStoreTrouble { try await pool.execute("UPDATE held_tenants SET disordered = true WHERE tenant_id = $1 AND waiting > 0", [.text(StoredText.key(tenant))], by: deadline) }
    }

    package func line(of tenant: String, by deadline: ContinuousClock.Instant) async throws -> HoldLine {
        let clock = clock, name: [PostgresValue] = [.text(StoredText.key(tenant))]
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    // How long lines were first: one that becomes longer while this is read is seen as longer afterwards.
                    var changes: [LimitSubject: Int] = [:]
                    for row in try connection.execute("SELECT scope, subject, changes FROM hold_tails WHERE tenant_id = $1", name, by: deadline) {
                        if let subject = HoldColumns.subject(row.integer(0), row.text(1)), let number = row.integer(2) { changes[subject] = number }
                    }
                    let holds = try connection.execute("SELECT \(HoldColumns.all) FROM holds h WHERE tenant_id = $1 AND state = 0 ORDER BY place", name, by: deadline).map(HoldColumns.hold)
                    let servers = try connection.execute("SELECT server_name FROM hold_agents WHERE tenant_id IN ('', $1) AND seen_at > \(clock) - interval '2 minutes'", name, by: deadline).compactMap { $0.text(0) }
                    guard let now = try connection.execute("SELECT (extract(epoch FROM \(clock)) * 1000000)::bigint", by: deadline).first?.integer(0) else { throw StoreTrouble.refused("the database does not tell the time") }
                    // Rounded down: what goes now is due now.
                    return HoldLine(now: now / 1000, holds: holds, turns: try AllowanceTable.turns(of: StoredText.key(tenant), connection, by: deadline), servers: Set(servers), changes: changes)
                }
            }
        }
    }

    package func order(_ tenant: String, _ order: HoldOrder, by deadline: ContinuousClock.Instant) async throws {
        let tenant = StoredText.key(tenant), table = table
        try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                // In portions, so that nobody waits for long who grants some of them.
                var rest = order.moves[...]
                while !rest.isEmpty {
                    let some = Array(rest.prefix(Self.portion))
                    try await connection.transaction(by: deadline) { connection in try Self.move(some, tenant, connection, by: deadline) }
                    rest = rest.dropFirst(Self.portion)
                }
                try await connection.transaction(by: deadline) { connection in
                    var standing: [LimitSubject: Int] = [:]
                    for row in try connection.execute("SELECT scope, subject, changes FROM hold_tails WHERE tenant_id = $1 ORDER BY scope, subject FOR UPDATE", [.text(tenant)], by: deadline) {
                        if let subject = HoldColumns.subject(row.integer(0), row.text(1)), let number = row.integer(2) { standing[subject] = number }
                    }
                    let free = order.tails.filter { standing[$0.key] == order.changes[$0.key] }
                    try table.write(free.map { (SubjectKey(tenant, $0.key), $0.value) }.sorted { $0.0 < $1.0 }, connection, by: deadline)
                    try AllowanceTable.begin(order.begins, of: tenant, connection, by: deadline)
                    try Self.count(tenant, isDisordered: free.count < order.tails.count, took: order.took, connection, by: deadline)
                }
            }
        }
    }

    /// Messages that are moved by one transaction.
    private static let portion = 2000

    private static func move(_ moves: [HoldOrder.Move], _ tenant: String, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        if moves.isEmpty { return }
        var ids = PostgresArray(of: .text), times = PostgresArray(of: .bigint), scopes = PostgresArray(of: .bigint), names = PostgresArray(of: .text)
        for move in moves {
            ids.append(move.id.description)
            times.append(move.releaseAt.microseconds)
            scopes.append(Int64(move.blocker.scope.place))
            names.append(move.blocker.name)
        }
        // In the order in which everybody locks them.
        try connection.execute("SELECT FROM unnest($2::text[]) AS k(id) JOIN holds h ON h.tenant_id = $1 AND h.id = k.id::uuid WHERE h.state = 0 ORDER BY h.id FOR UPDATE OF h", [.text(tenant), .array(ids)], by: deadline)
        try connection.execute("""
            UPDATE holds h SET release_at = to_timestamp(k.time / 1000000.0), blocker_scope = k.scope::smallint, blocker = k.subject FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS k(id, time, scope, subject)
            WHERE h.tenant_id = $1 AND h.id = k.id::uuid AND h.state = 0
            """, [.text(tenant), .array(ids), .array(times), .array(scopes), .array(names)], by: deadline)
    }

    /// Counts anew who waits for whom; who else makes one wait meanwhile waits for the locks that this one has.
    private static func count(_ tenant: String, isDisordered: Bool, took: Int, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        let name: [PostgresValue] = [.text(tenant)]
        try connection.execute("""
            UPDATE hold_tails t SET waiting = coalesce(counted.number, 0) FROM (
                SELECT x.scope, x.subject, h.number FROM hold_tails x
                LEFT JOIN (SELECT blocker_scope, blocker, count(*) AS number FROM holds WHERE tenant_id = $1 AND state = 0 GROUP BY 1, 2) h ON h.blocker_scope = x.scope AND h.blocker = x.subject WHERE x.tenant_id = $1) counted
            WHERE t.tenant_id = $1 AND t.scope = counted.scope AND t.subject = counted.subject
            """, name, by: deadline)
        try connection.execute("DELETE FROM hold_tails WHERE tenant_id = $1 AND waiting = 0", name, by: deadline)
        try connection.execute("""
            DELETE FROM hold_turns t WHERE tenant_id = $1 AND NOT EXISTS (SELECT FROM holds h WHERE h.tenant_id = t.tenant_id AND h.state = 0 AND h.customer = t.customer AND (t.sender = '' OR h.sender = t.sender))
            """, name, by: deadline)
        try connection.execute("SELECT FROM held_tenants WHERE tenant_id = $1 FOR UPDATE", name, by: deadline)
        try connection.execute("""
            UPDATE held_tenants SET waiting = (SELECT count(*) FROM holds WHERE tenant_id = $1 AND state = 0), disordered = disordered OR $2::boolean, took = $3::bigint WHERE tenant_id = $1
            """, name + [.bool(isDisordered), .integer(Int64(took))], by: deadline)
    }
}

package import Limiting
internal import Notices
package import Postgres
internal import RateLimits
package import Verdicts
internal import Watching

/// Who is restrained, in PostgreSQL. What changes is told of in the same transaction.
package struct PostgresRestraints: RestraintStore {
    private let pool: PostgresPool
    private let table: WatchTable

    /// - Parameter clock: the SQL expression that tells the time; another one for tests in which time is simulated.
    package init(_ pool: PostgresPool, clock: String = "clock_timestamp()") {
        self.pool = pool
        table = WatchTable(clock: clock)
    }

    package func restraints(changedSince since: Timestamp?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> (restraints: [Restraint], now: Timestamp) {
        let clock = table.clock
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                // What is committed after this is read with the next.
                guard let now = try await connection.execute("SELECT \(ReportColumns.micros(clock))", by: deadline).first.flatMap({ ReportColumns.time($0, 0) }) else { throw StoreTrouble.refused("the database does not tell the time") }
                let rows = try await connection.execute("""
                    SELECT \(RestraintTable.columns) FROM restraints r WHERE \(since == nil ? "$1::timestamptz IS NULL AND r.state > 0" : "r.changed_at >= $1::timestamptz") ORDER BY r.changed_at LIMIT $2::bigint
                    """, [since.map(ReportColumns.time) ?? .null, .integer(Int64(limit))], by: deadline)
                return (try rows.map(RestraintTable.restraint), now)
            }
        }
    }

    package func restraint(of subject: TenantSubject, by deadline: ContinuousClock.Instant) async throws -> Restraint? {
        try await asStoreTrouble {
            try await pool.execute("SELECT \(RestraintTable.columns) FROM restraints r WHERE r.tenant_id = $1 AND r.scope = $2::smallint AND r.subject = $3", SubjectKey(subject.tenant, subject.subject).values, by: deadline)
                .first.map(RestraintTable.restraint)
        }
    }

    package func restrain(_ subject: TenantSubject, _ state: Restraint.State, for seconds: Int?, reason: String?, by deadline: ContinuousClock.Instant) async throws -> Restraint {
        let key = SubjectKey(subject.tenant, subject.subject), table = table
        let written: Restraint? = try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    let now = try table.now(connection, by: deadline)
                    let isKnown = try !RestraintTable.lock([key], connection, by: deadline).isEmpty
                    guard try isKnown || RestraintTable.places(of: key.tenant, most: RestraintLimits.byHand, at: now, connection, by: deadline) > 0 else { return nil }
                    let wanted = Restraint(of: subject, state, .hand, since: now, until: seconds.map { now.adding(seconds: $0) }, reason: reason, changedAt: now)
                    let written = try RestraintTable.write(wanted, at: now, connection, by: deadline)
                    try NoticeTable.insert([written.notice()], connection, clock: table.clock, by: deadline)
                    return written
                }
            }
        }
        guard let written else { throw TenantLimitReached(limit: RestraintLimits.byHand) }
        return written
    }

    package func lift(_ subject: TenantSubject, trust: Int, by deadline: ContinuousClock.Instant) async throws -> Restraint? {
        let key = SubjectKey(subject.tenant, subject.subject), table = table
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    let now = try table.now(connection, by: deadline)
                    // The sender before its restraint, as everywhere.
                    _ = try table.senders([key], locks: true, connection, by: deadline)
                    // Also one that is over: that it was there counts until it is undone.
                    guard let standing = try RestraintTable.lock([key], connection, by: deadline)[key], standing.state != .lifted else { return nil }
                    try table.spend([key], at: now, connection, by: deadline)
                    let wanted = Restraint(of: subject, .lifted, .hand, since: now, trustedUntil: trust > 0 ? now.adding(seconds: trust) : nil, changedAt: now)
                    let written = try RestraintTable.write(wanted, at: now, connection, by: deadline)
                    try NoticeTable.insert([written.notice()], connection, clock: table.clock, by: deadline)
                    return written
                }
            }
        }
    }

    package func page(tenant: String?, state: Restraint.State?, after: TenantSubject?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Restraint] {
        let place: [PostgresValue] = after.map { SubjectKey($0.tenant, $0.subject).values } ?? [.null, .null, .null]
        let values = [tenant.map { .text(StoredText.key($0)) } ?? .null, state.map { .integer(Int64(RestraintTable.number(of: $0))) } ?? .null] + place + [.integer(Int64(min(max(limit, 1), 1000)))]
        return try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(RestraintTable.columns) FROM restraints r WHERE ($1::text IS NULL OR r.tenant_id = $1) AND ($2::smallint IS NOT NULL AND r.state = $2::smallint OR $2::smallint IS NULL AND r.state > 0)
                    AND ($3::text IS NULL OR (r.tenant_id, r.scope, r.subject) > ($3::text, $4::smallint, $5::text)) AND ($2::smallint = 0 OR r.until IS NULL OR r.until > \(table.clock))
                ORDER BY r.tenant_id, r.scope, r.subject LIMIT $6::bigint
                """, values, by: deadline).map(RestraintTable.restraint)
        }
    }
}

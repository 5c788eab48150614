package import Postgres
package import Verdicts

/// Messages in quarantine, in PostgreSQL.
///
/// Whoever changes a message has its row's lock, and after that the lock of its tenant's usage, whose row is one, so the limits hold for all nodes together. What was
/// deleted lies in the server's files until they are vacuumed, and in its write-ahead log and backups for as long as those are kept; there as well it is sealed.
package struct PostgresQuarantine: QuarantineStore {
    package let limits: QuarantineLimits
    private let pool: PostgresPool
    private let limit: Duration

    /// Messages that one statement removes, and octets, of which the last message may go beyond.
    private static let removeAtOnce = 200, removeOctetsAtOnce = 67_108_864
    /// Octets that one statement reads: the server writes each with two digits, which lie in memory twice.
    private static let readAtOnce = 4_194_304

    /// - Parameter limit: how long a call waits at most; a message of 100 MB is on its way for three seconds, on a busy machine for ten times as long.
    package init(_ pool: PostgresPool, limits: QuarantineLimits = QuarantineLimits(), limit: Duration = .seconds(20)) { self.pool = pool; self.limits = limits; self.limit = limit }

    package func keep(_ message: KeptMessage, _ sealed: [UInt8]) async throws -> Bool {
        try message.checkFitness(sealed)
        let end = ContinuousClock.now + limit, limits = limits, octets = sealed.count, values = QuarantineColumns.values(message, sealed), place = Array(values.prefix(2))
        let addition: [PostgresValue] = [place[0], .integer(Int64(octets)), .integer(Int64(limits.tenantMessages)), .integer(Int64(limits.tenantOctets))]
        return try await asStoreTrouble {
            // What is known, or does not fit, is not sent there first.
            let standing = try await pool.execute("""
                SELECT EXISTS (SELECT FROM quarantine WHERE tenant_id = $1 AND id = $2::uuid), (SELECT messages FROM quarantine_usage WHERE tenant_id = $1),
                       (SELECT octets FROM quarantine_usage WHERE tenant_id = $1)
                """, place, by: end).first
            if standing?.bool(0) == true { return false }
            if let trouble = Self.trouble(standing?.integer(1) ?? 0, standing?.integer(2) ?? 0, adding: octets, limits) { throw trouble }
            return try await inTransaction(by: end) { connection in
                guard try connection.execute(QuarantineColumns.insertion, values, by: end).affected > 0 else { return false }
                guard try connection.execute(Self.addition, addition, by: end).affected == 0 else { return true }
                let used = try connection.execute(Self.usage, [addition[0]], by: end).first
                throw Self.trouble(used?.integer(0) ?? 0, used?.integer(1) ?? 0, adding: octets, limits) ?? .tooManyMessages(limit: limits.tenantMessages)
            }
        }
    }

    package func exchange(_ message: KeptMessage, _ sealed: [UInt8]) async throws -> Bool {
        try message.checkFitness(sealed)
        let end = ContinuousClock.now + limit, values = QuarantineColumns.values(message, sealed)
        return try await inTransaction(by: end) { connection in
            guard let held = try Self.hold(message.id, message.tenant, connection, by: end), held.message.state == .kept else { return false }
            try connection.execute(QuarantineColumns.exchange, values, by: end)
            try connection.execute("UPDATE quarantine_usage SET octets = octets + $2::bigint WHERE tenant_id = $1",
                                   [.text(held.message.tenant), .integer(Int64(sealed.count - held.sealedSize))], by: end)
            return true
        }
    }

    package func withdraw(_ id: VerdictID, tenant: String) async throws -> Bool {
        let end = ContinuousClock.now + limit
        return try await inTransaction(by: end) { connection in
            guard let held = try Self.hold(id, tenant, connection, by: end), held.message.state == .kept, held.acts == 0 else { return false }
            try connection.execute("DELETE FROM quarantine WHERE tenant_id = $1 AND id = $2::uuid", held.place, by: end)
            try Self.takeOff(held, connection, by: end)
            return true
        }
    }

    package func messages(matching filter: QuarantineFilter, before: VerdictID?, limit count: Int) async throws -> [KeptMessage] {
        let rows = try await asStoreTrouble {
            try await pool.execute("SELECT \(QuarantineColumns.ofMessage) FROM quarantine WHERE \(QuarantineColumns.clause(filter)) ORDER BY id DESC LIMIT $14::bigint",
                                   QuarantineColumns.values(filter, before: before) + [.integer(Int64(min(max(count, 1), 1000)))], by: .now + limit)
        }
        return try rows.map(QuarantineColumns.message)
    }

    package func row(_ id: VerdictID, tenant: String?) async throws -> KeptMessage? {
        let row = try await asStoreTrouble {
            try await pool.execute("SELECT \(QuarantineColumns.ofMessage) FROM quarantine WHERE id = $1::uuid AND ($2::text IS NULL OR tenant_id = $2) ORDER BY tenant_id LIMIT 1",
                                   [.text(id.description), .optional(tenant.map(StoredText.column))], by: .now + limit).first
        }
        return try row.map(QuarantineColumns.message)
    }

    package func message(_ id: VerdictID, tenant: String?, noting act: QuarantineAct?) async throws -> (message: KeptMessage, sealed: [UInt8]?)? {
        let end = ContinuousClock.now + limit, limits = limits
        return try await inTransaction(by: end) { connection in
            guard let held = try Self.hold(id, tenant, connection, more: ", substr(sealed, 1, \(Self.readAtOnce))", by: end) else { return nil }
            if let act {
                guard held.acts < limits.acts else { throw QuarantineTrouble.trailFull(limit: limits.acts) }
                try connection.execute("UPDATE quarantine SET acts = acts + 1 WHERE tenant_id = $1 AND id = $2::uuid", held.place, by: end)
                try Self.note(act, of: held, connection, by: end)
            }
            return (held.message, try Self.sealed(held, connection, by: end))
        }
    }

    package func release(_ id: VerdictID, tenant: String?, evenInfected: Bool, noting note: QuarantineNote) async throws -> QuarantineAnswer {
        try await change(id, tenant, to: .released, QuarantineAct(.released, note)) { $0.obstacleToRelease(evenInfected: evenInfected) }
    }

    package func delete(_ id: VerdictID, tenant: String?, seenAs state: KeptMessage.State, noting note: QuarantineNote) async throws -> QuarantineAnswer {
        try await change(id, tenant, to: .deleted, QuarantineAct(.deleted, note)) { $0.obstacleToDelete(seenAs: state) }
    }

    package func acts(of id: VerdictID, tenant: String?) async throws -> [QuarantineAct] {
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT act, acted_by, \(ReportColumns.micros("acted_at")), reason FROM quarantine_acts
                WHERE (tenant_id, id) = (SELECT tenant_id, id FROM quarantine WHERE id = $1::uuid AND ($2::text IS NULL OR tenant_id = $2) ORDER BY tenant_id LIMIT 1)
                ORDER BY place DESC LIMIT $3::bigint
                """, [.text(id.description), .optional(tenant.map(StoredText.column)), .integer(Int64(max(limits.actsShown, 1)))], by: .now + limit)
        }
        return try rows.map { row in
            guard let kind = row.text(0).flatMap({ QuarantineAct.Kind(rawValue: $0) }), let by = row.text(1), let at = ReportColumns.time(row, 2) else {
                throw StoreTrouble.refused("the trail of message \(id.description) in quarantine is not what this program writes")
            }
            return QuarantineAct(kind, QuarantineNote(by: by, at: at, reason: row.text(3)))
        }
    }

    package func remove(expiredBefore moment: Timestamp) async throws -> Int {
        try await asStoreTrouble {
            var all = 0
            while true {
                let gone = try await pool.execute(Self.removal, [ReportColumns.time(moment)], by: .now + limit).first?.integer(0) ?? 0
                if gone == 0 { return all }
                all += gone
            }
        }
    }

    package func usage(tenant: String) async throws -> QuarantineUsage {
        let row = try await asStoreTrouble { try await pool.execute(Self.usage, [.text(StoredText.column(tenant))], by: .now + limit).first }
        return QuarantineUsage(messages: row?.integer(0) ?? 0, octets: row?.integer(1) ?? 0)
    }

    // MARK: -

    private func inTransaction<Result: Sendable>(by deadline: ContinuousClock.Instant,
                                                 _ body: @escaping @Sendable (isolated PostgresConnection) throws -> Result) async throws -> Result {
        try await asStoreTrouble { try await pool.lend(by: deadline) { try await $0.transaction(by: deadline, body) } }
    }

    /// A message whose row is locked until the transaction ends.
    private struct Held {
        let message: KeptMessage
        let acts: Int
        let sealedSize: Int
        let row: PostgresRows.Row

        var place: [PostgresValue] { [.text(message.tenant), .text(message.id.description)] }
    }

    /// - Parameter more: columns behind those of a message, its acts and the octets sealed.
    private static func hold(_ id: VerdictID, _ tenant: String?, _ connection: isolated PostgresConnection, more: String = "", by end: ContinuousClock.Instant) throws -> Held? {
        try connection.execute("""
            SELECT \(QuarantineColumns.ofMessage), acts, sealed_size\(more) FROM quarantine WHERE id = $1::uuid AND ($2::text IS NULL OR tenant_id = $2)
            ORDER BY tenant_id LIMIT 1 FOR UPDATE
            """, [.text(id.description), .optional(tenant.map(StoredText.column))], by: end).first.map { row in
            Held(message: try QuarantineColumns.message(row), acts: row.integer(QuarantineColumns.count) ?? 0, sealedSize: row.integer(QuarantineColumns.count + 1) ?? 0, row: row)
        }
    }

    /// The octets of a message that is held, whose first piece was read with it; nil where there are none.
    private static func sealed(_ held: Held, _ connection: isolated PostgresConnection, by end: ContinuousClock.Instant) throws -> [UInt8]? {
        guard var octets = held.row.bytea(QuarantineColumns.count + 2) else { return nil }
        while octets.count < held.sealedSize, let piece = try connection.execute("""
            SELECT substr(sealed, $3::integer, \(readAtOnce)) FROM quarantine WHERE tenant_id = $1 AND id = $2::uuid
            """, held.place + [.integer(Int64(octets.count) + 1)], by: end).first?.bytea(0), !piece.isEmpty { octets += piece }
        return octets
    }

    /// Writes the entry that follows the last one of a message that is held.
    private static func note(_ act: QuarantineAct, of held: Held, _ connection: isolated PostgresConnection, by end: ContinuousClock.Instant) throws {
        try connection.execute("INSERT INTO quarantine_acts (tenant_id, id, place, act, acted_at, acted_by, reason) VALUES ($1, $2::uuid, $3::integer, $4, $5::timestamptz, $6, $7)",
                               held.place + [.integer(Int64(held.acts) + 1), .text(act.kind.rawValue), ReportColumns.time(act.note.at), .text(StoredText.column(act.note.by)),
                                             .optional(act.note.reason.map(StoredText.column))], by: end)
    }

    private func change(_ id: VerdictID, _ tenant: String?, to state: KeptMessage.State, _ act: QuarantineAct,
                        unless obstacle: @escaping @Sendable (KeptMessage) -> QuarantineAnswer?) async throws -> QuarantineAnswer {
        let end = ContinuousClock.now + limit
        return try await inTransaction(by: end) { connection in
            guard let held = try Self.hold(id, tenant, connection, by: end) else { return .isMissing }
            if let answer = obstacle(held.message) { return answer }
            try connection.execute("""
                UPDATE quarantine SET state = $3, acts = acts + 1, sealed = CASE WHEN $3 = 'deleted' THEN NULL ELSE sealed END WHERE tenant_id = $1 AND id = $2::uuid
                """, held.place + [.text(state.rawValue)], by: end)
            try Self.note(act, of: held, connection, by: end)
            if state == .deleted { try Self.takeOff(held, connection, by: end) }
            var message = held.message
            message.state = state
            return .done(message)
        }
    }

    /// Its tenant has one less.
    private static func takeOff(_ held: Held, _ connection: isolated PostgresConnection, by end: ContinuousClock.Instant) throws {
        try connection.execute("UPDATE quarantine_usage SET messages = messages - 1, octets = octets - $2::bigint WHERE tenant_id = $1",
                               [.text(held.message.tenant), .integer(Int64(held.sealedSize))], by: end)
    }

    /// Why a message does not fit beside what is there; nil where it does.
    private static func trouble(_ messages: Int, _ octets: Int, adding more: Int, _ limits: QuarantineLimits) -> QuarantineTrouble? {
        if messages >= limits.tenantMessages { return .tooManyMessages(limit: limits.tenantMessages) }
        return octets.addingReportingOverflow(more).partialValue > limits.tenantOctets ? .tooManyOctets(limit: limits.tenantOctets) : nil
    }

    private static let usage = "SELECT messages, octets FROM quarantine_usage WHERE tenant_id = $1"

    /// Adds nothing where it would go beyond a limit; waits for whoever else adds for the tenant. Whether the first one fits was looked at before.
    private static let addition = """
        INSERT INTO quarantine_usage AS u (tenant_id, messages, octets) VALUES ($1, 1, $2::bigint)
        ON CONFLICT (tenant_id) DO UPDATE SET messages = u.messages + 1, octets = u.octets + excluded.octets
        WHERE u.messages < $3::bigint AND u.octets + excluded.octets <= $4::bigint
        """

    /// The trails go with their messages. Usage is locked in the order of the tenants, so that two that remove do not wait for each other.
    private static let removal = """
        WITH expired AS MATERIALIZED (
            SELECT tenant_id, id, expires_at, sealed_size FROM quarantine WHERE expires_at < $1::timestamptz ORDER BY expires_at LIMIT \(removeAtOnce) FOR UPDATE SKIP LOCKED
        ), portion AS (
            SELECT tenant_id, id, sum(sealed_size) OVER (ORDER BY expires_at, tenant_id, id) - sealed_size AS before FROM expired
        ), gone AS (
            DELETE FROM quarantine q USING portion p WHERE q.tenant_id = p.tenant_id AND q.id = p.id AND p.before < \(removeOctetsAtOnce)
            RETURNING q.tenant_id, q.state, q.sealed_size
        ), less AS (
            SELECT tenant_id, count(*) AS messages, sum(sealed_size)::bigint AS octets FROM gone WHERE state <> 'deleted' GROUP BY tenant_id
        ), held AS MATERIALIZED (
            SELECT u.tenant_id FROM quarantine_usage u WHERE u.tenant_id IN (SELECT tenant_id FROM less) ORDER BY u.tenant_id FOR UPDATE
        ), used AS (
            UPDATE quarantine_usage u SET messages = u.messages - l.messages, octets = u.octets - l.octets
            FROM less l JOIN held h ON h.tenant_id = l.tenant_id WHERE u.tenant_id = l.tenant_id
        )
        SELECT count(*) FROM gone
        """
}

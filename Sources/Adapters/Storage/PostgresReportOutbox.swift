package import Postgres
package import Verdicts

/// The outbox of reports in PostgreSQL.
package struct PostgresReportOutbox: ReportOutbox {
    private let pool: PostgresPool
    private let pacing: ReportPacing
    private let limit: Duration

    /// Reports that one statement removes.
    private static let removeAtOnce = 500
    /// Reports that one claim ends.
    private static let endAtOnce = 1000
    /// Who claims, or sends on, holds it for as long as that takes.
    private static let lock: Int64 = 0x706f_7374_6f75_7462

    /// - Parameter limit: how long a call waits at most.
    package init(_ pool: PostgresPool, pacing: ReportPacing = ReportPacing(), limit: Duration = .seconds(10)) { self.pool = pool; self.pacing = pacing; self.limit = limit }

    package func claim(limit count: Int, at now: Timestamp) async throws -> OutboxClaim {
        let lease = VerdictID(at: now), end = ContinuousClock.now + limit, time = ReportColumns.time(now)
        let values: [PostgresValue] = [time, .integer(Int64(min(max(count, 1), 1000))), .text(lease.description), ReportColumns.time(now.adding(seconds: pacing.lease)),
                                       pacing.betweenSame > 0 ? ReportColumns.time(now.adding(seconds: -pacing.betweenSame)) : .null, ReportColumns.time(now.adding(seconds: -3600))]
        return try await inTransaction(by: end) { connection in
            // One after the other: of two at once neither would see that the other takes a report for the same mailbox.
            try connection.execute("SELECT pg_advisory_xact_lock($1::bigint)", [.integer(Self.lock)], by: end)
            let ended = try connection.execute(Self.loss, [time], by: end).map(ReportColumns.row) + connection.execute(Self.withholding, [time], by: end).map(ReportColumns.row)
            let claimed = try connection.execute(Self.claiming, values, by: end).map { ClaimedReport(row: try ReportColumns.row($0), lease: lease) }
            return OutboxClaim(reports: claimed.sorted { ($0.row.nextAttempt, $0.row.id) < ($1.row.nextAttempt, $1.row.id) }, ended: ended)
        }
    }

    package func begin(_ report: ClaimedReport, at now: Timestamp) async throws -> [UInt8]? {
        try await asStoreTrouble {
            try await pool.execute("""
                UPDATE reports_outbox SET state = 'sending', attempts = attempts + 1, lease_until = $4::timestamptz
                WHERE tenant_id = $1 AND id = $2::uuid AND lease_id = $3::uuid AND state = 'pending' AND lease_until >= $5::timestamptz RETURNING xml_gz
                """, Self.names(report) + [ReportColumns.time(now.adding(seconds: pacing.lease)), ReportColumns.time(now)], by: .now + limit).first?.bytea(0)
        }
    }

    package func redirect(_ report: ClaimedReport, to mailboxes: [String], reason: String, at now: Timestamp) async throws -> Bool {
        let end = ContinuousClock.now + limit, names = Self.names(report), time = ReportColumns.time(now), own = ReportDestination.key(report.row.destination)
        var seen: Set = [own]
        let all = mailboxes.prefix(ReportPacing.addressesLimit).filter { seen.insert(ReportDestination.key($0)).inserted }, isNamed = mailboxes.contains { ReportDestination.key($0) == own }
        var ids = PostgresArray(of: .uuid)
        for _ in all { ids.append(VerdictID(at: now).octets) }
        let destinations = PostgresArray(all.map { StoredText.column($0) }), keys = PostgresArray(all.map { StoredText.key(ReportDestination.key($0)) })
        let values = Array(names.prefix(2)) + [.array(ids), .array(destinations), .array(keys), time, .integer(Int64(ReportPacing.addressesLimit))]
        let withheld = names + [.text(StoredText.column(reason)), time]
        let next = now.adding(seconds: pacing.firstPause), again = Array(names.prefix(2)) + [.array(keys), ReportColumns.time(next), ReportColumns.time(next.adding(seconds: -pacing.giveUpAfter))]
        return try await inTransaction(by: end) { connection in
            // One after the other, and none beside a claim: of two that send each other's on neither would see it, and each would wait for the other's rows.
            try connection.execute("SELECT pg_advisory_xact_lock($1::bigint)", [.integer(Self.lock)], by: end)
            if isNamed {
                guard try !connection.execute(Self.keepingClaim, names, by: end).isEmpty else { return false }
            } else {
                guard try connection.execute(Self.withheldHere, withheld, by: end).affected > 0 else { return false }
                try connection.execute(Self.dueAgain, again, by: end)
            }
            try connection.execute(Self.redirecting, values, by: end)
            return true
        }
    }

    package func finish(_ report: ClaimedReport, _ reportEnd: ReportEnd, at now: Timestamp) async throws -> Bool {
        var next = PostgresValue.null, mayBePending = false, words: String, state: ReportState, suppresses = false
        switch reportEnd {
        case .sent(let reply): (state, words) = (.sent, reply)
        case .later(let time, let why): (state, words, next, mayBePending) = (.pending, why, ReportColumns.time(time), true)
        case .failed(let why, let all): (state, words, suppresses) = (.failed, why, all)
        case .unknown(let why): (state, words) = (.unknown, why)
        case .withheld(let why): (state, words, mayBePending) = (.withheld, why, true)
        }
        let values = Self.names(report) + [.text(state.rawValue), .text(StoredText.column(words)), next, ReportColumns.time(now), .bool(mayBePending)]
        let end = ContinuousClock.now + limit, tenant = report.row.tenant, destination = report.row.destination
        let suppression = suppresses ? Self.suppressing(destination, tenant, words, now, pacing) : nil, isSent = state == .sent
        return try await inTransaction(by: end) { connection in
            guard try connection.execute(Self.ending, values, by: end).affected > 0 else { return false }
            if let suppression { try connection.execute(Self.suppression, suppression, by: end) }
            if isSent { try connection.execute(Self.permission, Self.place(destination, tenant), by: end) }
            return true
        }
    }

    package func comesBack(_ id: VerdictID, tenant: String, reason: String, at now: Timestamp) async throws -> ReportRow? {
        let end = ContinuousClock.now + limit, pacing = pacing
        return try await inTransaction(by: end) { connection in
            // When it ended does not change: in that hour it went out.
            guard let row = try connection.execute("""
                UPDATE reports_outbox SET state = 'failed', last_reply = $3 WHERE tenant_id = $1 AND id = $2::uuid AND state IN ('sent', 'unknown') RETURNING \(ReportColumns.ofRow)
                """, [.text(StoredText.column(tenant)), .text(id.description), .text(StoredText.column(reason))], by: end).first.map(ReportColumns.row) else { return nil }
            try connection.execute(Self.suppression, Self.suppressing(row.destination, tenant, reason, now, pacing), by: end)
            return row
        }
    }

    package func suppress(_ destination: String, tenant: String, reason: String, at now: Timestamp) async throws {
        _ = try await asStoreTrouble { try await pool.execute(Self.suppression, Self.suppressing(destination, tenant, reason, now, pacing), by: .now + limit) }
    }

    package func permit(_ destination: String, tenant: String) async throws -> Bool {
        try await asStoreTrouble { try await pool.execute(Self.permission, Self.place(destination, tenant), by: .now + limit).affected > 0 }
    }

    package func destinations(tenant: String?) async throws -> [ReportDestination] {
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT tenant_id, destination, refusals, \(ReportColumns.micros("suppressed_until")), reason FROM report_destinations
                WHERE $1::text IS NULL OR tenant_id = $1 ORDER BY tenant_id COLLATE "C", destination COLLATE "C" LIMIT 10000
                """, [.optional(tenant.map(StoredText.column))], by: .now + limit)
        }
        return rows.compactMap { row in
            guard let tenant = row.text(0), let destination = row.text(1), let refusals = row.integer(2), let until = ReportColumns.time(row, 3), let reason = row.text(4) else { return nil }
            return ReportDestination(tenant: tenant, destination: destination, refusals: refusals, suppressedUntil: until, reason: reason)
        }
    }

    package func reports(matching filter: ReportFilter, before: VerdictID?, limit count: Int) async throws -> [ReportRow] {
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(ReportColumns.ofRow) FROM reports_outbox
                WHERE ($1::text IS NULL OR tenant_id = $1) AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR policy_domain = $3) AND ($4::uuid IS NULL OR id < $4::uuid)
                ORDER BY id DESC LIMIT $5::bigint
                """, [.optional(filter.tenant.map(StoredText.column)), .optional(filter.state?.rawValue), .optional(filter.policyDomain.map(StoredText.column)),
                      .optional(before?.description), .integer(Int64(min(max(count, 1), 1000)))], by: .now + limit)
        }
        return try rows.map(ReportColumns.row)
    }

    package func report(_ id: VerdictID, tenant: String?) async throws -> (row: ReportRow, document: [UInt8])? {
        let rows = try await asStoreTrouble {
            try await pool.execute("SELECT \(ReportColumns.ofRow), xml_gz FROM reports_outbox WHERE id = $1::uuid AND ($2::text IS NULL OR tenant_id = $2)",
                                   [.text(id.description), .optional(tenant.map(StoredText.column))], by: .now + limit)
        }
        return try rows.first.map { (try ReportColumns.row($0), $0.bytea(ReportColumns.count) ?? []) }
    }

    package func retry(_ id: VerdictID, tenant: String?, at now: Timestamp) async throws -> Bool {
        try await asStoreTrouble {
            // Given up by its age, it would be so again at once: its age begins anew.
            try await pool.execute("""
                UPDATE reports_outbox SET state = 'pending', next_attempt_at = $3::timestamptz, created_at = $3::timestamptz, ended_at = NULL, lease_id = NULL, lease_until = NULL
                WHERE id = $1::uuid AND ($2::text IS NULL OR tenant_id = $2) AND state IN ('failed', 'withheld', 'unknown')
                """, [.text(id.description), .optional(tenant.map(StoredText.column)), ReportColumns.time(now)], by: .now + limit).affected > 0
        }
    }

    package func standing(since: Timestamp) async throws -> OutboxStanding {
        try await asStoreTrouble {
            let row = try await pool.execute("""
                SELECT count(*) FILTER (WHERE state IN ('pending', 'sending')), count(*) FILTER (WHERE ended_at >= $1::timestamptz AND state IN ('sent', 'failed', 'unknown'))
                FROM reports_outbox WHERE state = 'pending' OR state = 'sending' OR ended_at >= $1::timestamptz
                """, [ReportColumns.time(since)], by: .now + limit).first
            return OutboxStanding(waiting: row?.integer(0) ?? 0, wentOut: row?.integer(1) ?? 0)
        }
    }

    package func remove(endedBefore moment: Timestamp) async throws -> Int {
        try await asStoreTrouble {
            try await pool.execute("DELETE FROM report_destinations WHERE suppressed_until < $1::timestamptz", [ReportColumns.time(moment)], by: .now + limit)
            var all = 0
            while true {
                // What nobody tried to send for so long is of no use either.
                let gone = try await pool.execute("""
                    DELETE FROM reports_outbox WHERE (tenant_id, id) IN (
                        SELECT tenant_id, id FROM reports_outbox WHERE ended_at < $1::timestamptz OR (state = 'pending' AND next_attempt_at < $1::timestamptz)
                        LIMIT \(Self.removeAtOnce) FOR UPDATE SKIP LOCKED)
                    """, [ReportColumns.time(moment)], by: .now + limit).affected
                all += gone
                if gone < Self.removeAtOnce { return all }
            }
        }
    }

    // MARK: -

    private func inTransaction<Result: Sendable>(by deadline: ContinuousClock.Instant, _ body: @escaping @Sendable (isolated PostgresConnection) throws -> Result) async throws -> Result {
        try await asStoreTrouble { try await pool.lend(by: deadline) { try await $0.transaction(by: deadline, body) } }
    }

    private static func names(_ report: ClaimedReport) -> [PostgresValue] {
        [.text(StoredText.column(report.row.tenant)), .text(report.row.id.description), .text(report.lease.description)]
    }

    private static func place(_ destination: String, _ tenant: String) -> [PostgresValue] {
        [.text(StoredText.column(tenant)), .text(StoredText.key(ReportDestination.key(destination)))]
    }

    private static func suppressing(_ destination: String, _ tenant: String, _ reason: String, _ now: Timestamp, _ pacing: ReportPacing) -> [PostgresValue] {
        place(destination, tenant) + [.text(StoredText.column(reason)), ReportColumns.time(now), .integer(Int64(pacing.suppression)), .integer(Int64(pacing.longestSuppression))]
    }

    private static let isFree = "state = 'pending' AND next_attempt_at <= $1::timestamptz AND (lease_until IS NULL OR lease_until < $1::timestamptz)"

    private static let loss = """
        UPDATE reports_outbox o SET state = 'unknown', ended_at = $1::timestamptz, lease_id = NULL, lease_until = NULL, last_reply = 'who sent it did not say what became of it'
        FROM (SELECT tenant_id AS t, id AS i FROM reports_outbox WHERE state = 'sending' AND lease_until < $1::timestamptz LIMIT \(endAtOnce) FOR UPDATE SKIP LOCKED) lost
        WHERE o.tenant_id = lost.t AND o.id = lost.i RETURNING \(ReportColumns.ofRow)
        """

    private static let withholding = """
        UPDATE reports_outbox o SET state = 'withheld', ended_at = $1::timestamptz, lease_id = NULL, lease_until = NULL, last_reply = 'the destination takes no reports: ' || due.reason
        FROM (SELECT r.tenant_id AS t, r.id AS i, d.reason FROM reports_outbox r JOIN report_destinations d ON d.tenant_id = r.tenant_id AND d.destination = r.destination_key
              WHERE \(isFree) AND d.suppressed_until > $1::timestamptz LIMIT \(endAtOnce) FOR UPDATE OF r SKIP LOCKED) due
        WHERE o.tenant_id = due.t AND o.id = due.i RETURNING \(ReportColumns.ofRow)
        """

    /// A mailbox is busy while one goes there, and with a pause ($5) also from the claim on until the pause is over: then a claim takes one report for each.
    private static let claiming = """
        WITH served AS (SELECT organization, count(*) AS times FROM reports_outbox WHERE ended_at >= $6::timestamptz AND state IN ('sent', 'failed', 'unknown') GROUP BY organization),
        due AS (
            SELECT own.tenant_id AS t, own.id AS i, CASE WHEN $5::timestamptz IS NULL THEN own.id::text ELSE own.destination_key END AS mailbox,
                coalesce(served.times, 0) AS times, own.last_reply <> '' AS waited, own.next_attempt_at AS due_at
            FROM reports_outbox own LEFT JOIN served ON served.organization = own.organization
            WHERE \(isFree) AND NOT EXISTS (SELECT FROM report_destinations d WHERE d.tenant_id = own.tenant_id AND d.destination = own.destination_key AND d.suppressed_until > $1::timestamptz)
                AND NOT EXISTS (SELECT FROM reports_outbox other WHERE other.destination_key = own.destination_key
                    AND (other.state = 'sending' OR (other.state IN ('sent', 'failed', 'unknown') AND other.ended_at > $5::timestamptz)
                         OR (other.state = 'pending' AND other.lease_until >= $1::timestamptz AND $5::timestamptz IS NOT NULL)))
        ),
        placed AS (SELECT *, row_number() OVER (PARTITION BY mailbox ORDER BY times, waited, due_at, i) AS place FROM due),
        first AS (SELECT t, i FROM placed WHERE place = 1 ORDER BY times, waited, due_at, i LIMIT $2::bigint)
        UPDATE reports_outbox o SET lease_id = $3::uuid, lease_until = $4::timestamptz FROM first
        WHERE o.tenant_id = first.t AND o.id = first.i AND o.state = 'pending' AND (o.lease_until IS NULL OR o.lease_until < $1::timestamptz) RETURNING \(ReportColumns.ofRow)
        """

    private static let ending = """
        UPDATE reports_outbox SET state = $4, last_reply = $5, next_attempt_at = coalesce($6::timestamptz, next_attempt_at),
            ended_at = CASE WHEN $4 = 'pending' THEN NULL ELSE $7::timestamptz END, lease_id = NULL, lease_until = NULL
        WHERE tenant_id = $1 AND id = $2::uuid AND lease_id = $3::uuid AND (state = 'sending' OR ($8::boolean AND state = 'pending'))
        """

    private static let keepingClaim = "SELECT id FROM reports_outbox WHERE tenant_id = $1 AND id = $2::uuid AND lease_id = $3::uuid AND state = 'pending' FOR UPDATE"

    private static let withheldHere = """
        UPDATE reports_outbox SET state = 'withheld', last_reply = $4, ended_at = $5::timestamptz, lease_id = NULL, lease_until = NULL
        WHERE tenant_id = $1 AND id = $2::uuid AND lease_id = $3::uuid AND state = 'pending'
        """

    private static let isSame = "known.tenant_id = r.tenant_id AND known.policy_domain = r.policy_domain AND known.begins_at = r.begins_at"

    private static func host(_ row: String) -> String { "substring(lower(\(row).destination) FROM '[^@]*$')" }

    private static let dueAgain = """
        UPDATE reports_outbox again SET state = 'pending', next_attempt_at = $4::timestamptz, ended_at = NULL, lease_id = NULL, lease_until = NULL
        FROM reports_outbox r WHERE r.tenant_id = $1 AND r.id = $2::uuid
            AND again.tenant_id = r.tenant_id AND again.policy_domain = r.policy_domain AND again.begins_at = r.begins_at AND again.destination_key = ANY ($3::text[])
            AND again.state = 'withheld' AND again.created_at >= $5::timestamptz
        """

    /// A host that names ever new mailboxes has its share of the report's places, and not those of others.
    private static let redirecting = """
        INSERT INTO reports_outbox (tenant_id, id, policy_domain, begins_at, ends_at, destination, destination_key, report_id, xml_gz, organization, next_attempt_at, created_at)
        SELECT r.tenant_id, t.id, r.policy_domain, r.begins_at, r.ends_at, t.destination, t.destination_key, r.report_id, r.xml_gz, r.organization, $6::timestamptz, r.created_at
        FROM reports_outbox r, LATERAL (
            SELECT id, destination, destination_key, row_number() OVER (ORDER BY place) AS seat
            FROM unnest($3::uuid[], $4::text[], $5::text[]) WITH ORDINALITY AS named(id, destination, destination_key, place)
            WHERE NOT EXISTS (SELECT FROM reports_outbox known WHERE \(isSame) AND known.destination_key = named.destination_key)
        ) t, LATERAL (
            SELECT greatest($7::bigint / count(DISTINCT \(host("known"))), 1) - count(*) FILTER (WHERE \(host("known")) = \(host("r"))) AS seats FROM reports_outbox known WHERE \(isSame)
        ) left_over
        WHERE r.tenant_id = $1 AND r.id = $2::uuid AND t.seat <= left_over.seats
        ORDER BY t.destination_key COLLATE "C"
        ON CONFLICT (tenant_id, policy_domain, begins_at, destination_key) DO NOTHING
        """

    private static let suppression = """
        INSERT INTO report_destinations AS d (tenant_id, destination, refusals, suppressed_until, reason, refused_at)
        VALUES ($1, $2, 1, $4::timestamptz + least($5::bigint, $6::bigint) * interval '1 second', $3, $4::timestamptz)
        ON CONFLICT (tenant_id, destination) DO UPDATE SET refusals = d.refusals + 1, reason = excluded.reason, refused_at = excluded.refused_at,
            suppressed_until = $4::timestamptz + least($5::bigint * power(2, least(d.refusals, 24)), $6::bigint) * interval '1 second'
        """

    private static let permission = "DELETE FROM report_destinations WHERE tenant_id = $1 AND destination = $2"
}

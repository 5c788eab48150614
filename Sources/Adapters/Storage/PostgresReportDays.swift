package import Postgres
package import Verdicts

/// The days whose reports are to be made, in PostgreSQL; what was judged is taken from the verdicts themselves.
package struct PostgresReportDays: ReportDays {
    private let settings: PostgresSettings
    private let pool: PostgresPool
    private let pacing: ReportPacing
    private let limit: Duration
    private let sender: String?

    /// Reports that one statement takes.
    private static let keepAtOnce = 50
    private static let day: Int64 = 86_400_000_000
    /// Days for which it is remembered that a day's reports were made, beyond those that are looked back at.
    private static let daysRemembered = 30

    /// - Parameters:
    ///   - settings: the same database, for the connection that counts a day: that may take many minutes.
    ///   - sender: the mailbox that our reports come from; what goes to it alone is not counted.
    ///   - limit: how long any other call waits at most.
    package init(_ settings: PostgresSettings, pool: PostgresPool, pacing: ReportPacing = ReportPacing(), sender: String? = nil, limit: Duration = .seconds(30)) {
        self.settings = settings; self.pool = pool; self.pacing = pacing; self.sender = sender; self.limit = limit
    }

    package func claimDay(at now: Timestamp) async throws -> ClaimedDay? {
        let today = now.microseconds / Self.day, oldest = today - Int64(min(max(pacing.daysBack, 1), 365))
        // The last whole day that has settled.
        let last = now.adding(seconds: -max(pacing.settling, 0)).microseconds / Self.day - 1
        guard last >= oldest, oldest > 0 else { return nil }
        return try await asStoreTrouble {
            if let day = try await claim(from: oldest, to: last, at: now) { return day }
            for number in oldest...last { try await open(number) }
            if let day = try await claim(from: oldest, to: last, at: now) { return day }
            let forgotten = ReportColumns.date(Self.start(oldest - Int64(Self.daysRemembered)))
            try await pool.execute("DELETE FROM report_rows WHERE day < $1::date", [forgotten], by: .now + limit)
            try await pool.execute("DELETE FROM report_days WHERE day < $1::date", [forgotten], by: .now + limit)
            return nil
        }
    }

    package func gather(_ day: ClaimedDay, at now: Timestamp) async throws -> Bool {
        var patient = settings
        patient.statementLimit = .seconds(max(pacing.lease, 60))
        let end = ContinuousClock.now + patient.statementLimit, connection = PostgresConnection(patient), names = Self.names(day)
        let lease = ReportColumns.time(now.adding(seconds: pacing.lease)), time = ReportColumns.time(now)
        let sender = PostgresValue.optional(sender.map { StoredText.key(ReportDestination.key($0)) })
        let range: [PostgresValue] = [.text(VerdictID.lowest(at: day.start).description), .text(VerdictID.lowest(at: day.next).description)]
        return try await asStoreTrouble {
            do {
                let mine = try await connection.transaction(by: end) { connection in
                    guard let row = try connection.execute(Self.holding, names + [lease], by: end).first else { return false }
                    if row.bool(0) == true { return true }
                    try connection.execute(Self.gathering, Array(names.prefix(2)) + range + [sender, .integer(Int64(ReportPacing.loopMailboxes))], by: end)
                    try connection.execute("UPDATE report_days SET gathered_at = $3::timestamptz WHERE tenant_id = $1 AND day = $2::date", Array(names.prefix(2)) + [time], by: end)
                    return true
                }
                await connection.close()
                return mine
            } catch {
                await connection.close()
                throw error
            }
        }
    }

    package func policyDomains(of day: ClaimedDay, after: String?, limit count: Int) async throws -> [String] {
        let values = Array(Self.names(day).prefix(2)) + [.text(StoredText.column(after ?? "")), .integer(Int64(min(max(count, 1), 1000)))]
        return try await asStoreTrouble {
            try await pool.execute("""
                SELECT DISTINCT policy_domain COLLATE "C" AS domain FROM report_rows WHERE tenant_id = $1 AND day = $2::date AND policy_domain COLLATE "C" > $3 ORDER BY 1 LIMIT $4::bigint
                """, values, by: .now + limit).compactMap { $0.text(0) }
        }
    }

    package func results(of day: ClaimedDay, policyDomain: String, limit count: Int) async throws -> [CountedResult] {
        let values = Array(Self.names(day).prefix(2)) + [.text(StoredText.column(policyDomain)), .integer(Int64(min(max(count, 1), 100_000)))]
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT messages, last_id, host(client_ip), envelope_from, envelope_to, action, outcome, override FROM report_rows
                WHERE tenant_id = $1 AND day = $2::date AND policy_domain = $3 ORDER BY place LIMIT $4::bigint
                """, values, by: .now + limit)
        }
        return try rows.map(ReportColumns.counted)
    }

    package func keep(_ reports: [NewReport], of day: ClaimedDay, at now: Timestamp) async throws -> Int? {
        for report in reports where report.document.count > ReportPacing.documentLimit {
            throw StoreTrouble.refused("the report of \(report.policyDomain) has \(report.document.count) octets, at most \(ReportPacing.documentLimit) are kept")
        }
        let end = ContinuousClock.now + limit, names = Self.names(day), lease = ReportColumns.time(now.adding(seconds: pacing.lease)), time = ReportColumns.time(now)
        let pieces = stride(from: 0, to: reports.count, by: Self.keepAtOnce).map { Self.arrays(reports[$0..<min($0 + Self.keepAtOnce, reports.count)], now) }
        return try await asStoreTrouble {
            try await pool.lend(by: end) { connection in
                try await connection.transaction(by: end) { connection in
                    guard try !connection.execute(Self.holding, names + [lease], by: end).isEmpty else { return nil }
                    var new = 0
                    for arrays in pieces { new += try connection.execute(Self.keeping, Array(names.prefix(1)) + [time] + arrays, by: end).affected }
                    return new
                }
            }
        }
    }

    package func finish(_ day: ClaimedDay, at now: Timestamp) async throws -> Bool {
        let end = ContinuousClock.now + limit, names = Self.names(day), time = ReportColumns.time(now)
        return try await asStoreTrouble {
            try await pool.lend(by: end) { connection in
                try await connection.transaction(by: end) { connection in
                    let done = try connection.execute("""
                        UPDATE report_days SET done_at = $4::timestamptz, lease_id = NULL, lease_until = NULL WHERE tenant_id = $1 AND day = $2::date AND lease_id = $3::uuid AND done_at IS NULL
                        """, names + [time], by: end).affected > 0
                    if done { try connection.execute("DELETE FROM report_rows WHERE tenant_id = $1 AND day = $2::date", Array(names.prefix(2)), by: end) }
                    return done
                }
            }
        }
    }

    // MARK: -

    private static func start(_ number: Int64) -> Timestamp { Timestamp(microseconds: number * day) }

    private static func names(_ day: ClaimedDay) -> [PostgresValue] { [.text(StoredText.column(day.tenant)), ReportColumns.date(day.start), .text(day.lease.description)] }

    /// Writes down which tenants have verdicts of a day: one step of the index for each tenant.
    private func open(_ number: Int64) async throws {
        try await pool.execute("""
            WITH RECURSIVE found (tenant_id) AS (
                (SELECT tenant_id FROM verdicts WHERE id >= $1::uuid AND id < $2::uuid ORDER BY tenant_id LIMIT 1)
                UNION ALL
                SELECT (SELECT v.tenant_id FROM verdicts v WHERE v.tenant_id > found.tenant_id AND v.id >= $1::uuid AND v.id < $2::uuid ORDER BY v.tenant_id LIMIT 1)
                FROM found WHERE found.tenant_id IS NOT NULL
            )
            INSERT INTO report_days (tenant_id, day) SELECT tenant_id, $3::date FROM found WHERE tenant_id IS NOT NULL ON CONFLICT DO NOTHING
            """, [.text(VerdictID.lowest(at: Self.start(number)).description), .text(VerdictID.lowest(at: Self.start(number + 1)).description), ReportColumns.date(Self.start(number))],
            by: .now + limit)
    }

    private func claim(from oldest: Int64, to last: Int64, at now: Timestamp) async throws -> ClaimedDay? {
        let lease = VerdictID(at: now)
        let rows = try await pool.execute("""
            UPDATE report_days d SET lease_id = $4::uuid, lease_until = $5::timestamptz
            FROM (SELECT tenant_id, day FROM report_days WHERE done_at IS NULL AND day >= $1::date AND day <= $2::date AND (lease_until IS NULL OR lease_until < $3::timestamptz)
                  ORDER BY day, tenant_id LIMIT 1 FOR UPDATE SKIP LOCKED) due
            WHERE d.tenant_id = due.tenant_id AND d.day = due.day RETURNING d.tenant_id, d.day - date '1970-01-01'
            """, [ReportColumns.date(Self.start(oldest)), ReportColumns.date(Self.start(last)), ReportColumns.time(now), .text(lease.description),
                  ReportColumns.time(now.adding(seconds: pacing.lease))], by: .now + limit)
        guard let row = rows.first, let tenant = row.text(0), let number = row.integer(1) else { return nil }
        return ClaimedDay(tenant: tenant, start: Self.start(Int64(number)), lease: lease)
    }

    /// Whether it was gathered; no row where the claim is another's by now.
    private static let holding = """
        UPDATE report_days SET lease_until = $4::timestamptz WHERE tenant_id = $1 AND day = $2::date AND lease_id = $3::uuid AND done_at IS NULL RETURNING gathered_at IS NOT NULL
        """

    /// Counts what is alike. A message that is a report itself, from who it says, or an answer to one gets none, and neither does who sends nothing but reports to a few mailboxes ($6),
    /// or two domains would report to each other for ever.
    private static let gathering = """
        WITH counted AS MATERIALIZED (
            SELECT outcome->>'policy_domain' AS policy_domain, count(*) AS messages, max(id::text) AS last_id, client_ip, sender_domain, envelope_to, action, outcome, override, report_to
            FROM (
                SELECT id, client_ip, sender_domain, CASE WHEN cardinality(recipient_domains) = 1 THEN recipient_domains[1] END AS envelope_to, action, (evidence->'dmarc')::jsonb AS outcome,
                    CASE WHEN evidence#>>'{dmarc,result}' = 'fail' THEN (evidence#>'{author,override}')::jsonb END AS override,
                    CASE WHEN evidence#>'{content,report}' IS NOT NULL THEN recipients END AS report_to
                FROM verdicts
                WHERE tenant_id = $1 AND id >= $3::uuid AND id < $4::uuid AND direction = 'inbound' AND action <> 'defer'
                    AND (evidence#>'{content,report}' IS NULL OR evidence#>>'{dmarc,result}' IS DISTINCT FROM 'pass') AND ($5::text IS NULL OR recipients <> ARRAY[$5::text])
            ) message
            WHERE outcome->>'policy_domain' <> '' AND outcome->>'record' ~* '(^|;)\\s*rua\\s*='
            GROUP BY 1, client_ip, sender_domain, envelope_to, action, outcome, override, report_to
        ),
        told AS (
            SELECT policy_domain FROM counted WHERE report_to IS NULL
            UNION
            SELECT policy_domain FROM counted, unnest(report_to) AS mailbox GROUP BY 1 HAVING count(DISTINCT mailbox) > $6::bigint
        )
        INSERT INTO report_rows (tenant_id, day, policy_domain, place, messages, last_id, client_ip, envelope_from, envelope_to, action, outcome, override)
        SELECT $1, $2::date, policy_domain, row_number() OVER (PARTITION BY policy_domain ORDER BY messages DESC, last_id), messages, last_id::uuid, client_ip, sender_domain, envelope_to, action, outcome, override
        FROM (
            SELECT policy_domain, sum(messages)::bigint AS messages, max(last_id) AS last_id, client_ip, sender_domain, envelope_to, action, outcome, override
            FROM counted JOIN told USING (policy_domain) GROUP BY 1, client_ip, sender_domain, envelope_to, action, outcome, override
        ) joined
        """

    private static func arrays(_ reports: ArraySlice<NewReport>, _ now: Timestamp) -> [PostgresValue] {
        var ids = PostgresArray(of: .uuid), documents = PostgresArray(of: .octets), begins = PostgresArray(of: .timestamp), ends = PostgresArray(of: .timestamp), dues = PostgresArray(of: .timestamp)
        for report in reports {
            ids.append(VerdictID(at: now).octets)
            documents.append(report.document)
            begins.append(report.begin.microseconds)
            ends.append(report.end.microseconds)
            dues.append(now.adding(seconds: report.delay).microseconds)
        }
        func texts(_ value: (NewReport) -> String) -> PostgresValue { .array(PostgresArray(reports.map { StoredText.column(value($0)) })) }
        let keys = PostgresValue.array(PostgresArray(reports.map { StoredText.key(ReportDestination.key($0.destination)) }))
        return [.array(ids), texts(\.policyDomain), .array(begins), .array(ends), texts(\.destination), keys, texts(\.reportID), .array(documents), texts(\.organization), .array(dues), texts { $0.refusal ?? "" }]
    }

    /// In the order of the outbox's own additions, so that neither waits for what the other wrote before.
    private static let keeping = """
        INSERT INTO reports_outbox (tenant_id, id, policy_domain, begins_at, ends_at, destination, destination_key, report_id, xml_gz, organization, next_attempt_at, created_at, state, last_reply, ended_at)
        SELECT $1, id, policy_domain, begins_at, ends_at, destination, destination_key, report_id, xml_gz, organization, due_at, $2::timestamptz,
            CASE WHEN refusal = '' THEN 'pending' ELSE 'withheld' END, refusal, CASE WHEN refusal <> '' THEN $2::timestamptz END
        FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::timestamptz[], $13::text[])
            AS t(id, policy_domain, begins_at, ends_at, destination, destination_key, report_id, xml_gz, organization, due_at, refusal)
        ORDER BY policy_domain COLLATE "C", destination_key COLLATE "C"
        ON CONFLICT (tenant_id, policy_domain, begins_at, destination_key) DO NOTHING
        """
}

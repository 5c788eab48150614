package import Postgres
package import Verdicts

/// Reports that came, in PostgreSQL.
package struct PostgresReceivedReports: ReceivedReportStore {
    private let pool: PostgresPool
    private let limit: Duration

    private static let removeAtOnce = 500
    private static let columns = """
        id, tenant_id, kind, org, report_id, domain, \(ReportColumns.micros("begins_at")), \(ReportColumns.micros("ends_at")), \(ReportColumns.micros("received_at")), summary
        """

    private static let matching = matching(domain: "domain")

    private static func matching(domain: String) -> String {
        """
        ($1::text IS NULL OR tenant_id = $1) AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR \(domain) = $3)
            AND ($4::timestamptz IS NULL OR ends_at >= $4::timestamptz) AND ($5::timestamptz IS NULL OR begins_at < $5::timestamptz)
        """
    }

    private static func values(_ filter: ReceivedReportFilter, _ kind: ReceivedReport.Kind?) -> [PostgresValue] {
        [.optional(filter.tenant.map(StoredText.column)), .optional(kind?.rawValue), .optional(filter.domain.map(StoredText.key)),
         filter.since.map(ReportColumns.time) ?? .null, filter.until.map(ReportColumns.time) ?? .null]
    }

    /// - Parameter limit: how long a call waits at most.
    package init(_ pool: PostgresPool, limit: Duration = .seconds(10)) { self.pool = pool; self.limit = limit }

    package func keep(_ report: ReceivedReport) async throws -> VerdictID? {
        guard report.document.count <= ReportPacing.documentLimit else { throw StoreTrouble.refused("the document has \(report.document.count) octets, at most \(ReportPacing.documentLimit) are kept") }
        let key: [PostgresValue] = [.text(StoredText.column(report.tenant)), .text(report.kind.rawValue), .text(StoredText.key(report.organization)),
                                    .text(StoredText.key(report.reportID)), .text(StoredText.key(report.domain)), ReportColumns.time(report.begin)]
        let rest: [PostgresValue] = [.text(report.id.description), ReportColumns.time(report.end), ReportColumns.time(report.receivedAt),
                                     .text(String(decoding: StoredText.json(report.summary), as: UTF8.self)), .octets(report.document)]
        return try await asStoreTrouble {
            let kept = try await pool.execute("""
                INSERT INTO received_reports (tenant_id, kind, org, report_id, domain, begins_at, id, ends_at, received_at, summary, document)
                VALUES ($1, $2, $3, $4, $5, $6::timestamptz, $7::uuid, $8::timestamptz, $9::timestamptz, $10::jsonb, $11)
                ON CONFLICT DO NOTHING
                """, key + rest, by: .now + limit)
            if kept.affected > 0 { return nil }
            let rows = try await pool.execute("""
                SELECT id FROM received_reports
                WHERE tenant_id = $1 AND kind = $2 AND org = $3 AND report_id = $4 AND domain = $5 AND (kind = 'failure' OR begins_at = $6::timestamptz)
                """, key, by: .now + limit)
            // Removed in between: what was known is known no more, and the caller may try again.
            guard let id = rows.first?.text(0).flatMap({ VerdictID($0) }) else { throw StoreTrouble.unavailable("the report that was kept before was removed just now") }
            return id
        }
    }

    package func reports(matching filter: ReceivedReportFilter, before: VerdictID?, limit count: Int) async throws -> [ReceivedReport] {
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(Self.columns) FROM received_reports
                WHERE \(Self.matching) AND ($6::uuid IS NULL OR id < $6::uuid) ORDER BY id DESC LIMIT $7::bigint
                """, Self.values(filter, filter.kind) + [.optional(before?.description), .integer(Int64(min(max(count, 1), 1000)))], by: .now + limit)
        }
        return try rows.map(Self.report)
    }

    package func report(_ id: VerdictID, tenant: String?) async throws -> ReceivedReport? {
        let rows = try await asStoreTrouble {
            try await pool.execute("SELECT \(Self.columns), document FROM received_reports WHERE id = $1::uuid AND ($2::text IS NULL OR tenant_id = $2)",
                                   [.text(id.description), .optional(tenant.map(StoredText.column))], by: .now + limit)
        }
        return try rows.first.map(Self.report)
    }

    package func sums(matching filter: ReceivedReportFilter, by grouping: ReportGrouping, limit count: Int) async throws -> [ReportSum] {
        let (name, source, counts) = switch grouping {
        case .source: ("s->>'address'", ", jsonb_array_elements(summary->'sources') AS s", "s->'count'")
        case .domain: ("domain", "", "summary->'total'")
        }
        func sum(_ path: String) -> String { Self.sum("\(counts)\(path)") }
        let dispositions = ReportSum.words.map { sum("->'dispositions'->>'\($0)'") }.joined(separator: ", ")
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(name) COLLATE "C" AS name, count(DISTINCT id), \(sum("->>'messages'")) AS messages, \(sum("->>'passed'")), \(sum("->>'failed'")), \(sum("->>'untold'")), \(dispositions)
                FROM received_reports\(source) WHERE \(Self.matching) AND \(name) <> '' GROUP BY 1 ORDER BY messages DESC, name LIMIT $6::bigint
                """, Self.values(filter, .aggregate) + [.integer(Int64(min(max(count, 1), 1000)))], by: .now + limit)
        }
        return rows.compactMap { row in
            guard let name = row.text(0), let reports = row.integer(1), let messages = row.integer(2), let passed = row.integer(3), let failed = row.integer(4), let untold = row.integer(5) else { return nil }
            var done: [String: Int] = [:]
            for (place, word) in ReportSum.words.enumerated() { if let count = row.integer(6 + place), count > 0 { done[word] = count } }
            return ReportSum(name: name, reports: reports, messages: messages, passed: passed, failed: failed, untold: untold, dispositions: done)
        }
    }

    package func sessions(matching filter: ReceivedReportFilter) async throws -> SessionSum {
        // A report may tell of several domains, of which each has its own sessions.
        let isOfOne = filter.domain != nil, counts = isOfOne ? "p" : "summary"
        let row = try await asStoreTrouble {
            try await pool.execute("""
                SELECT count(DISTINCT id), \(Self.sum("\(counts)->>'succeeded'")), \(Self.sum("\(counts)->>'failed'"))
                FROM received_reports\(isOfOne ? ", jsonb_array_elements(summary->'policies') AS p" : "") WHERE \(isOfOne ? Self.matching(domain: "lower(p->>'domain')") : Self.matching)
                """, Self.values(filter, .tls), by: .now + limit).first
        }
        return SessionSum(reports: row?.integer(0) ?? 0, succeeded: row?.integer(1) ?? 0, failed: row?.integer(2) ?? 0)
    }

    /// The sum of a number in JSON, which is at most the largest of 64 bits.
    private static func sum(_ number: String) -> String { "least(coalesce(sum((\(number))::numeric), 0), 9223372036854775807)::bigint" }

    package func remove(receivedBefore moment: Timestamp) async throws -> Int {
        try await asStoreTrouble {
            var all = 0
            while true {
                let gone = try await pool.execute("""
                    DELETE FROM received_reports WHERE (tenant_id, id) IN (
                        SELECT tenant_id, id FROM received_reports WHERE received_at < $1::timestamptz LIMIT \(Self.removeAtOnce) FOR UPDATE SKIP LOCKED)
                    """, [ReportColumns.time(moment)], by: .now + limit).affected
                all += gone
                if gone < Self.removeAtOnce { return all }
            }
        }
    }

    /// Without a document where the row has none.
    private static func report(_ row: PostgresRows.Row) throws -> ReceivedReport {
        guard let id = row.text(0).flatMap({ VerdictID($0) }), let tenant = row.text(1), let kind = row.text(2).flatMap({ ReceivedReport.Kind(rawValue: $0) }),
              let organization = row.text(3), let reportID = row.text(4), let domain = row.text(5), let begin = ReportColumns.time(row, 6), let end = ReportColumns.time(row, 7),
              let received = ReportColumns.time(row, 8), let summary = row.octets(9) else {
            throw StoreTrouble.refused("received report \(row.text(0) ?? "") is not what this program writes")
        }
        return ReceivedReport(id: id, tenant: tenant, kind: kind, organization: organization, reportID: reportID, domain: domain, begin: begin, end: end,
                              receivedAt: received, summary: Array(summary), document: row.bytea(10) ?? [])
    }
}

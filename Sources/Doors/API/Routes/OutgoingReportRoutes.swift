internal import HTTPTypes
internal import JSON
internal import Reporting
internal import Verdicts

/// `/v1/outgoing-reports` and what is below it: what we report to the owners of domains.
struct OutgoingReportRoutes: Sendable {
    let desk: ReportDesk

    var routes: [Route] {
        [
            Route(.get, "/v1/outgoing-reports", .scope(.reports), page),
            Route(.get, "/v1/outgoing-reports/{id}", .scope(.reports), one),
            Route(.get, "/v1/outgoing-reports/{id}/document", .scope(.reports), document),
            Route(.post, "/v1/outgoing-reports/{id}/retry", .scope(.reports), retry),
        ]
    }

    @Sendable private func page(_ call: Call) async throws -> Answer {
        let query = try ReportQuery(call.query(), tenant: call.tenant, allowed: ["state", "domain", "limit", "cursor"])
        let rows = try await desk.outbox.reports(matching: query.sent, before: query.before, limit: query.limit)
        var writer = JSONWriter(capacity: 64 + rows.count * 512)
        writer.openObject()
        writer.key("items")
        writer.openArray()
        for row in rows { Self.write(row, to: &writer) }
        writer.closeArray()
        writer.key("next_cursor")
        if rows.count == query.limit, let last = rows.last { writer.string(Cursor.text(after: last.id)) } else { writer.null() }
        writer.closeObject()
        return Answer(json: writer.octets)
    }

    @Sendable private func one(_ call: Call) async throws -> Answer {
        var writer = JSONWriter(capacity: 512)
        Self.write(try await report(call).row, to: &writer)
        return Answer(json: writer.octets)
    }

    /// The report as it is sent: gzip.
    @Sendable private func document(_ call: Call) async throws -> Answer { Answer(try await report(call).document, mediaType: "application/gzip") }

    private func report(_ call: Call) async throws -> (row: ReportRow, document: [UInt8]) {
        try call.noParameters()
        guard let id = call.names.first.flatMap({ VerdictID($0) }), let report = try await desk.outbox.report(id, tenant: call.tenant) else { throw Problem.notFound("There is no report with this id.") }
        return report
    }

    @Sendable private func retry(_ call: Call) async throws -> Answer {
        try call.noParameters()
        guard let id = call.names.first.flatMap({ VerdictID($0) }), let done = try await desk.retry(id, tenant: call.tenant, at: call.time),
              let row = try await desk.outbox.report(id, tenant: call.tenant)?.row else { throw Problem.notFound("There is no report with this id.") }
        guard done else {
            throw Problem(.conflict, "not-ended", "The report cannot be sent again", "It is \(row.state.rawValue); only one that is failed, withheld or unknown is sent again on demand.")
        }
        var writer = JSONWriter(capacity: 512)
        Self.write(row, to: &writer)
        return Answer(json: writer.octets)
    }

    static func write(_ row: ReportRow, to writer: inout JSONWriter) {
        writer.openObject()
        writer.key("id"); writer.string(row.id.description)
        writer.key("tenant"); writer.string(row.tenant)
        writer.key("domain"); writer.string(row.policyDomain)
        writer.key("begin"); writer.string(row.begin.description)
        writer.key("end"); writer.string(row.end.description)
        writer.key("destination"); writer.string(row.destination)
        writer.key("report_id"); writer.string(row.reportID)
        writer.key("state"); writer.string(row.state.rawValue)
        writer.key("attempts"); writer.integer(row.attempts)
        if row.state == .pending { writer.key("next_attempt_at"); writer.string(row.nextAttempt.description) }
        if !row.lastReply.isEmpty { writer.key("reason"); writer.string(row.lastReply) }
        writer.key("created_at"); writer.string(row.createdAt.description)
        if let end = row.endedAt { writer.key("ended_at"); writer.string(end.description) }
        writer.closeObject()
    }
}

internal import HTTPTypes
internal import JSON
internal import Reporting
internal import Threads
internal import Verdicts

/// `/v1/reports` and what is below it: what others report about a tenant's domains.
struct ReportRoutes: Sendable {
    let desk: ReportDesk
    let limits: APILimits
    private let readers = QueueRound(label: "postern.reports")

    init(desk: ReportDesk, limits: APILimits) { self.desk = desk; self.limits = limits }

    /// What a mail program, or a person, calls a report.
    static let types = ["message/rfc822", "application/gzip", "application/x-gzip", "application/zip", "application/x-zip-compressed", "application/xml", "text/xml",
                        "application/json", "application/tlsrpt+gzip", "application/tlsrpt+json", "application/octet-stream"]

    var routes: [Route] {
        [
            Route(.post, "/v1/reports", .scope(.reports), take),
            Route(.get, "/v1/reports", .scope(.reports), page),
            Route(.get, "/v1/reports/summary", .scope(.reports), summary),
            Route(.get, "/v1/reports/{id}", .scope(.reports), one),
            Route(.get, "/v1/reports/{id}/document", .scope(.reports), document),
        ]
    }

    @Sendable private func take(_ call: Call) async throws -> Answer {
        var tenant = call.tenant, isNamed = false
        for field in try call.query().fields {
            guard field.name == "tenant" else { throw Problem.parameter(field.name, "is not a parameter here") }
            guard !isNamed else { throw Problem.parameter(field.name, "is given more than once") }
            isNamed = true
            tenant = try SmallDocument.tenant(field.value, for: call)
        }
        guard let type = MediaType(call.request), Self.types.contains(type.name) else { throw Problem.mediaType(Self.types) }
        let limit = min(limits.reportOctets, limits.bodyOctets), declared = try call.declaredLength(limit: limit)
        if declared == 0 { throw Problem.body("There is no report.") }
        let octets = try await call.body(declared: declared, limit: limit)
        defer { call.load.release(octets.count) }
        if octets.isEmpty { throw Problem.body("There is no report.") }
        let desk = desk, owner = tenant ?? "default", time = call.time
        let reading = await withTaskExecutorPreference(readers.next) { @concurrent () -> Result<ReportDesk.Delivery, ReportIntake.Fault> in
            do throws(ReportIntake.Fault) { return .success(try desk.read(octets, mediaType: type.name, tenant: owner, at: time)) } catch { return .failure(error) }
        }
        let taken: [ReportDesk.Taken], returned: [ReportRow]
        switch reading {
        case .success(let delivery): (taken, returned) = (try await desk.keep(delivery.reports), try await desk.note(delivery.bounces, tenant: tenant, at: time))
        case .failure(let fault): throw Problem(fault)
        }
        if taken.isEmpty, returned.isEmpty { throw Problem(.nothing("a delivery status notification about no report of ours")) }
        var writer = JSONWriter(capacity: 64 + taken.count * 512)
        writer.openObject()
        writer.key("items")
        writer.openArray()
        for each in taken { Self.write(each.report, isNew: each.isNew, to: &writer) }
        writer.closeArray()
        writer.key("returned")
        writer.openArray()
        for row in returned { OutgoingReportRoutes.write(row, to: &writer) }
        writer.closeArray()
        writer.closeObject()
        return Answer(json: writer.octets, status: taken.contains(where: \.isNew) ? .created : .ok)
    }

    @Sendable private func page(_ call: Call) async throws -> Answer {
        let query = try ReportQuery(call.query(), tenant: call.tenant, allowed: ["kind", "domain", "since", "until", "limit", "cursor"])
        let reports = try await desk.received.reports(matching: query.received, before: query.before, limit: query.limit)
        var writer = JSONWriter(capacity: 64 + reports.count * 512)
        writer.openObject()
        writer.key("items")
        writer.openArray()
        for report in reports { Self.write(report, to: &writer) }
        writer.closeArray()
        writer.key("next_cursor")
        if reports.count == query.limit, let last = reports.last { writer.string(Cursor.text(after: last.id)) } else { writer.null() }
        writer.closeObject()
        return Answer(json: writer.octets)
    }

    @Sendable private func one(_ call: Call) async throws -> Answer {
        try call.noParameters()
        guard let id = VerdictID(call.name), let report = try await desk.received.report(id, tenant: call.tenant) else { throw Problem.notFound("There is no report with this id.") }
        var writer = JSONWriter(capacity: 512 + report.summary.count)
        Self.write(report, isWhole: true, to: &writer)
        return Answer(json: writer.octets)
    }

    /// The report as it came, unpacked and packed again.
    @Sendable private func document(_ call: Call) async throws -> Answer {
        try call.noParameters()
        guard let id = call.names.first.flatMap({ VerdictID($0) }), let report = try await desk.received.report(id, tenant: call.tenant) else { throw Problem.notFound("There is no report with this id.") }
        return Answer(report.document, mediaType: "application/gzip")
    }

    @Sendable private func summary(_ call: Call) async throws -> Answer {
        let query = try ReportQuery(call.query(), tenant: call.tenant, limit: 100, allowed: ["by", "domain", "since", "until", "limit"])
        let sums = try await desk.received.sums(matching: query.received, by: query.grouping, limit: query.limit)
        let sessions = try await desk.received.sessions(matching: query.received)
        var writer = JSONWriter(capacity: 128 + sums.count * 192)
        writer.openObject()
        writer.key("by"); writer.string(query.grouping.rawValue)
        writer.key("items")
        writer.openArray()
        for sum in sums { write(sum, by: query.grouping, to: &writer) }
        writer.closeArray()
        writer.key("tls")
        writer.openObject()
        writer.key("reports"); writer.integer(sessions.reports)
        writer.key("succeeded"); writer.integer(sessions.succeeded)
        writer.key("failed"); writer.integer(sessions.failed)
        writer.closeObject()
        writer.closeObject()
        return Answer(json: writer.octets)
    }

    // MARK: -

    private func write(_ sum: ReportSum, by grouping: ReportGrouping, to writer: inout JSONWriter) {
        writer.openObject()
        writer.key(grouping.rawValue); writer.string(sum.name)
        writer.key("reports"); writer.integer(sum.reports)
        writer.key("messages"); writer.integer(sum.messages)
        writer.key("passed"); writer.integer(sum.passed)
        writer.key("failed"); writer.integer(sum.failed)
        writer.key("untold"); writer.integer(sum.untold)
        writer.key("dispositions")
        writer.openObject()
        for (word, count) in sum.dispositions.sorted(by: { $0.key < $1.key }) { writer.key(word); writer.integer(count) }
        writer.closeObject()
        writer.closeObject()
    }

    private static func write(_ report: ReceivedReport, isNew: Bool? = nil, isWhole: Bool = false, to writer: inout JSONWriter) {
        writer.openObject()
        writer.key("id"); writer.string(report.id.description)
        if let isNew { writer.key("new"); writer.bool(isNew) }
        writer.key("tenant"); writer.string(report.tenant)
        writer.key("kind"); writer.string(report.kind.rawValue)
        writer.key("organization"); writer.string(report.organization)
        writer.key("report_id"); writer.string(report.reportID)
        writer.key("domain"); writer.string(report.domain)
        writer.key("begin"); writer.string(report.begin.description)
        writer.key("end"); writer.string(report.end.description)
        writer.key("received_at"); writer.string(report.receivedAt.description)
        if isWhole { writer.key("summary"); writer.raw(report.summary) }
        writer.closeObject()
    }
}

extension Problem {
    fileprivate init(_ fault: ReportIntake.Fault) {
        switch fault {
        case .nothing(let what): self.init(.unprocessableContent, "no-report", "There is no report in it", "No report was found: \(what).")
        case .unreadable(let name, let why): self.init(.unprocessableContent, "unreadable-report", "A report cannot be read", "\(name.prefix(200)): \(why)")
        }
    }
}

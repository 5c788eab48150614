internal import Compression
internal import Cryptography
internal import DMARC
internal import DNS
internal import JSON
internal import Mail
package import TransportSecurity
package import Verdicts

/// Reads the reports that others send about a tenant's domains: in a mail, an archive, or as they are.
package struct ReportIntake: Sendable {
    private let reader: ReportReader
    private let tls: @Sendable ([UInt8]) throws -> TLSReport
    private let limits: ReportIntakeLimits

    /// Why nothing is kept.
    package enum Fault: Error, Sendable, Equatable {
        /// There is no report in it; what it is instead.
        case nothing(String)
        /// A report cannot be read: which one, and why.
        case unreadable(String, String)
    }

    /// - Parameter tls: reads the JSON of a TLS report, and says in its error what is wrong.
    package init(limits: ReportIntakeLimits = ReportIntakeLimits(), tls: @escaping @Sendable ([UInt8]) throws -> TLSReport) {
        reader = ReportReader()
        self.limits = limits
        self.tls = tls
    }

    /// All reports, or none of them where one cannot be read. What only looked like a report is passed over beside one.
    /// - Parameters:
    ///   - mediaType: what the sender says the octets are; `message/rfc822` is read as a message.
    ///   - now: when they came.
    /// - Throws: ``Fault``.
    package func read(_ octets: [UInt8], mediaType: String?, tenant: String, at now: Timestamp) throws(Fault) -> [ReceivedReport] {
        let found = reader.read(octets, mediaType: mediaType)
        if let nothing = found.nothing { throw .nothing(nothing) }
        if found.isCut { throw .unreadable("the message", "it has too many attachments") }
        var reports: [ReceivedReport] = []
        for document in found.documents {
            let name = document.name ?? document.part.map { "part \($0)" } ?? "the document"
            switch document.content {
            case .failure(.noReport): continue
            case .failure(let fault): throw .unreadable(name, fault.description)
            case .success(let octets):
                guard let kind = document.kind else { continue }
                do throws(Unreadable) { reports.append(try report(kind, octets, tenant: tenant, at: now)) } catch { throw .unreadable(name, error.why) }
            }
        }
        return reports
    }

    private struct Unreadable: Error { let why: String }

    /// What identifies a report, and what it says in short.
    private struct Reading {
        let organization: String, reportID: String, domain: String
        let begin: Int, end: Int
        let summary: [UInt8]
    }

    private func report(_ kind: ReportKind, _ octets: [UInt8], tenant: String, at now: Timestamp) throws(Unreadable) -> ReceivedReport {
        let reading: Reading, kept: ReceivedReport.Kind
        switch kind {
        case .aggregate: (reading, kept) = (try aggregate(octets), .aggregate)
        case .tls: (reading, kept) = (try transport(octets), .tls)
        case .failure: (reading, kept) = (try failure(octets, at: now), .failure)
        }
        let document: [UInt8]
        do { document = try Gzip.compress(octets) } catch { throw Unreadable(why: error.description) }
        if document.count > ReportPacing.documentLimit { throw Unreadable(why: "it has more than \(ReportPacing.documentLimit) octets when compressed") }
        // Two reports without an id are two reports, unless they are the same.
        let id = reading.reportID.isEmpty ? "sha256:\(SHA256.digest(octets).hexadecimal)" : reading.reportID
        return ReceivedReport(id: VerdictID(at: now), tenant: tenant, kind: kept, organization: reading.organization, reportID: id,
                              domain: DomainName(reading.domain)?.text ?? reading.domain.lowercased(), begin: Self.moment(reading.begin), end: Self.moment(reading.end),
                              receivedAt: now, summary: reading.summary, document: document)
    }

    private static func moment(_ seconds: Int) -> Timestamp { Timestamp(microseconds: 0).adding(seconds: seconds) }

    // MARK: - The kinds

    private func aggregate(_ octets: [UInt8]) throws(Unreadable) -> Reading {
        let report: AggregateReport
        do { report = try AggregateReport(xml: octets) } catch { throw Unreadable(why: error.description) }
        let summary = report.summary
        var json = JSONWriter()
        json.openObject()
        json.key("email"); json.string(report.metadata.email)
        json.key("policy"); json.string(report.policy.request?.rawValue ?? "none")
        json.key("total"); summary.total.write(to: &json)
        json.key("sources"); Array(summary.sources.prefix(limits.sources)).write(to: &json)
        json.key("sources_left_out"); json.integer(max(0, summary.sources.count - limits.sources))
        json.key("records_left_out"); json.integer(report.leftOut)
        json.key("problems"); report.problems.write(to: &json)
        json.closeObject()
        return Reading(organization: report.metadata.organization, reportID: report.metadata.reportID, domain: report.policy.domain, begin: report.metadata.begin, end: report.metadata.end,
                       summary: json.octets)
    }

    /// Source: RFC 8460 §4.4.
    private func transport(_ octets: [UInt8]) throws(Unreadable) -> Reading {
        let report: TLSReport
        do { report = try tls(octets) } catch { throw Unreadable(why: "\(error)") }
        guard let domain = report.policies.first?.policy.domain, !domain.isEmpty else { throw Unreadable(why: "policies: it names no domain") }
        var json = JSONWriter()
        json.openObject()
        json.key("succeeded"); json.integer(report.succeeded)
        json.key("failed"); json.integer(report.failed)
        json.key("policies")
        json.openArray()
        for policy in report.policies.prefix(limits.policies) {
            json.openObject()
            json.key("type"); json.string(policy.policy.type)
            json.key("domain"); json.string(DomainName(policy.policy.domain)?.text ?? policy.policy.domain.lowercased())
            json.key("succeeded"); json.integer(policy.succeeded)
            json.key("failed"); json.integer(policy.failed)
            json.key("failures")
            json.openArray()
            for failure in policy.failures.prefix(limits.failures) {
                json.openObject()
                json.key("type"); json.string(failure.type)
                json.key("sessions"); json.integer(failure.sessions)
                for (name, text) in [("sender", failure.sender), ("receiver_host", failure.receiverHost), ("receiver", failure.receiver), ("reason", failure.reason)] {
                    if let text { json.key(name); json.string(text) }
                }
                json.closeObject()
            }
            json.closeArray()
            json.closeObject()
        }
        json.closeArray()
        json.closeObject()
        return Reading(organization: report.organization, reportID: report.reportID, domain: domain, begin: report.period.begin.seconds, end: report.period.end.seconds, summary: json.octets)
    }

    /// Source: RFC 5965 §3.1 and §3.2, RFC 6591 §3.1.
    private func failure(_ octets: [UInt8], at now: Timestamp) throws(Unreadable) -> Reading {
        let header = HeaderSection(octets: octets)
        func text(_ name: String) -> String? { header.first(name).map { String($0.text.prefix(limits.fieldCharacters)) } }
        guard let type = text("Feedback-Type") else { throw Unreadable(why: "Feedback-Type: missing") }
        guard let domain = text("Reported-Domain") ?? text("DKIM-Domain"), !domain.isEmpty else { throw Unreadable(why: "Reported-Domain: missing") }
        var json = JSONWriter()
        json.openObject()
        json.key("feedback_type"); json.string(type)
        for (name, field) in [("auth_failure", "Auth-Failure"), ("delivery_result", "Delivery-Result"), ("source_ip", "Source-IP"), ("mail_from", "Original-Mail-From"),
                              ("rcpt", "Original-Rcpt-To"), ("arrival_date", "Arrival-Date"), ("identity_alignment", "Identity-Alignment")] {
            if let value = text(field) { json.key(name); json.string(value) }
        }
        json.closeObject()
        return Reading(organization: text("Reporting-MTA") ?? text("User-Agent") ?? "", reportID: "", domain: domain, begin: now.seconds, end: now.seconds, summary: json.octets)
    }
}

/// How much of a report is kept apart for reading at once; the document itself is kept whole.
package struct ReportIntakeLimits: Sendable {
    /// Addresses of an aggregate report, those with the most messages.
    package var sources = 1_000
    /// Policies of a TLS report, and failures of each.
    package var policies = 100
    package var failures = 100
    /// Characters of a field of a failure report.
    package var fieldCharacters = 1_024

    package init() {}
}

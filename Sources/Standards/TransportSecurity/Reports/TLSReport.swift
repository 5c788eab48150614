package import JSON

/// What a sender saw of the TLS of a domain's mail servers in a period.
/// Source: RFC 8460 §4.
///
/// Reading is tolerant: one text where a list should be and the other way round, numbers written as texts, lists that are missing or null.
/// A text that is longer than ``TLSReportLimits/textOctets`` is cut; counts beyond a limit refuse the report.
package struct TLSReport: Sendable, Hashable, Decodable {
    package var organization: String
    package var period: Period
    package var contact: String?
    package var reportID: String
    package var policies: [PolicyReport]

    package struct Period: Sendable, Hashable, Decodable {
        package var begin: TLSReportDate
        package var end: TLSReportDate

        package init(begin: TLSReportDate, end: TLSReportDate) { self.begin = begin; self.end = end }

        private enum CodingKeys: String, CodingKey { case begin = "start-datetime", end = "end-datetime" }
    }

    /// One policy, and how sessions fared under it.
    package struct PolicyReport: Sendable, Hashable, Decodable {
        package var policy: Policy
        package var succeeded: Int
        package var failed: Int
        package var failures: [Failure]

        package init(policy: Policy, succeeded: Int, failed: Int, failures: [Failure] = []) {
            self.policy = policy; self.succeeded = succeeded; self.failed = failed; self.failures = failures
        }
    }

    package struct Policy: Sendable, Hashable, Decodable {
        /// `tlsa`, `sts`, `no-policy-found`, or what stands there.
        package var type: String
        /// The lines of an MTA-STS policy, or the TLSA records.
        package var lines: [String]
        package var domain: String
        /// The patterns of MTA-STS, or the hosts.
        package var hosts: [String]

        package init(type: String, lines: [String] = [], domain: String, hosts: [String] = []) {
            self.type = type; self.lines = lines; self.domain = domain; self.hosts = hosts
        }
    }

    /// Sessions that failed alike.
    package struct Failure: Sendable, Hashable, Decodable {
        /// A word of RFC 8460 §4.3, such as `certificate-expired`, or what stands there.
        package var type: String
        package var sessions: Int
        /// Addresses as written.
        package var sender: String?
        package var receiver: String?
        package var receiverHost: String?
        package var receiverHELO: String?
        /// A URI with more about it.
        package var more: String?
        package var reason: String?

        package init(type: String, sessions: Int, sender: String? = nil, receiver: String? = nil, receiverHost: String? = nil, receiverHELO: String? = nil,
                     more: String? = nil, reason: String? = nil) {
            self.type = type; self.sessions = sessions; self.sender = sender; self.receiver = receiver; self.receiverHost = receiverHost
            self.receiverHELO = receiverHELO; self.more = more; self.reason = reason
        }
    }

    package init(organization: String, period: Period, contact: String?, reportID: String, policies: [PolicyReport]) {
        self.organization = organization; self.period = period; self.contact = contact; self.reportID = reportID; self.policies = policies
    }

    /// The sessions of all policies; stay at the largest number rather than overflow.
    package var succeeded: Int { Self.sum(policies.map(\.succeeded)) }
    package var failed: Int { Self.sum(policies.map(\.failed)) }

    private static func sum(_ counts: [Int]) -> Int {
        counts.reduce(0) { sum, count in
            let (next, overflow) = sum.addingReportingOverflow(count)
            return overflow ? .max : next
        }
    }

    fileprivate enum CodingKeys: String, CodingKey {
        case organization = "organization-name", period = "date-range", contact = "contact-info", reportID = "report-id", policies
    }
}

// MARK: - Reading

extension TLSReport {
    /// - Throws: `DecodingError` that names the member that is missing or not valid.
    package init(from decoder: any Decoder) throws {
        let report = try decoder.container(keyedBy: CodingKeys.self)
        organization = try report.text(.organization) ?? ""
        period = try report.decode(Period.self, forKey: .period)
        contact = try report.text(.contact)
        reportID = try report.text(.reportID) ?? ""
        policies = try report.list(.policies, most: TLSReportLimits.policies)
    }
}

extension TLSReport.PolicyReport {
    private enum CodingKeys: String, CodingKey { case policy, summary, failures = "failure-details" }
    fileprivate enum SummaryKeys: String, CodingKey { case succeeded = "total-successful-session-count", failed = "total-failure-session-count" }

    package init(from decoder: any Decoder) throws {
        let report = try decoder.container(keyedBy: CodingKeys.self)
        policy = try report.decode(TLSReport.Policy.self, forKey: .policy)
        if report.contains(.summary) {
            let summary = try report.nestedContainer(keyedBy: SummaryKeys.self, forKey: .summary)
            succeeded = try summary.count(.succeeded) ?? 0
            failed = try summary.count(.failed) ?? 0
        } else {
            succeeded = 0
            failed = 0
        }
        failures = try report.list(.failures, most: TLSReportLimits.failures)
    }
}

extension TLSReport.Policy {
    private enum CodingKeys: String, CodingKey { case type = "policy-type", lines = "policy-string", domain = "policy-domain", hosts = "mx-host" }

    package init(from decoder: any Decoder) throws {
        let policy = try decoder.container(keyedBy: CodingKeys.self)
        type = try policy.text(.type) ?? ""
        lines = try policy.texts(.lines, most: TLSReportLimits.lines)
        guard let domain = try policy.text(.domain), !domain.isEmpty else {
            throw DecodingError.keyNotFound(CodingKeys.domain, .init(codingPath: policy.codingPath, debugDescription: "no policy-domain"))
        }
        self.domain = domain
        hosts = try policy.texts(.hosts, most: TLSReportLimits.lines)
    }
}

extension TLSReport.Failure {
    private enum CodingKeys: String, CodingKey {
        case type = "result-type", sessions = "failed-session-count", sender = "sending-mta-ip", receiver = "receiving-ip", receiverHost = "receiving-mx-hostname"
        case receiverHELO = "receiving-mx-helo", more = "additional-information", reason = "failure-reason-code"
    }

    package init(from decoder: any Decoder) throws {
        let failure = try decoder.container(keyedBy: CodingKeys.self)
        type = try failure.text(.type) ?? ""
        sessions = try failure.count(.sessions) ?? 0
        sender = try failure.text(.sender)
        receiver = try failure.text(.receiver)
        receiverHost = try failure.text(.receiverHost)
        receiverHELO = try failure.text(.receiverHELO)
        more = try failure.text(.more)
        reason = try failure.text(.reason)
    }
}

// MARK: - Writing

extension TLSReport: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.organization, organization)
        json.member(CodingKeys.period, period)
        json.member(CodingKeys.contact, contact)
        json.member(CodingKeys.reportID, reportID)
        json.member(CodingKeys.policies, policies)
        json.closeObject()
    }
}

extension TLSReport.Period: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.begin, begin)
        json.member(CodingKeys.end, end)
        json.closeObject()
    }
}

extension TLSReport.PolicyReport: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.policy, policy)
        json.key(CodingKeys.summary.rawValue)
        json.openObject()
        json.member(SummaryKeys.succeeded, succeeded)
        json.member(SummaryKeys.failed, failed)
        json.closeObject()
        if !failures.isEmpty { json.member(CodingKeys.failures, failures) }
        json.closeObject()
    }
}

extension TLSReport.Policy: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.type, type)
        if !lines.isEmpty { json.member(CodingKeys.lines, lines) }
        json.member(CodingKeys.domain, domain)
        if !hosts.isEmpty { json.member(CodingKeys.hosts, hosts) }
        json.closeObject()
    }
}

extension TLSReport.Failure: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.type, type)
        json.member(CodingKeys.sender, sender)
        json.member(CodingKeys.receiver, receiver)
        json.member(CodingKeys.receiverHost, receiverHost)
        json.member(CodingKeys.receiverHELO, receiverHELO)
        json.member(CodingKeys.sessions, sessions)
        json.member(CodingKeys.more, more)
        json.member(CodingKeys.reason, reason)
        json.closeObject()
    }
}

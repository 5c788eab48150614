/// By what aggregate reports are counted together.
package enum ReportGrouping: String, Sendable, CaseIterable {
    /// The address that sent.
    case source
    /// The domain that the reports are about.
    case domain
}

/// What aggregate reports say of one address, or of one domain; every number stays at the largest rather than overflow.
package struct ReportSum: Sendable, Equatable {
    /// The address, or the domain.
    package var name: String
    /// Reports that speak of it.
    package var reports: Int
    package var messages: Int
    /// Messages for which DMARC passed (SPF or DKIM, aligned), for which it did not, and for which the reports do not say.
    package var passed: Int, failed: Int, untold: Int
    /// Messages by what was done with them: `none`, `pass`, `quarantine`, `reject`; without those of which there were none.
    package var dispositions: [String: Int]

    /// What can be done with a message.
    package static let words = ["none", "pass", "quarantine", "reject"]

    package init(name: String, reports: Int, messages: Int, passed: Int, failed: Int, untold: Int, dispositions: [String: Int]) {
        self.name = name; self.reports = reports; self.messages = messages; self.passed = passed; self.failed = failed; self.untold = untold; self.dispositions = dispositions
    }
}

/// What reports of TLS say together.
package struct SessionSum: Sendable, Equatable {
    package var reports: Int
    /// Sessions with TLS as the policies of the domains want it, and those that failed.
    package var succeeded: Int, failed: Int

    package init(reports: Int, succeeded: Int, failed: Int) { self.reports = reports; self.succeeded = succeeded; self.failed = failed }
}

package import DMARC
package import DNS

/// The port to the days whose reports are to be made, each by one node.
package protocol ReportDays: Sendable {
    /// Claims the oldest day of a tenant that is due: it ended, it has settled, it has verdicts, and its reports are not
    /// made yet; it is the caller's for the lease of ``ReportPacing``.
    /// - Returns: nil when none is due.
    func claimDay(at now: Timestamp) async throws -> ClaimedDay?

    /// Counts the messages of a claimed day that came in under a policy that asks for aggregate reports: nothing that was deferred, and nothing
    /// that is a report itself and passes DMARC (as reports must: who is not who he says hides nothing by calling his mail a report) or went to our reports' sender alone: it answers
    /// one, or brings it back. Of a policy domain that sent nothing but reports, whatever DMARC says of them, and to no more than ``ReportPacing/loopMailboxes`` mailboxes, nothing is
    /// counted: a report about reports that fail would be answered by the next one, for ever (RFC 9990). Once for a day, however often it is claimed.
    /// - Returns: false where the claim is not the caller's any more.
    func gather(_ day: ClaimedDay, at now: Timestamp) async throws -> Bool

    /// The policy domains of a gathered day, in their order.
    /// - Parameters:
    ///   - after: the last domain of the page before; nil for the first.
    ///   - limit: 1…1000.
    func policyDomains(of day: ClaimedDay, after: String?, limit: Int) async throws -> [String]

    /// The messages of one policy domain of a gathered day, the most frequent first.
    /// - Parameter limit: 1…100,000.
    /// - Throws: `StoreTrouble.refused` where what was kept cannot be read: asking again does not help.
    func results(of day: ClaimedDay, policyDomain: String, limit: Int) async throws -> [CountedResult]

    /// Puts reports of the day into the outbox, due after their delay, or `withheld` where they are refused; those that are there already stay as they are.
    /// - Returns: how many are new; nil where the claim is not the caller's any more, and nothing was kept.
    /// - Throws: `StoreTrouble.refused` for a document beyond its limit, and nothing was kept.
    func keep(_ reports: [NewReport], of day: ClaimedDay, at now: Timestamp) async throws -> Int?

    /// Says that all reports of the day are in the outbox: it is never due again.
    /// - Returns: false where the claim is not the caller's any more.
    func finish(_ day: ClaimedDay, at now: Timestamp) async throws -> Bool
}

/// A day of a tenant whose reports the caller makes.
package struct ClaimedDay: Sendable, Equatable {
    package let tenant: String
    /// Its first moment, in UTC.
    package let start: Timestamp
    /// The claim's own name.
    package let lease: VerdictID

    package init(tenant: String, start: Timestamp, lease: VerdictID) { self.tenant = tenant; self.start = start; self.lease = lease }

    /// The first moment of the next day.
    package var next: Timestamp { start.adding(seconds: 86_400) }
}

/// Messages of a day for which all of this was the same.
package struct CountedResult: Sendable, Equatable {
    package let count: Int
    /// The latest verdict among them: the record of the latest result of a domain is the one to report.
    package let last: VerdictID
    package let clientIP: IPAddress
    /// The domain of MAIL FROM; nil for the null reverse-path.
    package let envelopeFrom: String?
    /// The domain of the recipients; nil where they had several.
    package let envelopeTo: String?
    package let action: Action
    /// Evidence of DMARC.
    package let outcome: DMARCOutcome
    /// Why nothing was made of a fail; nil for anything else.
    package let override: AuthorEvidence.Override?

    package init(count: Int, last: VerdictID, clientIP: IPAddress, envelopeFrom: String?, envelopeTo: String?, action: Action, outcome: DMARCOutcome,
                 override: AuthorEvidence.Override? = nil) {
        self.count = count; self.last = last; self.clientIP = clientIP; self.envelopeFrom = envelopeFrom; self.envelopeTo = envelopeTo
        self.action = action; self.outcome = outcome; self.override = override
    }
}

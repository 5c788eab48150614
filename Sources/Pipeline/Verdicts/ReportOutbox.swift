/// The port to the reports that are to be sent, and to what became of each.
///
/// A report is made once: for its tenant, policy domain, beginning and destination (in any case) there is one row, whose document and id never change.
/// It is sent by whoever claimed it, who says so with `begin` before the first octet goes out; so a report whose sender vanished in between
/// becomes `unknown` and is not sent again by itself. Clocks of nodes may differ by less than the lease.
package protocol ReportOutbox: Sendable {
    /// Claims reports that are due; they are the caller's for the lease of ``ReportPacing``. Those come first of whose organizational domain the fewest
    /// went out in the last hour, so that nobody's many hold up the few of others; among them those that were
    /// not put off yet, and among these the longest due.
    ///
    /// What goes to a mailbox that gets one just now, or got one less than ``ReportPacing/betweenSame`` seconds ago, is passed over; where there is such a pause, also
    /// what goes to a mailbox that a report is claimed for, whoever claims at the same time.
    /// Before that, what was `sending` beyond its lease becomes `unknown`, and what is due for a destination that is suppressed `withheld`.
    /// - Parameter limit: 1…1000.
    func claim(limit: Int, at now: Timestamp) async throws -> OutboxClaim

    /// Says that a report is about to go out.
    /// - Returns: its document, gzip; nil where the claim is not the caller's any more, or over: then it must not be sent.
    func begin(_ report: ClaimedReport, at now: Timestamp) async throws -> [UInt8]?

    /// Sends a report on that was claimed and not begun: its destination names the mailboxes that get it. Where its own is among them it stays as it is, and the caller's;
    /// else it is `withheld`. It is due at once for each of the others that it was not made for before: the same document, the same id, as old as it was. And where it is
    /// `withheld` here and for one of the others as well, it is due for that one again after the first pause of ``ReportPacing``, as long as it is not too old for that: who sent it on
    /// from there saw other names, for what a destination says spreads slowly, and between two that disagree it must not get lost.
    /// - Parameters:
    ///   - mailboxes: `local-part@domain`, all of one host.
    ///   - reason: why it does not go where it was to go.
    /// - Returns: false where the claim is not the caller's any more, and nothing changed.
    /// - Limits: ``ReportPacing/addressesLimit`` mailboxes for each report, shared alike among its hosts; those of a host beyond its share get none.
    func redirect(_ report: ClaimedReport, to mailboxes: [String], reason: String, at now: Timestamp) async throws -> Bool

    /// Says what became of a report that was claimed, and for all but `withheld` and `later` begun.
    /// - Returns: false where the claim is not the caller's any more, and nothing changed.
    func finish(_ report: ClaimedReport, _ end: ReportEnd, at now: Timestamp) async throws -> Bool

    /// Says that a report which is `sent` or `unknown` came back: it is `failed`, and nothing goes to its destination for as long as ``ReportPacing`` says.
    /// - Returns: the report as it is now; nil where there is none with that id in such a state, and nothing changed.
    func comesBack(_ id: VerdictID, tenant: String, reason: String, at now: Timestamp) async throws -> ReportRow?

    /// Notes that a destination does not take reports: nothing goes there for as long as ``ReportPacing`` says.
    /// - Parameter destination: a mailbox, in any case.
    func suppress(_ destination: String, tenant: String, reason: String, at now: Timestamp) async throws

    /// Lets reports go to a destination again.
    /// - Returns: false where nothing was noted of it.
    func permit(_ destination: String, tenant: String) async throws -> Bool

    /// What is noted of destinations, in their order, at most 10,000.
    /// - Parameter tenant: nil for all.
    func destinations(tenant: String?) async throws -> [ReportDestination]

    /// A page of reports, the newest first.
    /// - Parameters:
    ///   - before: only reports with lower ids: the last id of the page before.
    ///   - limit: 1…1000.
    func reports(matching filter: ReportFilter, before: VerdictID?, limit: Int) async throws -> [ReportRow]

    /// A report with its document, gzip; nil when there is none with that id. A nil tenant means any.
    func report(_ id: VerdictID, tenant: String?) async throws -> (row: ReportRow, document: [UInt8])?

    /// Makes a report due that failed, was withheld or whose end is not known: for a person who decides so.
    /// - Returns: false where there is none with that id in such a state.
    func retry(_ id: VerdictID, tenant: String?, at now: Timestamp) async throws -> Bool

    /// How much waits, and how much went out lately.
    /// - Parameter since: from when on what went out is counted.
    func standing(since: Timestamp) async throws -> OutboxStanding

    /// Removes reports that ended before a moment, and what is noted of destinations that may be tried again since then.
    /// - Returns: how many reports.
    func remove(endedBefore moment: Timestamp) async throws -> Int
}

/// A report that is to be made.
package struct NewReport: Sendable, Equatable {
    package let policyDomain: String
    /// What the report covers, the last second included.
    package let begin: Timestamp, end: Timestamp
    /// A mailbox: `local-part@domain`; of one that is refused, what stands in the record, in printable ASCII.
    package let destination: String
    /// The same whenever the report is made again.
    package let reportID: String
    /// The document, gzip; at most ``ReportPacing/documentLimit`` octets.
    package let document: [UInt8]
    /// The organizational domain of the policy domain: by it reports take turns.
    package let organization: String
    /// Seconds until it is due for the first time.
    package let delay: Int
    /// Why it is never due, but `withheld` from the start; nil for one that is to be sent.
    package let refusal: String?

    package init(policyDomain: String, begin: Timestamp, end: Timestamp, destination: String, reportID: String, document: [UInt8], organization: String, delay: Int = 0, refusal: String? = nil) {
        self.policyDomain = policyDomain; self.begin = begin; self.end = end
        self.destination = destination; self.reportID = reportID; self.document = document
        self.organization = organization; self.delay = delay; self.refusal = refusal
    }
}

/// Where a report stands.
package enum ReportState: String, Sendable, CaseIterable {
    /// To be sent when it is due.
    case pending
    /// Going out.
    case sending
    case sent
    /// Refused, or tried for too long.
    case failed
    /// Not sent, for a reason of our own.
    case withheld
    /// It went out, and what became of it is not known: it may have arrived, so it is not sent again.
    case unknown
}

/// How an outbox stands.
package struct OutboxStanding: Sendable, Equatable {
    /// Reports that are to be sent, of all tenants.
    package let waiting: Int
    /// Reports that went out, whatever became of them, but for those that are tried again.
    package let wentOut: Int

    package init(waiting: Int, wentOut: Int) { self.waiting = waiting; self.wentOut = wentOut }
}

/// A report that the caller may send.
package struct ClaimedReport: Sendable, Equatable {
    package let row: ReportRow
    /// The claim's own name.
    package let lease: VerdictID

    package init(row: ReportRow, lease: VerdictID) { self.row = row; self.lease = lease }
}

/// What a claim brought, and what it ended.
package struct OutboxClaim: Sendable, Equatable {
    /// Without their documents; empty when none is due.
    package let reports: [ClaimedReport]
    /// What became `unknown` or `withheld`, at most 1,000 of each; this is told once, to one caller.
    package let ended: [ReportRow]

    package init(reports: [ClaimedReport], ended: [ReportRow]) { self.reports = reports; self.ended = ended }
}

/// A report without its document.
package struct ReportRow: Sendable, Equatable {
    package var id: VerdictID
    package var tenant: String
    package var policyDomain: String
    package var begin: Timestamp
    package var end: Timestamp
    package var destination: String
    package var reportID: String
    package var state: ReportState
    /// How often it went out.
    package var attempts: Int
    package var nextAttempt: Timestamp
    /// What was said last, or why it was not sent; empty for nothing.
    package var lastReply: String
    package var createdAt: Timestamp
    package var endedAt: Timestamp?

    package init(id: VerdictID, tenant: String, policyDomain: String, begin: Timestamp, end: Timestamp, destination: String, reportID: String, state: ReportState,
                 attempts: Int, nextAttempt: Timestamp, lastReply: String, createdAt: Timestamp, endedAt: Timestamp?) {
        self.id = id; self.tenant = tenant; self.policyDomain = policyDomain; self.begin = begin; self.end = end; self.destination = destination
        self.reportID = reportID; self.state = state; self.attempts = attempts; self.nextAttempt = nextAttempt; self.lastReply = lastReply
        self.createdAt = createdAt; self.endedAt = endedAt
    }
}

/// Which reports are wanted; what is nil is not asked for.
package struct ReportFilter: Sendable, Equatable {
    /// nil for every tenant.
    package var tenant: String?
    package var state: ReportState?
    package var policyDomain: String?

    package init() {}
}

/// A mailbox that did not take a report.
package struct ReportDestination: Sendable, Equatable {
    /// The form in which a mailbox is told from others.
    package static func key(_ mailbox: String) -> String { HistoryPath(mailbox).text }

    package let tenant: String
    /// In lower case.
    package let destination: String
    /// How often, since it last took one.
    package let refusals: Int
    package let suppressedUntil: Timestamp
    package let reason: String

    package init(tenant: String, destination: String, refusals: Int, suppressedUntil: Timestamp, reason: String) {
        self.tenant = tenant; self.destination = destination; self.refusals = refusals; self.suppressedUntil = suppressedUntil; self.reason = reason
    }
}

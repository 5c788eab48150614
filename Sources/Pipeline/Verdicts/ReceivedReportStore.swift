/// The port to the reports that came for a tenant's domains.
package protocol ReceivedReportStore: Sendable {
    /// Keeps a report, unless it is known: the same tenant, kind, organization, report id, domain and beginning.
    /// - Returns: nil when it was kept, else the id of the one that was kept before.
    /// - Throws: `StoreTrouble.refused` for a document beyond ``ReportPacing/documentLimit``.
    func keep(_ report: ReceivedReport) async throws -> VerdictID?

    /// A page of reports, the newest first, without their documents.
    /// - Parameters:
    ///   - before: only reports with lower ids: the last id of the page before.
    ///   - limit: 1…1000.
    func reports(matching filter: ReceivedReportFilter, before: VerdictID?, limit: Int) async throws -> [ReceivedReport]

    /// A report with its document; nil when there is none with that id. A nil tenant means any.
    func report(_ id: VerdictID, tenant: String?) async throws -> ReceivedReport?

    /// What the aggregate reports that match say together, those with the most messages first.
    ///
    /// By source only the addresses count that a report's summary has.
    /// - Parameters:
    ///   - filter: its kind does not count.
    ///   - limit: 1…1000.
    func sums(matching filter: ReceivedReportFilter, by grouping: ReportGrouping, limit: Int) async throws -> [ReportSum]

    /// What the reports of TLS that match say together; the filter's kind does not count. Where it names a domain, the sessions of that domain's policies count,
    /// in whichever report they are.
    func sessions(matching filter: ReceivedReportFilter) async throws -> SessionSum

    /// Removes reports received before a moment.
    /// - Returns: how many.
    func remove(receivedBefore moment: Timestamp) async throws -> Int
}

/// A report that came.
package struct ReceivedReport: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case aggregate, failure, tls
    }

    package var id: VerdictID
    package var tenant: String
    package var kind: Kind
    /// Who reports, in its own words.
    package var organization: String
    package var reportID: String
    /// The domain it is about, in A-labels.
    package var domain: String
    package var begin: Timestamp
    package var end: Timestamp
    package var receivedAt: Timestamp
    /// JSON of what it says.
    package var summary: [UInt8]
    /// The report itself, compressed; empty where it was not asked for.
    package var document: [UInt8]

    package init(id: VerdictID, tenant: String, kind: Kind, organization: String, reportID: String, domain: String, begin: Timestamp, end: Timestamp,
                 receivedAt: Timestamp, summary: [UInt8], document: [UInt8]) {
        self.id = id; self.tenant = tenant; self.kind = kind; self.organization = organization; self.reportID = reportID; self.domain = domain
        self.begin = begin; self.end = end; self.receivedAt = receivedAt; self.summary = summary; self.document = document
    }
}

/// Which received reports are wanted; what is nil is not asked for.
package struct ReceivedReportFilter: Sendable, Equatable {
    /// nil for every tenant.
    package var tenant: String?
    package var kind: ReceivedReport.Kind?
    package var domain: String?
    /// Only reports whose period ends at this moment or later, and begins before that one.
    package var since: Timestamp?
    package var until: Timestamp?

    package init() {}
}

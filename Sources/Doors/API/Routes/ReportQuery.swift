internal import DNS
internal import Verdicts

/// Reads the parameters of the routes of reports.
struct ReportQuery: Sendable {
    var received = ReceivedReportFilter()
    var sent = ReportFilter()
    var grouping = ReportGrouping.source
    var before: VerdictID?
    var limit: Int

    private static let longestValue = 1024

    /// - Parameters:
    ///   - limit: where the query names none.
    ///   - allowed: the parameters there are.
    /// - Throws: a problem that names the parameter.
    init(_ query: Query, tenant: String?, limit: Int = 50, allowed: [String]) throws(Problem) {
        self.limit = limit
        (received.tenant, sent.tenant) = (tenant, tenant)
        var seen: Set<String> = []
        for (name, value) in query.fields {
            guard allowed.contains(name) else { throw .parameter(name, "is not a parameter here") }
            guard seen.insert(name).inserted else { throw .parameter(name, "is given more than once") }
            guard !value.isEmpty, value.utf8.count <= Self.longestValue else { throw .parameter(name, "has not 1 to \(Self.longestValue) octets") }
            try take(name, value)
        }
        if let since = received.since, let until = received.until, since >= until { throw .parameter("until", "is not after since") }
    }

    private mutating func take(_ name: String, _ value: String) throws(Problem) {
        switch name {
        case "since": received.since = try HistoryQuery.moment(name, value)
        case "until": received.until = try HistoryQuery.moment(name, value)
        case "kind": received.kind = try HistoryQuery.word(name, value)
        case "state": sent.state = try HistoryQuery.word(name, value)
        case "by": grouping = try HistoryQuery.word(name, value)
        case "domain":
            guard let domain = DomainName(value), !domain.isRoot else { throw .parameter(name, "is not a domain") }
            (received.domain, sent.policyDomain) = (domain.text, domain.text)
        case "limit": limit = try HistoryQuery.pageLimit(name, value)
        default: before = try HistoryQuery.cursor(name, value)
        }
    }
}

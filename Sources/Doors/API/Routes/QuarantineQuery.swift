internal import Verdicts

/// Reads the parameters of the list of messages in quarantine.
package struct QuarantineQuery: Sendable {
    var filter = QuarantineFilter()
    var before: VerdictID?
    var limit = 50

    package static let filters = ["since", "until", "sender", "recipient", "subject", "message_id", "code", "client_ip", "infected", "state"]
    private static let longestValue = 1024

    /// - Throws: a problem that names the parameter.
    init(_ query: Query, tenant: String?) throws(Problem) {
        filter.tenant = tenant
        var seen: Set<String> = []
        for (name, value) in query.fields {
            guard Self.filters.contains(name) || name == "limit" || name == "cursor" else { throw .parameter(name, "is not a parameter here") }
            guard seen.insert(name).inserted else { throw .parameter(name, "is given more than once") }
            guard value.utf8.count <= Self.longestValue, !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
                throw .parameter(name, "is longer than \(Self.longestValue) octets, or has a control character in it")
            }
            if value.isEmpty, name != "sender" { throw .parameter(name, "is empty") }
            try take(name, value)
        }
        if let since = filter.since, let until = filter.until, since >= until { throw .parameter("until", "is not after since") }
    }

    private mutating func take(_ name: String, _ value: String) throws(Problem) {
        switch name {
        case "since": filter.since = try HistoryQuery.moment(name, value)
        case "until": filter.until = try HistoryQuery.moment(name, value)
        case "sender": filter.sender = HistoryPath(value)
        case "recipient": filter.recipient = HistoryPath(value)
        case "subject": filter.subject = value
        case "message_id": filter.messageID = HistoryQuery.bareMessageID(value)
        case "code": filter.code = value
        case "client_ip": filter.clientNetwork = try HistoryQuery.network(name, value)
        case "infected":
            guard let flag = Bool(value) else { throw .parameter(name, "is neither true nor false") }
            filter.isInfected = flag
        case "state": filter.state = try HistoryQuery.word(name, value)
        case "limit": limit = try HistoryQuery.pageLimit(name, value)
        default: before = try HistoryQuery.cursor(name, value)
        }
    }
}

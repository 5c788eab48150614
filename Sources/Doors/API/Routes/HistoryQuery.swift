internal import DNS
internal import Verdicts

/// Reads the parameters of the history's routes.
package struct HistoryQuery: Sendable {
    var filter = HistoryFilter()
    var before: VerdictID?
    var limit = 50
    /// Seconds.
    var bucket: Int?

    package static let filters = ["since", "until", "action", "class", "direction", "client_ip", "sender", "recipient", "domain", "queue_id", "message_id", "code", "auth_user"]
    private static let longestValue = 1024

    /// - Parameter allowed: names beside the filters.
    /// - Throws: a problem that names the parameter.
    init(_ query: Query, tenant: String?, allowed: [String]) throws(Problem) {
        filter.tenant = tenant
        var seen: Set<String> = []
        for (name, value) in query.fields {
            guard Self.filters.contains(name) || allowed.contains(name) else { throw .parameter(name, "is not a parameter here") }
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
        case "since": filter.since = try Self.moment(name, value)
        case "until": filter.until = try Self.moment(name, value)
        case "action": filter.action = try Self.word(name, value)
        case "class": filter.messageClass = try Self.word(name, value)
        case "direction": filter.direction = try Self.word(name, value)
        case "client_ip": filter.clientNetwork = try Self.network(name, value)
        case "sender": filter.sender = HistoryPath(value)
        case "recipient": filter.recipient = HistoryPath(value)
        case "domain":
            guard let domain = DomainName(value), !domain.isRoot else { throw .parameter(name, "is not a domain") }
            filter.domain = domain
        case "queue_id": filter.queueID = value
        case "message_id": filter.messageID = Self.bareMessageID(value)
        case "code": filter.code = value
        case "auth_user": filter.authUser = value
        case "limit": limit = try Self.pageLimit(name, value)
        case "cursor": before = try Self.cursor(name, value)
        default:
            guard let seconds = Self.seconds(value), seconds >= 60, seconds <= 86_400 * 31 else { throw .parameter(name, "is not a length of time from 1m to 31d, such as 5m, 1h or 1d") }
            bucket = seconds
        }
    }

    static func network(_ name: String, _ value: String) throws(Problem) -> IPNetwork? {
        guard let network = IPNetwork(value) else { throw .parameter(name, "is not an IP address or network") }
        // Clients are kept out of their IPv4-mapped form.
        let isMapped = network.prefix == 128 && network.address.unmapped.isV4
        return isMapped ? IPNetwork(network.address.unmapped, prefix: 32) : network
    }

    static func bareMessageID(_ value: String) -> String { value.first == "<" && value.last == ">" ? String(value.dropFirst().dropLast()) : value }

    static func pageLimit(_ name: String, _ value: String) throws(Problem) -> Int {
        guard value.utf8.count <= 4, let number = Int(value), number >= 1, number <= 1000 else { throw .parameter(name, "is not a number from 1 to 1000") }
        return number
    }

    static func cursor(_ name: String, _ value: String) throws(Problem) -> VerdictID {
        guard let id = Cursor.read(value) else { throw .parameter(name, "is not a cursor from an answer") }
        return id
    }

    static func moment(_ name: String, _ value: String) throws(Problem) -> Timestamp {
        guard let moment = Timestamp(value) else { throw .parameter(name, "is not an RFC 3339 time such as 2026-11-23T10:00:00Z, or a date") }
        return moment
    }

    static func word<Word: RawRepresentable & CaseIterable>(_ name: String, _ value: String) throws(Problem) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: value) else { throw .parameter(name, "is not one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))") }
        return word
    }

    /// `90s`, `5m`, `1h`, `1d`.
    private static func seconds(_ text: String) -> Int? {
        guard let unit = text.last, let number = Int(text.dropLast()), number > 0, number <= 86_400 * 31, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) else { return nil }
        switch unit {
        case "s": return number
        case "m": return number * 60
        case "h": return number * 3600
        case "d": return number * 86_400
        default: return nil
        }
    }
}

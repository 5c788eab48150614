/// The parameters behind the question mark.
///
/// `+` is a plus sign, as RFC 3986 has it, and not a space as in HTML forms: `user+tag@example.org` may be given as it is.
/// Source: RFC 3986 §2.1, §3.4.
package struct Query: Sendable {
    package typealias Field = (name: String, value: String)

    package let fields: [Field]

    /// - Parameters:
    ///   - target: path and query of the request line.
    ///   - limit: parameters at most.
    /// - Throws: `Problem` that names the parameter when something is not percent-encoded UTF-8.
    package init(of target: String, limit: Int) throws(Problem) {
        let octets = Array(target.utf8)
        guard let mark = octets.firstIndex(of: UInt8(ascii: "?")) else { fields = []; return }
        var fields: [Field] = [], place = mark + 1
        while place < octets.count {
            var end = place, equals: Int? = nil
            while end < octets.count, octets[end] != UInt8(ascii: "&") {
                if octets[end] == UInt8(ascii: "="), equals == nil { equals = end }
                end += 1
            }
            if end > place {
                guard fields.count < limit else { throw .tooManyParameters(limit) }
                guard let name = Self.decoded(octets[place..<(equals ?? end)]) else { throw .parameter("?", "has a name that is not percent-encoded UTF-8") }
                guard let value = Self.decoded(octets[(equals.map { $0 + 1 } ?? end)..<end]) else { throw .parameter(name, "is not percent-encoded UTF-8") }
                fields.append((name, value))
            }
            place = end + 1
        }
        self.fields = fields
    }

    /// Text without its percent-encoding; nil when an encoding is broken or the octets are not UTF-8.
    static func decoded(_ octets: ArraySlice<UInt8>) -> String? {
        if !octets.contains(UInt8(ascii: "%")) { return String(validating: octets, as: UTF8.self) }
        var text: [UInt8] = []
        text.reserveCapacity(octets.count)
        var place = octets.startIndex
        while place < octets.endIndex {
            if octets[place] == UInt8(ascii: "%") {
                guard place + 2 < octets.endIndex, let high = digit(octets[place + 1]), let low = digit(octets[place + 2]) else { return nil }
                text.append(high << 4 | low)
                place += 3
            } else {
                text.append(octets[place])
                place += 1
            }
        }
        return String(validating: text, as: UTF8.self)
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 48...57: octet - 48
        case 65...70: octet - 55
        case 97...102: octet - 87
        default: nil
        }
    }
}

extension Problem {
    fileprivate static func tooManyParameters(_ limit: Int) -> Problem {
        var problem = Problem.parameter("?", "has more than \(limit) parameters")
        problem.limit = limit
        return problem
    }
}

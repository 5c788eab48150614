/// A one-dimensional array in PostgreSQL's binary form: nothing is escaped, nothing is parsed by the server.
///
/// Many rows travel as one array for each column and are put together again by `unnest`.
/// Source: PostgreSQL `array_recv`: number of dimensions, flag for nulls, type of the elements, length, lower bound; then each element's length and octets.
package struct PostgresArray: Sendable {
    /// What the elements are.
    package enum Element: Sendable {
        case text, bigint, float, boolean, uuid, timestamp, octets, json, address

        var type: UInt32 {
            switch self {
            case .text: 25
            case .bigint: 20
            case .float: 701
            case .boolean: 16
            case .uuid: 2950
            case .timestamp: 1184
            case .octets: 17
            case .json: 3802
            case .address: 869
            }
        }

        var arrayType: UInt32 {
            switch self {
            case .text: 1009
            case .bigint: 1016
            case .float: 1022
            case .boolean: 1000
            case .uuid: 2951
            case .timestamp: 1185
            case .octets: 1001
            case .json: 3807
            case .address: 1041
            }
        }
    }

    private let element: Element
    private var body: [UInt8] = []
    package private(set) var count = 0
    private var nulls = false

    /// - Parameters:
    ///   - element: what every element is.
    ///   - capacity: octets to make room for.
    package init(of element: Element, capacity: Int = 256) {
        self.element = element
        body.reserveCapacity(capacity)
    }

    /// An array of texts.
    package init(_ texts: some Sequence<String>) {
        self.init(of: .text)
        for text in texts { append(text) }
    }

    var type: UInt32 { element.arrayType }

    var octets: [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(body.count + 20)
        all.appendNetworkOrder(UInt32(count == 0 ? 0 : 1))
        all.appendNetworkOrder(UInt32(nulls ? 1 : 0))
        all.appendNetworkOrder(element.type)
        if count > 0 {
            all.appendNetworkOrder(UInt32(truncatingIfNeeded: count))
            all.appendNetworkOrder(UInt32(1))
        }
        all += body
        return all
    }

    package mutating func appendNull() {
        count += 1
        nulls = true
        body.appendNetworkOrder(UInt32.max)
    }

    /// Adds a text; for `.json`, the text of a JSON value.
    package mutating func append(_ text: String?) {
        guard let text else { appendNull(); return }
        append(Array(text.utf8))
    }

    /// Adds the octets of a text, a JSON text, a `bytea`, the 16 octets of a UUID, or the 4 or 16 octets of an address.
    package mutating func append(_ octets: [UInt8]?) {
        guard let octets else { appendNull(); return }
        count += 1
        switch element {
        case .json:
            body.appendNetworkOrder(UInt32(truncatingIfNeeded: octets.count + 1))
            body.append(1)   // the version of jsonb's external form
        case .address:
            // Family (2 or 3), bits, whether it is a network, length.
            body.appendNetworkOrder(UInt32(truncatingIfNeeded: octets.count + 4))
            body += [octets.count == 4 ? 2 : 3, UInt8(truncatingIfNeeded: octets.count * 8), 0, UInt8(truncatingIfNeeded: octets.count)]
        default:
            body.appendNetworkOrder(UInt32(truncatingIfNeeded: octets.count))
        }
        body += octets
    }

    /// Adds a `bigint`; for `.timestamp`, microseconds since 1970-01-01T00:00:00Z.
    package mutating func append(_ number: Int64?) {
        guard var number else { appendNull(); return }
        if element == .timestamp { number = number &- 946_684_800_000_000 }   // PostgreSQL counts from 2000-01-01
        count += 1
        body.appendNetworkOrder(UInt32(8))
        body.appendNetworkOrder(UInt64(bitPattern: number))
    }

    package mutating func append(_ number: Double?) {
        guard let number else { appendNull(); return }
        count += 1
        body.appendNetworkOrder(UInt32(8))
        body.appendNetworkOrder(number.bitPattern)
    }

    package mutating func append(_ flag: Bool?) {
        guard let flag else { appendNull(); return }
        count += 1
        body.appendNetworkOrder(UInt32(1))
        body.append(flag ? 1 : 0)
    }

    /// The text form of an array of texts, for a place where arrays of different lengths travel as texts (`$1::text[]` of `unnest`ed texts).
    /// Source: PostgreSQL documentation §8.15.2.
    package static func literal(_ texts: some Sequence<String>) -> [UInt8] {
        var literal: [UInt8] = [UInt8(ascii: "{")]
        for text in texts {
            if literal.count > 1 { literal.append(UInt8(ascii: ",")) }
            literal.append(UInt8(ascii: "\""))
            for octet in text.utf8 {
                if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { literal.append(UInt8(ascii: "\\")) }
                literal.append(octet)
            }
            literal.append(UInt8(ascii: "\""))
        }
        literal.append(UInt8(ascii: "}"))
        return literal
    }
}

extension [UInt8] {
    fileprivate mutating func appendNetworkOrder(_ number: UInt32) {
        append(UInt8(truncatingIfNeeded: number >> 24))
        append(UInt8(truncatingIfNeeded: number >> 16))
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    fileprivate mutating func appendNetworkOrder(_ number: UInt64) {
        appendNetworkOrder(UInt32(truncatingIfNeeded: number >> 32))
        appendNetworkOrder(UInt32(truncatingIfNeeded: number))
    }
}

extension PostgresArray {
    /// Reads the text form of a one-dimensional array of texts as the server writes it; nulls are left out.
    /// Source: PostgreSQL documentation §8.15.6.
    /// - Returns: nil when it is anything else.
    package static func texts(_ literal: ArraySlice<UInt8>?) -> [String]? {
        guard let literal, literal.first == UInt8(ascii: "{"), literal.last == UInt8(ascii: "}"), literal.count >= 2 else { return nil }
        var texts: [String] = [], one: [UInt8] = [], quoted = false, wasQuoted = false, escaped = false
        let inner = literal.dropFirst().dropLast()
        if inner.isEmpty { return [] }
        func take() {
            if wasQuoted || String(decoding: one, as: UTF8.self).uppercased() != "NULL" { texts.append(String(decoding: one, as: UTF8.self)) }
            one = []
            wasQuoted = false
        }
        for octet in inner {
            if escaped { one.append(octet); escaped = false; continue }
            switch octet {
            case UInt8(ascii: "\\"): escaped = true
            case UInt8(ascii: "\""): quoted.toggle(); wasQuoted = true
            case UInt8(ascii: ",") where !quoted: take()
            case UInt8(ascii: "{") where !quoted, UInt8(ascii: "}") where !quoted: return nil
            default: one.append(octet)
            }
        }
        guard !quoted, !escaped else { return nil }
        take()
        return texts
    }
}

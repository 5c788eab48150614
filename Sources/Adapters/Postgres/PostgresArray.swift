/// A one-dimensional array in PostgreSQL's binary form: nothing is escaped, nothing is parsed by the server.
///
/// Many rows travel as one array for each column and are put together again by `unnest`.
/// Source: PostgreSQL `array_recv`: number of dimensions, flag for nulls, type of the elements, length, lower bound; then each element's length and octets.
package struct PostgresArray: Sendable {
    private let element: PostgresElement
    private var body: [UInt8] = []
    package private(set) var count = 0
    private var nulls = false

    /// - Parameters:
    ///   - element: what every element is.
    ///   - capacity: octets to make room for.
    package init(of element: PostgresElement, capacity: Int = 256) {
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
        body.appendNull()
    }

    /// Adds a text; for `.json`, the text of a JSON value.
    package mutating func append(_ text: String?) { add(text) { $0.appendElement($1, as: $2) } }

    /// Adds the octets of a text, a JSON text, a `bytea`, the 16 octets of a UUID, or the 4 or 16 octets of an address.
    package mutating func append(_ octets: [UInt8]?) { add(octets) { $0.appendElement($1, as: $2) } }

    /// Adds a `bigint`; for `.timestamp`, microseconds since 1970-01-01T00:00:00Z.
    package mutating func append(_ number: Int64?) { add(number) { $0.appendElement($1, as: $2) } }

    package mutating func append(_ number: Double?) { add(number) { value, number, _ in value.appendElement(number) } }

    package mutating func append(_ flag: Bool?) { add(flag) { value, number, _ in value.appendElement(number) } }

    /// Adds a value that has its binary form already.
    mutating func append(encoded: ArraySlice<UInt8>, isNull: Bool) {
        count += 1
        if isNull { nulls = true }
        body += encoded
    }

    private mutating func add<Value>(_ value: Value?, _ write: (inout [UInt8], Value, PostgresElement) -> Void) {
        guard let value else { appendNull(); return }
        count += 1
        write(&body, value, element)
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

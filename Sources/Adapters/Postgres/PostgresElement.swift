/// What the elements of an array are, and how each is written in PostgreSQL's binary form: its length, then its octets.
/// Source: the type's `…recv` function in PostgreSQL's source; OIDs of `pg_type.dat`.
package enum PostgresElement: Sendable {
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
        case .json: 114
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
        case .json: 199
        case .address: 1041
        }
    }

    /// Length of an element that is null.
    static let null = UInt32.max
}

extension [UInt8] {
    mutating func appendNull() { appendNetworkOrder(PostgresElement.null) }

    /// A text; for `.json`, the text of a JSON value.
    mutating func appendElement(_ text: String, as element: PostgresElement) {
        let count = text.utf8.count
        appendLength(count, as: element)
        append(contentsOf: text.utf8)
    }

    /// The octets of a text, a JSON text, a `bytea`, the 16 octets of a UUID, or the 4 or 16 octets of an address.
    mutating func appendElement(_ octets: [UInt8], as element: PostgresElement) {
        appendLength(octets.count, as: element)
        append(contentsOf: octets)
    }

    /// A `bigint`; for `.timestamp`, microseconds since 1970-01-01T00:00:00Z.
    mutating func appendElement(_ number: Int64, as element: PostgresElement) {
        appendNetworkOrder(UInt32(8))
        // PostgreSQL counts from 2000-01-01.
        appendNetworkOrder(UInt64(bitPattern: element == .timestamp ? number &- 946_684_800_000_000 : number))
    }

    mutating func appendElement(_ number: Double) {
        appendNetworkOrder(UInt32(8))
        appendNetworkOrder(number.bitPattern)
    }

    mutating func appendElement(_ flag: Bool) {
        appendNetworkOrder(UInt32(1))
        append(flag ? 1 : 0)
    }

    private mutating func appendLength(_ count: Int, as element: PostgresElement) {
        switch element {
        case .address:
            // Family (2 or 3), bits, whether it is a network, length.
            appendNetworkOrder(UInt32(truncatingIfNeeded: count + 4))
            append(count == 4 ? 2 : 3)
            append(UInt8(truncatingIfNeeded: count * 8))
            append(0)
            append(UInt8(truncatingIfNeeded: count))
        default:
            appendNetworkOrder(UInt32(truncatingIfNeeded: count))
        }
    }

    mutating func appendNetworkOrder(_ number: UInt32) {
        append(UInt8(truncatingIfNeeded: number >> 24))
        append(UInt8(truncatingIfNeeded: number >> 16))
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    mutating func appendNetworkOrder(_ number: UInt64) {
        appendNetworkOrder(UInt32(truncatingIfNeeded: number >> 32))
        appendNetworkOrder(UInt32(truncatingIfNeeded: number))
    }
}

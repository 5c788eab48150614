/// Writes JSON text octet by octet, in the order in which it is told.
/// Source: RFC 8259.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package private(set) var octets: [UInt8] = []
    /// Whether the next member or element is not the first of its container.
    private var comma = false

    package init(capacity: Int = 1024) { octets.reserveCapacity(capacity) }

    package mutating func openObject() { separate(); octets.append(UInt8(ascii: "{")); comma = false }
    package mutating func closeObject() { octets.append(UInt8(ascii: "}")); comma = true }
    package mutating func openArray() { separate(); octets.append(UInt8(ascii: "[")); comma = false }
    package mutating func closeArray() { octets.append(UInt8(ascii: "]")); comma = true }

    package mutating func key(_ key: String) {
        string(key)
        octets.append(UInt8(ascii: ":"))
        comma = false
    }

    package mutating func null() { separate(); octets += [0x6e, 0x75, 0x6c, 0x6c] }

    package mutating func bool(_ value: Bool) { separate(); octets += value ? Array("true".utf8) : Array("false".utf8) }

    package mutating func integer(_ value: some BinaryInteger) {
        separate()
        if let small = UInt8(exactly: value), small < 10 { octets.append(48 + small) } else { octets += Array(String(value).utf8) }
    }

    /// A number that JSON cannot write (infinite, not a number) becomes null.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { null(); return }
        separate()
        if let whole = Int64(exactly: value) { octets += Array(String(whole).utf8) } else { octets += Array(value.description.utf8) }
    }

    package mutating func string(_ value: String) {
        separate()
        octets.append(UInt8(ascii: "\""))
        // Most texts need no escape and go over whole; for the others it is done again.
        let begin = octets.count
        octets.append(contentsOf: value.utf8)
        for place in begin..<octets.count where !Self.isPlain(octets[place]) {
            octets.removeSubrange(place...)
            for octet in value.utf8.dropFirst(place - begin) { if Self.isPlain(octet) { octets.append(octet) } else { escape(octet) } }
            break
        }
        octets.append(UInt8(ascii: "\""))
    }

    /// Takes over JSON text that was written before, as one value.
    package mutating func raw(_ json: [UInt8]) { separate(); octets += json }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func isPlain(_ octet: UInt8) -> Bool {
        octet >= 0x20 && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\") && octet != 0x7f
    }

    private mutating func separate() {
        if comma { octets.append(UInt8(ascii: ",")) }
        comma = true
    }

    private mutating func escape(_ octet: UInt8) {
        octets.append(UInt8(ascii: "\\"))
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): octets.append(octet)
        case 0x0a: octets.append(UInt8(ascii: "n"))
        case 0x0d: octets.append(UInt8(ascii: "r"))
        case 0x09: octets.append(UInt8(ascii: "t"))
        default:
            octets.append(UInt8(ascii: "u"))
            octets.append(48)
            octets.append(48)
            octets.append(Self.digit(octet >> 4))
            octets.append(Self.digit(octet & 15))
        }
    }
}

/// Writes JSON text octet by octet, in the order in which it is told.
/// Source: RFC 8259.
///
/// What documents call for every member is inlined: called through a generic function it cost a look-up of types for each.
@usableFromInline package struct JSONWriter: Sendable {
    @usableFromInline var text: [UInt8] = []
    /// Whether the next member or element is not the first of its container.
    @usableFromInline var comma = false

    @inlinable package init(capacity: Int = 1024) { text.reserveCapacity(capacity) }

    /// What was written so far.
    @inlinable package var octets: [UInt8] { text }

    @inlinable package mutating func openObject() { separate(); text.append(UInt8(ascii: "{")); comma = false }
    @inlinable package mutating func closeObject() { text.append(UInt8(ascii: "}")); comma = true }
    @inlinable package mutating func openArray() { separate(); text.append(UInt8(ascii: "[")); comma = false }
    @inlinable package mutating func closeArray() { text.append(UInt8(ascii: "]")); comma = true }

    @inlinable package mutating func key(_ key: String) {
        string(key)
        text.append(UInt8(ascii: ":"))
        comma = false
    }

    @inlinable package mutating func null() { separate(); text += [0x6e, 0x75, 0x6c, 0x6c] }

    @inlinable package mutating func bool(_ value: Bool) { separate(); text += value ? Array("true".utf8) : Array("false".utf8) }

    @inlinable package mutating func integer(_ value: some BinaryInteger) {
        separate()
        if let small = UInt8(exactly: value), small < 10 { text.append(48 + small) } else { text += Array(String(value).utf8) }
    }

    /// A number that JSON cannot write (infinite, not a number) becomes null.
    @inlinable package mutating func number(_ value: Double) {
        guard value.isFinite else { null(); return }
        separate()
        if let whole = Int64(exactly: value) { text += Array(String(whole).utf8) } else { text += Array(value.description.utf8) }
    }

    @usableFromInline package mutating func string(_ value: String) {
        separate()
        text.append(UInt8(ascii: "\""))
        // Most texts need no escape and go over whole; for the others it is done again.
        let begin = text.count
        text.append(contentsOf: value.utf8)
        for place in begin..<text.count where !Self.isPlain(text[place]) {
            text.removeSubrange(place...)
            for octet in value.utf8.dropFirst(place - begin) { if Self.isPlain(octet) { text.append(octet) } else { escape(octet) } }
            break
        }
        text.append(UInt8(ascii: "\""))
    }

    /// Takes over JSON text that was written before, as one value.
    package mutating func raw(_ json: [UInt8]) { separate(); text += json }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func isPlain(_ octet: UInt8) -> Bool {
        octet >= 0x20 && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\") && octet != 0x7f
    }

    @inlinable mutating func separate() {
        if comma { text.append(UInt8(ascii: ",")) }
        comma = true
    }

    private mutating func escape(_ octet: UInt8) {
        text.append(UInt8(ascii: "\\"))
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(octet)
        case 0x0a: text.append(UInt8(ascii: "n"))
        case 0x0d: text.append(UInt8(ascii: "r"))
        case 0x09: text.append(UInt8(ascii: "t"))
        default:
            text.append(UInt8(ascii: "u"))
            text.append(48)
            text.append(48)
            text.append(Self.digit(octet >> 4))
            text.append(Self.digit(octet & 15))
        }
    }
}

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
        var value = value
        value.withUTF8 { octets in
            var at = 0
            while at < octets.count {
                // Most texts need no escape and go over whole.
                let end = unsafe Self.plainEnd(octets, from: at)
                if at < end { unsafe text.append(contentsOf: UnsafeBufferPointer(rebasing: octets[at..<end])) }
                if end < octets.count { unsafe escape(octets[end]) }
                at = end &+ 1
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    /// Takes over JSON text that was written before, as one value.
    package mutating func raw(_ json: [UInt8]) { separate(); text += json }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    /// The place of the first octet from `start` on that needs an escape, eight a step; `count` where there is none.
    private static func plainEnd(_ octets: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101, bytes = UnsafeRawBufferPointer(octets)
        var at = start
        while at &+ 8 <= octets.count {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            // An octet of each is 0 where the text has a quote, a backslash or 127; of the last, the high bit shows a control character.
            let quote = word ^ ones &* 0x22, backslash = word ^ ones &* 0x5c, delete = word ^ ones &* 0x7f
            let found = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (delete &- ones) & ~delete | (word &- ones &* 0x20) & ~word
            if found & (ones &* 128) != 0 { break }
            at &+= 8
        }
        while at < octets.count, unsafe isPlain(octets[at]) { at &+= 1 }
        return at
    }

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

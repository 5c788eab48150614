internal import JSON

/// The name of one verdict: a UUID of version 7, so that ids sort by time.
/// Source: RFC 9562 §5.7.
package struct VerdictID: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) { self.high = high; self.low = low }

    /// Makes a new id.
    /// - Parameter time: its first 48 bits, in milliseconds; the fraction of the millisecond takes the place of the next random bits (§6.2,
    ///   method 3), so that ids of one millisecond sort too. 62 bits are random.
    package init(at time: Timestamp) {
        var random = SystemRandomNumberGenerator()
        let microseconds = UInt64(clamping: time.microseconds)
        high = (microseconds / 1000 & 0xffff_ffff_ffff) << 16 | 0x7000 | (microseconds % 1000) << 12 / 1000
        low = 0x8000_0000_0000_0000 | random.next() >> 2
    }

    /// The moment in the first 48 bits, to the millisecond.
    package var time: Timestamp { Timestamp(microseconds: Int64(high >> 16) * 1000) }

    /// The lowest id of a moment: for ranges by time.
    package static func lowest(at time: Timestamp) -> VerdictID {
        VerdictID(high: (UInt64(clamping: time.microseconds / 1000) & 0xffff_ffff_ffff) << 16, low: 0)
    }

    package static func < (one: VerdictID, other: VerdictID) -> Bool { (one.high, one.low) < (other.high, other.low) }

    /// Reads the 36-character form; nil when the text is anything else.
    package init?(_ text: some StringProtocol) {
        let octets = Array(text.utf8)
        guard octets.count == 36 else { return nil }
        var digits: [UInt64] = []
        for (place, octet) in octets.enumerated() {
            switch (place, octet) {
            case (8, UInt8(ascii: "-")), (13, UInt8(ascii: "-")), (18, UInt8(ascii: "-")), (23, UInt8(ascii: "-")): continue
            case (8, _), (13, _), (18, _), (23, _): return nil
            case (_, 48...57): digits.append(UInt64(octet - 48))
            case (_, 97...102): digits.append(UInt64(octet - 87))
            case (_, 65...70): digits.append(UInt64(octet - 55))
            default: return nil
            }
        }
        high = digits.prefix(16).reduce(0) { $0 << 4 | $1 }
        low = digits.dropFirst(16).reduce(0) { $0 << 4 | $1 }
    }
}

extension VerdictID: CodedAsText {
    package static var textForm: String { "a UUID" }

    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for place in 0..<32 {
            if place == 8 || place == 12 || place == 16 || place == 20 { text.append(UInt8(ascii: "-")) }
            let half = place < 16 ? high : low
            text.append(digits[Int(half >> (60 - 4 * UInt64(place & 15)) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

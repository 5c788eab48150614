/// Which answers of a list mean one thing. Answers outside of 127.0.0.0/8 never match (RFC 5782 §2.1).
package enum AnswerPattern: Sendable, Hashable {
    /// IPv4 addresses as numbers, both ends included.
    case range(ClosedRange<UInt32>)
    /// Bits that are all set in the last octet (RFC 5782 §2.3).
    case bits(UInt8)
    /// `127.0.x.y` with x and y in these ranges.
    case octets(ClosedRange<UInt8>, ClosedRange<UInt8>)

    /// The last octet below `127.0.0`.
    package static func last(_ octet: UInt8) -> AnswerPattern { .octets(0...0, octet...octet) }

    package func matches(_ answer: UInt32) -> Bool {
        guard answer >> 24 == 127 else { return false }
        switch self {
        case .range(let range): return range.contains(answer)
        case .bits(let bits): return UInt8(truncatingIfNeeded: answer) & bits == bits
        case .octets(let third, let fourth):
            return answer >> 16 == 0x7f00 && third.contains(UInt8(truncatingIfNeeded: answer >> 8)) && fourth.contains(UInt8(truncatingIfNeeded: answer))
        }
    }
}

internal import DNS

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

    /// Reads what an operator writes: `127.0.0.2`, `127.0.0.4-127.0.0.7` (both included), or `&8` for bits of the last octet.
    /// - Returns: nil for anything else, and for answers that could never match.
    package init?(_ text: some StringProtocol) {
        if text.hasPrefix("&") {
            guard let bits = UInt8(text.dropFirst()), bits > 0 else { return nil }
            self = .bits(bits)
            return
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let first = ends.first, let last = ends.last, case .v4(let low)? = IPAddress(first),
              case .v4(let high)? = IPAddress(last), low <= high, low >> 24 == 127, high >> 24 == 127 else { return nil }
        self = .range(low...high)
    }

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

internal import JSON

/// An IPv4 or IPv6 address as a number.
/// Source: RFC 791, RFC 4291 §2.2, RFC 5952.
package enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Reads an address in its usual text form; an IPv4-mapped IPv6 address stays IPv6.
    /// Source: RFC 4291 §2.2.
    /// - Parameter text: dotted quad, or hexadecimal groups with at most one `::`; no brackets, no zone, no port.
    /// - Returns: nil when the text is anything else.
    package init?(_ text: some StringProtocol) {
        guard let parsed = IPAddress(octets: Array(text.utf8)) else { return nil }
        self = parsed
    }

    private init?(octets: [UInt8]) {
        guard octets.count >= 2, octets.count <= 45 else { return nil }
        if octets.contains(UInt8(ascii: ":")) {
            guard let groups = Self.groups(octets[...]) else { return nil }
            self = Self.fromGroups(groups)
        } else {
            guard let number = Self.quad(octets[...]) else { return nil }
            self = .v4(number)
        }
    }

    /// The 4 or 16 octets in network order.
    package var octets: [UInt8] {
        switch self {
        case .v4(let number):
            return [24, 16, 8, 0].map { (shift: UInt32) -> UInt8 in UInt8(truncatingIfNeeded: number >> shift) }
        case .v6(let high, let low):
            return [high, low].flatMap { (half: UInt64) -> [UInt8] in
                [56, 48, 40, 32, 24, 16, 8, 0].map { (shift: UInt64) -> UInt8 in UInt8(truncatingIfNeeded: half >> shift) }
            }
        }
    }

    /// Makes an address of 4 or 16 octets in network order; nil for any other number of octets.
    package init?(networkOrder octets: some Collection<UInt8>) {
        switch octets.count {
        case 4: self = .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self = .v6(high: octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                       low: octets.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    package var isV4: Bool { if case .v4 = self { true } else { false } }

    /// The IPv4 address inside `::ffff:a.b.c.d`, else the address itself (RFC 4291 §2.5.5.2).
    package var unmapped: IPAddress {
        if case .v6(0, let low) = self, low >> 32 == 0xffff { return .v4(UInt32(truncatingIfNeeded: low)) }
        return self
    }

    /// The labels for a query below `in-addr.arpa`, `ip6.arpa` or a blocklist zone, nearest first, dot separated.
    /// Source: RFC 1035 §3.5, RFC 3596 §2.5, RFC 5782 §2.1 and §2.4.
    package var reversedLabels: String {
        switch self {
        case .v4(let number):
            return "\(number & 255).\(number >> 8 & 255).\(number >> 16 & 255).\(number >> 24)"
        case .v6:
            let digits = Array("0123456789abcdef".utf8)
            var text: [UInt8] = []
            text.reserveCapacity(63)
            for octet in octets.reversed() {
                if !text.isEmpty { text.append(UInt8(ascii: ".")) }
                text.append(digits[Int(octet & 15)])
                text.append(UInt8(ascii: "."))
                text.append(digits[Int(octet >> 4)])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// The name whose PTR records name this address (RFC 1035 §3.5, RFC 3596 §2.5).
    package var reverseName: DomainName {
        DomainName(trusted: reversedLabels + (isV4 ? ".in-addr.arpa" : ".ip6.arpa"))
    }

    private static func quad(_ text: ArraySlice<UInt8>) -> UInt32? {
        var number: UInt32 = 0, part: UInt32 = 0, digits = 0, dots = 0
        for octet in text {
            if octet == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                number = number << 8 | part
                part = 0; digits = 0; dots += 1
            } else {
                guard octet >= 48, octet <= 57, digits < 3, !(digits > 0 && part == 0) else { return nil }
                part = part * 10 + UInt32(octet - 48)
                digits += 1
                guard part <= 255 else { return nil }
            }
        }
        return dots == 3 && digits > 0 ? number << 8 | part : nil
    }

    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        var front: [UInt16] = [], back: [UInt16] = [], gap = false, rest = text
        if rest.starts(with: "::".utf8) { gap = true; rest = rest.dropFirst(2) }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            let piece = rest[rest.startIndex..<end]
            if end == rest.endIndex, piece.contains(UInt8(ascii: ".")) {
                guard let number = quad(piece) else { return nil }
                let pair = [UInt16(truncatingIfNeeded: number >> 16), UInt16(truncatingIfNeeded: number)]
                if gap { back += pair } else { front += pair }
                rest = rest[end...]
                break
            }
            guard !piece.isEmpty, piece.count <= 4, let group = UInt16(String(decoding: piece, as: UTF8.self), radix: 16),
                  piece.first != UInt8(ascii: "+"), piece.first != UInt8(ascii: "-") else { return nil }
            if gap { back.append(group) } else { front.append(group) }
            rest = rest[end...]
            if rest.isEmpty { break }
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: ":") {
                guard !gap else { return nil }
                gap = true
                rest = rest.dropFirst()
            } else if rest.isEmpty { return nil }
        }
        let count = front.count + back.count
        guard gap ? count <= 7 : count == 8 else { return nil }
        return front + Array(repeating: 0, count: 8 - count) + back
    }

    private static func fromGroups(_ groups: [UInt16]) -> IPAddress {
        .v6(high: groups.prefix(4).reduce(0) { $0 << 16 | UInt64($1) },
            low: groups.dropFirst(4).reduce(0) { $0 << 16 | UInt64($1) })
    }
}

extension IPAddress: CodedAsText {
    package static var textForm: String { "an IP address" }

    /// The canonical text (RFC 5952 §4).
    package var description: String {
        switch self {
        case .v4(let number):
            return "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        case .v6(let high, let low):
            let groups = [high, low].flatMap { (half: UInt64) -> [UInt64] in
                [half >> 48, half >> 32 & 0xffff, half >> 16 & 0xffff, half & 0xffff]
            }
            if high == 0, low >> 32 == 0xffff { return "::ffff:\(unmapped)" }
            var best = 0..<0, start = 0
            for place in 0...8 where place == 8 || groups[place] != 0 {
                if place - start > best.count, place - start > 1 { best = start..<place }
                start = place + 1
            }
            let text = groups.map { String($0, radix: 16) }
            if best.isEmpty { return text.joined(separator: ":") }
            return text[..<best.lowerBound].joined(separator: ":") + "::" + text[best.upperBound...].joined(separator: ":")
        }
    }
}

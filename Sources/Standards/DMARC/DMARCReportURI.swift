package import DNS

/// One address that reports are asked for at.
/// Source: RFC 9989 §4.6 and §4.8; the size behind `!` is that of RFC 7489 §6.2, which RFC 9989 lets reporters ignore.
package struct DMARCReportURI: Sendable, Hashable {
    /// The URI as it was written, without the size.
    package let text: String
    /// In lower case; reports go out by `mailto` only.
    package let scheme: String
    /// `local-part@domain`, percent-decoded; nil for another scheme.
    package let mailbox: String?
    /// The destination host: what stands after the `@` of a mailbox, or the host of `//host`; nil where there is none.
    package let host: DomainName?
    /// Octets that a report may have; nil where nothing is said.
    package let maximumOctets: Int?

    /// Reads one element of a list.
    /// - Returns: nil where it is no URI, and where a `mailto` has no mailbox with a domain.
    /// - Limits: `uriOctets`.
    package init?(_ octets: some Collection<UInt8>, limits: DMARCLimits = DMARCLimits()) {
        var octets = Array(octets), size: Int?
        guard octets.count <= limits.uriOctets else { return nil }
        if let mark = octets.lastIndex(of: UInt8(ascii: "!")) {
            guard let read = Self.size(octets[(mark + 1)...]) else { return nil }
            size = read
            octets.removeSubrange(mark...)
        }
        guard octets.allSatisfy(Self.isURICharacter), let colon = octets.firstIndex(of: UInt8(ascii: ":")), colon > 0, colon + 1 < octets.count else { return nil }
        let scheme = octets[..<colon].map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }
        guard let first = scheme.first, Self.isLetter(first), scheme.allSatisfy({ Self.isLetter($0) || Self.isDigit($0) || [43, 45, 46].contains($0) }) else { return nil }
        text = String(decoding: octets, as: UTF8.self)
        self.scheme = String(decoding: scheme, as: UTF8.self)
        maximumOctets = size
        let rest = octets[(colon + 1)...]
        guard self.scheme == "mailto" else {
            (mailbox, host) = (nil, Self.authorityHost(rest))
            return
        }
        guard let decoded = Self.decoded(rest.prefix { $0 != UInt8(ascii: "?") }), let at = decoded.lastIndex(of: UInt8(ascii: "@")), at > 0,
              let host = DomainName(String(decoding: decoded[(at + 1)...], as: UTF8.self)), !host.isRoot else { return nil }
        mailbox = String(decoding: decoded[..<at], as: UTF8.self) + "@" + host.text
        self.host = host
    }

    /// As it stands in a record.
    package var recordText: String { maximumOctets.map { "\(text)!\($0)" } ?? text }

    /// Reads a list; what is no URI is left out, but for those that are refused.
    /// - Limits: `reportURIs` of either kind, `uriOctets`.
    static func list(_ value: ArraySlice<UInt8>, limits: DMARCLimits) -> (taken: [DMARCReportURI], refused: [RefusedReportURI]) {
        var taken: [DMARCReportURI] = [], refused: [RefusedReportURI] = []
        for element in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true) {
            let octets = DMARCRecord.trimmed(element)
            if let one = RefusedReportURI(octets, limits: limits) {
                if refused.count < limits.reportURIs, !refused.contains(one) { refused.append(one) }
            } else if taken.count < limits.reportURIs, let uri = DMARCReportURI(octets, limits: limits) { taken.append(uri) }
            if taken.count >= limits.reportURIs, refused.count >= limits.reportURIs { break }
        }
        return (taken, refused)
    }

    /// Digits and one of k, m, g, t; what exceeds an Int stands at its end.
    private static func size(_ octets: ArraySlice<UInt8>) -> Int? {
        var digits = octets, shift = 0
        if let last = octets.last, !isDigit(last) {
            guard let place = Array("kmgt".utf8).firstIndex(of: last | 32) else { return nil }
            shift = (place + 1) * 10
            digits = octets.dropLast()
        }
        guard !digits.isEmpty else { return nil }
        var number = 0
        for digit in digits {
            guard isDigit(digit) else { return nil }
            let (tens, over) = number.multipliedReportingOverflow(by: 10)
            let (sum, more) = tens.addingReportingOverflow(Int(digit &- 48))
            number = over || more ? Int.max : sum
        }
        let (octets, over) = number.multipliedReportingOverflow(by: 1 << shift)
        return over ? Int.max : octets
    }

    private static func authorityHost(_ rest: ArraySlice<UInt8>) -> DomainName? {
        guard rest.starts(with: Array("//".utf8)) else { return nil }
        var authority = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) { authority = authority[(at + 1)...] }
        if let colon = authority.firstIndex(of: UInt8(ascii: ":")) { authority = authority[..<colon] }
        return DomainName(String(decoding: authority, as: UTF8.self)).flatMap { $0.isRoot ? nil : $0 }
    }

    /// RFC 3986 §2.1; nil for a broken triplet and for a control character: a mailbox goes into an SMTP command.
    private static func decoded(_ octets: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = [], rest = octets
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else { result.append(octet); continue }
            guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else { return nil }
            result.append(high << 4 | low)
        }
        return result.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") } ? result : nil
    }

    static func hex(_ octet: UInt8) -> UInt8? {
        if isDigit(octet) { return octet &- 48 }
        let letter = (octet | 32) &- 97
        return letter < 6 ? letter &+ 10 : nil
    }

    private static func isLetter(_ octet: UInt8) -> Bool { (octet | 32) &- 97 < 26 }
    private static func isDigit(_ octet: UInt8) -> Bool { octet &- 48 < 10 }

    /// RFC 3986 §2; `!` and `,` must be encoded in a record.
    static func isURICharacter(_ octet: UInt8) -> Bool {
        octet > 0x20 && octet < 0x7f && !Array("!,;\"<>\\^`{|}".utf8).contains(octet)
    }
}

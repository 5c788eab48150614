package import DNS

/// A URL found in a message.
/// Source: RFC 3986 §3, read as browsers read it (WHATWG URL §4.4): a reader's click decides where it leads, not the grammar.
package struct MailURL: Sendable, Hashable {
    package enum Place: String, Sendable, Hashable {
        /// In text/plain; in the visible text of HTML; the link, source, form, base, refresh, frame of ``HTMLLink/Kind``.
        case plain, visible, link, source, form, base, refresh, frame
    }
    /// Lower case: `http`, `https`, `ftp`, `mailto`.
    package let scheme: String
    /// As written, without user information and port; of `mailto`, what follows the last `@`.
    package let host: String
    /// The host in comparable form; nil for an address and for what is no name.
    package let domain: DomainName?
    /// The host where it is an address: `192.0.2.1`, `[2001:db8::1]`, also `3221225985` and `0xc0.0.2.1`.
    package let address: IPAddress?
    package let port: Int?
    /// Something stands before the `@` of the host, as in `https://bank.example@192.0.2.1/`.
    package let hasUserInfo: Bool
    /// As found, character references resolved, without blanks around; at most ``MessageLimits/urlOctets``.
    package let raw: String
    package internal(set) var place: Place = .plain
    /// The visible text of an HTML link; nil elsewhere.
    package internal(set) var linkText: String? = nil
    /// The part's place in ``Message/parts``.
    package internal(set) var part = 0
}

extension MailURL {
    /// Reads one URL.
    /// - Parameter text: with a scheme of `http`, `https`, `ftp`, `mailto`, or beginning with `//` or `www.`, which are taken as `http`.
    /// - Returns: nil for other schemes, for relative references, and where there is no host.
    package init?(_ text: String) { self.init(octets: Array(text.utf8)[...], raw: text) }

    init?(octets: ArraySlice<UInt8>, raw: String) {
        var text: [UInt8] = []
        text.reserveCapacity(octets.count)
        for octet in octets where octet != ASCII.tab && octet != ASCII.lf && octet != ASCII.cr { text.append(octet) }
        let whole = ASCII.trimmed(text[...])
        var rest = whole, scheme = "http"
        if ASCII.hasPrefix(whole, "https:") { scheme = "https"; rest = whole.dropFirst(6) } else if ASCII.hasPrefix(whole, "http:") {
            rest = whole.dropFirst(5)
        } else if ASCII.hasPrefix(whole, "ftp:") { scheme = "ftp"; rest = whole.dropFirst(4) } else if ASCII.hasPrefix(whole, "mailto:") {
            self.init(mailto: whole.dropFirst(7), raw: raw)
            return
        } else if !ASCII.hasPrefix(whole, "//"), !ASCII.hasPrefix(whole, "\\\\"), !ASCII.hasPrefix(whole, "www.") { return nil }
        // Browsers take any number of slashes, and backslashes for slashes.
        rest = rest.drop { $0 == ASCII.slash || $0 == ASCII.backslash }
        let end = rest.firstIndex { $0 == ASCII.slash || $0 == ASCII.backslash || $0 == ASCII.question || $0 == 35 } ?? rest.endIndex
        var authority = rest[..<end]
        let userInfo = authority.lastIndex(of: ASCII.at)
        if let userInfo { authority = authority[(userInfo + 1)...] }
        var host = authority, port: Int? = nil
        if authority.first == ASCII.bracket {
            guard let close = authority.firstIndex(of: ASCII.unbracket) else { return nil }
            host = authority[...close]
            if close + 1 < authority.endIndex, authority[close + 1] == ASCII.colon { port = ASCII.number(authority[(close + 2)...]) }
        } else if let colon = authority.firstIndex(of: ASCII.colon) {
            host = authority[..<colon]
            port = ASCII.number(authority[(colon + 1)...])
        }
        guard !host.isEmpty, host.count <= 1024, port ?? 0 <= 65_535 else { return nil }
        self.init(scheme: scheme, host: host, port: port, hasUserInfo: userInfo != nil, raw: raw)
    }

    private init?(mailto rest: ArraySlice<UInt8>, raw: String) {
        let address = rest.prefix { $0 != ASCII.question && $0 != ASCII.comma }
        guard let at = address.lastIndex(of: ASCII.at), at + 1 < address.endIndex, address.endIndex - at <= 1024 else { return nil }
        self.init(scheme: "mailto", host: address[(at + 1)...], port: nil, hasUserInfo: false, raw: raw)
    }

    private init?(scheme: String, host: ArraySlice<UInt8>, port: Int?, hasUserInfo: Bool, raw: String) {
        self.scheme = scheme
        self.port = port
        self.hasUserInfo = hasUserInfo
        self.raw = raw
        self.host = ASCII.text(host)
        let plain = host.contains(ASCII.percent) ? Percent.decode(host) : Array(host)
        if plain.first == ASCII.bracket, plain.last == ASCII.unbracket {
            address = IPAddress(ASCII.text(plain[...].dropFirst().dropLast()))
            domain = nil
            if address == nil { return nil }
            return
        }
        for octet in plain where octet <= 32 || octet == ASCII.less || octet == ASCII.greater || octet == ASCII.quote { return nil }
        switch Self.oddAddress(plain[...]) {
        case .address(let number): address = .v4(number); domain = nil
        case .broken: return nil
        case .name:
            address = nil
            domain = DomainName(ASCII.text(plain[...])).flatMap { $0.isRoot ? nil : $0 }
            if domain == nil { return nil }
        }
    }

    private enum Odd { case address(UInt32), broken, name }

    /// Source: WHATWG URL §3.5 (ends in a number), IPv4 parser: decimal, octal, hexadecimal, one to four pieces.
    private static func oddAddress(_ host: ArraySlice<UInt8>) -> Odd {
        var pieces = host.split(separator: ASCII.dot, maxSplits: 300, omittingEmptySubsequences: false)
        if pieces.count > 1, pieces.last?.isEmpty == true { pieces.removeLast() }
        guard let last = pieces.last, number(last) != nil || (!last.isEmpty && last.allSatisfy(ASCII.isDigit)) else { return .name }
        guard pieces.count <= 4 else { return .broken }
        var total: UInt64 = 0
        for (place, piece) in pieces.enumerated() {
            guard let value = number(piece) else { return .broken }
            if place < pieces.count - 1 {
                guard value <= 255 else { return .broken }
                total |= value << UInt64(8 * (3 - place))
            } else {
                guard value < UInt64(1) << UInt64(8 * (5 - pieces.count)) else { return .broken }
                total |= value
            }
        }
        return .address(UInt32(truncatingIfNeeded: total))
    }

    private static func number(_ piece: ArraySlice<UInt8>) -> UInt64? {
        guard !piece.isEmpty, piece.count <= 16 else { return nil }
        var digits = piece, radix: UInt64 = 10, value: UInt64 = 0
        if ASCII.hasPrefix(piece, "0x") { radix = 16; digits = piece.dropFirst(2) } else if piece.count > 1, piece.first == 48 { radix = 8; digits = piece.dropFirst() }
        for octet in digits {
            guard let digit = ASCII.hex(octet), UInt64(digit) < radix else { return nil }
            value = value &* radix &+ UInt64(digit)
            guard value <= 0xffff_ffff else { return nil }
        }
        return value
    }
}

package import DNS

/// One mailbox of an address field or of an SMTP path.
/// Source: RFC 5322 §3.4 and §4.4 (obsolete routes), RFC 6532 §3.2 (UTF-8), RFC 5321 §4.1.2.
package struct MailAddress: Sendable, Hashable {
    /// The display name, decoded; nil where there is none.
    package var name: String? = nil
    /// What stands before the `@`, without quotes; empty where an angle bracket pair is empty.
    package var localPart: String
    /// What stands after the `@` as written, without blanks and comments; nil where there is no `@`.
    package var domainText: String? = nil
    /// The domain in comparable form; nil for a literal and for what is no domain name.
    package var domain: DomainName? = nil
    /// The address of a domain literal: `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3).
    package var literal: IPAddress? = nil
    /// The first comment, without its parentheses.
    package var comment: String? = nil
    /// The display name of the group it is in (RFC 5322 §3.4).
    package var group: String? = nil
    /// The mailbox as written, at most 1,000 octets.
    package var raw: String

    /// `local@domain`, the local part quoted where it must be, the domain in lower case; without `@` where there is no domain.
    package var address: String {
        let local = Self.quotedIfNeeded(localPart)
        if let domain { return "\(local)@\(domain)" }
        return domainText.map { "\(local)@\($0)" } ?? local
    }

    /// Takes the text after the `@`; nil for none.
    mutating func setDomain(_ text: String?) {
        (domainText, domain, literal) = (text, nil, nil)
        guard let text else { return }
        if text.hasPrefix("["), text.hasSuffix("]") { literal = Self.literal(text) } else if !text.isEmpty { domain = DomainName(text) }
    }

    /// Reads `[192.0.2.1]` and `[IPv6:…]`; nil for any other tag.
    static func literal(_ text: String) -> IPAddress? {
        var inner = text.dropFirst().dropLast()
        if inner.utf8.count > 5, ASCII.hasPrefix(Array(inner.utf8.prefix(5))[...], "ipv6:") { inner = inner.dropFirst(5) }
        return IPAddress(inner)
    }

    private static func quotedIfNeeded(_ local: String) -> String {
        var plain = !local.isEmpty, before = ASCII.dot
        for octet in local.utf8 {
            if octet == ASCII.dot ? before == ASCII.dot : !isAtomText(octet) { plain = false; break }
            before = octet
        }
        if plain, before != ASCII.dot { return local }
        var quoted = "\""
        for character in local.unicodeScalars {
            if character == "\"" || character == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }

    /// RFC 5322 §3.2.3 `atext`, and everything above 127 (RFC 6532 §3.2).
    static func isAtomText(_ octet: UInt8) -> Bool {
        switch octet {
        case 0...32, 127, 34, 40, 41, 44, 46, 58, 59, 60, 62, 64, 91, 92, 93: false
        default: true
        }
    }

    /// Reads the value of From, To, Reply-To and the like.
    /// - Parameter list: unfolded or not, with encoded words.
    /// - Returns: the mailboxes in order, those of groups included; empty where there is none.
    /// - Limits: ``MessageLimits/addresses`` of the default limits.
    package static func parse(list: String) -> [MailAddress] {
        var log = DefectLog()
        return parse(list: Array(list.utf8)[...], limits: MessageLimits(), log: &log)
    }

    static func parse(list: ArraySlice<UInt8>, limits: MessageLimits, log: inout DefectLog) -> [MailAddress] {
        var reader = AddressListReader(text: list, limits: limits)
        return reader.read(log: &log)
    }
}

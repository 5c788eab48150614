internal import DNS

/// Why the text of an SMTP path is none.
package enum PathError: Error, Sendable, Hashable, CustomStringConvertible {
    case empty, tooLong(octets: Int), localPartTooLong(octets: Int), domainTooLong(octets: Int)
    case controlCharacter(UInt8), unbalancedBrackets, noAtSign, emptyLocalPart, badLocalPart, emptyDomain, badDomain(String), badLiteral(String)

    package var description: String {
        switch self {
        case .empty: "there is no address"
        case .tooLong(let octets): "a path has at most 256 octets, this one \(octets) (RFC 5321 §4.5.3.1.3)"
        case .localPartTooLong(let octets): "a local part has at most 64 octets, this one \(octets) (RFC 5321 §4.5.3.1.1)"
        case .domainTooLong(let octets): "a domain has at most 255 octets, this one \(octets) (RFC 5321 §4.5.3.1.2)"
        case .controlCharacter(let octet): "the control character \(octet) is not allowed"
        case .unbalancedBrackets: "an angle bracket has no partner"
        case .noAtSign: "there is no @"
        case .emptyLocalPart: "nothing stands before the @"
        case .badLocalPart: "the local part is neither atoms with dots nor a quoted string"
        case .emptyDomain: "nothing stands after the @"
        case .badDomain(let text): "\"\(text)\" is no domain name"
        case .badLiteral(let text): "\"\(text)\" is no address literal"
        }
    }
}

extension MailAddress {
    /// Reads the path of MAIL FROM or RCPT TO.
    /// Source: RFC 5321 §4.1.2, §4.5.3.1; RFC 6531 §3.3 (UTF-8); an obsolete route is passed over (RFC 5321 §4.1.1.3).
    /// - Parameter text: with or without angle brackets, without SMTP parameters.
    /// - Returns: nil for `<>`, the null path. `postmaster` needs no domain.
    /// - Throws: ``PathError``, which names what is wrong.
    package static func path(_ text: String) throws(PathError) -> MailAddress? {
        let all = Array(text.utf8)
        guard all.count <= 1024 else { throw .tooLong(octets: all.count) }
        if let control = all.first(where: { $0 < 32 || $0 == 127 }) { throw .controlCharacter(control) }
        var octets = ASCII.trimmed(all[...])
        guard !octets.isEmpty else { throw .empty }
        if octets.first == ASCII.less || octets.last == ASCII.greater {
            guard octets.first == ASCII.less, octets.last == ASCII.greater, octets.count >= 2 else { throw .unbalancedBrackets }
            octets = octets.dropFirst().dropLast()
            if octets.isEmpty { return nil }
        }
        if octets.first == ASCII.at {
            guard let colon = octets.firstIndex(of: ASCII.colon) else { throw .emptyLocalPart }
            octets = octets[(colon + 1)...]
        }
        guard octets.count <= 254 else { throw .tooLong(octets: octets.count + 2) }
        let (local, rest) = try localPart(octets)
        guard local.count <= 64 else { throw .localPartTooLong(octets: local.count) }
        var address = MailAddress(localPart: ASCII.text(local[...]), raw: ASCII.text(octets))
        guard rest.first == ASCII.at else {
            guard rest.isEmpty, ASCII.equal(local[...], "postmaster") else { throw rest.isEmpty ? .noAtSign : .badLocalPart }
            return address
        }
        let domain = ASCII.text(rest.dropFirst())
        guard !domain.isEmpty else { throw .emptyDomain }
        guard domain.utf8.count <= 255 else { throw .domainTooLong(octets: domain.utf8.count) }
        address.setDomain(domain)
        if domain.hasPrefix("[") {
            guard address.literal != nil else { throw .badLiteral(domain) }
        } else {
            guard let name = address.domain, !name.isRoot, isHostLike(name) else { throw .badDomain(domain) }
        }
        return address
    }

    private static func localPart(_ octets: ArraySlice<UInt8>) throws(PathError) -> (local: [UInt8], rest: ArraySlice<UInt8>) {
        var local: [UInt8] = [], at = octets.startIndex
        if octets.first == ASCII.quote {
            at += 1
            while at < octets.endIndex, octets[at] != ASCII.quote {
                if octets[at] == ASCII.backslash { at += 1 }
                guard at < octets.endIndex else { throw .badLocalPart }
                local.append(octets[at])
                at += 1
            }
            guard at < octets.endIndex else { throw .badLocalPart }
            return (local, octets[(at + 1)...])
        }
        while at < octets.endIndex, octets[at] != ASCII.at {
            guard octets[at] == ASCII.dot || isAtomText(octets[at]) else { throw .badLocalPart }
            local.append(octets[at])
            at += 1
        }
        guard !local.isEmpty else { throw .emptyLocalPart }
        return (local, octets[at...])
    }

    /// Letters, digits, hyphens and underscores; RFC 5321 §4.1.2 has no underscore, hosts in use do.
    private static func isHostLike(_ name: DomainName) -> Bool {
        name.text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == ASCII.hyphen || $0 == ASCII.dot || $0 == 95 }
    }
}

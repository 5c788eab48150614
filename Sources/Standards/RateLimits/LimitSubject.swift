package import DNS

/// One of those whose sending is counted.
package struct LimitSubject: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let scope: LimitScope
    /// In comparable form: 1…255 octets without control characters.
    package let name: String

    /// Octets of a name; of longer ones the beginning counts, so that a long name is no way around a limit.
    package static let longestName = 255

    /// - Parameter name: as it came; domains become A-labels, addresses their network, and all but those of sites and scripts lower case.
    /// - Throws: `LimitFault` where it cannot be the name of such a subject.
    package init(_ scope: LimitScope, _ name: String) throws(LimitFault) {
        self.scope = scope
        // Until it is read back as itself: each time something is taken away.
        var name = try Self.comparable(scope, name)
        for _ in 0...Self.longestName {
            let next = try Self.comparable(scope, name)
            if next.utf8.elementsEqual(name.utf8) { break }
            name = next
        }
        self.name = name
    }

    /// The client's address, or of an IPv6 address its /64.
    package init(client address: IPAddress) {
        scope = .client
        name = address.isV4 ? address.description : Self.line(of: address)
    }

    private static func line(of address: IPAddress) -> String {
        let first = IPNetwork(address, prefix: 64)?.range.first ?? address
        return "\(first)/64"
    }

    private static func comparable(_ scope: LimitScope, _ text: String) throws(LimitFault) -> String {
        guard !text.isEmpty else { throw LimitFault("subject", "is empty") }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { throw LimitFault("subject", "has a control character in it") }
        switch scope {
        case .domain:
            guard let domain = domain(text) else { throw LimitFault("subject", "is not a domain name") }
            return domain
        case .client:
            if let address = IPAddress(text) { return LimitSubject(client: address.unmapped).name }
            guard let network = IPNetwork(text), !network.address.isV4, network.prefix == 64 else {
                throw LimitFault("subject", "is neither an IP address nor an IPv6 network /64")
            }
            return line(of: network.address)
        case .mailbox:
            let text = trimmed(text)
            if text.isEmpty { throw LimitFault("subject", "is empty") }
            // Of who did not log in: `<anna@example.org>`.
            if text.hasPrefix("<"), text.hasSuffix(">"), text.utf8.count > 2 { return "<\(mailbox(String(text.dropFirst().dropLast()), longestName - 2))>" }
            return mailbox(text, longestName)
        case .server, .plan, .customer: return cut(text.lowercased())
        case .site, .script: return cut(text)
        }
    }

    /// In A-labels and lower case; nil where it is no name of hosts.
    private static func domain(_ text: String) -> String? {
        guard let name = DomainName(text)?.text, !name.isEmpty else { return nil }
        return name.utf8.allSatisfy { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 122) } ? name : nil
    }

    private static func mailbox(_ text: String, _ octets: Int) -> String {
        guard let at = text.lastIndex(of: "@"), let domain = domain(String(text[text.index(after: at)...])) else { return cut(text.lowercased(), octets) }
        var local = text[..<at]
        // `"anna"@` is the same mailbox as `anna@` (RFC 5321 §4.1.2).
        while local.utf8.count > 2, local.hasPrefix("\""), local.hasSuffix("\"") { local = local.dropFirst().dropLast() }
        return cut(local.lowercased(), max(octets - 1 - domain.utf8.count, 1)) + "@" + domain
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }

    private static func cut(_ text: String, _ longestName: Int = longestName) -> String {
        guard text.utf8.count > longestName else { return text }
        var end = text.startIndex, octets = 0
        while end < text.endIndex {
            octets += text[end].utf8.count
            if octets > longestName { break }
            end = text.index(after: end)
        }
        // A single character may be longer than that.
        return end == text.startIndex ? "…" : String(text[..<end])
    }

    /// Reads `SCOPE/NAME`.
    package init(path: String) throws(LimitFault) {
        guard let slash = path.utf8.firstIndex(of: UInt8(ascii: "/")), let scope = LimitScope(rawValue: String(path[..<slash])) else {
            throw LimitFault("subject", "is not a scope (\(LimitScope.allCases.map(\.rawValue).joined(separator: ", "))), a slash and a name")
        }
        try self.init(scope, String(path[path.utf8.index(after: slash)...]))
    }

    package var description: String { "\(scope.rawValue)/\(name)" }

    /// By octets, as a database compares them: two ways to write an accent are two names.
    package static func == (one: LimitSubject, other: LimitSubject) -> Bool { one.scope == other.scope && one.name.utf8.elementsEqual(other.name.utf8) }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(scope)
        for octet in name.utf8 { hasher.combine(octet) }
    }

    package static func < (one: LimitSubject, other: LimitSubject) -> Bool {
        one.scope == other.scope ? one.name.utf8.lexicographicallyPrecedes(other.name.utf8) : one.scope < other.scope
    }
}

package import DNS
package import JSON

/// A demand that mail of some domains come over TLS.
/// Source: RFC 8314 §4 (submission), RFC 3207 §4 (a server may refuse mail without TLS), RFC 9325 §3.1.
package struct TLSRule: Decodable, Sendable, Equatable {
    /// Whose domain counts.
    package enum Scope: String, Decodable, JSONWritable, Sendable {
        case sender, recipient, any
        /// The domain of an authenticated user's sender address; the rule is for submission only.
        case submission
    }

    /// What is proposed when the demand is not met.
    package enum Action: String, Decodable, JSONWritable, Sendable {
        case `defer`, reject
    }

    package var domains: DomainPattern
    package var appliesTo: Scope
    /// nil: any version that is not deprecated.
    package var minimumVersion: TLSVersion?
    package var requireStrongCipher: Bool
    package var action: Action

    package init(domains: DomainPattern, appliesTo: Scope, minimumVersion: TLSVersion? = nil, requireStrongCipher: Bool = true, action: Action = .reject) {
        self.domains = domains
        self.appliesTo = appliesTo
        self.minimumVersion = minimumVersion
        self.requireStrongCipher = requireStrongCipher
        self.action = action
    }

    private enum CodingKeys: String, CodingKey {
        case domains, appliesTo = "applies_to", minimumVersion = "minimum_version", requireStrongCipher = "require_strong_cipher", action
    }

    func applies(to transport: TransportFacts) -> Bool {
        switch appliesTo {
        case .sender: return matchesSender(transport)
        case .recipient: return matchesRecipient(transport)
        case .any: return matchesSender(transport) || matchesRecipient(transport)
        case .submission: return transport.isAuthenticated && matchesSender(transport)
        }
    }

    /// Whether the demand is met; nil when what the mail server said does not tell.
    func isMet(encrypted: Bool, version: TLSVersion?, weakness: CipherWeakness?, hasCipher: Bool) -> Bool? {
        guard encrypted else { return false }
        if requireStrongCipher, weakness != nil { return false }
        guard let version else { return nil }
        if version < (minimumVersion ?? .tls12) { return false }
        // TLS 1.3 has no weak suite to agree on (RFC 8446 appendix B.4).
        return requireStrongCipher && !hasCipher && version < .tls13 ? nil : true
    }

    /// The null sender has no domain: only `*` covers it.
    private func matchesSender(_ transport: TransportFacts) -> Bool {
        transport.sender.map { domains.matches($0) } ?? (domains == .every)
    }

    private func matchesRecipient(_ transport: TransportFacts) -> Bool {
        transport.recipients.contains { domains.matches($0) }
    }
}

extension TLSRule: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.domains, domains)
        json.member(CodingKeys.appliesTo, appliesTo)
        json.member(CodingKeys.minimumVersion, minimumVersion)
        json.member(CodingKeys.requireStrongCipher, requireStrongCipher)
        json.member(CodingKeys.action, action)
        json.closeObject()
    }
}

/// Which domains a rule covers: `example.org` alone, `.example.org` and everything below it, or `*`.
package enum DomainPattern: Sendable, Hashable {
    case exactly(DomainName)
    case within(DomainName)
    case every

    /// Reads the three forms above; nil for anything else.
    package init?(_ text: some StringProtocol) {
        if text == "*" { self = .every; return }
        let isWithin = text.hasPrefix(".")
        guard let name = DomainName(isWithin ? String(text.dropFirst()) : String(text)), !name.isRoot else { return nil }
        self = isWithin ? .within(name) : .exactly(name)
    }

    package func matches(_ name: DomainName) -> Bool {
        switch self {
        case .exactly(let mine): return name == mine
        case .within(let mine): return name.isWithin(mine)
        case .every: return true
        }
    }
}

extension DomainPattern: CodedAsText {
    package static var textForm: String { "a domain, .domain or *" }

    package var description: String {
        switch self {
        case .exactly(let name): return name.text
        case .within(let name): return "." + name.text
        case .every: return "*"
        }
    }
}

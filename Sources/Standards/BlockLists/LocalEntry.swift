package import DNS
package import JSON

/// What an entry of the operator's own list is about. Text forms: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`, `example.org`,
/// `.example.org` (it and everything below it), `user@example.org`, `*.iso` (files whose names end so).
package enum LocalSubject: Sendable, Hashable {
    case network(IPNetwork)
    case domain(DomainName, withSubdomains: Bool)
    /// In the form of `key`.
    case address(String)
    /// Files by the ending of their names, in lower case without its dot.
    case files(ending: String)

    /// Reads the text forms above; nil for anything else.
    package init?(_ text: some StringProtocol) {
        if text.hasPrefix("*.") {
            let ending = text.dropFirst(2).lowercased()
            guard (1...32).contains(ending.utf8.count), ending.utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 || $0 == 95 || $0 == 43 }) else { return nil }
            self = .files(ending: ending)
        } else if text.utf8.contains(UInt8(ascii: "@")) {
            guard let key = Self.key(text) else { return nil }
            self = .address(key)
        } else if let network = IPNetwork(text) {
            self = .network(network)
        } else {
            let isWithin = text.hasPrefix(".")
            guard let name = DomainName(isWithin ? String(text.dropFirst()) : String(text)), Self.isHostName(name) else { return nil }
            self = .domain(name, withSubdomains: isWithin)
        }
    }

    /// A mail address as it is compared: ASCII letters in lower case (no server in use tells mailboxes apart by case), the domain in its ASCII form.
    /// - Returns: nil without an `@`, with nothing before it, or with what is no host name behind it.
    package static func key(_ address: some StringProtocol) -> String? {
        guard address.utf8.count <= 1024, let at = address.lastIndex(of: "@"), at > address.startIndex,
              let domain = DomainName(address[address.index(after: at)...]), isHostName(domain) else { return nil }
        let local = address[..<at].utf8.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
        return String(decoding: local, as: UTF8.self) + "@" + domain.text
    }

    /// Letters, digits, hyphens and underscores, the last label not a number: so that a network mistyped is no domain.
    private static func isHostName(_ name: DomainName) -> Bool {
        guard let last = name.labels.last, !last.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return false }
        return name.text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 || $0 == 46 || $0 == 95 }
    }
}

extension LocalSubject: CodedAsText {
    package static var textForm: String { "an address, network, domain, mail address or ending of file names (*.iso)" }

    package var description: String {
        switch self {
        case .network(let network): return network.prefix == (network.address.isV4 ? 32 : 128) ? network.address.description : network.description
        case .domain(let name, let withSubdomains): return withSubdomains ? "." + name.text : name.text
        case .address(let key): return key
        case .files(let ending): return "*." + ending
        }
    }
}

/// What an entry of the operator's own list says of its subject.
package enum LocalEffect: String, Decodable, JSONWritable, Sendable, Hashable, CaseIterable {
    /// Kept out.
    case block
    /// Let through.
    case allow
    /// A domain of ours: mail in its name comes from us, or proves it.
    case own
    /// A domain whose ARC seals are believed (RFC 8617 §7.2).
    case seal

    /// What it means for a message in which the subject is found; nil where it says something of a domain and nothing of messages.
    var listEffect: ListEffect? {
        switch self {
        case .block: .block
        case .allow: .allow
        case .own, .seal: nil
        }
    }
}

/// One line of the operator's own list.
package struct LocalEntry: Decodable, Sendable, Hashable {
    package var id: String?
    /// Whose entry it is; nil: it counts for everyone.
    package var tenant: String?
    package var effect: LocalEffect
    package var subject: LocalSubject
    package var reason: String
    /// Microseconds since 1970 from which on the entry no longer counts; nil: never.
    package var expires: Int64?

    package init(id: String? = nil, tenant: String? = nil, effect: LocalEffect, subject: LocalSubject, reason: String, expires: Int64? = nil) {
        self.id = id
        self.tenant = tenant
        self.effect = effect
        self.subject = subject
        self.reason = reason
        self.expires = expires
    }

    private enum CodingKeys: String, CodingKey { case id, tenant, effect, subject, reason, expires = "expires_unix_us" }
}

/// A local entry that a message matches.
package struct LocalMatch: Decodable, Sendable, Equatable {
    package var effect: ListEffect
    /// What of the message matched.
    package var subject: String
    package var kind: SubjectKind
    /// The entry as it is written.
    package var entry: String
    package var entryID: String?
    package var reason: String

    package init(effect: ListEffect, subject: String, kind: SubjectKind, entry: String, entryID: String? = nil, reason: String) {
        self.effect = effect
        self.subject = subject
        self.kind = kind
        self.entry = entry
        self.entryID = entryID
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey { case effect, subject, kind = "subject_kind", entry, entryID = "entry_id", reason }
}

extension LocalMatch: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.effect, effect)
        json.member(CodingKeys.subject, subject)
        json.member(CodingKeys.kind, kind)
        json.member(CodingKeys.entry, entry)
        json.member(CodingKeys.entryID, entryID)
        json.member(CodingKeys.reason, reason)
        json.closeObject()
    }
}

/// The port to where local entries are kept.
package protocol LocalListSource: Sendable {
    /// All entries of all tenants; those that expired may be left out.
    /// - Throws: when they cannot be read; what was read before then stays in force.
    func entries() async throws -> [LocalEntry]
}

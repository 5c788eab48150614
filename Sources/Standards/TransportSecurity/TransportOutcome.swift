package import JSON

/// What is known of the encryption of the last hop, and whether it is what the rules demand.
/// Source: RFC 3207, RFC 8314, RFC 8996, RFC 9325.
package struct TransportOutcome: Decodable, Sendable, Equatable {
    package var encrypted: Bool
    /// nil without TLS, and when the mail server's text could not be read.
    package var version: TLSVersion?
    /// As the mail server wrote it, at most 256 characters.
    package var cipher: String?
    /// Whether the version is one that RFC 8996 forbids; nil when the version is not known or there is none.
    package var deprecated: Bool?
    /// Why the cipher is weak; nil when it is not, or is not known.
    package var weakness: CipherWeakness?
    /// The rule that applied: of several the first that is not met, then the first that could not be judged, then the first.
    package var required: TLSRule?
    /// Whether the rule is met; nil without a rule, and when it could not be known.
    package var satisfied: Bool?
    /// What the rule proposes; nil unless it is not met.
    package var action: TLSRule.Action?
    /// What could not be known; for people.
    package var problem: String?

    /// The cipher is known to be weak.
    package var weak: Bool { weakness != nil }

    package init(encrypted: Bool, version: TLSVersion? = nil, cipher: String? = nil, deprecated: Bool? = nil, weakness: CipherWeakness? = nil,
                 required: TLSRule? = nil, satisfied: Bool? = nil, action: TLSRule.Action? = nil, problem: String? = nil) {
        self.encrypted = encrypted
        self.version = version
        self.cipher = cipher
        self.deprecated = deprecated
        self.weakness = weakness
        self.required = required
        self.satisfied = satisfied
        self.action = action
        self.problem = problem
    }
}

extension TransportOutcome {
    private enum CodingKeys: String, CodingKey {
        case encrypted, version, cipher, deprecated, weak, weakness, required, satisfied, action, problem
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        encrypted = try values.decode(Bool.self, forKey: .encrypted)
        version = try values.decodeIfPresent(TLSVersion.self, forKey: .version)
        cipher = try values.decodeIfPresent(String.self, forKey: .cipher)
        deprecated = try values.decodeIfPresent(Bool.self, forKey: .deprecated)
        weakness = try values.decodeIfPresent(CipherWeakness.self, forKey: .weakness)
        required = try values.decodeIfPresent(TLSRule.self, forKey: .required)
        satisfied = try values.decodeIfPresent(Bool.self, forKey: .satisfied)
        action = try values.decodeIfPresent(TLSRule.Action.self, forKey: .action)
        problem = try values.decodeIfPresent(String.self, forKey: .problem)
    }
}

extension TransportOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.encrypted, encrypted)
        json.member(CodingKeys.version, version)
        json.member(CodingKeys.cipher, cipher)
        json.member(CodingKeys.deprecated, deprecated)
        json.member(CodingKeys.weak, weak)
        json.member(CodingKeys.weakness, weakness)
        json.member(CodingKeys.required, required)
        json.member(CodingKeys.satisfied, satisfied)
        json.member(CodingKeys.action, action)
        json.member(CodingKeys.problem, problem)
        json.closeObject()
    }
}

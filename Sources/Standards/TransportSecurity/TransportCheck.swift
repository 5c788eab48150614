/// Judges the encryption of the last hop from what the mail server told; asks nobody.
/// Source: RFC 3207, RFC 8314 §4, RFC 8996 §2, RFC 9325 §3.1 and §4.1.
package struct TransportCheck: Sendable {
    private let rules: [TLSRule]

    package init(rules: [TLSRule] = []) { self.rules = rules }

    package func check(_ facts: TransportFacts) -> TransportOutcome {
        let version = Self.given(facts.version), cipher = Self.given(facts.cipher)
        var outcome = TransportOutcome(encrypted: version != nil || cipher != nil)
        if outcome.encrypted {
            // Exim gives version and suite in one text; either variable may hold it.
            outcome.version = version.flatMap { TLSVersion($0) } ?? cipher.flatMap { Self.leadingVersion($0) }
            outcome.cipher = (cipher ?? version.flatMap { $0.contains(":") ? $0 : nil })
            outcome.weakness = outcome.cipher.flatMap { CipherWeakness.of($0) }
            outcome.deprecated = outcome.version?.isDeprecated
            if outcome.version == nil {
                outcome.problem = version.map { "TLS version not understood: \(Self.printable($0))" } ?? "the TLS version was not told"
            }
        }
        apply(facts, to: &outcome)
        return outcome
    }

    private func apply(_ facts: TransportFacts, to outcome: inout TransportOutcome) {
        var unknown: TLSRule? = nil, met: TLSRule? = nil
        for rule in rules where rule.applies(to: facts) {
            switch rule.isMet(encrypted: outcome.encrypted, version: outcome.version, weakness: outcome.weakness, hasCipher: outcome.cipher != nil) {
            case false?:
                // A rejection outweighs a deferral, whatever the order of the rules.
                if outcome.action == nil || (outcome.action == .defer && rule.action == .reject) {
                    outcome.required = rule
                    outcome.action = rule.action
                }
            case nil: unknown = unknown ?? rule
            case true?: met = met ?? rule
            }
        }
        if outcome.action != nil { outcome.satisfied = false; return }
        outcome.required = unknown ?? met
        if unknown == nil, met != nil { outcome.satisfied = true }
        if unknown != nil, outcome.problem == nil { outcome.problem = "the TLS cipher was not told" }
    }

    private static let noTLS: Set<String> = ["none", "no", "off", "-", "(none)", "plaintext", "unencrypted"]

    /// The text without what mail servers write for "no TLS"; nil when nothing is left.
    private static func given(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return noTLS.contains(text.utf8.count <= 16 ? text.lowercased() : "") ? nil : text.utf8.count <= 256 ? text : String(text.prefix(256))
    }

    private static func leadingVersion(_ cipher: String) -> TLSVersion? {
        cipher.split(separator: ":", maxSplits: 1).first.flatMap { $0.utf8.count < cipher.utf8.count ? TLSVersion($0) : nil }
    }

    private static func printable(_ text: String) -> String {
        String(decoding: text.utf8.prefix(64).map { $0 >= 32 && $0 < 127 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

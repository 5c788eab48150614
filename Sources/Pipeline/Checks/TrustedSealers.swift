internal import DMARC
internal import DNS
internal import Mail
internal import Verdicts

extension AuthorEvidence.Override {
    /// Looks whether somebody whom we believe saw proof of the author before the message was changed on the way.
    ///
    /// The chain has to hold, and every sealer from the one whose word is taken up to the newest has to be trusted: each vouches for what the
    /// one before it handed on. What counts is that the sealer saw DMARC pass for the author's domain, or without a word on DMARC a pass
    /// of DKIM or SPF for that very domain.
    /// Source: RFC 8617 §7.2, §7.2.1 and §7.2.2.
    /// Nor may anything that the reader sees have been changed since: the newest message signature has to cover From and all of the body.
    /// - Parameters:
    ///   - author: of the message's only author.
    ///   - trusts: whether the seals of a domain are believed.
    /// - Returns: nil where there is no such sealer.
    init?(_ arc: ARCOutcome, author: String?, trusts: (DomainName) -> Bool) {
        // Of a chain that could not be validated now, this says what it would prove.
        guard arc.result == .pass || arc.isTemporary, arc.sets.last?.coversMessage == true, let author, let name = DomainName(author) else { return nil }
        for set in arc.sets.reversed() {
            guard let sealer = DomainName(set.domain), trusts(sealer) else { return nil }
            guard let seen = try? AuthenticationResults(set.results), let proof = Self.proof(seen, of: name) else { continue }
            let seals = arc.sets.map { "as[\($0.instance)].d=\($0.domain) as[\($0.instance)].s=\($0.selector)" }.joined(separator: " ")
            self.init(type: "local_policy", comment: "arc=pass \(seals); \(set.domain) saw \(proof)")
            return
        }
        return nil
    }

    private static func proof(_ seen: AuthenticationResults, of author: DomainName) -> String? {
        // That there is no record is no word on the message.
        if let dmarc = seen.results(of: "dmarc").first(where: { $0.result != "none" }) {
            guard dmarc.result == "pass", domain(dmarc["header", "from"]) == author else { return nil }
            return "dmarc=pass header.from=\(author.text)"
        }
        for dkim in seen.results(of: "dkim") where dkim.result == "pass" && (domain(dkim["header", "d"]) ?? domain(dkim["header", "i"])) == author {
            return "dkim=pass header.d=\(author.text)"
        }
        for spf in seen.results(of: "spf") where spf.result == "pass" && domain(spf["smtp", "mailfrom"]) == author { return "spf=pass smtp.mailfrom=\(author.text)" }
        return nil
    }

    /// The domain of a property's value: the value itself, or what stands after its last `@`.
    private static func domain(_ value: String?) -> DomainName? {
        guard let value else { return nil }
        return DomainName(value.lastIndex(of: "@").map { value[value.index(after: $0)...] } ?? value[...])
    }
}

internal import DKIM
internal import DMARC
internal import DNS
internal import SPF
internal import Verdicts

extension AuthorEvidence {
    /// Looks whether a domain that SPF or DKIM passed is the author's.
    ///
    /// Where the author's domain has a DMARC record, DMARC's word on alignment counts. Where it has none, an identifier is the author's if it
    /// is the same domain, or one of the two lies below the other; of a domain of ours, not what lies below. A pass that everybody gets proves
    /// nothing, nor does a signature that leaves a part of the body open.
    /// - Parameters:
    ///   - dmarc: what DMARC says of each author's domain, by its own record; a domain that was not looked at is not proved.
    ///   - ours: why a domain is one of ours; nil where it is not.
    init(_ authors: DMARCAuthors, spf: SPFEvidence, dkim: DKIMEvidence, dmarc: [DMARCOutcome], ours: (DomainName) -> String?) {
        // Who names somebody that cannot be known is no better off than who names nobody's domain.
        var worst: AuthorEvidence? = authors.doubt == nil ? nil : AuthorEvidence(standing: .unaligned)
        for claim in authors.claims {
            guard let reason = ours(claim) else { continue }
            worst = AuthorEvidence(standing: .unaligned, domain: claim.text, ours: reason)
            break
        }
        for author in authors.domains {
            var found = AuthorEvidence(standing: .unaligned, domain: author.text, ours: ours(author))
            // Of several From fields nobody knows which one is shown; a signature may cover another one (RFC 6376 §8.15). So of what is hidden.
            if authors.doubt == nil, let dmarc = dmarc.first(where: { $0.domain == author.text }) {
                (found.standing, found.alignedBy) = Self.standing(of: author, isOurs: found.ours != nil, spf: spf, dkim: dkim, dmarc: dmarc)
            }
            if worst.map({ found.rank > $0.rank || $0.domain == nil && found.rank == $0.rank }) ?? true { worst = found }
        }
        self = worst ?? AuthorEvidence(standing: .absent)
    }

    /// Ours without a pass is worst.
    private var rank: Int {
        let standing = switch self.standing { case .aligned: 0; case .absent: 1; case .unknown: 2; case .unaligned: 3 }
        return standing * 2 + (ours != nil && self.standing != .aligned ? 10 : 0)
    }

    private static func standing(of author: DomainName, isOurs: Bool, spf: SPFEvidence, dkim: DKIMEvidence, dmarc: DMARCOutcome) -> (Standing, by: String?) {
        if dmarc.result == .pass || dmarc.result == .fail {
            let proof = dmarc.identifiers.first { one in
                // Once one has passed, DMARC does not ask how near the others are.
                guard one.result == "pass", one.isAligned ?? (one.mode == .relaxed && isRelated(one.domain, author, isOurs)) else { return false }
                if one.mechanism == .spf { return spf.mailfrom.vouches }
                return dkim.signatures.contains { $0.vouches && $0.domain == one.domain && $0.selector == one.selector }
            }
            return proof.map { (.aligned, "\($0.mechanism.rawValue) \($0.domain)") } ?? (.unaligned, nil)
        }
        // How near is near enough stands in a record that did not come.
        let mustBeSame = dmarc.result == .temperror
        var open = mustBeSame
        for (word, domain, isProof, isOpen) in identifiers(spf, dkim) where isRelated(domain, author, isOurs) {
            if isProof, !mustBeSame || DomainName(domain) == author { return (.aligned, "\(word) \(domain)") }
            if isOpen { open = true }
        }
        return (open ? .unknown : .unaligned, nil)
    }

    /// What speaks for whom; whether that is proof, and whether it might have been.
    private static func identifiers(_ spf: SPFEvidence, _ dkim: DKIMEvidence) -> [(String, String, isProof: Bool, isOpen: Bool)] {
        dkim.signatures.compactMap { one in one.domain.map { ("dkim", $0, one.vouches, one.result == .temperror) } }
            + [("spf", spf.mailfrom.domain, spf.mailfrom.vouches, spf.mailfrom.result == .temperror)]
    }

    /// Below a domain of ours others may have names (customers of a host); what stands above it speaks for it.
    private static func isRelated(_ identifier: String, _ author: DomainName, _ isOurs: Bool) -> Bool {
        guard let name = DomainName(identifier) else { return false }
        // Below a name of one label are all who have a domain there.
        if author.labels.count < 2 || name.labels.count < 2 { return name == author }
        return author.isWithin(name) || !isOurs && name.isWithin(author)
    }
}

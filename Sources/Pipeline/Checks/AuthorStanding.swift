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
    /// - Parameter ours: why a domain is one of ours; nil where it is not.
    init(_ authors: DMARCAuthors, spf: SPFEvidence, dkim: DKIMEvidence, dmarc: DMARCOutcome, ours: (DomainName) -> String?) {
        guard !authors.domains.isEmpty else { self.init(standing: .absent); return }
        var worst: AuthorEvidence?
        for author in authors.domains {
            var found = AuthorEvidence(standing: .unaligned, domain: author.text, ours: ours(author))
            // Of several From fields nobody knows which one is shown; a signature may cover another one (RFC 6376 §8.15).
            if !authors.hasSeveralFields { (found.standing, found.alignedBy) = Self.standing(of: author, isOurs: found.ours != nil, spf: spf, dkim: dkim, dmarc: dmarc) }
            if worst.map({ found.rank > $0.rank }) ?? true { worst = found }
        }
        self = worst ?? AuthorEvidence(standing: .absent)
    }

    /// Ours without a pass is worst.
    private var rank: Int {
        let standing = switch self.standing { case .aligned: 0; case .absent: 1; case .unknown: 2; case .unaligned: 3 }
        return standing * 2 + (ours != nil && self.standing != .aligned ? 10 : 0)
    }

    private static func standing(of author: DomainName, isOurs: Bool, spf: SPFEvidence, dkim: DKIMEvidence, dmarc: DMARCOutcome) -> (Standing, by: String?) {
        if dmarc.domain == author.text, dmarc.result == .pass || dmarc.result == .fail {
            let proof = dmarc.identifiers.first { one in
                guard one.isAligned == true, one.result == "pass" else { return false }
                if one.mechanism == .spf { return spf.mailfrom.vouches }
                return dkim.signatures.contains { $0.vouches && $0.domain == one.domain && $0.selector == one.selector }
            }
            return proof.map { (.aligned, "\($0.mechanism.rawValue) \($0.domain)") } ?? (.unaligned, nil)
        }
        for signature in dkim.signatures where signature.vouches {
            if let domain = signature.domain, isRelated(domain, author, isOurs) { return (.aligned, "dkim \(domain)") }
        }
        if spf.mailfrom.vouches, isRelated(spf.mailfrom.domain, author, isOurs) { return (.aligned, "spf \(spf.mailfrom.domain)") }
        let open = dkim.signatures.contains { $0.result == .temperror && $0.domain.map { isRelated($0, author, isOurs) } ?? false }
            || spf.mailfrom.result == .temperror && isRelated(spf.mailfrom.domain, author, isOurs) || dmarc.domain == author.text && dmarc.result == .temperror
        return (open ? .unknown : .unaligned, nil)
    }

    /// Below a domain of ours others may have names (customers of a host); what stands above it speaks for it.
    private static func isRelated(_ identifier: String, _ author: DomainName, _ isOurs: Bool) -> Bool {
        guard let name = DomainName(identifier), name.labels.count > 1 else { return false }
        return author.isWithin(name) || !isOurs && name.isWithin(author)
    }
}

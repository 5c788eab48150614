internal import DKIM
internal import DMARC
internal import DNS
internal import SPF
internal import Verdicts

extension AuthorEvidence {
    /// Looks whether a domain that SPF or DKIM passed is the author's.
    ///
    /// Where the author's domain has a DMARC record, DMARC's word on alignment counts. Where it has none, an identifier is the author's if it
    /// is the same domain, or one of the two lies below the other. A pass that everybody gets proves nothing.
    /// - Parameter ours: why a domain is one of ours; nil where it is not.
    init(_ authors: DMARCAuthors, spf: SPFEvidence, dkim: DKIMEvidence, dmarc: DMARCOutcome, ours: (DomainName) -> String?) {
        guard !authors.domains.isEmpty else { self.init(standing: .absent); return }
        var worst: AuthorEvidence?
        for author in authors.domains.prefix(Self.maximumAuthors) {
            var found = AuthorEvidence(standing: .unaligned, domain: author.text, ours: ours(author))
            (found.standing, found.alignedBy) = Self.standing(of: author, spf: spf, dkim: dkim, dmarc: dmarc)
            if worst.map({ found.rank > $0.rank }) ?? true { worst = found }
        }
        self = worst ?? AuthorEvidence(standing: .absent)
    }

    /// Domains of the From field that are looked at.
    private static let maximumAuthors = 10

    /// Ours without a pass is worst.
    private var rank: Int {
        let standing = switch self.standing { case .aligned: 0; case .absent: 1; case .unknown: 2; case .unaligned: 3 }
        return standing * 2 + (ours != nil && self.standing != .aligned ? 10 : 0)
    }

    private static func standing(of author: DomainName, spf: SPFEvidence, dkim: DKIMEvidence, dmarc: DMARCOutcome) -> (Standing, by: String?) {
        if dmarc.domain == author.text, dmarc.result == .pass || dmarc.result == .fail {
            let proof = dmarc.identifiers.first { $0.isAligned == true && $0.result == "pass" && ($0.mechanism == .dkim || spf.mailfrom.vouches) }
            return proof.map { (.aligned, "\($0.mechanism.rawValue) \($0.domain)") } ?? (.unaligned, nil)
        }
        for signature in dkim.signatures where signature.result == .pass {
            if let domain = signature.domain, isRelated(domain, author) { return (.aligned, "dkim \(domain)") }
        }
        if spf.mailfrom.vouches, isRelated(spf.mailfrom.domain, author) { return (.aligned, "spf \(spf.mailfrom.domain)") }
        let open = dkim.signatures.contains { $0.result == .temperror && $0.domain.map { isRelated($0, author) } ?? false }
            || spf.mailfrom.result == .temperror && isRelated(spf.mailfrom.domain, author) || dmarc.domain == author.text && dmarc.result == .temperror
        return (open ? .unknown : .unaligned, nil)
    }

    private static func isRelated(_ identifier: String, _ author: DomainName) -> Bool {
        guard let name = DomainName(identifier), name.labels.count > 1 else { return false }
        return author.isWithin(name) || name.isWithin(author)
    }
}

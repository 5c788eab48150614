internal import DKIM
internal import DMARC
internal import DNS
internal import SPF
internal import Verdicts

/// What DMARC says of the message: `dmarc.fail.` goes on with what the owner asks for. Policy decides whether that is done.
/// Source: RFC 9989 §5.3.
func dmarcFindings(_ dmarc: DMARCOutcome, spf: SPFEvidence?) -> [Finding] {
    let domain = dmarc.domain ?? "the author"
    switch dmarc.result {
    case .none: return [Finding("dmarc.none", dmarc.problem ?? "\(domain) has no DMARC record")]
    case .pass:
        let proof = dmarc.identifiers.first { $0.isAligned == true && $0.result == "pass" }.map { "\($0.mechanism.rawValue) of \($0.domain)" } ?? "an identifier"
        if !dmarc.dkimAligned, let spf, !spf.mailfrom.vouches { return [Finding("dmarc.pass_all", "\(domain): \(proof) passes, and it passes everybody")] }
        return [Finding("dmarc.pass", "\(domain): \(proof) passes")]
    case .fail:
        let asked = "\(dmarc.policyDomain ?? domain) asks for \(dmarc.policyTag?.rawValue ?? "p")=\(dmarc.policy?.rawValue ?? "none")\(dmarc.isTesting ? ", testing" : "")"
        return [Finding("dmarc.fail.\(dmarc.disposition.rawValue)", "\(domain): nothing aligned passes; \(asked)")]
    case .temperror: return [Finding(unknown: "dmarc.temperror", dmarc.problem ?? "the record of \(domain) could not be looked up", couldBe: ["dmarc."], passing: true)]
    case .permerror: return [Finding("dmarc.permerror", dmarc.problem ?? "the record of \(domain) cannot be used")]
    }
}

/// Whether the author is who he says he is.
/// - Parameter several: the domains of the From field, where it does not name exactly one.
func authorFindings(_ author: AuthorEvidence, several: [String]) -> [Finding] {
    let standing = standingFindings(author)
    return several.count > 1 ? standing + [Finding("author.several", "the From field names \(several.prefix(5).joined(separator: ", ")): readers show one of them")] : standing
}

private func standingFindings(_ author: AuthorEvidence) -> [Finding] {
    let domain = author.domain ?? "the author"
    switch author.standing {
    case .absent: return []
    case .aligned: return [Finding("author.aligned", "\(domain): \(author.alignedBy ?? "an aligned identifier") passes")]
    case .unknown: return [Finding(unknown: "author.unknown", "\(domain): what would prove it could not be known now", couldBe: ["author."], passing: true)]
    case .unaligned:
        guard let ours = author.ours else { return [Finding("author.unaligned", "\(domain): nothing that proves the author passes")] }
        return [Finding("author.spoof", "\(domain) is ours (\(ours)), and the message came from outside without proof")]
    }
}

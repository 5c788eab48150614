internal import DKIM
internal import DMARC
internal import DNS
internal import SPF
internal import Verdicts

/// What ARC says of the message. A chain proves nothing of who wrote it; whose seals are believed is said by the local list.
/// Source: RFC 8617 §5.2, §7.2.
func arcFindings(_ arc: ARCOutcome) -> [Finding] {
    let sealers = arc.sets.map(\.domain).joined(separator: ", ")
    switch arc.result {
    case .none: return []
    case .pass: return [Finding("arc.pass", "sealed by \(sealers)")]
    case .fail:
        if arc.isTemporary { return [Finding(unknown: "arc.temperror", arc.problem ?? "a key could not be looked up", couldBe: ["arc."], passing: true)] }
        return [Finding("arc.fail", arc.problem ?? "the chain is broken")]
    }
}

/// What servers of ours before this one found, for who wants to weigh it: `upstream.`, the method and the result.
/// Source: RFC 8601 §4.1.
func upstreamFindings(_ upstream: UpstreamEvidence) -> [Finding] {
    // The set of codes is open, but not for whoever writes a field.
    let methods: Set<String> = ["arc", "auth", "dkim", "dmarc", "iprev", "sender-id", "spf"]
    let words: Set<String> = ["none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror"]
    return upstream.results.filter { methods.contains($0.method) && words.contains($0.result) }.map {
        Finding("upstream.\($0.method).\($0.result)", "\(upstream.authservID) found \($0.method)=\($0.result) \($0.properties.joined(separator: " "))")
    }
}

/// What Sender ID says of the responsible address, and of MAIL FROM where SPF does not say the same; for who wants to weigh it.
/// Source: RFC 4406 §4, §5.
func senderIDFindings(_ senderID: SenderIDEvidence) -> [Finding] {
    [senderID.pra, senderID.mfrom].compactMap { $0 }.map { outcome in
        let code = "senderid.\(outcome.scope.rawValue).\(outcome.result.rawValue)"
        let detail = outcome.problem ?? "\(outcome.domain ?? "no domain")\(outcome.mechanism.map { ": \($0)" } ?? "")"
        return outcome.result == .temperror ? Finding(unknown: code, detail, couldBe: ["senderid.\(outcome.scope.rawValue)."], passing: true) : Finding(code, detail)
    }
}

/// What DMARC says of the message: `dmarc.fail.` goes on with what the owner asks for. Policy decides whether that is done.
/// Source: RFC 9989 §5.3.
func dmarcFindings(_ dmarc: DMARCOutcome, spf: SPFEvidence?, author: AuthorEvidence?) -> [Finding] {
    let domain = dmarc.domain ?? "the author"
    switch dmarc.result {
    case .none: return [Finding("dmarc.none", dmarc.problem ?? "\(domain) has no DMARC record")]
    case .pass:
        let proof = dmarc.identifiers.first { $0.isAligned == true && $0.result == "pass" }.map { "\($0.mechanism.rawValue) of \($0.domain)" } ?? "an identifier"
        if !dmarc.dkimAligned, let spf, !spf.mailfrom.vouches { return [Finding("dmarc.pass_all", "\(domain): \(proof) passes, and it passes everybody")] }
        return [Finding("dmarc.pass", "\(domain): \(proof) passes")]
    case .fail:
        // Of several authors it may be another one whose standing counts.
        let author = author?.domain == dmarc.domain ? author : nil
        if author?.standing == .unknown { return [Finding(unknown: "dmarc.temperror", "\(domain): nothing aligned passes; a chain of a trusted sealer could not be validated now", couldBe: ["dmarc."], passing: true)] }
        if let override = author?.override { return [Finding("dmarc.overridden", "\(domain): nothing aligned passes; \(override.comment)")] }
        let asked = "\(dmarc.policyDomain ?? domain) asks for \(dmarc.policyTag?.rawValue ?? "p")=\(dmarc.policy?.rawValue ?? "none")\(dmarc.isTesting ? ", testing" : "")"
        return [Finding("dmarc.fail.\(dmarc.disposition.rawValue)", "\(domain): nothing aligned passes; \(asked)")]
    case .temperror: return [Finding(unknown: "dmarc.temperror", dmarc.problem ?? "the record of \(domain) could not be looked up", couldBe: ["dmarc."], passing: true)]
    case .permerror: return [Finding("dmarc.permerror", dmarc.problem ?? "the record of \(domain) cannot be used")]
    }
}

/// Whether the author is who he says he is, and whether it is he whom readers see.
func authorFindings(_ author: AuthorEvidence, _ authors: DMARCAuthors) -> [Finding] {
    var findings = standingFindings(author)
    if authors.domains.count > 1 {
        findings.append(Finding("author.several", "the From field names \(authors.domains.prefix(5).map(\.text).joined(separator: ", ")): readers show one of them"))
    } else if authors.fields > 1 {
        findings.append(Finding("author.several", "there are \(authors.fields) From fields: readers show one of them"))
    }
    if let hidden = authors.hidden { findings.append(Finding("author.hidden", hidden)) }
    if !authors.decoded.isEmpty {
        findings.append(Finding("author.decoded_address", "a name in the From field has an address of \(authors.decoded.prefix(5).map(\.text).joined(separator: ", ")) in encoded words: some readers take it for an author's"))
    }
    if let unreadable = authors.unreadable { findings.append(Finding("author.unreadable", unreadable)) }
    return findings
}

private func standingFindings(_ author: AuthorEvidence) -> [Finding] {
    let domain = author.domain ?? "the author"
    switch author.standing {
    case .absent: return []
    case .aligned: return [Finding("author.aligned", "\(domain): \(author.alignedBy ?? "an aligned identifier") passes")]
    case .unknown: return [Finding(unknown: "author.unknown", "\(domain): what would prove it could not be known now", couldBe: [author.ours == nil ? "author.unaligned" : "author.spoof"], passing: true)]
    case .unaligned:
        if let override = author.override { return [Finding("author.forwarded", "\(domain): \(override.comment)")] }
        guard let ours = author.ours else { return [Finding("author.unaligned", "\(domain): nothing that proves the author passes")] }
        return [Finding("author.spoof", "\(domain) is ours (\(ours)), and the message came from outside without proof")]
    }
}

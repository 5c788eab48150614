internal import SPF
internal import Verdicts

/// Whether what goes out names an author and a sender of ours, and whether receivers' SPF will pass it.
///
/// That an author is not ours is said of accounts alone: what is sent on for others (forwarding, lists) has authors from everywhere.
/// - Parameter authenticated: whether somebody logged in.
func ownDomainFindings(_ own: OwnDomainEvidence, authenticated: Bool) -> [Finding] {
    var findings: [Finding] = []
    let foreign = own.authors.filter { $0.ours == nil }.map(\.domain)
    if authenticated, own.isKnown, !foreign.isEmpty {
        findings.append(Finding("own.foreign_author", "\(own.account ?? "the account") writes in the name of \(foreign.prefix(5).joined(separator: ", ")), which is none of our domains"))
    }
    if let account = own.account {
        if let author = own.otherAuthor { findings.append(Finding("own.other_author", "From names \(author), the account is \(account)")) }
        if let sender = own.otherSender { findings.append(Finding("own.other_sender", "MAIL FROM is \(sender), the account is \(account)")) }
    }
    return findings + (own.spf.map(senderPolicyFindings) ?? [])
}

/// A record that is wrong for one of our servers is told, also where another one could not be asked about.
/// Source: RFC 7208 §2.6, §8.
private func senderPolicyFindings(_ spf: OwnDomainEvidence.SenderPolicy) -> [Finding] {
    let refused = spf.servers.filter { [.fail, .softfail, .neutral, .permerror].contains($0.result) }
    if !refused.isEmpty {
        let each = refused.map { "\($0.address) (\($0.result.rawValue)\(($0.mechanism ?? $0.problem).map { ": \($0)" } ?? ""))" }
        return [Finding("own.spf_fail", "the SPF record of \(spf.domain) does not pass \(each.joined(separator: ", ")), from where our mail goes out")]
    }
    if spf.servers.contains(where: { $0.result == .none }) { return [Finding("own.spf_none", "\(spf.domain) is ours and has no SPF record")] }
    guard let unknown = spf.servers.first(where: { $0.result == .temperror }) else { return [] }
    return [Finding(unknown: "own.spf_temperror", "\(spf.domain): \(unknown.problem ?? "the SPF record could not be looked up")", couldBe: ["own.spf_fail", "own.spf_none"], passing: true)]
}

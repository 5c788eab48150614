internal import BlockLists
internal import DNS
internal import Verdicts

/// What the lists say, one finding for each code: a domain that stands in ten links counts once.
/// Source: RFC 5782 §2; the codes of the zones' answer tables.
///
/// Trust is taken only from what the sender cannot write: the address that connected, its confirmed name, the authenticated user, and
/// names that SPF has passed. Anything else on an allow list is reported as `.unverified`, which the shipped policy gives no weight.
/// - Parameter passed: domains that SPF passed for this message, and not for everybody.
func blockListFindings(_ outcome: BlockListOutcome, passed: Set<DomainName>) -> [Finding] {
    var findings: [Finding] = []
    func add(_ finding: Finding) { if !findings.contains(where: { $0.code == finding.code }) { findings.append(finding) } }
    for listing in outcome.listings {
        let list = listing.effect == .allow ? "allowlist" : "blocklist"
        let trusted = listing.effect == .block || isVerified(listing.kind, listing.subject, passed)
        let place = listing.kind == .received ? ".received" : trusted ? "" : ".unverified"
        add(Finding("\(list).\(listing.code)\(place)", "\(listing.subject) (\(listing.kind.rawValue)) is listed by \(listing.zone): \(listing.meaning)"))
    }
    for match in outcome.local {
        let trusted = match.effect == .block || isVerified(match.kind, match.subject, passed)
        add(Finding("local.\(match.effect.rawValue)\(trusted ? "" : ".unverified")", "\(match.subject) (\(match.kind.rawValue)) stands on the local list as \(match.entry): \(match.reason)"))
    }
    var zones: Set<String> = []
    for unknown in outcome.unknown where zones.insert(unknown.zone).inserted {
        let others = outcome.unknown.count { $0.zone == unknown.zone } - 1
        findings.append(Finding(unknown: "blocklist.unknown", "\(unknown.zone): \(unknown.reason)\(others > 0 ? " (and \(others) more questions)" : "")",
                                couldBe: unknown.couldBe.map { "blocklist.\($0)" }, passing: unknown.passing))
    }
    if outcome.leftOut > 0 { findings.append(Finding("blocklist.limit", "\(outcome.leftOut) addresses and domains were not asked about")) }
    return findings
}

/// Whether a place of a message or session cannot be forged by who sends it.
/// - Parameter subject: a domain or a mail address, its domain in letters or in A-labels.
private func isVerified(_ kind: SubjectKind, _ subject: String, _ passed: Set<DomainName>) -> Bool {
    switch kind {
    case .client, .auth, .ptr: return true
    case .sender, .author, .helo:
        let domain = subject.utf8.lastIndex(of: UInt8(ascii: "@")).map { subject[subject.utf8.index(after: $0)...] } ?? subject[...]
        return DomainName(domain).map(passed.contains) ?? false
    case .url, .received: return false
    }
}

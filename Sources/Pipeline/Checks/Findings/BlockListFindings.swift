internal import BlockLists
internal import Verdicts

/// What the lists say, one finding for each code: a domain that stands in ten links counts once.
/// Source: RFC 5782 §2; the codes of the zones' answer tables.
func blockListFindings(_ outcome: BlockListOutcome) -> [Finding] {
    var findings: [Finding] = []
    func add(_ finding: Finding) { if !findings.contains(where: { $0.code == finding.code }) { findings.append(finding) } }
    for listing in outcome.listings {
        let list = listing.effect == .allow ? "allowlist" : "blocklist"
        let place = listing.kind == .received ? ".received" : ""
        add(Finding("\(list).\(listing.code)\(place)", "\(listing.subject) (\(listing.kind.rawValue)) is listed by \(listing.zone): \(listing.meaning)"))
    }
    for match in outcome.local {
        add(Finding("local.\(match.effect.rawValue)", "\(match.subject) (\(match.kind.rawValue)) stands on the local list as \(match.entry): \(match.reason)"))
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

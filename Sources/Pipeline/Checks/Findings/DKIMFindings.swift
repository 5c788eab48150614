internal import DKIM
internal import Verdicts

/// What DKIM says of the message: the best of its signatures counts, since anyone on the way may add one that fails.
/// Source: RFC 6376 §6.1, RFC 8601 §2.7.1 for the words.
func dkimFindings(_ dkim: DKIMEvidence) -> [Finding] {
    guard !dkim.signatures.isEmpty else { return [Finding("dkim.none", "the message is not signed")] }
    let order: [DKIMResult] = [.pass, .temperror, .fail, .policy, .neutral, .permerror, .none]
    let best = order.first { result in dkim.signatures.contains { $0.result == result } } ?? .none
    let these = dkim.signatures.filter { $0.result == best }
    let detail = these.prefix(3).map(\.inWords).joined(separator: "; ")
    var findings = [best == .temperror ? Finding(unknown: "dkim.temperror", detail, couldBe: ["dkim."], passing: true) : Finding("dkim.\(best.rawValue)", detail)]
    if let open = these.first(where: { $0.bodyUnsigned ?? 0 > 0 }), these.allSatisfy({ $0.bodyUnsigned ?? 0 > 0 }), best == .pass {
        findings.append(Finding("dkim.body_unsigned", "\(open.domain ?? "?") signed \(open.bodyLength ?? 0) octets of the body; anyone may have added the other \(open.bodyUnsigned ?? 0)"))
    }
    if dkim.leftOut > 0 { findings.append(Finding("dkim.limit", "\(dkim.leftOut) signatures were not looked at")) }
    return findings
}

extension DKIMOutcome {
    fileprivate var inWords: String {
        let who = domain.map { "\($0)\(selector.map { " (\($0))" } ?? "")" } ?? "a signature"
        return "\(who)\(problem.map { ": \($0)" } ?? "")\(isTesting ? ", testing" : "")"
    }

    /// Whether the domain stands behind all that is read; not while it tests, when a message is as good as unsigned (RFC 6376 §3.6.1).
    var vouches: Bool { result == .pass && bodyUnsigned ?? 0 == 0 && !isTesting }
}

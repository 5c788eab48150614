internal import SPF
internal import Verdicts

/// What SPF says of MAIL FROM, and of HELO where it says no.
/// Source: RFC 7208 §2.6 and §8 for the words.
func spfFindings(_ spf: SPFEvidence, authenticated: Bool) -> [Finding] {
    if authenticated { return [Finding("spf.authenticated", "the client authenticated; its address is not the sender's server")] }
    var findings = [finding(spf.mailfrom, prefix: "spf.")]
    if spf.mailfrom.result == .pass, spf.mailfrom.passesEverybody {
        findings.append(Finding("spf.pass_all", "the record of \(spf.mailfrom.domain) passes every address"))
    }
    if let helo = spf.helo, helo.result != .none, helo.result != .pass || spf.mailfrom.result != .pass {
        findings.append(finding(helo, prefix: "spf.helo."))
    }
    return findings
}

private func finding(_ outcome: SPFOutcome, prefix: String) -> Finding {
    let code = prefix + outcome.result.rawValue
    switch outcome.result {
    case .temperror: return Finding(unknown: code, outcome.problem ?? "the record could not be looked up", couldBe: [prefix], passing: true)
    case .permerror: return Finding(code, outcome.problem ?? "the record of \(outcome.domain) cannot be read")
    case .none: return Finding(code, outcome.problem ?? "\(outcome.domain) has no SPF record")
    default: return Finding(code, outcome.mechanism.map { "\(outcome.domain): \($0)" } ?? "\(outcome.domain): no mechanism matched")
    }
}

extension SPFOutcome {
    /// Whether it was a bare `all` that passed the client.
    fileprivate var passesEverybody: Bool { mechanism == "all" || mechanism == "+all" }
}

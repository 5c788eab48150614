internal import RateLimits
internal import Verdicts

/// What the limits on sending say of a message.
func rateLimitFindings(_ evidence: RateLimitEvidence) -> [Finding] {
    let standing = evidence.restraint.map { [Finding($0.state == "frozen" ? "sender.frozen" : "sender.throttled", $0.sentence)] } ?? []
    return standing + limitFindings(evidence)
}

private func limitFindings(_ evidence: RateLimitEvidence) -> [Finding] {
    switch evidence.result {
    case .frozen: []
    case .counted: (evidence.near ?? []).map { Finding("limit.near", $0.sentence) }
    case .countedBefore, .unlimited: []
    case .exceeded: [Finding("limit.exceeded", evidence.exceeded?.sentence ?? "a limit is exceeded")]
    case .held: [Finding("limit.held", evidence.exceeded?.sentence ?? "it waits since it came before")]
    case .tooLarge: [Finding("limit.too_large", evidence.exceeded?.sentence ?? "it is more than a limit by itself")]
    case .unknown: [Finding(unknown: "limit.unknown", evidence.reason ?? "it could not be counted", couldBe: ["limit.exceeded", "sender.frozen"], passing: true)]
    }
}

extension RateLimitEvidence.State {
    /// `mailbox anna@example.org: 100 of 100 recipients per 1h are used, and this needs 3`
    var sentence: String {
        let begin = "\(scope.rawValue) \(subject): \(used) of \(limit) \(counts.rawValue) per \(per) are used"
        return needs.map { "\(begin), and this needs \($0)" } ?? begin
    }
}

extension RateLimitEvidence.Restraint {
    /// `mailbox anna@example.org is frozen since 2026-11-27T10:00:00Z: bounces`
    fileprivate var sentence: String { "\(scope.rawValue) \(subject) is \(state) since \(since)\(until.map { " until \($0)" } ?? "")\(reason.map { ": \($0)" } ?? "")" }
}

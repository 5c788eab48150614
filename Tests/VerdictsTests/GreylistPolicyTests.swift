import Testing
import Verdicts

@Suite struct GreylistPolicyTests {
    private static func policy(_ thresholds: Thresholds) -> Policy {
        Policy(name: "test", thresholds: thresholds, rules: ["a": Rule(weight: 3), "b": Rule(weight: 2), "c": Rule(weight: 6), "allow": Rule(action: .accept), "mark": Rule(action: .tag),
                                                             "clean": Rule(action: .neutralise), "later": Rule(action: .defer), "out": Rule(action: .reject)])
    }

    @Test(arguments: [
        ("nothing", [], Thresholds(greylist: 4), false), ("below", ["a"], Thresholds(greylist: 4), false), ("accepted", ["a", "b"], Thresholds(greylist: 4), true),
        ("just there", ["a"], Thresholds(greylist: 3), true), ("tagged", ["a", "b", "c"], Thresholds(greylist: 4), true), ("off", ["a", "b", "c"], Thresholds(), false),
        ("kept back", ["c", "b"], Thresholds(quarantine: 8, greylist: 4), false), ("refused", ["c", "c", "a"], Thresholds(greylist: 4), false),
        ("let through outright", ["a", "b", "allow"], Thresholds(greylist: 4), false), ("marked by a rule", ["a", "b", "mark"], Thresholds(greylist: 4), true),
        ("made harmless", ["a", "b", "clean"], Thresholds(greylist: 4), true), ("made harmless, below", ["clean"], Thresholds(greylist: 4), false),
        ("put off for another reason", ["a", "b", "later"], Thresholds(greylist: 4), false), ("refused by a rule", ["a", "b", "out"], Thresholds(greylist: 4), false),
        ("above tag only", ["a", "b", "a"], Thresholds(tag: 6, greylist: 9), false), ("without tag", ["a", "b"], Thresholds(tag: nil, reject: nil, greylist: 4), true),
    ] as [(String, [String], Thresholds, Bool)])
    func theMiddleOfTheScale(_ name: String, _ codes: [String], _ thresholds: Thresholds, _ isIn: Bool) {
        let policy = Self.policy(thresholds), decision = policy.decide(codes.map { Finding($0, "") })
        let verdict = Verdict(id: VerdictID(at: Timestamp(microseconds: 0)), action: decision.action, messageClass: .unknown, score: decision.score, thresholds: thresholds,
                              smtp: SMTPReply(code: 250, enhanced: "2.0.0", text: ""), findings: decision.findings, headers: HeaderEdits(), decidedBy: decision.decidedBy)
        #expect(policy.greylists(verdict) == isIn, "\(name): \(decision)")
    }
}

import Testing
import Verdicts

@Suite struct PolicyTests {
    static let policy = Policy(name: "test", thresholds: Thresholds(tag: 6, quarantine: 10, reject: 15), rules: [
        "spf.fail": Rule(weight: 1), "spf.pass": Rule(weight: -0.2), "blocklist.x": Rule(weight: 7), "blocklist.y": Rule(weight: 9),
        "helo.*": Rule(weight: 2), "helo.own": Rule(weight: 5), "local.block": Rule(action: .reject), "local.allow": Rule(action: .accept),
        "trial": Rule(weight: 100, dryRun: true), "trial.forced": Rule(action: .reject, dryRun: true), "tls.defer": Rule(action: .defer),
    ])

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, findings: [Finding], action: Action, score: Double, by: String?
        var testDescription: String { name }
    }

    static func unknown(_ couldBe: String..., passing: Bool = true) -> Finding { Finding(unknown: "x.unknown", "", couldBe: couldBe, passing: passing) }

    @Test(arguments: [
        Row(name: "nothing", findings: [], action: .accept, score: 0, by: nil),
        Row(name: "sum below tag", findings: [Finding("spf.fail", ""), Finding("helo.x", "")], action: .accept, score: 3, by: nil),
        Row(name: "own row before the family's", findings: [Finding("helo.own", ""), Finding("spf.fail", "")], action: .tag, score: 6, by: nil),
        Row(name: "quarantine", findings: [Finding("blocklist.y", ""), Finding("spf.fail", "")], action: .quarantine, score: 10, by: nil),
        Row(name: "reject by score", findings: [Finding("blocklist.x", ""), Finding("blocklist.y", "")], action: .reject, score: 16, by: nil),
        Row(name: "no row weighs nothing", findings: [Finding("never.seen", "")], action: .accept, score: 0, by: nil),
        Row(name: "half of a weight", findings: [Finding("blocklist.x", "", strength: 0.5), Finding("spf.fail", "")], action: .accept, score: 4.5, by: nil),
        Row(name: "no more than the weight", findings: [Finding("blocklist.x", "", strength: 7)], action: .tag, score: 7, by: nil),
        Row(name: "forced", findings: [Finding("local.block", "")], action: .reject, score: 0, by: "local.block"),
        Row(name: "trust stated outright", findings: [Finding("local.allow", ""), Finding("blocklist.x", ""), Finding("blocklist.y", "")], action: .accept, score: 16, by: "local.allow"),
        Row(name: "a refusal that might be forced beats trust", findings: [Finding("local.allow", ""), unknown("local.block")], action: .defer, score: 0, by: "x.unknown"),
        Row(name: "what might only weigh does not", findings: [Finding("local.allow", ""), Finding("blocklist.x", ""), unknown("blocklist.")], action: .accept, score: 7, by: "local.allow"),
        Row(name: "a forced refusal beats trust", findings: [Finding("local.allow", ""), Finding("local.block", "")], action: .reject, score: 0, by: "local.block"),
        Row(name: "on probation", findings: [Finding("trial", ""), Finding("trial.forced", "")], action: .accept, score: 0, by: nil),
        Row(name: "unknown weighs nothing", findings: [unknown("blocklist.")], action: .accept, score: 0, by: nil),
        Row(name: "unknown would decide a tagged message", findings: [Finding("blocklist.x", ""), unknown("blocklist.y")], action: .defer, score: 7, by: "x.unknown"),
        Row(name: "unknown could not lift it", findings: [Finding("blocklist.x", ""), unknown("spf.")], action: .tag, score: 7, by: nil),
        Row(name: "a list that refuses us puts nothing off", findings: [Finding("blocklist.x", ""), unknown("blocklist.y", passing: false)], action: .tag, score: 7, by: nil),
        Row(name: "unknown of a forcing rule", findings: [unknown("local.")], action: .defer, score: 0, by: "x.unknown"),
        Row(name: "unknown of a rule on probation", findings: [unknown("trial.")], action: .accept, score: 0, by: nil),
        Row(name: "refused anyway", findings: [Finding("local.block", ""), unknown("blocklist.")], action: .reject, score: 0, by: "local.block"),
        Row(name: "deferred by a rule", findings: [Finding("tls.defer", "")], action: .defer, score: 0, by: "tls.defer"),
    ])
    func decides(_ row: Row) {
        let decision = Self.policy.decide(row.findings)
        #expect(decision.action == row.action)
        #expect(decision.score == row.score)
        #expect(decision.decidedBy == row.by)
    }

    @Test func neverDefersWhenTold() {
        var policy = Self.policy
        policy.whenUnknown = .never
        #expect(policy.decide([Self.unknown("local.")]).action == .accept)
        policy.whenUnknown = .forced
        #expect(policy.decide([Self.unknown("local.", passing: false)]).action == .defer)
        #expect(policy.decide([Finding("blocklist.x", ""), Self.unknown("blocklist.y")]).action == .tag)
    }
}

import Checks
import DNS
import TestStores
import TestSupport
import Testing
import Verdicts

/// Which policy a message is judged by: that of its direction, from the first look to what is kept.
@Suite struct PoliciesTests {
    private let store = MemoryVerdictStore()

    /// The same finding is worth seven points in both: one marks it and delivers, the other refuses it.
    private static func policies(_ change: (inout Policies) -> Void = { _ in }) -> Policies {
        let rules = ["transport.encrypted": Rule(weight: 7)]
        var policies = Policies(inbound: Policy(name: "in", thresholds: Thresholds(tag: 6, reject: 15), rules: rules),
                                outbound: Policy(name: "out", thresholds: Thresholds(tag: nil, reject: 7), rules: rules))
        change(&policies)
        return policies
    }

    private func judge(_ policies: Policies = policies()) -> MessageJudge {
        MessageJudge(pipeline: PipelineTests.pipeline(PipelineTests.resolver()), workers: Workers(limit: 4, lineLimit: 4), store: store, policies: policies)
    }

    @Test(arguments: [("comes in", nil, nil, Action.tag), ("goes out", "anna", nil, .reject), ("goes out without a log-in", nil, .outbound, .reject),
                      ("comes in by a log-in", "anna", .inbound, .tag)] as [(String, String?, Direction?, Action)])
    func ofTheEnvelope(_ name: String, _ user: String?, _ direction: Direction?, _ action: Action) async throws {
        let envelope = Envelope(clientIP: try #require(IPAddress("198.100.1.25")), helo: "mx.example.org", mailFrom: "anna@example.org", recipients: ["b@example.net"], authUser: user,
                                tlsVersion: "TLSv1.3", direction: direction)
        let kept = try await judge().judge(Submission(octets: PipelineTests.message(), envelope: envelope, receivedAt: PipelineTests.now)).record
        #expect(kept.action == action && kept.score == 7 && kept.messageClass == .spam)
        let decision = String(decoding: kept.decision, as: UTF8.self)
        #expect(decision.contains(#""name":"X-Spam","value":"Yes""#) == (action == .tag), "\(decision)")
        #expect(decision.contains(action == .tag ? #""thresholds":{"tag":6,"reject":15}"# : #""thresholds":{"reject":7}"#), "\(decision)")
    }

    /// Both are replaced together, and what was put off is judged anew by the policy of its own direction.
    @Test func replacedTogether() async throws {
        let judge = judge(Self.policies { $0.inbound.rules["transport.encrypted"] = Rule(action: .defer); $0.outbound.rules["transport.encrypted"] = Rule(action: .defer) })
        let coming = try MessageJudgeTests.submission(), going = try MessageJudgeTests.submission { $0.direction = .outbound; $0.authUser = "anna"; $0.queueID = "Q2" }
        let first = try await (judge.judge(coming).record, judge.judge(going).record)
        #expect(first.0.action == .defer && first.1.action == .defer)
        judge.replace(policies: Self.policies())
        let second = try await (judge.judge(coming).record, judge.judge(going).record)
        #expect(second.0.action == .tag && second.1.action == .reject)
        #expect(second.0.id == first.0.id && second.1.id == first.1.id)
    }
}

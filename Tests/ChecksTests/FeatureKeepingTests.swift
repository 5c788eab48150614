import Checks
import Learning
import TestStores
import TestSupport
import Testing
import Verdicts

/// Of which judged messages the features are kept, by which one is learned without its text.
@Suite struct FeatureKeepingTests {
    @Test(arguments: [
        ("what comes in", Direction.inbound, Action.accept, false, true), ("what comes in and is refused", .inbound, .reject, false, true), ("what goes out", .outbound, .accept, false, false),
        ("what goes out and is put off", .outbound, .defer, false, true), ("what goes out and is refused", .outbound, .reject, false, true), ("all that goes out", .outbound, .accept, true, true),
    ])
    func whoseAreKept(name: String, direction: Direction, action: Action, keepsOutbound: Bool, isKept: Bool) async throws {
        let training = MemoryTraining(), keeper = FeatureKeeper(training, retention: 60)
        var policy = PipelineTests.policy
        if action != .accept { policy.rules["transport.encrypted"] = Rule(action: action) }
        let pipeline = PipelineTests.pipeline(PipelineTests.resolver(), spam: SpamCheck(desk: TrainingDesk(training), keeper: keeper, keepsOutbound: keepsOutbound))
        let judge = MessageJudge(pipeline: pipeline, workers: Workers(limit: 1, lineLimit: 1), store: MemoryVerdictStore(), policy: policy)
        let judged = try await judge.judge(Submission(octets: PipelineTests.message(), envelope: try PipelineTests.envelope { $0.direction = direction }, receivedAt: PipelineTests.now))
        #expect(judged.record.action == action, "\(name)")
        try await keeper.write()
        let kept = try await training.features(of: judged.record.id, tenant: "default")
        #expect((kept != nil) == isKept && kept?.digest ?? judged.record.digest == judged.record.digest, "\(name)")
    }
}

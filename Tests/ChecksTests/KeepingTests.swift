import Checks
import Cryptography
import DNS
import Foundation
import Synchronization
import TestStores
import TestSupport
import Testing
import Threads
import Verdicts

/// Messages that go into quarantine: kept before the verdict is, and taken back where another one stands.
@Suite struct KeepingTests {
    private let kept: MemoryQuarantine, store = MemoryVerdictStore()

    init() { kept = MemoryQuarantine(limits: { var limits = QuarantineLimits(); limits.retention = 60; limits.retentions = ["blue": 7]; limits.tenantMessages = 2; limits.messageOctets = 2_000; return limits }()) }

    private static func policy(_ change: (inout Policy) -> Void = { _ in }) -> Policy {
        var policy = PipelineTests.policy
        policy.rules["spf.pass"] = Rule(weight: 8)
        policy.rules["quarantine.full"] = Rule(action: .defer)
        policy.rules["quarantine.too_large"] = Rule(action: .reject)
        policy.rules["quarantine.unavailable"] = Rule(action: .defer)
        policy.thresholds.quarantine = 7
        change(&policy)
        return policy
    }

    private func judge(_ quarantine: (any QuarantineStore)? = nil, policy: Policy = policy(), resolver: MemoryResolver = PipelineTests.resolver(), store: (any VerdictStore)? = nil) throws -> MessageJudge {
        let key = try #require(MasterKey([UInt8](repeating: 7, count: 32)))
        let facade = Quarantine(quarantine ?? kept, seal: MessageSeal(key), sealers: QueueRound(label: "test.sealers", width: 1))
        return MessageJudge(pipeline: PipelineTests.pipeline(resolver), workers: Workers(limit: 4, lineLimit: 4), store: store ?? self.store, policy: policy, quarantine: facade)
    }

    private func answer(_ judgement: Judgement) throws -> [String: Any] { try #require(try JSONSerialization.jsonObject(with: Data(judgement.answer)) as? [String: Any]) }

    private func octets(_ id: VerdictID) async throws -> [UInt8]? {
        let key = try #require(MasterKey([UInt8](repeating: 7, count: 32)))
        return try await Quarantine(kept, seal: MessageSeal(key), sealers: QueueRound(label: "test.sealers", width: 1)).message(id, tenant: nil, noting: QuarantineAct(.looked, QuarantineNote(by: "t", at: PipelineTests.now)))?.octets
    }

    @Test func isThereAndTheAnswerSaysUntilWhen() async throws {
        let judgement = try await judge().judge(MessageJudgeTests.submission { $0.tenant = "blue" })
        let answer = try answer(judgement)
        #expect(judgement.record.action == .quarantine)
        #expect((answer["quarantine"] as? [String: String]) == ["expires_at": PipelineTests.now.adding(seconds: 7).description])
        #expect((answer["smtp"] as? [String: Any])?["code"] as? Int == 250)
        let row = try #require(try await kept.row(judgement.record.id, tenant: "blue"))
        #expect(row.from == "Anna <anna@example.org>" && row.subject == "Hello" && !row.isInfected && row.recipients == [HistoryPath("b@example.net")] && row.codes == judgement.record.codes)
        #expect(try await octets(judgement.record.id) == PipelineTests.message())
        let history = try #require(try JSONSerialization.jsonObject(with: Data(VerdictDocument.history(judgement.record))) as? [String: Any])
        #expect(history["quarantine"] != nil)
    }

    @Test func whatIsAcceptedOrRefusedIsNotKept() async throws {
        for (change, action) in [({ $0.thresholds.quarantine = nil }, Action.tag), ({ $0.rules["spf.pass"] = Rule() }, .accept), ({ $0.rules["spf.pass"] = Rule(action: .reject) }, .reject)] as [((inout Policy) -> Void, Action)] {
            let judgement = try await judge(policy: Self.policy(change)).judge(MessageJudgeTests.submission { $0.queueID = nil })
            #expect(judgement.record.action == action)
            #expect(try answer(judgement)["quarantine"] == nil)
        }
        #expect(try await kept.usage(tenant: "default").messages == 0)
        // Without a quarantine here the MTA keeps it, and is not told otherwise.
        let without = MessageJudgeTests.judge(PipelineTests.resolver(), MemoryVerdictStore())
        without.replace(policy: Self.policy())
        let judgement = try await without.judge(MessageJudgeTests.submission())
        #expect(try judgement.record.action == .quarantine && answer(judgement)["quarantine"] == nil)
    }

    /// A store that is down, or answers with what a test says.
    private struct Broken: QuarantineStore {
        let error: any Error
        let limits = QuarantineLimits()
        func keep(_ message: KeptMessage, _ sealed: [UInt8]) async throws -> Bool { throw error }
        func withdraw(_ id: VerdictID, tenant: String) async throws -> Bool { throw error }
        func exchange(_ message: KeptMessage, _ sealed: [UInt8]) async throws -> Bool { throw error }
        func messages(matching filter: QuarantineFilter, before: VerdictID?, limit: Int) async throws -> [KeptMessage] { throw error }
        func row(_ id: VerdictID, tenant: String?) async throws -> KeptMessage? { throw error }
        func message(_ id: VerdictID, tenant: String?, noting act: QuarantineAct?) async throws -> (message: KeptMessage, sealed: [UInt8]?)? { throw error }
        func release(_ id: VerdictID, tenant: String?, evenInfected: Bool, noting note: QuarantineNote) async throws -> QuarantineAnswer { throw error }
        func delete(_ id: VerdictID, tenant: String?, seenAs state: KeptMessage.State, noting note: QuarantineNote) async throws -> QuarantineAnswer { throw error }
        func acts(of id: VerdictID, tenant: String?) async throws -> [QuarantineAct] { throw error }
        func remove(expiredBefore moment: Timestamp) async throws -> Int { throw error }
        func usage(tenant: String) async throws -> QuarantineUsage { throw error }
    }

    @Test(arguments: [
        ("full", QuarantineTrouble.tooManyMessages(limit: 1) as any Error, "quarantine.full", Action.defer), ("no room", QuarantineTrouble.tooManyOctets(limit: 1), "quarantine.full", .defer),
        ("down", StoreTrouble.unavailable("down"), "quarantine.unavailable", .defer), ("no randomness", SealTrouble.noRandomness, "quarantine.unavailable", .defer),
        ("large", SealTrouble.tooLarge(octets: 2, limit: 1), "quarantine.too_large", .reject),
    ])
    func whatCannotBeKeptIsNotSaidToBe(_ name: String, _ error: any Error, _ code: String, _ action: Action) async throws {
        let judgement = try await judge(Broken(error: error)).judge(MessageJudgeTests.submission())
        #expect(judgement.record.action == action && judgement.record.codes.contains(code), "\(name): \(judgement.record.action)")
        let answer = try answer(judgement)
        #expect(answer["quarantine"] == nil && answer["decided_by"] as? String == code)
        // Who has the policy do nothing gets the message back to keep.
        let left = try await judge(Broken(error: error), policy: Self.policy { $0.rules[code] = Rule() }).judge(MessageJudgeTests.submission { $0.queueID = "other" })
        #expect(try left.record.action == .quarantine && left.record.codes.contains(code) && self.answer(left)["quarantine"] == nil)
    }

    @Test func limitsOfTheTenantAndOfAMessage() async throws {
        let judge = try judge()
        var actions: [Action] = []
        for number in 0..<3 { actions.append(try await judge.judge(MessageJudgeTests.submission { $0.queueID = "Q\(number)" }).record.action) }
        #expect(actions == [.quarantine, .quarantine, .defer])
        let large = Submission(octets: PipelineTests.message() + [UInt8](repeating: 0x41, count: 3_000), envelope: try PipelineTests.envelope { $0.tenant = "red" }, receivedAt: PipelineTests.now)
        #expect(try await judge.judge(large).record.action == .reject)
    }

    /// An MTA that tries again has its message kept once.
    @Test func whoAsksAgainFindsItKept() async throws {
        let judge = try judge(), first = try await judge.judge(MessageJudgeTests.submission()), second = try await judge.judge(MessageJudgeTests.submission(at: 60))
        #expect(second.record.id == first.record.id && second.record.action == .quarantine)
        #expect(try answer(second)["quarantine"] != nil)
        #expect(try await kept.usage(tenant: "default").messages == 1)
        #expect(try await kept.row(first.record.id, tenant: nil) != nil)
        // Another policy meanwhile: what was said stands, and nothing else is kept.
        let stricter = try self.judge(policy: Self.policy { $0.thresholds.quarantine = nil })
        #expect(try await stricter.judge(MessageJudgeTests.submission(at: 120)).record.action == .quarantine)
        let accepted = try await stricter.judge(MessageJudgeTests.submission { $0.queueID = "Q2" })
        let again = try await judge.judge(MessageJudgeTests.submission(at: 60) { $0.queueID = "Q2" })
        #expect(accepted.record.action == .tag && again.record.action == .tag && again.record.id == accepted.record.id)
        #expect(try await kept.usage(tenant: "default").messages == 1, "what was kept for the second verdict is taken back")
    }

    @Test func whatWasPutOffIsKeptUnderItsFirstID() async throws {
        let resolver = PipelineTests.resolver()
        resolver.fail("example.org", .txt)
        let deferring = Self.policy { $0.rules["spf.fail"] = Rule(action: .reject) }
        let first = try await judge(policy: deferring, resolver: resolver).judge(MessageJudgeTests.submission())
        #expect(first.record.action == .defer)
        let second = try await judge(policy: deferring).judge(MessageJudgeTests.submission(at: 60))
        #expect(second.record.action == .quarantine && second.record.id == first.record.id)
        #expect(try answer(second)["quarantine"] != nil)
        #expect(try await kept.usage(tenant: "default").messages == 1)
        #expect(try await octets(first.record.id) == PipelineTests.message())
    }

    /// A store of verdicts in which a step fails when a test says so.
    private final class FailingStore: VerdictStore {
        let inside = MemoryVerdictStore()
        let fails = Mutex<(append: StoreTrouble?, replace: StoreTrouble?)>((nil, nil))
        func append(_ record: VerdictRecord) async throws -> EarlierVerdict? { if let trouble = fails.withLock({ $0.append }) { throw trouble }; return try await inside.append(record) }
        func replace(_ record: VerdictRecord) async throws -> Bool { if let trouble = fails.withLock({ $0.replace }) { throw trouble }; return try await inside.replace(record) }
        func verdict(_ id: VerdictID, tenant: String?) async throws -> VerdictRecord? { try await inside.verdict(id, tenant: tenant) }
        func verdicts(matching filter: HistoryFilter, before: VerdictID?, limit: Int) async throws -> [VerdictRow] { try await inside.verdicts(matching: filter, before: before, limit: limit) }
        func summary(matching filter: HistoryFilter, bucket: Int) async throws -> [HistoryBucket] { try await inside.summary(matching: filter, bucket: bucket) }
    }

    @Test func aVerdictThatIsRefusedLeavesNothing() async throws {
        let store = FailingStore()
        store.fails.withLock { $0.append = .refused("no") }
        await #expect(throws: JudgeTrouble.store(.refused("no"))) { _ = try await judge(store: store).judge(MessageJudgeTests.submission()) }
        #expect(try await kept.usage(tenant: "default").messages == 0)
        // Where it is not known whether the verdict was kept, its message is.
        store.fails.withLock { $0.append = .unavailable("away") }
        await #expect(throws: JudgeTrouble.store(.unavailable("away"))) { _ = try await judge(store: store).judge(MessageJudgeTests.submission()) }
        #expect(try await kept.usage(tenant: "default").messages == 1)
    }

    @Test func whatATryLeftGoesWithTheVerdictThatStands() async throws {
        let store = FailingStore(), resolver = PipelineTests.resolver()
        resolver.fail("example.org", .txt)
        let deferring = Self.policy { $0.rules["spf.fail"] = Rule(action: .reject) }
        let first = try await judge(policy: deferring, resolver: resolver, store: store).judge(MessageJudgeTests.submission())
        store.fails.withLock { $0.replace = .unavailable("away") }
        await #expect(throws: JudgeTrouble.self) { _ = try await judge(store: store).judge(MessageJudgeTests.submission(at: 60)) }
        #expect(try await kept.row(first.record.id, tenant: nil) != nil, "whether its verdict stands is not known")
        store.fails.withLock { $0.replace = nil }
        let last = try await judge(policy: Self.policy { $0.thresholds.quarantine = nil }, store: store).judge(MessageJudgeTests.submission(at: 120))
        #expect(last.record.action == .tag && last.record.id == first.record.id)
        #expect(try await kept.row(first.record.id, tenant: nil) == nil)
    }

    /// Many tries of one message that was put off, some under a policy that accepts it: whatever stands, a message that is said to be kept is there, and nothing else.
    @Test func triesAtTheSameMoment() async throws {
        for round in 0..<20 {
            let kept = MemoryQuarantine(), store = MemoryVerdictStore(), resolver = PipelineTests.resolver()
            resolver.fail("example.org", .txt)
            let policy = Self.policy { $0.rules["spf.fail"] = Rule(action: .reject) }
            let first = try await judge(kept, policy: policy, resolver: resolver, store: store).judge(MessageJudgeTests.submission())
            #expect(first.record.action == .defer)
            let judges = [try judge(kept, policy: policy, store: store), try judge(kept, policy: Self.policy { $0.thresholds.quarantine = nil }, store: store)]
            let answers = try await withThrowingTaskGroup(of: Action.self) { group in
                for number in 0..<6 { group.addTask { try await judges[(number + round) % 2].judge(MessageJudgeTests.submission(at: 60)).record.action } }
                return try await group.reduce(into: Set<Action>()) { $0.insert($1) }
            }
            let standing = try #require(try await store.verdict(first.record.id, tenant: "default"))
            #expect(answers == [standing.action])
            let there = try await kept.row(first.record.id, tenant: "default") != nil
            #expect(there == (standing.action == .quarantine), "round \(round): \(standing.action)")
            #expect(try await kept.usage(tenant: "default").messages == (there ? 1 : 0))
        }
    }
}

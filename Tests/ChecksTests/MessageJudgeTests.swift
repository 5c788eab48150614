import Checks
import DNS
import Foundation
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite struct MessageJudgeTests {
    static func judge(_ resolver: MemoryResolver, _ store: any VerdictStore) -> MessageJudge {
        MessageJudge(pipeline: PipelineTests.pipeline(resolver), workers: Workers(limit: 4, lineLimit: 4), store: store, policy: PipelineTests.policy)
    }

    static func submission(at seconds: Int = 0, _ change: (inout Envelope) -> Void = { _ in }) throws -> Submission {
        Submission(octets: PipelineTests.message(), envelope: try PipelineTests.envelope(change), receivedAt: PipelineTests.now.adding(seconds: seconds))
    }

    @Test func verdictIsKeptAndTheAnswerIsThatVerdict() async throws {
        let store = MemoryVerdictStore()
        let judgement = try await Self.judge(PipelineTests.resolver(), store).judge(Self.submission())
        let kept = try #require(try await store.verdict(judgement.record.id, tenant: "default"))
        #expect(kept.action == .accept)
        #expect(kept.messageID == "1@example.org")
        #expect(kept.subject == "Hello")
        #expect(kept.domains.contains("example.org"))
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(judgement.answer)) as? [String: Any])
        #expect(answer["id"] as? String == judgement.record.id.description)
        #expect(answer["action"] as? String == "accept")
        #expect((answer["smtp"] as? [String: Any])?["code"] as? Int == 250)
        #expect(answer["timing_ms"] is [String: Any])
    }

    /// Who asks for a domain in its letters finds what came in A-labels, and the other way round.
    @Test(arguments: ["почта.рф", "xn--80a1acny.xn--p1ai"])
    func domainsAreFoundInEitherForm(_ written: String) async throws {
        let store = MemoryVerdictStore()
        let judgement = try await Self.judge(PipelineTests.resolver(), store).judge(Self.submission { $0.mailFrom = "Иван@\(written)"; $0.recipients = ["анна@\(written)"] })
        let kept = try #require(try await store.verdict(judgement.record.id, tenant: "default"))
        #expect(kept.domains.first == "xn--80a1acny.xn--p1ai")
        #expect(String(decoding: kept.envelope, as: UTF8.self).contains("Иван@\(written)"), "as the client wrote it")
        for asked in ["почта.рф", "xn--80a1acny.xn--p1ai"] {
            var sender = HistoryFilter(), recipient = HistoryFilter(), domain = HistoryFilter()
            sender.sender = HistoryPath("иван@\(asked)")
            recipient.recipient = HistoryPath("Анна@\(asked)")
            domain.domain = DomainName(asked)
            for filter in [sender, recipient, domain] { #expect(try await store.verdicts(matching: filter, before: nil, limit: 10).map(\.id) == [kept.id]) }
        }
    }

    @Test func sameMessageGivesTheSameVerdict() async throws {
        let store = MemoryVerdictStore(), judge = Self.judge(PipelineTests.resolver(), store)
        let first = try await judge.judge(Self.submission())
        let second = try await judge.judge(Self.submission(at: 3600))
        #expect(second.record.id == first.record.id)
        #expect(try await store.verdicts(matching: HistoryFilter(), before: nil, limit: 10).count == 1)
        let later = try await judge.judge(Self.submission(at: 90_000))
        #expect(later.record.id != first.record.id)
        let other = try await judge.judge(Self.submission(at: 3600) { $0.queueID = "Q2" })
        #expect(other.record.id != first.record.id)
        let unnamed = try await judge.judge(Self.submission(at: 3600) { $0.queueID = nil })
        let unnamedAgain = try await judge.judge(Self.submission(at: 3600) { $0.queueID = nil })
        #expect(unnamed.record.id != unnamedAgain.record.id)
    }

    /// What was put off is judged anew under its id: a retry must not be told of trouble that is over.
    @Test func deferredMessageIsJudgedAnew() async throws {
        let store = MemoryVerdictStore()
        let resolver = PipelineTests.resolver()
        resolver.a("25.1.100.198.bl.example", "127.0.0.2")
        var policy = PipelineTests.policy
        policy.rules["spf.fail"] = Rule(weight: 1, action: .reject)
        resolver.fail("example.org", .txt)
        let judge = Self.judge(resolver, store)
        judge.replace(policy: policy)
        let first = try await judge.judge(Self.submission())
        #expect(first.record.action == .defer)
        #expect(String(decoding: first.answer, as: UTF8.self).contains("\"smtp\":{\"code\":451,"))
        let healed = MessageJudge(pipeline: PipelineTests.pipeline(PipelineTests.resolver()), workers: Workers(limit: 1, lineLimit: 1), store: store, policy: policy)
        let second = try await healed.judge(Self.submission(at: 600))
        #expect(second.record.id == first.record.id)
        #expect(second.record.action == .accept)
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(second.answer)) as? [String: Any])
        #expect(((answer["smtp"] as? [String: Any])?["text"] as? String)?.contains(first.record.id.description) == true)
        let kept = try await store.verdicts(matching: HistoryFilter(), before: nil, limit: 10)
        #expect(kept.map(\.action) == [.accept])
    }

    /// Whoever asks again gets the verdict that stands, and that is what counts, whatever would be said today.
    @Test func whatIsCountedIsWhatWasAnswered() async throws {
        let store = MemoryVerdictStore(), resolver = PipelineTests.resolver()
        let first = try await Self.judge(resolver, store).judge(Self.submission())
        #expect(first.record.action == .accept)
        resolver.a("25.1.100.198.bl.example", "127.0.0.2")
        let later = Self.judge(resolver, store)
        let second = try await later.judge(Self.submission(at: 3600))
        #expect(second.record.id == first.record.id && second.record.action == .accept)
        let other = try await later.judge(Self.submission(at: 3600) { $0.queueID = "Q2" })
        #expect(other.record.action == .tag)
        let counted = Dictionary(uniqueKeysWithValues: later.tally.families().flatMap { family in
            family.samples.map { (family.name + ($0.labels.first.map { " \($0.value)" } ?? $0.suffix), $0.value) }
        }.filter { !$0.0.hasPrefix("postern_judge_seconds") })
        #expect(counted["postern_verdicts_total accept"] == 1)
        #expect(counted["postern_verdicts_total tag"] == 1)
        #expect(counted["postern_classes_total legitimate"] == 1)
        #expect(counted["postern_classes_total spam"] == 1)
        #expect(counted["postern_findings_total blocklist.test.spam"] == 1)
        #expect(counted["postern_findings_total spf.pass"] == 2)
    }

    struct BrokenStore: VerdictStore {
        let trouble: StoreTrouble
        func append(_ record: VerdictRecord) async throws -> EarlierVerdict? { throw trouble }
        func replace(_ record: VerdictRecord) async throws -> Bool { throw trouble }
        func verdict(_ id: VerdictID, tenant: String?) async throws -> VerdictRecord? { throw trouble }
        func verdicts(matching filter: HistoryFilter, before: VerdictID?, limit: Int) async throws -> [VerdictRow] { throw trouble }
        func summary(matching filter: HistoryFilter, bucket: Int) async throws -> [HistoryBucket] { throw trouble }
    }

    @Test(arguments: [StoreTrouble.unavailable("down"), .busy("full"), .timeout, .refused("no")])
    func noVerdictWithoutARecord(_ trouble: StoreTrouble) async throws {
        await #expect(throws: JudgeTrouble.store(trouble)) {
            try await Self.judge(PipelineTests.resolver(), BrokenStore(trouble: trouble)).judge(Self.submission())
        }
    }
}

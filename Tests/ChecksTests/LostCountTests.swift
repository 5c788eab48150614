import Checks
import Cryptography
import Foundation
import Limiting
import Malware
import RateLimits
import TestStores
import TestSupport
import Testing
import Threads
import Verdicts
import Watching

/// What becomes of a message that cannot be counted, or of whose count the answer is lost: it has one verdict, which is what is told and what is kept.
@Suite struct LostCountTests {
    private let kept = MemoryQuarantine(), store = MemoryVerdictStore(), watching = MemoryWatch { PipelineTests.now }
    private let allowances: MemoryAllowances

    init() { allowances = MemoryAllowances(verdicts: store) { PipelineTests.now.milliseconds } }

    private func judge(_ most: Int, excess: RateLimit.Excess = .defer, unknown: UnknownPolicy = .decisive) throws -> (MessageJudge, SenderWatch) {
        var policy = PipelineTests.policy
        policy.rules["malware.infected"] = Rule(action: .neutralise)
        policy.rules["limit.exceeded"] = Rule(action: .defer)
        policy.rules["limit.held"] = Rule(action: .hold)
        policy.whenUnknown = unknown
        let limit = try RateLimit(counts: .recipients, most: most, window: #require(LimitWindow("1m")), excess: excess)
        let sending = SendingLimits(allowances, MemoryLimits(), LimitHierarchy(defaults: [.mailbox: [limit]]), holds: allowances, freshness: .zero)
        let watch = SenderWatch(watching, sending, rules: WatchRules(thresholds: [:]), listed: [])
        let quarantine = Quarantine(kept, seal: MessageSeal(try #require(MasterKey([UInt8](repeating: 7, count: 32)))), sealers: QueueRound(label: "test.sealers", width: 1))
        let notes = try Notes(["en": NoteTemplate("removed {file}")], language: "en", languages: [:])
        let pipeline = PipelineTests.pipeline(PipelineTests.resolver(), malware: MalwareChecker(scanner: WordScanner()))
        return (MessageJudge(pipeline: pipeline, workers: Workers(limit: 4, lineLimit: 4), store: store, policies: Policies(inbound: policy, outbound: policy), quarantine: quarantine, notes: notes, limits: sending, watch: watch), watch)
    }

    private func submission(_ queueID: String?, isBad: Bool = false) throws -> Submission {
        let text = "Content-Type: text/plain\r\n\r\nHello", bad = "Content-Type: application/octet-stream; name=\"bill.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\nRVZJTA=="
        let octets = Array(("From: Anna <anna@example.org>\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            + [text, isBad ? bad : text].map { "--b\r\n\($0)\r\n" }.joined() + "--b--\r\n").utf8)
        return Submission(octets: octets, envelope: try PipelineTests.envelope { $0.queueID = queueID; $0.authUser = "anna@example.org"; $0.direction = .outbound; $0.serverName = "mx1"; $0.recipients = ["r@example.net"] }, receivedAt: PipelineTests.now)
    }

    private func history() async throws -> [VerdictRow] { try await store.verdicts(matching: HistoryFilter(), before: nil, limit: 99) }

    private func result(_ record: VerdictRecord) throws -> String? {
        let evidence = try #require(try JSONSerialization.jsonObject(with: Data(record.evidence)) as? [String: Any])
        return (evidence["rate_limit"] as? [String: Any])?["result"] as? String
    }

    /// The one that was kept with the count stands, whether it lets the message go or not, and is told.
    @Test(arguments: [("with a queue id", true), ("without", false)])
    func theVerdictOfTheCountStands(name: String, hasQueueID: Bool) async throws {
        let (judge, _) = try judge(1)
        for (number, action, expected) in [(0, Action.accept, "counted"), (1, .defer, "exceeded")] {
            allowances.lose(1)
            let judged = try await judge.judge(submission(hasQueueID ? "Q\(number)" : nil))
            #expect(judged.record.action == action, "\(name)")
            #expect(try result(judged.record) == expected)
            #expect(try await store.verdict(judged.record.id, tenant: nil)?.decision == judged.record.decision, "what is told is what is kept")
            #expect(try await history().count == number + 1)
        }
        if hasQueueID { #expect(try await judge.judge(submission("Q0")).record.action == .accept) }
    }

    /// Who waits in a line is told so: nothing is left there that nobody knows of.
    @Test(arguments: [("put off", UnknownPolicy.decisive), ("let go", .never)])
    func whatIsHeldIsTold(name: String, unknown: UnknownPolicy) async throws {
        let (judge, _) = try judge(1, excess: .hold, unknown: unknown)
        _ = try await allowances.due(at: HoldAgent(tenant: nil, server: "mx1"), lease: 1000, limit: 1, by: .now + .seconds(9))
        #expect(try await judge.judge(submission("Q0")).record.action == .accept)
        allowances.lose(1)
        let held = try await judge.judge(submission("Q1"))
        #expect(held.record.action == .hold && String(decoding: held.answer, as: UTF8.self).contains(#""release_at":"#), "\(name)")
        #expect(try await allowances.holds(matching: HoldFilter(), before: nil, limit: 9, by: .now + .seconds(9)).map(\.queueID) == ["Q1"])
        let actions = try await history().map(\.action)
        #expect(actions.count == 2 && Set(actions) == [.hold, .accept])
    }

    /// Who sends is watched all the same.
    @Test func itIsSeen() async throws {
        let (judge, watch) = try judge(5)
        func seen() async throws -> Double? {
            try await watch.note(by: .now + .seconds(9))
            return watch.families(at: PipelineTests.now).first { $0.name.contains("observations") }?.samples.first { $0.labels.contains { $0.1 == "noted" } }?.value
        }
        _ = try await judge.judge(submission("Q0"))
        #expect(try await seen() == 1)
        allowances.lose(1)
        _ = try await judge.judge(submission("Q1"))
        #expect(try await seen() == 2)
    }

    /// Copies of messages that are made harmless are there for verdicts that stand, and for no others.
    @Test(arguments: [("refused", StoreTrouble.refused("5 subjects are counted already")), ("busy", .busy("full")), ("gone", .unavailable("gone")), ("late", .timeout)] as [(String, StoreTrouble)], [false, true])
    func noCopyIsLeft(_ row: (name: String, trouble: StoreTrouble), isBegun: Bool) async throws {
        let (name, trouble) = row
        let (judge, _) = try judge(5)
        #expect(try await judge.judge(submission("Q0", isBad: true)).record.action == .neutralise)
        allowances.fail(trouble, isBegun: isBegun)
        for _ in 0..<3 { #expect(try await judge.judge(submission("Q1", isBad: true)).record.action == .defer, "\(name)") }
        let verdicts = Set(try await history().map(\.id))
        #expect(verdicts.count == 2)
        #expect(try await kept.messages(matching: QuarantineFilter(), before: nil, limit: 9).allSatisfy { verdicts.contains($0.id) }, "\(name)")
        allowances.fail(nil)
        #expect(try await judge.judge(submission("Q1", isBad: true)).record.action == .neutralise)
        #expect(try await kept.usage(tenant: "default").messages == 2)
    }

    /// The copy of a message whose verdict stands, though its answer was lost, stays.
    @Test func theCopyStays() async throws {
        let (judge, _) = try judge(5)
        allowances.lose(1)
        let judged = try await judge.judge(submission("Q0", isBad: true))
        #expect(judged.record.action == .neutralise && judged.record.isMessageKept)
        #expect(try await kept.messages(matching: QuarantineFilter(), before: nil, limit: 9).map(\.id) == [judged.record.id])
    }

    /// Of a message that a limit puts off no copy is left, whether it comes again under the same name or another.
    @Test(arguments: [("again", ["Q1", "Q1", "Q1"]), ("under other names", ["Q1", "Q2", "Q3"]), ("without a name", [nil, nil, nil])] as [(String, [String?])])
    func whatIsPutOffIsNotKept(name: String, queueIDs: [String?]) async throws {
        let (judge, _) = try judge(1)
        #expect(try await judge.judge(submission("Q0", isBad: true)).record.action == .neutralise)
        for queueID in queueIDs { #expect(try await judge.judge(submission(queueID, isBad: true)).record.action == .defer, "\(name)") }
        #expect(try await kept.usage(tenant: "default").messages == 1, "\(name)")
    }

    /// What was kept by a step whose answer was lost is told when the step is done again.
    @Test func aStepThatIsDoneAgain() async throws {
        let (judge, watch) = try judge(1)
        for (number, action) in [(0, Action.neutralise), (1, .defer)] {
            allowances.repeatSteps(1)
            let judged = try await judge.judge(submission("Q\(number)", isBad: true))
            #expect(judged.record.action == action)
            #expect(try await store.verdict(judged.record.id, tenant: nil)?.decision == judged.record.decision)
        }
        #expect(try await kept.usage(tenant: "default").messages == 1)
        #expect(try await history().count == 2)
        try await watch.note(by: .now + .seconds(9))
        #expect(watch.families(at: PipelineTests.now).first { $0.name.contains("observations") }?.samples.first { $0.labels.contains { $0.1 == "noted" } }?.value == 2)
    }

    /// Who waits in a line and asks again while nobody can be counted is told that he waits; who has left the line is not kept back again, where nobody would let him go.
    @Test(arguments: [("put off", UnknownPolicy.decisive, Action.defer), ("let go", .never, .accept)])
    func whoWaitsGoesOnWaiting(name: String, unknown: UnknownPolicy, left: Action) async throws {
        let (judge, _) = try judge(1, excess: .hold, unknown: unknown)
        _ = try await allowances.due(at: HoldAgent(tenant: nil, server: "mx1"), lease: 1000, limit: 1, by: .now + .seconds(9))
        for (queueID, action) in [("Q0", Action.accept), ("Q1", .hold)] { #expect(try await judge.judge(submission(queueID)).record.action == action) }
        allowances.fail(.unavailable("gone"))
        #expect(try await judge.judge(submission("Q1")).record.action == .hold, "\(name)")
        let hold = try #require(try await allowances.holds(matching: HoldFilter(), before: nil, limit: 9, by: .now + .seconds(9)).first)
        #expect(try await allowances.cancel(hold.id, tenant: nil, by: .now + .seconds(9)) != nil)
        #expect(try await judge.judge(submission("Q1")).record.action == left, "\(name)")
    }
}

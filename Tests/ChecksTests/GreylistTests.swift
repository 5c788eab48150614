import BlockLists
import Checks
import Cryptography
import DNS
import Foundation
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

/// A message in the middle of the scale, from its first try to the one that passes.
@Suite struct GreylistTests {
    private let grey = MemoryGreylist(), store = MemoryVerdictStore()

    static func policy(_ change: (inout Policy) -> Void = { _ in }) -> Policy {
        var policy = PipelineTests.policy
        policy.thresholds.greylist = 4
        policy.rules["content.missing_date"] = Rule(weight: 5)
        policy.rules["greylist.deferred"] = Rule(action: .defer)
        policy.rules["greylist.early"] = Rule(action: .defer)
        policy.texts["greylist"] = "come again"
        change(&policy)
        return policy
    }

    /// The client is in order, and nothing proves who sends.
    static func unproved() -> MemoryResolver {
        let resolver = MemoryResolver()
        resolver.ptr("198.100.1.25", "mx.example.org")
        resolver.a("mx.example.org", "198.100.1.25")
        return resolver
    }

    private func judge(_ greylist: Greylist, resolver: MemoryResolver = unproved(), local: [LocalEntry] = [], policy: Policy = policy()) -> MessageJudge {
        MessageJudge(pipeline: PipelineTests.pipeline(resolver, local: local), workers: Workers(limit: 4, lineLimit: 4), store: store, policy: policy, greylist: greylist)
    }

    private func greylist(_ change: (inout Greylist.Settings) -> Void = { _ in }) -> Greylist {
        var settings = Greylist.Settings()
        change(&settings)
        return Greylist(grey, settings: settings)
    }

    /// Without a date, so in doubt; unless it has one.
    static func message(_ number: String = "1", date: Bool = false) -> [UInt8] {
        Array("From: Anna <anna@example.org>\r\nTo: b@example.net\r\n\(date ? "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n" : "")Message-ID: <\(number)@example.org>\r\nSubject: Hello\r\n\r\nHello \(number)\r\n".utf8)
    }

    static func submission(_ number: String = "1", date: Bool = false, _ change: (inout Envelope) -> Void = { _ in }) throws -> Submission {
        Submission(octets: message(number, date: date), envelope: try PipelineTests.envelope { $0.queueID = nil; change(&$0) }, receivedAt: PipelineTests.now)
    }

    private func said(_ judgement: Judgement) -> [String] { judgement.record.codes.filter { $0.hasPrefix("greylist.") } }
    private func answer(_ judgement: Judgement) throws -> [String: Any] { try #require(try JSONSerialization.jsonObject(with: Data(judgement.answer)) as? [String: Any]) }
    private func evidence(_ judgement: Judgement) throws -> [String: Any] { try #require((answer(judgement)["evidence"] as? [String: Any])?["greylist"] as? [String: Any]) }
    private func reply(_ judgement: Judgement) throws -> (code: Int?, enhanced: String?, text: String) {
        let smtp = try #require(answer(judgement)["smtp"] as? [String: Any])
        return (smtp["code"] as? Int, smtp["enhanced"] as? String, smtp["text"] as? String ?? "")
    }

    @Test func fromTheFirstTryOn() async throws {
        let greylist = greylist(), judge = judge(greylist)
        let first = try await judge.judge(Self.submission())
        #expect(first.record.action == .defer && first.record.messageClass == .unknown && said(first) == ["greylist.deferred"])
        var reply = try reply(first)
        #expect(reply.code == 451 && reply.enhanced == "4.7.1" && reply.text == "try again in 300 seconds: come again [v:\(first.record.id)]")
        #expect(try answer(first)["decided_by"] as? String == "greylist.deferred")
        #expect(try evidence(first)["result"] as? String == "deferred" && evidence(first)["client"] as? String == "network 198.100.1.0/24" && evidence(first)["wait"] as? Int == 300)
        #expect((try answer(first)["thresholds"] as? [String: Any])?["greylist"] as? Double == 4)
        grey.age(by: 100)
        let early = try await judge.judge(Self.submission())
        reply = try self.reply(early)
        #expect(early.record.action == .defer && said(early) == ["greylist.early"] && reply.text.hasPrefix("try again in 200 seconds: "), "\(reply)")
        grey.age(by: 200)
        let passed = try await judge.judge(Self.submission())
        #expect(passed.record.action == .accept && said(passed) == ["greylist.passed"] && passed.record.score == 5)
        #expect(try evidence(passed)["after"] as? Int == 300)
        let next = try await judge.judge(Self.submission("2"))
        #expect(next.record.action == .accept && said(next) == ["greylist.known"])
        // A good message is not asked about.
        let good = try await judge.judge(Self.submission("3", date: true))
        let evidenceOfGood = try answer(good)["evidence"] as? [String: Any]
        #expect(good.record.action == .accept && said(good).isEmpty && evidenceOfGood?["greylist"] == nil)
        let counted = Dictionary(uniqueKeysWithValues: greylist.families().first?.samples.map { ($0.labels.first?.value ?? "", $0.value) } ?? [])
        #expect(counted == ["deferred": 1, "early": 1, "passed": 1, "known": 1, "unknown": 0, "exempt": 0])
    }

    /// An MTA with its own name for the message hears the same under the same id, until it passes.
    @Test func underItsQueueID() async throws {
        let judge = judge(greylist()), first = try await judge.judge(Self.submission { $0.queueID = "Q" }), again = try await judge.judge(Self.submission { $0.queueID = "Q" })
        #expect(first.record.action == .defer && again.record.action == .defer && again.record.id == first.record.id && said(again) == ["greylist.early"])
        #expect(try reply(again).text.contains("\(first.record.id)"))
        grey.age(by: 300)
        let passed = try await judge.judge(Self.submission { $0.queueID = "Q" }), after = try await judge.judge(Self.submission { $0.queueID = "Q" })
        #expect(passed.record.action == .accept && passed.record.id == first.record.id && after.record.id == first.record.id && after.record.action == .accept)
        #expect(said(after) == ["greylist.passed"], "what was answered stands")
    }

    /// A provider whose domain nothing proves tries again from another network.
    @Test func fromAnotherNetwork() async throws {
        let judge = judge(greylist()), far = try #require(IPAddress("198.100.77.25"))
        #expect(try await judge.judge(Self.submission()).record.action == .defer)
        grey.age(by: 300)
        #expect(try await said(judge.judge(Self.submission("2") { $0.clientIP = far })) == ["greylist.deferred"], "another message from there")
        #expect(try await said(judge.judge(Self.submission { $0.clientIP = far })) == ["greylist.passed"])
        #expect(try await said(judge.judge(Self.submission("3") { $0.clientIP = far })) == ["greylist.known"])
    }

    @Test func whatIsTaggedIsPutOffToo() async throws {
        let judge = judge(greylist(), policy: Self.policy { $0.rules["content.missing_date"] = Rule(weight: 7) })
        let first = try await judge.judge(Self.submission())
        #expect(first.record.action == .defer && first.record.messageClass == .unknown)
        #expect(try (answer(first)["headers"] as? [String: Any]).map { "\($0)" }?.contains("X-Spam") == false)
        grey.age(by: 300)
        let passed = try await judge.judge(Self.submission())
        #expect(passed.record.action == .tag && passed.record.messageClass == .spam && said(passed) == ["greylist.passed"])
        let refused = self.judge(greylist(), policy: Self.policy { $0.rules["content.missing_date"] = Rule(weight: 15) })
        let bad = try await refused.judge(Self.submission("2"))
        #expect(bad.record.action == .reject && said(bad).isEmpty)
    }

    @Test func whoIsNeverPutOff() async throws {
        let judge = judge(greylist { $0.exemptTenants = ["quiet"] }), inside = try #require(IPAddress("10.1.2.3"))
        for (name, change, reason) in [
            ("authenticated", { $0.authUser = "anna" }, "the client authenticated"), ("outbound", { $0.direction = .outbound }, "the message goes out"),
            ("inside", { $0.clientIP = inside }, nil), ("switched off", { $0.tenant = "quiet" }, "the tenant has it switched off"),
        ] as [(String, (inout Envelope) -> Void, String?)] {
            let judgement = try await judge.judge(Self.submission { change(&$0) }), evidence = try evidence(judgement)
            #expect(judgement.record.action == .accept && said(judgement).isEmpty && judgement.record.score == 5, "\(name): \(judgement.record.codes)")
            #expect(evidence["result"] as? String == "exempt" && (reason == nil || evidence["reason"] as? String == reason), "\(name): \(evidence)")
            #expect(grey.count == 0)
        }
    }

    /// Whether the local list lets him through outright, or its finding only weighs.
    @Test(arguments: [Rule(action: .accept), Rule(weight: -0.5)])
    func whomTheLocalListLetsThrough(_ rule: Rule) async throws {
        let entry = LocalEntry(id: "1", tenant: nil, effect: .allow, subject: try #require(LocalSubject("198.100.1.25")), reason: "a partner", expires: nil)
        let judgement = try await judge(greylist(), local: [entry], policy: Self.policy { $0.rules["local.allow"] = rule }).judge(Self.submission())
        #expect(judgement.record.action == .accept && said(judgement).isEmpty && grey.count == 0)
    }

    private struct Broken: GreylistStore {
        let error: any Error
        func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer { throw error }
        func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws { throw error }
        func end(_ authors: [GreylistName], by deadline: ContinuousClock.Instant) async throws { throw error }
        func prolong(_ clients: [GreylistName], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws { throw error }
    }

    @Test(arguments: [StoreTrouble.unavailable("down"), .busy("full"), .timeout, .refused("no")])
    func whatCannotBeKnownIsNotPutOff(_ trouble: StoreTrouble) async throws {
        for whenUnknown in UnknownPolicy.allCases {
            let greylist = Greylist(Broken(error: trouble))
            let judge = judge(greylist, resolver: PipelineTests.resolver(), policy: Self.policy { $0.whenUnknown = whenUnknown; $0.rules["greylist.*"] = Rule(weight: 9, action: .defer) })
            let judgement = try await judge.judge(Self.submission())
            #expect(judgement.record.action == .accept && said(judgement) == ["greylist.unknown"] && judgement.record.score == 4.8, "\(whenUnknown)")
            #expect(judgement.record.messageClass == .legitimate)
            // Nothing that was counted is lost.
            _ = try await judge.judge(Self.submission("g", date: true))
            await #expect(throws: StoreTrouble.self) { try await greylist.write(by: .now + .seconds(1)) }
            #expect(greylist.families().first { $0.name == "postern_greylist_credits_waiting" }?.samples.first?.value == 1)
        }
        let full = try await judge(greylist { $0.terms.tenantKeys = 1 }).judge(Self.submission("a"))
        let more = try await judge(greylist { $0.terms.tenantKeys = 1 }).judge(Self.submission("b") { $0.recipients = ["c@example.net"] })
        #expect(full.record.action == .defer && more.record.action == .accept && said(more) == ["greylist.unknown"])
    }

    /// Remembers until when it was asked.
    private final class Watching: GreylistStore {
        let ends = Mutex<[ContinuousClock.Instant]>([])

        func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer {
            ends.withLock { $0.append(deadline) }
            return .first(wait: 300)
        }

        func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {}
        func end(_ authors: [GreylistName], by deadline: ContinuousClock.Instant) async throws {}
        func prolong(_ clients: [GreylistName], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {}
    }

    /// Who answers slowly for his own domain does not pass by that.
    @Test func timeThatIsUpLetsNobodyThrough() async throws {
        let watching = Watching(), begin = ContinuousClock.now
        let judge = MessageJudge(pipeline: PipelineTests.pipeline(Self.unproved()), workers: Workers(limit: 1, lineLimit: 1), store: store, policy: Self.policy(), greylist: Greylist(watching),
                                 settings: .init(patience: .zero))
        #expect(try await said(judge.judge(Self.submission())) == ["greylist.deferred"])
        let now = ContinuousClock.now, end = try #require(watching.ends.withLock { $0 }.first)
        #expect(end >= begin + .milliseconds(125) && end <= now + .milliseconds(500))
    }

    @Test(arguments: [
        ("in time", 0, 8000, 8000, 2000), ("at the deadline", 8000, 8000, 8000, 2000), ("beyond it", 9000, 8000, 8000, 1000), ("far beyond it", 20_000, 8000, 8000, 500),
        ("little time", 100, 400, 400, 500), ("some time", 100, 4000, 4000, 1000), ("much time", 100, 100_000, 100_000, 2000),
    ])
    func theTimeForItIsBounded(_ name: String, _ begin: Int, _ deadline: Int, _ whole: Int, _ time: Int) {
        let zero = ContinuousClock.now
        let end = Greylist.end(from: zero + .milliseconds(begin), after: zero + .milliseconds(deadline), of: .milliseconds(whole), patience: .seconds(2))
        #expect(end == zero + .milliseconds(begin + time), "\(name)")
    }

    /// A rule on probation says what it would do.
    @Test func onProbation() async throws {
        let judge = judge(greylist(), policy: Self.policy { for code in Policy.greylistCodes { $0.rules[code] = Rule(action: .defer, dryRun: true) } })
        let first = try await judge.judge(Self.submission())
        #expect(first.record.action == .accept && said(first) == ["greylist.deferred"])
        #expect(try reply(first).code == 250)
        grey.age(by: 300)
        #expect(try await said(judge.judge(Self.submission())) == ["greylist.passed"])
    }
}

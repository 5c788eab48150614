import BlockLists
import DNS
import Learning
import Malware
import SpamFilter
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite struct AutomaticLearnerTests {
    struct Row: Sendable {
        let name: String
        var zones: [String] = [], allows = 0, standing = AuthorEvidence.Standing.aligned
        var malware: MalwareResult? = .clean
        var unknown = false
        var wanted: Bool?
    }

    static let rows = [
        Row(name: "nothing"), Row(name: "one list", zones: ["zen.spamhaus.org"]), Row(name: "two lists of one operator", zones: ["zen.spamhaus.org", "dbl.spamhaus.org"]),
        Row(name: "two operators", zones: ["zen.spamhaus.org", "bl.spamcop.net"], wanted: true), Row(name: "infected", malware: .infected, wanted: true),
        Row(name: "trusted and infected", allows: 1, malware: .infected), Row(name: "trusted and listed by two", zones: ["a.example", "b.example2"], allows: 1),
        Row(name: "trusted", allows: 1, wanted: false), Row(name: "trusted and not scanned for", allows: 1, malware: nil, wanted: false), Row(name: "trusted, author unproved", allows: 1, standing: .unaligned),
        Row(name: "trusted and encrypted", allows: 1, malware: .encrypted), Row(name: "trusted and listed", zones: ["a.example"], allows: 1), Row(name: "trusted, a list unknown", allows: 1, unknown: true),
    ]

    private static func evidence(_ row: Row) -> Evidence {
        var evidence = Evidence(), author = AuthorEvidence(standing: row.standing)
        author.domain = "example.org"
        evidence.author = author
        func listing(_ zone: String, _ effect: ListEffect) -> BlockListing { BlockListing(zone: zone, effect: effect, subject: "192.0.2.1", kind: .client, code: "x", meaning: "x", answer: .v4(0x7f00_0002)) }
        evidence.blockLists = BlockListOutcome(listings: row.zones.map { listing($0, .block) } + (0..<row.allows).map { _ in listing("list.dnswl.org", .allow) },
                                               unknown: row.unknown ? [UnknownListing(zone: "a.example", subject: "192.0.2.1", kind: .client, reason: "x", passing: true, couldBe: [])] : [])
        evidence.malware = row.malware.map { MalwareEvidence(finds: $0 == .clean ? [] : [.init(result: $0, name: "x")], parts: 1, known: 0, signatures: nil) }
        // What the filter says is not evidence.
        evidence.spam = SpamEvidence(probability: 1)
        return evidence
    }

    @Test(arguments: rows) func evidenceTellsTheClass(_ row: Row) { #expect(ClassByEvidence.isSpam(Self.evidence(row)) == row.wanted, "\(row.name)") }

    @Test func classesAreKeptInBalance() async throws {
        for (adding, spam, ham, wanted) in [(true, 0, 0, true), (true, 199, 0, true), (true, 200, 0, false), (true, 599, 200, true), (true, 600, 200, false), (false, 600, 200, true), (false, 60, 200, false), (false, 200, 60, true)] {
            #expect(ClassByEvidence.isBalanced(adding: adding, spam: spam, ham: ham) == wanted, "\(adding) \(spam) \(ham)")
        }
        var limits = TrainingLimits()
        (limits.globalBits, limits.layerBits) = (12, 12)
        let desk = TrainingDesk(MemoryTraining(limits: limits)), learner = AutomaticLearner(desk), now = Timestamp(microseconds: 1_795_428_000_000_000)
        try await desk.start()
        var generator = SeededGenerator(4)
        let spam = (0..<210).map { _ in SamplePost.item(isSpam: true, &generator) }
        // By hand it was taught that one is none.
        _ = try await desk.learn([TrainingItem(digest: spam[0].digest, features: spam[0].features, isSpam: false, origin: .message)], in: TrainingLayer(tenant: "blue"), by: TrainingNote(by: "x", at: now))
        for item in spam { learner.take(Self.evidence(Self.rows[3]), digest: item.digest, features: item.features, tenant: "blue") }
        learner.take(Self.evidence(Self.rows[0]), digest: spam[5].digest, features: spam[5].features, tenant: "red")
        #expect(try await learner.learn(at: now) == 200)
        #expect(try await learner.learn(at: now) == 0)
        #expect(desk.learned(TrainingLayer(tenant: "blue")).map { [$0.spam, $0.ham] } == [200, 1] && desk.learned(.global).map { [$0.spam, $0.ham] } == [0, 0])
        #expect(try await desk.store.count(TrainingChoice(.source(AutomaticLearner.source))) == 200)
    }
}

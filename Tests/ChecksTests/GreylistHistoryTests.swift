import BlockLists
import Checks
import DNS
import TestStores
import TestSupport
import Testing
import Verdicts

/// Who is trusted after what he sent before, and what ends that.
@Suite struct GreylistHistoryTests {
    private let grey = MemoryGreylist(), store = MemoryVerdictStore()
    private let greylist: Greylist

    init() { greylist = Greylist(grey) }

    private func judge(_ resolver: any Resolver = PipelineTests.resolver(), policy: Policy = GreylistTests.policy()) -> MessageJudge {
        MessageJudge(pipeline: PipelineTests.pipeline(resolver), workers: Workers(limit: 4, lineLimit: 4), store: store, policy: policy, greylist: greylist)
    }

    private func write() async throws { try await greylist.write(by: .now + .seconds(5)) }
    private var waiting: Double? { greylist.families().first { $0.name == "postern_greylist_credits_waiting" }?.samples.first?.value }
    private func said(_ judgement: Judgement) -> [String] { judgement.record.codes.filter { $0.hasPrefix("greylist.") } }

    /// Two messages, and a third one a day later.
    private func earnTrust(_ judge: MessageJudge, _ name: String = "g") async throws {
        for number in 0..<2 { #expect(try await judge.judge(GreylistTests.submission("\(name)\(number)", date: true)).record.action == .accept) }
        try await write()
        grey.age(by: 86_400)
        #expect(try await judge.judge(GreylistTests.submission("\(name)2", date: true)).record.action == .accept)
        try await write()
    }

    @Test func authorsWithHistory() async throws {
        let judge = judge()
        #expect(try await judge.judge(GreylistTests.submission("g0", date: true) { $0.queueID = "Q" }).record.action == .accept)
        #expect(try await judge.judge(GreylistTests.submission("g0", date: true) { $0.queueID = "Q" }).record.action == .accept, "the same one, which counts once")
        #expect(try await judge.judge(GreylistTests.submission("g1", date: true)).record.action == .accept)
        try await write()
        grey.age(by: 86_400)
        try await write()
        #expect(try await said(judge.judge(GreylistTests.submission("w") { $0.tenant = "blue" })) == ["greylist.deferred"], "another tenant's history")
        #expect(try await judge.judge(GreylistTests.submission("g2", date: true)).record.action == .accept)
        try await write()
        #expect(try await said(judge.judge(GreylistTests.submission("y") { $0.recipients = ["other@example.net"] })) == ["greylist.known"])
        // Who only says that he is the author has none.
        #expect(try await said(self.judge(GreylistTests.unproved()).judge(GreylistTests.submission("z"))) == ["greylist.deferred"])
    }

    @Test func manyAtOnceAreNoHistory() async throws {
        let judge = judge()
        for number in 0..<20 { _ = try await judge.judge(GreylistTests.submission("g\(number)", date: true)) }
        try await write()
        #expect(try await said(judge.judge(GreylistTests.submission("x"))) == ["greylist.deferred"])
    }

    /// What a message comes to, and whether its author is trusted after it.
    @Test(arguments: [
        ("without doubt", Rule(), Thresholds(greylist: 4), Action.accept, true), ("in doubt, and taken", Rule(weight: 5), Thresholds(tag: nil, reject: nil, greylist: 4), .accept, true),
        ("marked", Rule(weight: 7), Thresholds(greylist: 4), .tag, false), ("kept back", Rule(weight: 9), Thresholds(quarantine: 8, greylist: 4), .quarantine, false),
        ("refused", Rule(weight: 20), Thresholds(greylist: 4), .reject, false), ("refused by a rule", Rule(action: .reject), Thresholds(greylist: 4), .reject, false),
        ("held", Rule(action: .hold), Thresholds(greylist: 4), .hold, false), ("put off by another rule", Rule(action: .defer), Thresholds(greylist: 4), .defer, true),
    ])
    func whatEndsAHistory(_ name: String, _ rule: Rule, _ thresholds: Thresholds, _ action: Action, _ isTrusted: Bool) async throws {
        let judge = judge()
        try await earnTrust(judge)
        let other = self.judge(policy: GreylistTests.policy { $0.rules["content.missing_date"] = rule; $0.thresholds = thresholds })
        #expect(try await other.judge(GreylistTests.submission("x")).record.action == action, "\(name)")
        try await write()
        #expect(try await said(judge.judge(GreylistTests.submission("y"))) == [isTrusted ? "greylist.known" : "greylist.deferred"], "\(name)")
        // An end counts also for the good messages about it.
        guard !isTrusted else { return }
        try await write()
        try await earnTrust(judge, "again")
        #expect(try await said(judge.judge(GreylistTests.submission("z"))) == ["greylist.known"], "\(name)")
        for (number, isGood) in [true, false, true, true, true].enumerated() {
            _ = isGood ? try await judge.judge(GreylistTests.submission("o\(number)", date: true)) : try await other.judge(GreylistTests.submission("o\(number)"))
        }
        try await write()
        grey.age(by: 86_400)
        #expect(try await said(judge.judge(GreylistTests.submission("u"))) == ["greylist.deferred"], "\(name)")
    }

    /// Who is put off has no history; nor has he once he passed.
    @Test func whoIsPutOffBeginsAnew() async throws {
        let judge = judge()
        for number in 0..<2 { _ = try await judge.judge(GreylistTests.submission("g\(number)", date: true)) }
        try await write()
        #expect(try await said(judge.judge(GreylistTests.submission("x"))) == ["greylist.deferred"])
        try await write()
        grey.age(by: 86_400)
        _ = try await judge.judge(GreylistTests.submission("g2", date: true))
        try await write()
        #expect(try await said(judge.judge(GreylistTests.submission("y"))) == ["greylist.deferred"])
    }

    /// A message that an MTA asked about before, and that was put off then, counts for what it comes to.
    @Test func underItsQueueID() async throws {
        let judge = judge()
        try await earnTrust(judge)
        let later = self.judge(policy: GreylistTests.policy { $0.rules["content.missing_date"] = Rule(action: .defer) }), marking = self.judge(policy: GreylistTests.policy { $0.rules["content.missing_date"] = Rule(weight: 7) })
        #expect(try await later.judge(GreylistTests.submission("x") { $0.queueID = "Q" }).record.action == .defer)
        #expect(try await marking.judge(GreylistTests.submission("x") { $0.queueID = "Q" }).record.action == .tag)
        try await write()
        #expect(try await said(judge.judge(GreylistTests.submission("y"))) == ["greylist.deferred"])
    }

    /// What nobody proves, what comes from our own users, and what is judged without a greylist makes no history.
    @Test func whatMakesNoHistory() async throws {
        for number in 0..<4 { _ = try await judge(GreylistTests.unproved()).judge(GreylistTests.submission("u\(number)", date: true)) }
        for number in 0..<4 { _ = try await judge().judge(GreylistTests.submission("a\(number)", date: true) { $0.authUser = "anna" }) }
        for number in 0..<4 { _ = try await judge(policy: GreylistTests.policy { $0.thresholds.greylist = nil }).judge(GreylistTests.submission("o\(number)", date: true)) }
        for number in 0..<4 { _ = try await judge(GreylistTests.unproved()).judge(GreylistTests.submission("m\(number)")) }
        #expect(waiting == 0)
    }

    /// Where anybody has a mailbox, one has the history of his own; else the domain has it.
    @Test(arguments: [("gmail.com", false), ("mail.gmail.com", false), ("example.org", true)])
    func mailboxesOfProviders(_ domain: String, _ isShared: Bool) async throws {
        let resolver = PipelineTests.resolver()
        if domain != "example.org" { resolver.txt(domain, "v=spf1 ip4:198.100.1.25 -all") }
        let judge = judge(resolver)
        func send(_ local: String, _ number: String, date: Bool = false, from: String? = nil) async throws -> [String] {
            let text = "From: \(from ?? "\(local)@\(domain)")\r\nTo: b@example.net\r\n\(date ? "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n" : "")Message-ID: <\(number)@x.example>\r\nSubject: Hello\r\n\r\nHello \(number)\r\n"
            let envelope = try PipelineTests.envelope { $0.queueID = nil; $0.mailFrom = "\(local)@\(domain)" }
            return said(try await judge.judge(Submission(octets: Array(text.utf8), envelope: envelope, receivedAt: PipelineTests.now)))
        }
        for number in 0..<3 { #expect(try await send("anna", "g\(number)", date: true).isEmpty) }
        try await write()
        grey.age(by: 86_400)
        #expect(try await send("anna", "x") == ["greylist.known"])
        #expect(try await send("ANNA", "y") == ["greylist.known"])
        #expect(try await send("bob", "z", from: "Anna <anna@\(domain)>, bob@\(domain)") == [isShared ? "greylist.known" : "greylist.deferred"], "of two nobody knows which")
        #expect(try await send("bob", "z") == [isShared ? "greylist.known" : "greylist.early"])
        try await write()
        #expect(try await send("anna", "v") == ["greylist.known"], "what others do there is not his")
    }

    /// Good mail keeps known who passed; and does not make known who did not.
    @Test func goodMailKeepsKnown() async throws {
        let judge = judge(GreylistTests.unproved())
        #expect(try await said(judge.judge(GreylistTests.submission("x"))) == ["greylist.deferred"])
        grey.age(by: 300)
        #expect(try await said(judge.judge(GreylistTests.submission("x"))) == ["greylist.passed"])
        for month in 0..<12 {
            grey.age(by: 30 * 86_400)
            #expect(try await judge.judge(GreylistTests.submission("g\(month)", date: true)).record.action == .accept)
            try await write()
        }
        #expect(try await said(judge.judge(GreylistTests.submission("y"))) == ["greylist.known"])
        // What is marked as spam does not.
        let marking = self.judge(GreylistTests.unproved(), policy: GreylistTests.policy { $0.rules["content.missing_date"] = Rule(weight: 7) })
        grey.age(by: 34 * 86_400)
        #expect(try await said(marking.judge(GreylistTests.submission("m"))) == ["greylist.known"])
        try await write()
        grey.age(by: 2 * 86_400)
        #expect(try await said(judge.judge(GreylistTests.submission("z"))) == ["greylist.deferred"])
        try await write()
        _ = try await judge.judge(GreylistTests.submission("h", date: true))
        try await write()
        #expect(try await said(judge.judge(GreylistTests.submission("z"))) == ["greylist.early"])
    }
}

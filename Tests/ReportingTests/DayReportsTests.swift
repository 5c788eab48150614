import DMARC
import DNS
import Reporting
import Synchronization
import Testing
import TestStores
import TestSupport
import Verdicts

@Suite(.longWork) struct DayReportsTests {
    @Test func oneDay() async throws {
        let bench = ReportBench()
        bench.resolver.txt("away.test._report._dmarc.vendor.test", "v=DMARC1; rua=mailto:in@vendor.test,mailto:more@vendor.test")
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test,mailto:b@home.test,mailto:A@home.test,https://home.test/x")
        try bench.judge("away.test", record: "v=DMARC1; p=reject; rua=mailto:a@vendor.test")
        try bench.judge("stranger.test", record: "v=DMARC1; p=reject; rua=mailto:a@victim.test")
        try bench.judge("bad domain.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test")
        try bench.judge("silly.test", record: "v=DMARC1; p=reject; rua=mailto:a%00b@silly.test")
        try bench.judge("quiet.test", record: "v=DMARC1; p=reject")
        // A report by who he says he is; what calls itself one beside other mail, and alone.
        try bench.judge("forged.test", record: "v=DMARC1; p=reject; rua=mailto:a@forged.test")
        for (domain, result) in [("report.test", "pass"), ("forged.test", "fail"), ("unsure.test", "temperror"), ("loop.test", "fail")] {
            try bench.judge(domain, record: "v=DMARC1; p=reject; rua=mailto:a@\(domain)") {
                $0.evidence = Array(String(decoding: $0.evidence, as: UTF8.self).replacing(#""result":"fail","domain""#, with: #""result":"\#(result)","domain""#).utf8).dropLast() + Array(#","content":{"report":true}}"#.utf8)
            }
        }
        let made = try #require(try await bench.day().makeNext())
        #expect(made.isDone && made.new == 8 && made.faults.isEmpty)
        let all = try await bench.rows(), rows = all.filter { $0.lastReply.isEmpty }
        #expect(Set(all.filter { !$0.lastReply.isEmpty }.map { "\($0.policyDomain) \($0.destination) \($0.state) \($0.lastReply)" })
            == [#"bad\032domain.test a@home.test withheld no file can be named after bad\032domain.test"#, "silly.test mailto:a%00b@silly.test withheld the address has control characters"])
        #expect(Set(rows.map { "\($0.policyDomain) \($0.destination)" }) == ["home.test a@home.test", "home.test b@home.test", "away.test in@vendor.test", "away.test more@vendor.test",
                                                                          "stranger.test a@victim.test", "forged.test a@forged.test"])
        #expect(rows.allSatisfy { $0.state == .pending && $0.end.seconds - $0.begin.seconds == 86_399 })
        #expect(Set(rows.filter { $0.policyDomain == "home.test" }.map(\.reportID)).count == 1)
        #expect(try await bench.day().makeNext() == nil, "once")
    }

    /// User pain: one sender's record with sixteen hosts that do not answer held up everybody's reports by minutes for each of his domains.
    @Test(.timeLimit(.minutes(10))) func allHostsAreAskedAtOnceAndTheSilentComeLast() async throws {
        let memory = MemoryResolver(), hosts = (0..<9).map { "h\($0).vendor\($0).test" }
        for host in hosts.dropFirst() { memory.txt("home.test._report._dmarc.\(host)", "v=DMARC1") }
        memory.fail("home.test._report._dmarc.\(hosts[0])")
        let resolver = GatheringResolver(memory, until: hosts.count), bench = ReportBench()
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=\((hosts + hosts.prefix(1)).map { "mailto:r@\($0)" }.joined(separator: ",")),mailto:x@\(hosts[1])")
        #expect(try await bench.day(resolver).makeNext()?.new == 10)
        #expect(resolver.asked == hosts.count, "each host once")
        let late = try await bench.rows().filter { $0.nextAttempt > bench.now }
        #expect(late.map(\.destination) == ["r@\(hosts[0])"] && late.map(\.nextAttempt) == [bench.now.adding(seconds: DayReportLimits().silence)])
    }

    /// User pain: a name with a control character went into the log as it was, and nothing told why it got no report.
    @Test(arguments: [#"a\u0000b.test"#, #"a\nb.test"#, #"a\u001b[2Jb.test"#, #"a\u007fb.test"#]) func aDomainWithControlCharacters(_ domain: String) async throws {
        let bench = ReportBench()
        try bench.judge(domain, record: "v=DMARC1; p=reject; rua=mailto:a@home.test")
        try bench.judge("x..\(domain)", record: "v=DMARC1; p=reject; rua=mailto:a@home.test")
        let made = try #require(try await bench.day().makeNext())
        #expect(made.isDone && made.faults.count == 1 && made.faults[0].hasPrefix("x..a?"), "\(made.faults)")
        let rows = try await bench.rows(), texts = rows.flatMap { [$0.policyDomain, $0.destination, $0.lastReply] } + made.faults
        #expect(rows.map(\.state) == [.withheld] && rows.allSatisfy { $0.lastReply.contains("no file can be named after") })
        #expect(texts.allSatisfy { $0.utf8.allSatisfy { $0 >= 32 && $0 < 127 } }, "\(texts)")
        #expect(bench.resolver.asked.isEmpty)
        #expect(try await bench.send().isEmpty)
        let row = try #require(rows.first)
        #expect(try await bench.outbox.retry(row.id, tenant: nil, at: bench.now))
        #expect(try await bench.send().map(\.word) == ["withheld"] && bench.relay.taken.isEmpty, "also where somebody wants it")
    }

    @Test func aDayAsksForSoLongOnly() async throws {
        let bench = ReportBench(), limits = { var limits = DayReportLimits(); limits.asking = .zero; return limits }()
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@vendor.test")
        #expect(try await bench.day(limits: limits).makeNext()?.new == 1)
        #expect(bench.resolver.asked.isEmpty)
        #expect(try await bench.rows().allSatisfy { $0.nextAttempt > bench.now })
    }

    @Test func eachTenantHasItsOwn() async throws {
        let bench = ReportBench()
        for tenant in ["acme", "beta"] { try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test", tenant: tenant) }
        while try await bench.day().makeNext() != nil {}
        let rows = try await bench.rows()
        #expect(Set(rows.map(\.tenant)) == ["acme", "beta"] && Set(rows.map(\.reportID)).count == 2)
    }
}

/// Answers what is asked of destinations only when all of them have been asked.
private final class GatheringResolver: Resolver {
    private struct State { var asked = 0, waiting: [CheckedContinuation<Void, Never>] = [] }

    private let memory: MemoryResolver
    private let count: Int
    private let state = Mutex(State())

    init(_ memory: MemoryResolver, until count: Int) { self.memory = memory; self.count = count }

    var asked: Int { state.withLock { $0.asked } }

    func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        guard name.text.contains("._report._dmarc.") else { return await memory.answer(name, type, by: deadline) }
        await withCheckedContinuation { continuation in
            let isLast = state.withLock { state in
                state.asked += 1
                state.waiting.append(continuation)
                return state.asked == count
            }
            if isLast { open() }
        }
        return await memory.answer(name, type, by: deadline)
    }

    private func open() {
        let all = state.withLock { state in defer { state.waiting = [] }; return state.waiting }
        for one in all { one.resume() }
    }
}

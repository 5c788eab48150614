import DNS
import Synchronization
import Testing
import TestSupport
import Unbound

/// How long answers are kept, and how many, on a clock that the test moves.
@Suite(.longWork) struct CachingResolverTests {
    /// Gives one answer to everything, takes some time for it on the test's clock, and counts.
    private final class Below: TimedResolver {
        struct State {
            var answer: TimedAnswer
            var takes = Duration.zero
            var asked = 0
            var now = ContinuousClock.now
        }

        let state: Mutex<State>

        init(_ answer: TimedAnswer) { state = Mutex(State(answer: answer)) }

        var asked: Int { state.withLock { $0.asked } }
        var statistics: QuestionStatistics { var all = QuestionStatistics(); all.questions = asked; return all }

        func pass(_ time: Duration) { state.withLock { $0.now += time } }

        func timedAnswer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> TimedAnswer {
            state.withLock { $0.asked += 1; $0.now += $0.takes; return $0.answer }
        }
    }

    private static let records = DNSAnswer.records([.address(.v4(1))], .insecure)

    private func cache(_ below: Below, _ limits: CacheLimits = CacheLimits()) -> CachingResolver {
        CachingResolver(over: below, limits: limits) { below.state.withLock { $0.now } }
    }

    @Test(arguments: [
        (row: "records, by their TTL", answer: TimedAnswer(records, ttl: 300), takes: 0, seconds: 300),
        (row: "records with TTL 0, by the floor", answer: TimedAnswer(records, ttl: 0), takes: 0, seconds: 1),
        (row: "records with a negative TTL, by the floor", answer: TimedAnswer(records, ttl: -1), takes: 0, seconds: 1),
        (row: "records for ever, by the ceiling", answer: TimedAnswer(records, ttl: 1 << 31), takes: 0, seconds: 10_800),
        (row: "no data", answer: TimedAnswer(.noData(.insecure), ttl: 60), takes: 0, seconds: 60),
        (row: "no such name, by the negative ceiling", answer: TimedAnswer(.nameError(.secure), ttl: 86_400), takes: 0, seconds: 900),
        (row: "no such name without SOA", answer: TimedAnswer(.nameError(.insecure), ttl: 0), takes: 0, seconds: 1),
        (row: "SERVFAIL", answer: TimedAnswer(.trouble(.responseCode(2)), ttl: 0), takes: 0, seconds: 2),
        (row: "SERVFAIL with a TTL that nobody may believe", answer: TimedAnswer(.trouble(.responseCode(2)), ttl: 9999), takes: 0, seconds: 2),
        (row: "bogus", answer: TimedAnswer(.trouble(.bogus("x")), ttl: 300), takes: 0, seconds: 2),
        (row: "a timeout after a long wait", answer: TimedAnswer(.trouble(.timeout), ttl: 0), takes: 8, seconds: 2),
        (row: "a timeout of a caller in a hurry", answer: TimedAnswer(.trouble(.timeout), ttl: 0), takes: 1, seconds: 0),
        (row: "trouble of our own", answer: TimedAnswer(.trouble(.local("x")), ttl: 0), takes: 8, seconds: 0),
    ])
    func isKept(row: String, answer: TimedAnswer, takes: Int, seconds: Int) async {
        let below = Below(answer)
        below.state.withLock { $0.takes = .seconds(takes) }
        let cache = cache(below)
        func ask() async { #expect(await cache.answer(name("a.example"), .a, by: .now + .seconds(9)) == answer.answer) }
        await ask()
        if seconds > 0 {
            below.pass(.seconds(seconds) - .nanoseconds(1))
            await ask()
            #expect(below.asked == 1, "kept to the last moment")
            below.pass(.nanoseconds(1))
        }
        await ask()
        #expect(below.asked == 2, "and no longer")
        #expect(cache.statistics.hits == (seconds > 0 ? 1 : 0))
        #expect(cache.statistics.misses == 2)
        #expect(cache.statistics.below.questions == 2)
    }

    @Test func nameAndTypeBothCount() async {
        let cache = cache(Below(TimedAnswer(Self.records, ttl: 300)))
        for (text, type) in [("a.example", RecordType.a), ("a.example", .aaaa), ("b.example", .a), ("a.example", .a)] {
            _ = await cache.answer(name(text), type, by: .now + .seconds(9))
        }
        #expect(cache.statistics.entries == 3)
        #expect(cache.statistics.hits == 1)
    }

    @Test func neverHoldsMoreThanItsEntries() async {
        var limits = CacheLimits()
        limits.entries = 64
        limits.shards = 4
        let cache = cache(Below(TimedAnswer(Self.records, ttl: 300)), limits)
        for number in 0..<1000 { _ = await cache.answer(name("n\(number).example"), .a, by: .now + .seconds(9)) }
        #expect(cache.statistics.entries == 64)
        #expect(cache.statistics.evictions == 1000 - 64)
    }

    @Test func whatIsAskedForStays() async {
        var limits = CacheLimits()
        limits.entries = 100
        limits.shards = 1
        let below = Below(TimedAnswer(Self.records, ttl: 300)), cache = cache(below, limits)
        func ask(_ text: String) async { _ = await cache.answer(name(text), .a, by: .now + .seconds(9)) }
        for number in 0..<50 { await ask("hot\(number).example"); await ask("hot\(number).example") }
        // A flood of names that nobody asks for twice, while the others are asked for again.
        for number in 0..<2000 { await ask("cold\(number).example"); await ask("hot\(number % 50).example") }
        #expect(below.asked == 50 + 2000, "no hot name was asked for again below")
        #expect(cache.statistics.entries == 100)
    }

    @Test func expiredAnswersMakeRoomFirst() async {
        var limits = CacheLimits()
        limits.entries = 10
        limits.shards = 1
        let below = Below(TimedAnswer(Self.records, ttl: 10)), cache = cache(below, limits)
        for number in 0..<10 { _ = await cache.answer(name("old\(number).example"), .a, by: .now + .seconds(9)) }
        below.pass(.seconds(11))
        for number in 0..<10 { _ = await cache.answer(name("new\(number).example"), .a, by: .now + .seconds(9)) }
        #expect(cache.statistics.evictions == 0)
        #expect(cache.statistics.entries == 10)
    }

    @Test func neverHoldsMoreThanItsOctets() async {
        var limits = CacheLimits()
        limits.octets = 1 << 20
        limits.shards = 1
        let below = Below(TimedAnswer(.records([.text(Array(repeating: 65, count: 60_000))], .insecure), ttl: 300)), cache = cache(below, limits)
        for number in 0..<100 { _ = await cache.answer(name("n\(number).example"), .txt, by: .now + .seconds(9)) }
        #expect(cache.statistics.octets <= 1 << 20)
        #expect(cache.statistics.entries == 17)
        below.state.withLock { $0.answer = TimedAnswer(.records([.text(Array(repeating: 65, count: 200_000))], .insecure), ttl: 300) }
        for _ in 0..<2 { _ = await cache.answer(name("huge.example"), .txt, by: .now + .seconds(9)) }
        #expect(below.asked == 102, "one answer may not push out all the others")
    }

    @Test func manyCallersAtOnce() async {
        var limits = CacheLimits()
        limits.entries = 200
        let cache = cache(Below(TimedAnswer(Self.records, ttl: 300)), limits)
        await withTaskGroup(of: Int.self) { group in
            for caller in 0..<8 {
                group.addTask {
                    var right = 0
                    for number in 0..<5000 where await cache.answer(name("n\((number &* 31 &+ caller) % 400).example"), .a, by: .now + .seconds(9)) == Self.records { right += 1 }
                    return right
                }
            }
            #expect(await group.reduce(0, +) == 40_000)
        }
        #expect(cache.statistics.hits + cache.statistics.misses == 40_000)
        #expect(cache.statistics.entries <= 200)
    }

    /// The times that libunbound gives: of the record, of the CNAME before it, and of the SOA.
    @Test func timesComeFromTheZone() async throws {
        let server = try await TestNameServer.nsd(zones: [".": """
            . 3600 IN SOA ns. hostmaster. 1 3600 600 86400 77
            . 300 IN NS ns.
            ns. 300 IN A 127.0.0.1
            a.example. 300 IN A 192.0.2.1
            short.example. 20 IN CNAME a.example.
            zero.example. 0 IN A 192.0.2.1

            """])
        let resolver = try UnboundResolver(settings: .local(server.port))
        for (text, type, ttl) in [("a.example", RecordType.a, 300), ("short.example", .a, 20), ("zero.example", .a, 0), ("none.example", .a, 77), ("a.example", .txt, 77)] {
            let found = await resolver.timedAnswer(name(text), type, by: .now + .seconds(20)).ttl
            // A second may pass on a busy machine.
            #expect(found <= ttl && found >= ttl - 10, "\(text) \(type): \(found)")
        }
    }
}

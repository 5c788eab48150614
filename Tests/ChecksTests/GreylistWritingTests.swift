import Checks
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

/// What waits to be written is written once, whatever becomes of other portions.
@Suite struct GreylistWritingTests {
    /// Takes what it is given, but for calls of certain numbers.
    private final class Counting: GreylistStore {
        private struct State { var calls = 0, failing: Set<Int> = [], messages: [GreylistName: Int] = [:], ended: [GreylistName: Int] = [:], clients: [GreylistName: Int] = [:] }
        private let state = Mutex(State())

        func fail(_ calls: Set<Int>) { state.withLock { $0.failing = calls; $0.calls = 0 } }
        var messages: [GreylistName: Int] { state.withLock { $0.messages } }
        var ended: [GreylistName: Int] { state.withLock { $0.ended } }
        var clients: [GreylistName: Int] { state.withLock { $0.clients } }

        private func take(_ count: Int, _ change: (inout State) -> Void) throws {
            try state.withLock { state in
                defer { state.calls += 1 }
                #expect((1...GreylistTerms.writtenAtOnce).contains(count))
                if state.failing.contains(state.calls) { throw StoreTrouble.unavailable("gone") }
                change(&state)
            }
        }

        func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer { .known }
        func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {
            try take(credits.count) { state in for credit in credits { state.messages[credit.author, default: 0] += credit.messages } }
        }
        func end(_ authors: [GreylistName], by deadline: ContinuousClock.Instant) async throws { try take(authors.count) { state in for name in authors { state.ended[name, default: 0] += 1 } } }
        func prolong(_ clients: [GreylistName], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {
            try take(clients.count) { state in for name in clients { state.clients[name, default: 0] += 1 } }
        }
    }

    @Test(arguments: [[], [0], [1], [0, 2], [0, 1, 2, 3, 4, 5, 6, 7], [3, 4, 7]] as [Set<Int>])
    func eachOnce(_ failing: Set<Int>) async throws {
        let store = Counting(), greylist = Greylist(store), verdicts = MemoryVerdictStore(), domains = 1200
        let resolver = PipelineTests.resolver()
        for number in 0..<domains { resolver.txt("d\(number).example", "v=spf1 ip4:198.100.1.25 -all") }
        let judge = MessageJudge(pipeline: PipelineTests.pipeline(resolver), workers: Workers(limit: 4, lineLimit: 4), store: verdicts, policy: GreylistTests.policy { $0.rules["content.missing_date"] = Rule(action: .reject) }, greylist: greylist)
        func send(_ number: Int, _ times: Int, date: Bool) async throws {
            for time in 0..<times {
                let text = "From: a@d\(number).example\r\nTo: b@example.net\r\n\(date ? "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n" : "")Message-ID: <\(time).\(date)@d\(number).example>\r\nSubject: Hello\r\n\r\nHello\r\n"
                let envelope = try PipelineTests.envelope { $0.queueID = nil; $0.mailFrom = "a@d\(number).example" }
                let judged = try await judge.judge(Submission(octets: Array(text.utf8), envelope: envelope, receivedAt: PipelineTests.now))
                #expect(judged.record.action == (date ? .accept : .reject))
            }
        }
        for number in 0..<domains { try await send(number, number % 4 == 0 ? 1 : 2, date: number >= 10) }
        store.fail(failing)
        if failing.isEmpty { try await greylist.write(by: .now + .seconds(5)) } else { await #expect(throws: StoreTrouble.self) { try await greylist.write(by: .now + .seconds(5)) } }
        // One that is counted again meanwhile, and one whose end is not written yet.
        try await send(11, 1, date: true)
        if failing.contains(0) { try await send(5, 1, date: true) }
        store.fail([])
        try await greylist.write(by: .now + .seconds(5))
        #expect(store.messages.count == domains - 10 && store.messages.values.reduce(0, +) == (10..<domains).reduce(0) { $0 + ($1 % 4 == 0 ? 1 : 2) } + 1)
        #expect(store.ended.count == 10 && store.ended.values.allSatisfy { $0 == 1 })
        #expect(store.clients.count == domains - 10 + (failing.contains(0) ? 1 : 0))
        #expect(store.clients.values.reduce(0, +) <= store.clients.count + 1)
        try await greylist.write(by: .now + .seconds(5))
        #expect(greylist.families().first { $0.name == "postern_greylist_credits_waiting" }?.samples.first?.value == 0)
    }
}

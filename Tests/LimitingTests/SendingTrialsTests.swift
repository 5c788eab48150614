import DNS
import Limiting
import RateLimits
import Synchronization
import TestStores
import Testing
import Verdicts

/// How far a trial looks, and what it says where that is not all.
@Suite struct SendingTrialsTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)

    /// A history of one message a second, each of another account, that answers questions until it is told to do otherwise.
    private final class Seconds: SendingHistory {
        let messages: Int
        let asked = Mutex<[(since: Timestamp, until: Timestamp, limit: Int)]>([])
        let names = Mutex<[[String]?]>([])
        let trouble: @Sendable (Int) throws -> Void

        init(_ messages: Int, trouble: @escaping @Sendable (Int) throws -> Void = { _ in }) { self.messages = messages; self.trouble = trouble }

        /// Each account in two spellings; more than there may be where 30 are asked for.
        func accounts(of tenant: String, since: Timestamp, until: Timestamp, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [String]? {
            limit == 30 ? nil : (0..<messages).flatMap { ["user\($0)@example.org", "User\($0)@Example.org"] } + ["other"]
        }

        func sent(by tenant: String, since: Timestamp, until: Timestamp, accounts: [String]?, after: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [SentMessage] {
            try trouble(asked.withLock { $0.append((since, until, limit)); return $0.count })
            let first = max(after.map { Int($0.low) + 1 } ?? 0, (since.milliseconds - start.milliseconds) / 1000), end = min(messages, (until.milliseconds - start.milliseconds + 999) / 1000)
            names.withLock { $0.append(accounts) }
            return (first..<max(first, end)).prefix(limit).map { number in
                var party = SendingParty(clientIP: .v4(0xc000_0201))
                party.authUser = "user\(number)@example.org"
                let time = start.adding(seconds: number)
                return SentMessage(id: VerdictID(high: VerdictID.lowest(at: time).high, low: UInt64(number)), receivedAt: time, amounts: Amounts(recipients: 1, octets: 1), party: party, isPutOff: false, digest: [], recipients: 0)
            }
        }
    }

    private func ask(_ history: any SendingHistory, _ scope: LimitScope = .client, seconds: Int = 7200, _ adjust: (inout SendingTrialLimits) -> Void = { _ in }) async throws -> SendingTrialReport {
        var limits = SendingTrialLimits()
        limits.patience = .seconds(600)
        adjust(&limits)
        let question = SendingTrials.Question(tenant: "t", scope: scope, subject: nil, limits: [try RateLimit(text: "messages:1000/1h")], since: Self.start, until: Self.start.adding(seconds: seconds))
        return try await SendingTrials(history, MemoryLimits(), LimitHierarchy(), limits: limits).answer(question)
    }

    @Test func allPagesOfAllStretches() async throws {
        let history = Seconds(7000), report = try await ask(history) { ($0.page, $0.stretch) = (500, 1800) }
        #expect(report.trial.total.messages == 7000 && report.stoppedBy == nil && report.lookedUntil == Self.start.adding(seconds: 7200) && report.trial.subjects == 1)
        #expect(report.trial.total.putOff == 6000 && report.examples.count == 20 && report.examples.first?.receivedAt == Self.start.adding(seconds: 1000))
        #expect(report.warmUpFrom == Self.start.adding(seconds: -3600))
        #expect(history.asked.withLock { $0.allSatisfy { $0.limit == 500 && $0.until <= $0.since.adding(seconds: 1800) } })
    }

    @Test func atMostSoManyMessages() async throws {
        let report = try await ask(Seconds(7000)) { ($0.messages, $0.page) = (1234, 100) }
        #expect(report.stoppedBy == .messages && report.trial.total.messages == 1234 && report.lookedUntil == Self.start.adding(seconds: 1233))
    }

    @Test func atMostSoManySubjects() async throws {
        let report = try await ask(Seconds(7000), .mailbox) { ($0.states, $0.page) = (300, 100) }
        #expect(report.stoppedBy == .subjects && report.trial.total.messages == 300 && report.trial.subjects == 300 && report.lookedUntil == Self.start.adding(seconds: 299))
    }

    @Test func atMostSoLong() async throws {
        let late = Seconds(7000) { if $0 > 3 { throw StoreTrouble.timeout } }
        await #expect(throws: StoreTrouble.timeout, "there was time left") { try await ask(late) { $0.page = 100 } }
        let none = try await ask(Seconds(7000)) { $0.patience = .zero }
        #expect(none.stoppedBy == .time && none.trial.total.messages == 0 && none.lookedUntil == none.warmUpFrom)
    }

    /// Of one account nothing else is read, but where others may count for it, or there are too many to find it.
    @Test(arguments: [("mailbox/user7@example.org", nil as String?, 10_000, ["user7@example.org", "User7@Example.org"] as [String]?), ("mailbox/nobody@example.org", nil, 10_000, []), ("mailbox/user7@example.org", "site/shop", 10_000, nil),
                      ("mailbox/user7@example.org", nil, 30, nil), ("mailbox/<user7@example.org>", nil, 10_000, nil), ("domain/example.org", nil, 10_000, nil)])
    func oneAccountAlone(_ path: String, _ below: String?, _ most: Int, _ names: [String]?) async throws {
        let history = Seconds(20), definitions = MemoryLimits(), subject = try LimitSubject(path: path)
        if let below { _ = try await definitions.define(TenantSubject(tenant: "t", LimitSubject(path: below)), LimitDefinition(parent: subject)) }
        var limits = SendingTrialLimits()
        limits.accounts = most
        let question = SendingTrials.Question(tenant: "t", scope: subject.scope, subject: subject, limits: [try RateLimit(text: "messages:1/1h")], since: Self.start, until: Self.start.adding(seconds: 60))
        let report = try await SendingTrials(history, definitions, LimitHierarchy(), limits: limits).answer(question)
        #expect(history.names.withLock { asked in !asked.isEmpty && asked.allSatisfy { $0 == names } })
        #expect(report.stoppedBy == nil && report.lookedUntil == question.until)
    }

    @Test func troubleIsTold() async throws {
        let broken = Seconds(10) { _ in throw StoreTrouble.unavailable("x") }
        await #expect(throws: StoreTrouble.unavailable("x")) { try await ask(broken) }
    }

    /// A second one is turned away while the first is under way, and none after it.
    @Test func oneAtATime() async throws {
        let (waiting, sink) = AsyncStream.makeStream(of: Void.self), gate = Gate { sink.yield() }
        let trials = SendingTrials(gate, MemoryLimits(), LimitHierarchy())
        let question = SendingTrials.Question(tenant: "t", scope: .client, subject: nil, limits: [try RateLimit(text: "messages:1/1h")], since: Self.start, until: Self.start.adding(seconds: 60))
        async let first = trials.answer(question).stoppedBy
        for await _ in waiting { break }
        await #expect(throws: TrialUnderWay.self) { try await trials.answer(question) }
        gate.open()
        #expect(try await first == nil)
        #expect(try await trials.answer(question).trial.total.messages == 0)
    }

    /// A history whose first question waits until it is opened.
    private final class Gate: SendingHistory {
        private let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)
        private let isOpen = Mutex(false)
        private let asked: @Sendable () -> Void

        init(_ asked: @escaping @Sendable () -> Void) { self.asked = asked }

        func sent(by tenant: String, since: Timestamp, until: Timestamp, accounts: [String]?, after: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [SentMessage] {
            if isOpen.withLock({ $0 }) { return [] }
            await withCheckedContinuation { continuation in
                waiting.withLock { $0 = continuation }
                asked()
            }
            return []
        }

        func accounts(of tenant: String, since: Timestamp, until: Timestamp, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [String]? { nil }

        func open() {
            isOpen.withLock { $0 = true }
            let continuation = waiting.withLock { waiting in defer { waiting = nil }; return waiting }
            continuation?.resume()
        }
    }
}

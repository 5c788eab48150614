import Cryptography
import Foundation
import Limiting
import Postgres
import RateLimits
import Storage
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

/// Four nodes count at once what anybody sends: what the database has then is held against the limits, moment by moment.
@Suite(.longWork) struct AllowanceExactnessTests {
    /// Nodes lose their connections at random, which is what the database sees of one that is killed.
    @Test func nodesThatAreKilled() async throws {
        try await withDatabase { _, settings in
            let trial = try await Trial(settings, messages: 200_000, seed: 1)
            try await trial.run { messages in
                if messages % 5000 == 0 { _ = try? await trial.pool.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%allowances%' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1", by: soon) }
            }
            try await trial.check()
            await trial.close()
        }
    }

    /// The server is killed in the middle. What was counted is counted after it, and has its verdict; what was not, may come again and is counted once.
    @Test func aServerThatIsKilled() async throws {
        try await withDatabase { cluster, settings in
            let trial = try await Trial(settings, messages: 12_000, seed: 2, verdictOf: 1, isKilled: true), kills = Mutex(0)
            try await trial.run { messages in
                if messages % 500 == 0 { await trial.checkCounts() }
                guard messages == 4000 || messages == 8000, let server = await cluster.processID else { return }
                kill(server, SIGKILL)
                kills.withLock { $0 += 1 }
                await trial.checkCounts()
            }
            #expect(kills.withLock { $0 } == 2)
            try await trial.check()
            await trial.close()
        }
    }
}

/// Many that send more than they may.
private final class Trial: Sendable {
    struct Refusal: Sendable { let subject: LimitSubject, obstacle: Obstacle }

    let pool: PostgresPool
    private let stores: [PostgresAllowances]
    /// Of one message in so many the verdict is kept with the count, as the service does of each.
    private let verdictOf: Int
    /// Whether the server is.
    private let isKilled: Bool
    private let families: [[LimitedSubject]]
    private let messages: Int
    private let seed: UInt64
    private let answers = Mutex((passed: [Int](), refusals: [Refusal](), told: [Int: Action](), sent: 0))

    /// How often the counts were held against the verdicts.
    private let looks = Mutex(0)

    private static let callers = 64

    init(_ settings: PostgresSettings, messages: Int, seed: UInt64, verdictOf: Int = 10, isKilled: Bool = false) async throws {
        pool = PostgresPool(settings, size: 2)
        let pool = pool
        stores = (0..<4).map { _ in PostgresAllowances(settings, pool: pool) }
        self.verdictOf = verdictOf
        self.isKilled = isKilled
        self.messages = messages
        self.seed = seed
        var random = SeededGenerator(seed)
        func limits(_ most: Int) throws -> [RateLimit] {
            try zip(["1s", "3s", "10s"], [1, 2, 4]).map { window, times in try RateLimit(counts: window == "3s" ? .messages : .recipients, most: most * times, window: #require(LimitWindow(window))) }
        }
        let server = LimitedSubject(try LimitSubject(.server, "mx"), try limits(9000))
        let customers = try (0..<3).map { LimitedSubject(try LimitSubject(.customer, "c\($0)"), try limits(Int.random(in: 1500...4000, using: &random))) }
        families = try (0..<60).map { number in
            let domain = number / 5
            return [server, customers[domain % 3], LimitedSubject(try LimitSubject(.domain, "d\(domain).example"), try limits(300 + domain * 100)), LimitedSubject(try LimitSubject(.mailbox, "u\(number)@d\(domain).example"), try limits(20 + number * 10))]
        }
    }

    func close() async {
        for store in stores { await store.close() }
        await pool.close()
    }

    /// The same for a number, whoever asks: how many recipients, and who sends.
    private func message(_ number: Int) -> (recipients: Int, family: [LimitedSubject], name: [UInt8]) {
        var random = SeededGenerator(seed &* 1_000_003 &+ UInt64(number))
        return (Int.random(in: 1...8, using: &random), families[Int.random(in: families.indices, using: &random)], SHA256.digest(Array("\(seed) \(number)".utf8)))
    }

    /// Sends all messages, one in twenty at the same moment by two nodes.
    /// - Parameter at: called with the number of messages that were sent.
    func run(_ at: @escaping @Sendable (Int) async -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<Self.callers {
                group.addTask { [self] in
                    for number in stride(from: caller, to: messages, by: Self.callers) {
                        if number % 20 == 0 {
                            async let other: Void = send(number, by: number / 20 + 1)
                            try await send(number, by: number / 20)
                            try await other
                        } else { try await send(number, by: number) }
                        await at(answers.withLock { $0.sent += 1; return $0.sent })
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Asks until there is an answer, as an MTA does: any node may have it.
    private func send(_ number: Int, by node: Int) async throws {
        let (recipients, family, name) = message(number), id = VerdictID(at: .present), verdict = number % verdictOf == 0 ? CountedVerdict(id: id) { Self.verdict(number, id, name, $0) } : nil
        let counted = CountedMessage(tenant: "t", name: name, amounts: Amounts(recipients: recipients, octets: 1), subjects: family, verdict: verdict)
        for attempt in 0... {
            do {
                let counting = try await stores[(node + attempt) % 4].count(counted, by: soon)
                if verdict != nil, counting.earlier == nil || counting.earlier?.id == id { answers.withLock { $0.told[number] = counting.earlier?.action ?? Self.verdict(number, id, name, counting.admission).action } }
                switch counting.admission {
                case .exceeded(let subject, let obstacle): answers.withLock { $0.refusals.append(Refusal(subject: subject, obstacle: obstacle)) }
                case .held, .heldBefore: Issue.record("nothing may wait")
                // Its own verdict, of a step whose answer was lost, may put it off.
                case .counted, .countedBefore: if counting.earlier?.id != id || counting.earlier?.action == .accept { answers.withLock { $0.passed.append(number) } }
                }
                return
            } catch is StoreTrouble where attempt < 6000 { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    private static func verdict(_ number: Int, _ id: VerdictID, _ name: [UInt8], _ admission: Admission) -> VerdictRecord {
        var record = VerdictRecord.sample(tenant: "t", at: id.time, queueID: "\(number)")
        record.id = id
        record.digest = name
        record.action = if case .exceeded = admission { .defer } else { .accept }
        return record
    }

    /// Never more than a limit in any window, never a refusal where there was room, each message once.
    func check() async throws {
        let (passed, refusals, told, _) = answers.withLock { $0 }
        var times: [[UInt8]: Int] = [:]
        for row in try await pool.execute("SELECT name, round(extract(epoch FROM counted_at) * 1000)::bigint FROM counted_messages", by: soon) {
            times[try #require(row.bytea(0))] = row.integer(1)
        }
        var sent: [LimitSubject: [(at: Int, amounts: Amounts)]] = [:], limits: [LimitSubject: [RateLimit]] = [:], counted = 0
        for number in 0..<messages {
            let (recipients, family, name) = message(number)
            for each in family { limits[each.subject] = each.limits }
            guard let at = times[name] else { continue }
            counted += 1
            for each in family { sent[each.subject, default: []].append((at, Amounts(recipients: recipients, octets: 1))) }
        }
        #expect(counted == times.count)
        #expect(Set(passed).allSatisfy { times[message($0).name] != nil }, "whoever was let through is counted")
        // One in twenty was sent twice.
        #expect(counted > 1000 && refusals.count > messages / 50, "\(counted) \(refusals.count)")
        for (subject, all) in sent {
            for limit in limits[subject] ?? [] {
                let greatest = SentAmounts(all.map { (at: $0.at, amount: $0.amounts[limit.counts]) }).greatest(in: limit.window.seconds * 1000)
                #expect(greatest <= limit.most, "\(subject) \(limit.window)")
            }
        }
        // What was written and not yet durable is lost with the server.
        if isKilled { #expect(looks.withLock { $0 } > 10) } else { try checkRefusals(refusals, sent) }
        try await checkVerdicts(Set(times.keys), told)
        let usage = try await pool.execute("SELECT count(*), (SELECT subjects FROM limited_tenants WHERE tenant_id = 't') FROM allowances", by: soon).first
        #expect(usage?.integer(0) == sent.count && usage?.integer(1) == sent.count)
    }

    /// At any moment, as one statement sees it: no count without its verdict. Where the server is away nothing is seen.
    func checkCounts() async {
        let alone = try? await pool.execute("SELECT count(*) FROM counted_messages m WHERE NOT EXISTS (SELECT FROM verdicts v WHERE v.digest = m.name)", by: soon).first?.integer(0)
        if let alone { looks.withLock { $0 += 1 }; #expect(alone == 0) }
    }

    /// No count without its verdict, and no verdict that lets a message go without its count.
    /// - Parameter told: what those were told whose verdict stands.
    private func checkVerdicts(_ counted: Set<[UInt8]>, _ told: [Int: Action]) async throws {
        var actions: [Int: String] = [:]
        for row in try await pool.execute("SELECT queue_id, action FROM verdicts", by: soon) { #expect(actions.updateValue(row.text(1) ?? "", forKey: try #require(row.text(0).flatMap { Int($0) })) == nil) }
        let wanted = (0..<messages).filter { $0 % verdictOf == 0 }
        #expect(actions.count == wanted.count && wanted.allSatisfy { actions[$0] != nil })
        #expect(told.filter { actions[$0.key] != $0.value.rawValue }.isEmpty, "what is told is what is kept")
        #expect(actions.allSatisfy { $0.value == "defer" || counted.contains(message($0.key).name) }, "what may go is counted")
    }

    private func checkRefusals(_ refusals: [Refusal], _ sent: [LimitSubject: [(at: Int, amounts: Amounts)]]) throws {
        struct Line: Hashable { let subject: LimitSubject, counts: RateLimit.Quantity }
        var lines: [Line: SentAmounts] = [:]
        for (subject, all) in sent {
            for counts in RateLimit.Quantity.allCases { lines[Line(subject: subject, counts: counts)] = SentAmounts(all.map { (at: $0.at, amount: $0.amounts[counts]) }) }
        }
        let unfounded = refusals.filter { refusal in
            let limit = refusal.obstacle.limit, at = refusal.obstacle.at
            let from = at - limit.window.seconds * 1000 * (AllowanceState.toldApart + 1) / AllowanceState.toldApart - 2
            let used = lines[Line(subject: refusal.subject, counts: limit.counts)]?.sum(after: from, until: at) ?? 0
            return used + refusal.obstacle.amount <= limit.most
        }
        #expect(unfounded.isEmpty, "\(unfounded.count) refusals where there was room: \(unfounded.prefix(3))")
    }
}

import Cryptography
import Foundation
import Glibc
import Limiting
import Postgres
import RateLimits
import Storage
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

/// As many subjects as a tenant may have by default. Prints what they take; POSTERN_MEASURE=1 runs it.
@Suite(.longWork, .enabled(if: ProcessInfo.processInfo.environment["POSTERN_MEASURE"] != nil, "SKIPPED: a million subjects take minutes; POSTERN_MEASURE=1 runs it"))
struct MillionSubjectsTests {
    @Test func aMillionSubjects() async throws {
        try await withDatabase { _, settings in
            let trial = try await ManySubjects(settings)
            print("a state of two windows has at most \(try trial.fullState()) octets")
            var sizes: [ManySubjects.Size] = []
            for lot in ["first", "second", "third"] {
                for round in 0...1 {
                    try await trial.fill(lot, round: round)
                    try await trial.pass(60_000)
                }
                sizes.append(try await trial.size("a million subjects that sent two messages"))
                try await trial.checkNoRoom(lot)
                try await trial.sweep()
                try await trial.vacuum()
                _ = try await trial.size("none, after VACUUM")
            }
            let last = try #require(sizes.last)
            #expect(last.table <= sizes[1].table * 11 / 10 && last.index <= sizes[1].index * 11 / 10, "what was removed is used again: \(sizes)")
            await trial.close()
        }
    }
}

/// A tenant with a million mailboxes, each with the two limits that are shipped.
private final class ManySubjects: Sendable {
    struct Size { let table: Int, index: Int }

    private static let subjects = AllowanceLimits().subjects
    /// Of each message.
    private static let atOnce = LimitHierarchy.subjectLimit
    private static let callers = 256

    /// Those that are shipped.
    private static var limits: [RateLimit] {
        get throws { try zip([300, 2000], ["1h", "1d"]).map { try RateLimit(counts: .recipients, most: $0, window: #require(LimitWindow($1))) } }
    }

    private let pool: PostgresPool
    private let store: PostgresAllowances
    private let limits: SendingLimits
    private let clock: SimulatedClock
    private let isSwept = Mutex(false)

    init(_ settings: PostgresSettings) async throws {
        pool = PostgresPool(settings, size: 4)
        clock = try await SimulatedClock(pool)
        // Names of messages are removed by the database's own clock.
        try await clock.pass(-10 * 86_400_000)
        store = PostgresAllowances(settings.plannedOnce, pool: pool, clock: SimulatedClock.expression)
        limits = SendingLimits(store, PostgresLimits(reading: pool, pool), LimitHierarchy(defaults: [.mailbox: try Self.limits]))
        // How many rows each transaction takes away.
        _ = try await pool.lend(by: soon) { connection in
            try await connection.script("""
                CREATE TABLE removals (number bigint);
                CREATE FUNCTION note_removal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO removals VALUES (OLD.subjects - NEW.subjects); RETURN NULL; END';
                CREATE TRIGGER note_removal AFTER UPDATE ON limited_tenants FOR EACH ROW WHEN (OLD.subjects > NEW.subjects) EXECUTE FUNCTION note_removal();
                """, by: soon)
        }
    }

    func close() async {
        await store.close()
        await pool.close()
    }

    func pass(_ milliseconds: Int) async throws { try await clock.pass(milliseconds) }

    private func mailbox(_ lot: String, _ number: Int) throws -> LimitSubject { try LimitSubject(.mailbox, "\(lot)\(number)@domain\(number % 20_000).example") }

    private func message(_ name: String, _ subjects: [LimitSubject], tenant: String = "t") -> SendingLimits.Message {
        SendingLimits.Message(tenant: tenant, name: SHA256.digest(name.utf8), subjects: subjects, amounts: Amounts(recipients: 1, octets: 5000))
    }

    /// A message of each subject, many subjects a message.
    func fill(_ lot: String, round: Int) async throws {
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<Self.callers {
                group.addTask { [self] in
                    for first in stride(from: caller * Self.atOnce, to: Self.subjects, by: Self.callers * Self.atOnce) {
                        if first == Self.subjects / 10 / Self.atOnce * Self.atOnce { print("\(lot), after a tenth: \(try Self.memory)") }
                        let names = try (first..<min(first + Self.atOnce, Self.subjects)).map { try mailbox(lot, $0) }
                        let evidence = await limits.count(message("\(lot) \(first) \(round)", names), at: .present, by: soon).evidence
                        guard evidence.result == .counted else { throw StoreTrouble.refused("\(evidence)") }
                    }
                }
            }
            try await group.waitForAll()
        }
        print("\(lot), message \(round + 1) of each: \(begin.duration(to: .now)), \(try Self.memory)")
    }

    /// One more is not counted, as documented; those that are there go on, and so does another tenant.
    func checkNoRoom(_ lot: String) async throws {
        let more = await limits.count(message("one more", [try mailbox("more", 0)]), at: .present, by: soon).evidence
        #expect(more.result == .unknown && more.reason?.contains("\(Self.subjects) subjects of the tenant are counted already, and mailbox/more0@domain0.example would be one more") == true, "\(more)")
        #expect(await limits.count(message("there \(lot)", [try mailbox(lot, 7)]), at: .present, by: soon).evidence.result == .counted)
        #expect(await limits.count(message("one more of \(lot)", [try mailbox("more", 0)], tenant: "u"), at: .present, by: soon).evidence.result == .counted)
        let row = try await pool.execute("SELECT (SELECT count(*) FROM allowances WHERE tenant_id = 't'), (SELECT subjects FROM limited_tenants WHERE tenant_id = 't')", by: soon).first
        #expect(row?.integer(0) == Self.subjects && row?.integer(1) == Self.subjects)
    }

    /// The most that a subject's state takes: one that sends all day.
    func fullState() throws -> Int {
        let limits = try Self.limits
        var state = AllowanceState(startingAt: 1_800_000_000_000)
        for number in 0..<20_000 {
            let now = 1_800_000_000_000 + number * 7000
            state.advance(to: now, for: limits)
            _ = state.book(Amounts(recipients: 1, octets: 5000), limits, at: now)
        }
        return state.octets.count
    }

    /// After their windows all are removed, a bounded number at a time, while others of the tenant go on sending.
    func sweep() async throws {
        try await clock.pass(86_400_000 + 2)
        isSwept.withLock { $0 = false }
        let begin = ContinuousClock.now
        let (gone, waits) = try await withThrowingTaskGroup(of: [Duration].self) { group in
            group.addTask { [self] in
                var waits: [Duration] = []
                while !isSwept.withLock({ $0 }) {
                    let asked = ContinuousClock.now
                    // There is no room until the first are gone.
                    let evidence = await limits.count(message("meanwhile \(asked)", [try mailbox("meanwhile", waits.count)]), at: .present, by: soon).evidence
                    if evidence.result == .counted { waits.append(asked.duration(to: .now)) }
                }
                return waits
            }
            let gone = try await store.removeOld(by: soon)
            isSwept.withLock { $0 = true }
            return (gone, try await group.next() ?? [])
        }
        print("removed \(gone.subjects) subjects and \(gone.messages) names of messages: \(begin.duration(to: .now)); meanwhile \(waits.count) new subjects were counted, each within \(waits.max() ?? .zero)")
        let removals = try await pool.execute("SELECT max(number), sum(number)::bigint FROM removals", by: soon).first, left = try await pool.execute("SELECT (SELECT count(*) FROM allowances), (SELECT sum(subjects)::bigint FROM limited_tenants)", by: soon).first
        // With that of another tenant.
        #expect(gone.subjects == Self.subjects + 1 && removals?.integer(1) == gone.subjects && gone.messages >= Self.subjects / Self.atOnce * 2)
        let most = try #require(removals?.integer(0))
        #expect(most <= 5000, "rows of one transaction")
        #expect(!waits.isEmpty && left?.integer(0) == waits.count && left?.integer(1) == waits.count)
        try await clock.pass(86_400_000 + 2)
        #expect(try await store.removeOld(by: soon).subjects == left?.integer(0))
        try await pool.execute("TRUNCATE removals", by: soon)
    }

    /// What autovacuum does in its time.
    func vacuum() async throws {
        // Pages of an index that one run empties the next one after another transaction gives back.
        for _ in 0..<2 {
            let begin = ContinuousClock.now
            for table in ["allowances", "counted_messages"] { _ = try await pool.lend(by: soon) { try await $0.script("VACUUM \(table)", by: soon) } }
            print("VACUUM: \(begin.duration(to: .now))")
            try await pass(1)
        }
    }

    /// On disk, and in memory of the server's processes beside what they share: prints it.
    func size(_ what: String) async throws -> Size {
        let row = try await pool.execute("""
            SELECT pg_table_size('allowances'), pg_indexes_size('allowances'), pg_total_relation_size('counted_messages'), (SELECT count(*) FROM allowances), (SELECT coalesce(avg(octet_length(state)), 0)::bigint FROM allowances),
                (SELECT array_agg(pid) FROM pg_stat_activity)
            """, by: soon).first
        let numbers = try (0..<5).map { try #require(row?.integer($0)) }, processes = PostgresArray.texts(row?.octets(5)) ?? []
        let server = processes.compactMap { try? Self.memory($0, "RssAnon:") }.reduce(0, +)
        print("\(what): \(numbers[3]) rows, table \(numbers[0] >> 20) MiB, index \(numbers[1] >> 20) MiB, names of messages \(numbers[2] >> 20) MiB; a state has \(numbers[4]) octets; the server's processes \(server) kB of their own")
        return Size(table: numbers[0], index: numbers[1])
    }

    /// Of this process: what it has, and what of it is in use, which is what it has after the rest was given back.
    private static var memory: String {
        get throws {
            let all = try memory("self", "VmRSS:")
            if let trim = unsafe dlsym(nil, "malloc_trim") { _ = unsafe unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0) }
            return "\(all >> 10) MiB in memory, \(try memory("self", "VmRSS:") >> 10) MiB in use"
        }
    }

    /// Of a process: kB.
    private static func memory(_ process: String, _ what: String) throws -> Int {
        let line = try #require(try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8).split(separator: "\n").first { $0.hasPrefix(what) })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
    }
}

import Limiting
import Postgres
import RateLimits
import Storage
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct AllowanceTests {
    @Test func theTwinConforms() async throws {
        var limits = AllowanceLimits()
        limits.subjects = 40
        let now = Mutex(1_800_000_000_000), verdicts = MemoryVerdictStore(), twin = MemoryAllowances(limits: limits, verdicts: verdicts) { now.withLock { $0 } }
        try await AllowanceStoreConformance(twin, twin, verdicts: verdicts, most: 40) { milliseconds in now.withLock { $0 += milliseconds } }.run()
    }

    /// Two stores stand for two nodes; the time is simulated.
    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), clock = try await SimulatedClock(pool)
            var limits = AllowanceLimits()
            limits.subjects = 40
            let stores = (0..<2).map { _ in PostgresAllowances(settings, pool: pool, limits: limits, clock: SimulatedClock.expression) }
            let verdicts = PostgresVerdictStore(settings, pool: pool)
            try await AllowanceStoreConformance(stores[0], stores[1], verdicts: verdicts, most: 40) { try await clock.pass($0) }.run()
            for store in stores { await store.close() }
            await verdicts.close()
            await pool.close()
        }
    }

    /// Resets, removals and counting of the same subjects on two nodes: none waits for the other in a circle, and what is counted is consistent.
    @Test func resetsWhileItCounts() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 4), stores = (0..<2).map { _ in PostgresAllowances(settings, pool: pool) }
            let limit = try RateLimit(counts: .recipients, most: 1_000_000, window: #require(LimitWindow("1h"))), names = try (0..<6).map { LimitedSubject(try LimitSubject(.mailbox, "u\($0)@example.org"), [limit]) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<8 {
                    group.addTask {
                        for number in 0..<150 {
                            let message = CountedMessage(tenant: "t\(sender % 2)", name: Array("\(sender) \(number)".utf8) + [UInt8](repeating: 0, count: 32 - "\(sender) \(number)".utf8.count), amounts: Amounts(recipients: 1, octets: 1), subjects: names.shuffled())
                            guard case .counted = try await stores[number % 2].count(message, by: soon).admission else { Issue.record("not counted"); return }
                        }
                    }
                }
                for node in 0..<2 {
                    group.addTask {
                        for number in 0..<100 {
                            _ = try await stores[node].reset(names[number % 6].subject, tenant: "t\(number % 2)", by: soon)
                            if number % 10 == 0 { _ = try await stores[node].removeOld(by: soon) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let row = try await pool.execute("SELECT (SELECT sum(subjects)::bigint FROM limited_tenants), (SELECT count(*) FROM allowances), (SELECT count(*) FROM counted_messages), (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database())", by: soon).first
            #expect(row?.integer(0) == row?.integer(1) && row?.integer(2) == 1200 && row?.integer(3) == 0)
            for store in stores { await store.close() }
            await pool.close()
        }
    }

    /// A verdict that the table cannot take takes its own count with it, and nobody else's.
    @Test func aVerdictThatCannotBeKept() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 1), store = PostgresAllowances(settings, pool: pool)
            let anna = LimitedSubject(try LimitSubject(.mailbox, "anna@example.org"), [try RateLimit(counts: .recipients, most: 1000, window: #require(LimitWindow("1h")))])
            let kept = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        let message = CountedMessage(tenant: "t", name: [UInt8](repeating: UInt8(number), count: 32), amounts: Amounts(recipients: 1, octets: 1), subjects: [anna], verdict: CountedVerdict(id: VerdictID(at: .present)) { _ in
                            var record = VerdictRecord.sample(tenant: "t", at: .present, queueID: "\(number)")
                            if number % 10 == 7 { record.digest = [1, 2, 3] } else if number % 10 == 3 { record.evidence = Array("{".utf8) } else { record.digest = [UInt8](repeating: UInt8(number), count: 32) }
                            return record
                        })
                        do { _ = try await store.count(message, by: soon) } catch StoreTrouble.refused { return false }
                        return true
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            let row = try await pool.execute("SELECT (SELECT count(*) FROM counted_messages), (SELECT count(*) FROM verdicts)", by: soon).first
            #expect(kept == 24 && row?.integer(0) == 24 && row?.integer(1) == 24)
            await store.close()
            await pool.close()
        }
    }

    /// Whose caller gave up while others had the rows is not counted when they come free, and has no verdict.
    @Test func whoGaveUpMeanwhile() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), store = PostgresAllowances(settings, pool: pool), asked = Mutex(0)
            let anna = LimitedSubject(try LimitSubject(.mailbox, "anna@example.org"), [try RateLimit(counts: .recipients, most: 10, window: #require(LimitWindow("1h")))])
            @Sendable func count(_ number: Int, begins: Bool) async throws -> Counting {
                try await store.count(CountedMessage(tenant: "t", name: [UInt8](repeating: UInt8(number), count: 32), amounts: Amounts(recipients: 1, octets: 1), subjects: [anna], verdict: CountedVerdict(id: VerdictID(at: .present), begin: { asked.withLock { $0 += 1 }; return begins }) { _ in
                    .sample(tenant: "t", at: .present, queueID: "\(number)", digest: UInt8(number))
                }), by: soon)
            }
            _ = try await count(0, begins: true)
            let before = asked.withLock { $0 }
            let holder = PostgresConnection(settings)
            try await holder.script("BEGIN; SELECT FROM allowances FOR UPDATE", by: soon)
            let gone = Task { try await count(1, begins: false) }
            try await eventually("it waits") { try await pool.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", by: soon).first?.integer(0) == 1 }
            #expect(asked.withLock { $0 } == before, "who waits for rows has not begun")
            try await holder.script("COMMIT", by: soon)
            await #expect(throws: StoreTrouble.timeout) { try await gone.value }
            await holder.close()
            #expect(asked.withLock { $0 } > before)
            #expect(try await pool.execute("SELECT (SELECT count(*) FROM counted_messages), (SELECT count(*) FROM verdicts)", by: soon).first.map { [$0.integer(0), $0.integer(1)] } == [1, 1])
            await store.close()
            await pool.close()
        }
    }

    /// A step that is done again, since its answer was lost: what it kept stands, and is told.
    @Test func aVerdictThatIsKeptAlready() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 1), store = PostgresAllowances(settings, pool: pool)
            let anna = LimitedSubject(try LimitSubject(.mailbox, "anna@example.org"), [try RateLimit(counts: .recipients, most: 1, window: #require(LimitWindow("1h")))])
            let ids = (0..<3).map { VerdictID(at: .present.adding(seconds: -$0)) }
            func count(_ number: Int, queueID: String?, _ action: Action) async throws -> Counting {
                try await store.count(CountedMessage(tenant: "t", name: [UInt8](repeating: UInt8(number), count: 32), amounts: Amounts(recipients: 1, octets: 1), subjects: [anna], verdict: CountedVerdict(id: ids[number]) { _ in
                    var record = VerdictRecord.sample(tenant: "t", at: ids[number].time, queueID: queueID, action: action)
                    record.id = ids[number]
                    return record
                }), by: soon)
            }
            for (number, queueID) in [(0, "a"), (1, nil), (2, "b")] as [(Int, String?)] {
                #expect(try await count(number, queueID: queueID, number == 0 ? .accept : .defer).earlier == nil)
                #expect(try await count(number, queueID: queueID, .reject).earlier == EarlierVerdict(id: ids[number], action: number == 0 ? .accept : .defer))
            }
            #expect(try await pool.execute("SELECT count(*), count(*) FILTER (WHERE action = 'reject') FROM verdicts", by: soon).first.map { [$0.integer(0), $0.integer(1)] } == [3, 0])
            await store.close()
            await pool.close()
        }
    }

    /// What somebody else wrote there is trouble for whoever it concerns, and for nobody else in the same batch.
    @Test func whatCannotBeRead() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), limits = PostgresLimits(reading: pool, pool), store = PostgresAllowances(settings, pool: pool)
            let good = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "good@example.org")), bad = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "bad@example.org"))
            let limit = try RateLimit(counts: .recipients, most: 1000, window: #require(LimitWindow("1h")))
            for subject in [good, bad] { #expect(try await limits.define(subject, LimitDefinition(limits: [limit]))) }
            @Sendable func count(_ subject: LimitSubject, _ name: UInt8) async throws -> Admission {
                try await store.count(CountedMessage(tenant: "t", name: [UInt8](repeating: name, count: 32), amounts: Amounts(recipients: 1, octets: 1), subjects: [LimitedSubject(subject, [limit])]), by: soon).admission
            }
            _ = try await (count(good.subject, 1), count(bad.subject, 2))
            try await pool.execute(#"UPDATE limits SET definition = '{"colour":"red"}' WHERE subject LIKE 'bad%'"#, by: soon)
            try await pool.execute("UPDATE allowances SET state = '\\x0102' WHERE subject LIKE 'bad%'", by: soon)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 10..<40 {
                    group.addTask {
                        if number % 2 == 0 {
                            #expect(try await limits.definitions(of: [good], by: soon).count == 1)
                            guard case .counted = try await count(good.subject, UInt8(number)) else { Issue.record("not counted"); return }
                        } else {
                            await #expect(throws: StoreTrouble.self) { try await limits.definitions(of: [good, bad], by: soon) }
                            await #expect(throws: StoreTrouble.self) { try await count(bad.subject, UInt8(number)) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.reset(bad.subject, tenant: "t", by: soon))
            guard case .counted = try await count(bad.subject, 99) else { Issue.record("a reset does not help"); return }
            await store.close()
            await pool.close()
        }
    }

    /// Statements that were planned while nobody was counted look subjects up by their keys when many are: nothing goes through all rows.
    @Test func plansOfAnEmptyTable() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), store = PostgresAllowances(settings.plannedOnce, pool: pool)
            for table in ["allowances", "counted_messages"] { _ = try await pool.lend(by: soon) { try await $0.script("VACUUM ANALYZE \(table)", by: soon) } }
            let limit = try RateLimit(counts: .recipients, most: 1000, window: #require(LimitWindow("1h"))), messages = 100
            for number in 0..<messages {
                let subjects = try (0..<LimitHierarchy.subjectLimit).map { LimitedSubject(try LimitSubject(.mailbox, "u\(number).\($0)@example.org"), [limit]) }
                guard case .counted = try await store.count(CountedMessage(tenant: "t", name: [UInt8](repeating: UInt8(number), count: 32), amounts: Amounts(recipients: 1, octets: 1), subjects: subjects), by: soon).admission else { Issue.record("not counted"); return }
            }
            // A server process tells what it read when its connection ends.
            await store.close()
            func read(_ table: String) async throws -> Int { try await pool.execute("SELECT idx_tup_read FROM pg_stat_all_indexes WHERE indexrelname = $1", [.text("\(table)_pkey")], by: soon).first?.integer(0) ?? 0 }
            try await eventually("it is told") { try await read("allowances") > 0 }
            let subjects = try await read("allowances"), names = try await read("counted_messages")
            #expect(subjects <= messages * LimitHierarchy.subjectLimit * 4 && names <= messages * 4, "\(subjects) \(names)")
            await pool.close()
        }
    }

    @Test func definitionsConform() async throws {
        var limits = AllowanceLimits()
        limits.definitions = 20
        try await LimitStoreConformance(MemoryLimits(limits: limits), most: 20).run()
        let bounded = limits
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2)
            try await LimitStoreConformance(PostgresLimits(reading: pool, pool, limits: bounded), most: 20).run()
            await pool.close()
        }
    }
}

/// A database's clock that goes when it is told to.
struct SimulatedClock {
    static let expression = "(SELECT now FROM simulated_clock)"
    private let pool: PostgresPool

    init(_ pool: PostgresPool) async throws {
        self.pool = pool
        try await pool.execute("CREATE TABLE simulated_clock AS SELECT clock_timestamp() AS now", by: soon)
    }

    func pass(_ milliseconds: Int) async throws {
        try await pool.execute("UPDATE simulated_clock SET now = now + $1::bigint * interval '1 millisecond'", [.integer(Int64(milliseconds))], by: soon)
    }
}

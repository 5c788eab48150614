import Limiting
import Notices
import Postgres
import RateLimits
import Storage
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts
import Watching

@Suite(.longWork) struct WatchTests {
    @Test func theTwinConforms() async throws {
        let now = Mutex(Timestamp(milliseconds: 1_800_000_000_000)), twin = MemoryWatch { now.withLock { $0 } }
        try await WatchStoreConformance(twin, twin, pass: { seconds in now.withLock { $0 = $0.adding(seconds: seconds) } }, told: { twin.notices }).run()
    }

    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), clock = try await SimulatedClock(pool), notices = PostgresNotices(pool, clock: SimulatedClock.expression)
            try await WatchStoreConformance(PostgresWatch(pool, clock: SimulatedClock.expression), PostgresRestraints(pool, clock: SimulatedClock.expression), pass: { try await clock.pass($0 * 1000) }, told: {
                var filter = NoticeFilter()
                filter.order = .oldest
                return try await notices.notices(matching: filter, beyond: nil, limit: 1000, by: soon)
            }).run()
            await pool.close()
        }
    }

    private final class Seen: Sendable { let changed = Mutex<[Restraint]>([]), counted = Mutex(0) }

    /// Several nodes note what the same senders do at the same time: nothing is lost, each is throttled once, and none waits for another for ever.
    @Test func severalNodesAtOnce() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 4), stores = (0..<4).map { _ in PostgresWatch(pool) }, seen = Seen()
            let hour = try #require(LimitWindow("1h"))
            var rules = WatchRules(thresholds: [.spam: .init(share: nil, least: 60, window: hour, weight: 2), .newRecipients: .init(share: 80, least: 1_000_000, window: hour, weight: 1)])
            rules.freezeAt = 100
            let restraints = PostgresRestraints(pool), subjects = try (0..<20).map { TenantSubject(tenant: "t\($0 % 3)", try LimitSubject(.mailbox, "\($0)@example.org")) }
            var counts = SenderCounts()
            (counts.messages, counts.recipients, counts.spam) = (1, 1, 1)
            let one = counts, shared = rules
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in 0..<4 {
                    group.addTask {
                        var generator = SystemRandomNumberGenerator()
                        for round in 0..<100 {
                            let batch = subjects.shuffled(using: &generator).map { SenderObservation(of: $0, counts: one, contacts: [Contact("\(node)-\(round)@example.net")], network: nil) }
                            let changed = try await stores[node].note(batch, [], rules: shared, by: soon).changed
                            seen.changed.withLock { $0 += changed }
                            let id = VerdictID(at: Timestamp(milliseconds: 1_800_000_000_000))
                            let back = try await stores[node].note(SenderFeedback(of: subjects[round % 20], .bounce, verdict: id, sentAt: Timestamp(milliseconds: 4_000_000_000_000), contacts: [Contact("a\(node) \(round)"), Contact("b\(node) \(round)")]), rules: shared, by: soon)
                            seen.counted.withLock { $0 += back.counted }
                            if round % 10 == node { _ = try await restraints.lift(subjects[(round * 7) % 20], trust: 0, by: soon) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(seen.counted.withLock { $0 } == 800)
            // After each sixty spam messages one step; who was undone begins again.
            let changed = seen.changed.withLock { $0 }
            for subject in subjects {
                let steps = changed.filter { $0.of == subject }.sorted { $0.changedAt < $1.changedAt }.map(\.state)
                #expect(steps.first == .throttled && steps.count <= 6, "\(steps)")
            }
            for subject in subjects {
                let standing = try await stores[0].standing(of: subject, rules: rules, by: soon)
                #expect(standing?.contacts == 400)
            }
            #expect(try await pool.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", by: soon).first?.integer(0) == 0)
            await pool.close()
        }
    }

    /// Where a tenant has as many restraints as there may be, signals tell that they would, and by hand it goes on; those whose time is over take no place.
    @Test func whereThereIsNoPlace() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), watch = PostgresWatch(pool), restraints = PostgresRestraints(pool), notices = PostgresNotices(pool), hour = try #require(LimitWindow("1h"))
            let rules = WatchRules(thresholds: [.spam: .init(share: nil, least: 5, window: hour, weight: 2)]), anna = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "anna@example.org"))
            func fill(_ until: String) async throws {
                _ = try await pool.execute("""
                    INSERT INTO restraints (tenant_id, scope, subject, state, by_hand, since, until, changed_at)
                    SELECT 't', 4, number || '@full.example', 2, false, clock_timestamp(), \(until), clock_timestamp() FROM generate_series(1, \(RestraintLimits.ofTenant)) AS number
                    ON CONFLICT (tenant_id, scope, subject) DO UPDATE SET until = excluded.until
                    """, by: .now + .seconds(60))
            }
            var counts = SenderCounts()
            (counts.messages, counts.spam) = (5, 5)
            let seen = [SenderObservation(of: anna, counts: counts)]
            try await fill("NULL")
            #expect(try await watch.note(seen, [], rules: rules, by: soon).changed.isEmpty)
            let told = try await notices.notices(matching: NoticeFilter(), beyond: nil, limit: 10, by: soon)
            #expect(told.map(\.kind) == [.senderSuspect] && String(decoding: told.first?.details ?? [], as: UTF8.self).contains("there is no place"))
            #expect(try await restraints.restrain(anna, .throttled, for: nil, reason: nil, by: soon).state == .throttled)
            #expect(try await watch.note(seen, [], rules: rules, by: soon).changed.map(\.state) == [.frozen], "who has a place keeps it")
            try await fill("clock_timestamp() - interval '1 second'")
            let ben = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "ben@example.org"))
            #expect(try await watch.note([SenderObservation(of: ben, counts: counts)], [], rules: rules, by: soon).changed.map(\.state) == [.throttled])
            let book = RestraintBook(restraints, throttle: [])
            try await book.refresh(by: .now + .seconds(60))
            #expect(book.strictest(of: [anna.subject], tenant: "t", at: Timestamp(milliseconds: 4_000_000_000_000))?.state == .frozen, "beyond the first page")
            await pool.close()
        }
    }
}

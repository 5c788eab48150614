import Notices
import Postgres
import Storage
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct NoticeTests {
    private static let limits = { var limits = NoticeLimits(); limits.ofTenant = 100; return limits }()

    @Test func theTwinConforms() async throws {
        let twin = MemoryNotices(limits: Self.limits)
        try await NoticeStoreConformance([twin, twin], most: Self.limits.ofTenant) { twin.pass($0) }.run()
    }

    /// Two stores stand for two nodes; the time is simulated.
    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pools = (0..<2).map { _ in PostgresPool(settings, size: 4) }, clock = try await SimulatedClock(pools[0])
            try await NoticeStoreConformance(pools.map { PostgresNotices($0, limits: Self.limits, clock: SimulatedClock.expression) }, most: Self.limits.ofTenant) { try await clock.pass($0) }.run()
            let row = try await pools[0].execute("SELECT (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()), (SELECT count(*) FROM notice_deliveries WHERE state = 0 AND webhook NOT IN (SELECT name FROM webhooks))", by: soon).first
            #expect(row?.integer(0) == 0)
            for pool in pools { await pool.close() }
        }
    }

    /// Within a transaction of somebody else: there with it, and gone with it; nothing of it is sent where one is refused.
    @Test func withinATransaction() async throws {
        struct Enough: Error {}
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), store = PostgresNotices(pool), notice = Notice(tenant: "t", kind: .senderFrozen, at: .present, key: "k")
            try await store.register([WebhookSubscription(name: "panel")], by: soon)
            await #expect(throws: Enough.self) {
                try await pool.lend(by: soon) { connection in
                    try await connection.transaction(by: soon) { connection in
                        #expect(try NoticeTable.insert([notice], connection, by: soon) == 1)
                        throw Enough()
                    }
                }
            }
            #expect(try await store.claim("panel", lease: 1000, atOnce: 1, by: soon).deliveries.isEmpty)
            try await pool.lend(by: soon) { connection in
                try await connection.transaction(by: soon) { connection in
                    do {
                        try NoticeTable.insert([Notice(tenant: "t", kind: .senderFrozen, at: .present, details: [])], connection, by: soon)
                        Issue.record("no object, and not refused")
                    } catch is StoreTrouble {}
                    // A webhook that is removed meanwhile is no trouble, and neither is one that is made.
                    #expect(try NoticeTable.insert([notice, notice], connection, by: soon) == 1)
                }
            }
            let claimed = try await store.claim("panel", lease: 1000, atOnce: 1, by: soon).deliveries
            #expect(claimed.map(\.notice.id) == [notice.id])
            #expect(try await pool.execute("SELECT (SELECT count(*) FROM notices), (SELECT count(*) FROM notice_deliveries)", by: soon).first?.integer(0) == 1)
            await pool.close()
        }
    }

    /// Where removing takes all the time there is, webhooks are forgotten all the same.
    @Test func whatIsSmallComesFirst() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), store = PostgresNotices(pool), other = PostgresConnection(settings)
            try await store.register([WebhookSubscription(name: "panel")], by: soon)
            try await store.keep([Notice(tenant: "t", kind: .senderFrozen, at: .present)], by: soon)
            try await pool.execute("UPDATE webhooks SET seen_at = seen_at - interval '4 days'", by: soon)
            _ = try await other.execute("BEGIN", by: soon)
            _ = try await other.execute("LOCK TABLE notices IN ACCESS EXCLUSIVE MODE", by: soon)
            await #expect(throws: StoreTrouble.self) { try await store.removeOld(days: 90, by: .now + .seconds(1)) }
            await other.close()
            #expect(try await pool.execute("SELECT (SELECT count(*) FROM webhooks), state FROM notice_deliveries", by: soon).map { [$0.integer(0), $0.integer(1)] } == [[0, 2]])
            await pool.close()
        }
    }

    /// More than one portion of what is made due anew.
    @Test func inPortions() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), store = PostgresNotices(pool)
            try await store.register([WebhookSubscription(name: "panel")], by: soon)
            for _ in 0..<7 { try await store.keep((0..<3001).map { _ in Notice(tenant: "t", kind: .senderFrozen, at: .present) }, by: soon) }
            try await pool.execute("UPDATE notice_deliveries SET state = 2", by: soon)
            #expect(try await store.reactivate("panel", by: soon) == 21_007)
            #expect(try await pool.execute("SELECT count(*), count(DISTINCT next_at) FROM notice_deliveries WHERE state = 0 AND attempts = 0", by: soon).map { [$0.integer(0), $0.integer(1)] } == [[21_007, 3]])
            #expect(try await store.reactivate("panel", by: soon) == 0, "they are due as they are")
            await pool.close()
        }
    }

    /// A node that stops within a claim keeps the others from claiming until its connection ends, and from nothing else.
    @Test func oneThatStopsWithinAClaim() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(PostgresNotices.patientSettings(settings), size: 2), hung = PostgresConnection(settings), store = PostgresNotices(pool)
            #expect(try await pool.execute("SHOW idle_in_transaction_session_timeout", by: soon).first?.text(0) == "1min")
            try await store.register([WebhookSubscription(name: "panel")], by: soon)
            try await store.keep((0..<3).map { _ in Notice(tenant: "t", kind: .senderFrozen, at: .present) }, by: soon)
            let claimed = try await store.claim("panel", lease: 60_000, atOnce: 2, by: soon).deliveries
            _ = try await hung.execute("BEGIN", by: soon)
            _ = try await hung.execute(PostgresNotices.turn, [.text("panel")], by: soon)
            #expect(try await store.claim("panel", lease: 60_000, atOnce: 4, by: soon) == DeliveryClaim(deliveries: [], next: 50))
            #expect(try await store.finish(claimed[0], .delivered, by: soon))
            #expect(try await store.finish(claimed[1], .givenUp(reason: "status 410"), by: soon))
            try await store.register([WebhookSubscription(name: "panel"), WebhookSubscription(name: "other")], by: soon)
            #expect(try await store.reactivate("panel", by: soon) == 1)
            await hung.close()
            try await eventually("it is claimed again") { try await store.claim("panel", lease: 60_000, atOnce: 4, by: soon).deliveries.count == 2 }
            await pool.close()
        }
    }

    /// Nodes that claim, finish and crash while others keep notices: each is delivered, none is in two hands at once, and locks are taken in one order.
    @Test func manyNodesAtOnce() async throws {
        try await withDatabase { _, settings in
            let pools = (0..<3).map { _ in PostgresPool(settings, size: 3) }, stores = pools.map { PostgresNotices($0) }, hands = Hands(), count = 400
            try await stores[0].register(["one", "two"].map { WebhookSubscription(name: $0) }, by: soon)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<2 {
                    group.addTask {
                        for number in stride(from: writer, to: count, by: 4) {
                            // Two of them with the keys of the other writer.
                            try await stores[writer].keep((0..<4).map { Notice(tenant: "t\($0)", kind: .limitNear, at: .present, key: "\(number / 2 * 2 + $0 % 2)") }.shuffled(), by: soon)
                            try await stores[writer].register(["two", "one"].map { WebhookSubscription(name: $0) }, by: soon)
                        }
                        hands.writers.withLock { $0 -= 1 }
                    }
                }
                for node in 0..<6 {
                    group.addTask {
                        let webhook = node % 2 == 0 ? "one" : "two"
                        while true {
                            let isLast = hands.writers.withLock { $0 == 0 }
                            let claimed = try await stores[node / 2].claim(webhook, lease: 600_000, atOnce: 20, by: soon).deliveries
                            for delivery in claimed { hands.take("\(webhook) \(delivery.notice.id)") }
                            for (place, delivery) in claimed.enumerated() {
                                let end: DeliveryEnd = place % 5 == 1 && delivery.attempts == 1 ? .later(after: 1, reason: "status 500") : .delivered
                                hands.release("\(webhook) \(delivery.notice.id)", end)
                                #expect(try await stores[node / 2].finish(delivery, end, by: soon))
                            }
                            if isLast, claimed.isEmpty, try await stores[0].standing(of: [webhook], by: soon)[webhook]?.pending == 0 { return }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let row = try await pools[0].execute("SELECT (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()), (SELECT count(*) FROM notices), (SELECT count(*) FROM notice_deliveries WHERE state = 1)", by: soon).first
            #expect(row?.integer(0) == 0)
            #expect(row?.integer(2) == (row?.integer(1) ?? -1) * 2)
            #expect(hands.delivered.withLock { $0.count } == row?.integer(2) && hands.delivered.withLock { $0.values.allSatisfy { $0 == 1 } })
            for pool in pools { await pool.close() }
        }
    }

    private final class Hands: Sendable {
        let writers = Mutex(2), delivered = Mutex<[String: Int]>([:])
        private let taken = Mutex<Set<String>>([])

        func take(_ name: String) { #expect(taken.withLock { $0.insert(name).inserted }, "in two hands: \(name)") }
        func release(_ name: String, _ end: DeliveryEnd) {
            taken.withLock { _ = $0.remove(name) }
            if end == .delivered { delivered.withLock { $0[name, default: 0] += 1 } }
        }
    }
}

import Notices
import Postgres
import Storage
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts
import Web

/// The whole way: the database, several nodes, and a receiver of its own that checks signatures.
@Suite(.longWork) struct WebhookRoundTests {
    private static let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    /// Nodes that deliver, with pauses of milliseconds.
    private final class Nodes: Sendable {
        let pools: [PostgresPool], store: PostgresNotices, ends = Mutex<[DeliveryEnd]>([])
        private let running = Mutex<[Task<Void, Never>]>([])
        private let webhooks: [Webhook], patience: Duration

        init(_ count: Int, _ settings: PostgresSettings, _ webhooks: [Webhook], patience: Duration = .seconds(20)) async throws {
            self.patience = patience
            pools = (0..<count).map { _ in PostgresPool(settings, size: 3) }
            store = PostgresNotices(pools[0])
            self.webhooks = webhooks
            try await store.register(webhooks.map(\.subscription), by: soon)
        }

        func start(pauses: [Int] = [1, 2, 5, 20]) {
            var settings = WebhookDelivery.Settings()
            settings.pace = .milliseconds(10)
            settings.pacing.pauses = pauses
            settings.grace = .milliseconds(20)
            settings.patience = patience
            for pool in pools {
                for webhook in webhooks {
                    let delivery = WebhookDelivery(webhook, PostgresNotices(pool), WebhookPost(), settings: settings) { .present }
                    running.withLock { $0.append(Task { await delivery.run { event in
                        switch event {
                        case .ended(_, let end): self.ends.withLock { $0.append(end) }
                        case .trouble(let error): Issue.record("\(error)")
                        }
                    } }) }
                }
            }
        }

        func stop() async {
            let tasks = running.withLock { $0 }
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
            running.withLock { $0 = [] }
        }

        func standing(_ name: String = "panel") async throws -> WebhookStanding { try #require(try await store.standing(of: [name], by: soon)[name]) }

        func close() async {
            await stop()
            for pool in pools { await pool.close() }
        }
    }

    private func webhook(_ receiver: WebhookReceiver, _ name: String = "panel", path: String = "/hook?a=b", timeout: Duration = .seconds(60)) throws -> Webhook {
        var webhook = Webhook(WebhookSubscription(name: name), base: receiver.base, path: path, secret: try #require(WebhookSecret(Self.secret)))
        webhook.timeout = timeout
        return webhook
    }

    private func notices(_ count: Int) -> [Notice] { (0..<count).map { Notice(tenant: "t\($0 % 3)", kind: .senderFrozen, subject: "mailbox/ä\($0)@example.org", at: .present, details: Array(#"{"text":"ü\u0022\n","number":\#($0)}"#.utf8)) } }

    @Test func signedAndTriedUntilItIsTaken() async throws {
        try await withDatabase { _, settings in
            let receiver = try await WebhookReceiver(secret: Self.secret, mode: .failsTwice), nodes = try await Nodes(1, settings, [try webhook(receiver)]), all = notices(5)
            try await nodes.store.keep(all, by: soon)
            nodes.start()
            try await eventually("all were taken") { try await nodes.standing().pending == 0 }
            let requests = try receiver.requests
            #expect(requests.count == 15 && requests.allSatisfy { $0.verified && $0.path == "/hook?a=b" && $0.content == "application/json" && $0.type == "sender.frozen" })
            for notice in all {
                let mine = requests.filter { $0.id == notice.id.description }
                #expect(mine.map(\.status) == [503, 503, 204] && mine.allSatisfy { $0.body == String(decoding: notice.octets, as: UTF8.self) }, "the same each time")
            }
            // One that talks at length has taken it.
            try receiver.set(.talks)
            try await nodes.store.keep(notices(1), by: soon)
            try await eventually("it was taken") { try await nodes.standing().pending == 0 }
            #expect(try receiver.requests.count == 16)
            #expect(try await nodes.standing().failure == "status 503")
            await nodes.close()
        }
    }

    @Test func anotherSecretIsRefused() async throws {
        try await withDatabase { _, settings in
            let receiver = try await WebhookReceiver(secret: "another secret, as long as it must be"), nodes = try await Nodes(1, settings, [try webhook(receiver)])
            try await nodes.store.keep(notices(1), by: soon)
            nodes.start()
            try await eventually("it was refused") { try await nodes.standing().failure == "status 401" }
            #expect(try receiver.requests.allSatisfy { !$0.verified })
            await nodes.close()
        }
    }

    /// A receiver that is killed with deliveries in hand, and comes back; one that says that it is gone.
    @Test func killedAndGone() async throws {
        try await withDatabase { _, settings in
            let receiver = try await WebhookReceiver(secret: Self.secret, mode: .silent), nodes = try await Nodes(1, settings, [try webhook(receiver)]), all = notices(6)
            try await nodes.store.keep(all, by: soon)
            nodes.start()
            try receiver.kill()
            try await eventually("nobody is there") { try await nodes.standing().failure?.isEmpty == false }
            #expect(try await nodes.standing().pending == 6)
            try receiver.set(.takes)
            try await receiver.start()
            try await eventually("all were taken") { try await nodes.standing().pending == 0 }
            #expect(Set(try receiver.requests.filter { $0.status == 204 }.map(\.id)) == Set(all.map(\.id.description)))
            try receiver.set(.gone)
            try await nodes.store.keep(notices(2), by: soon)
            try await eventually("both were given up") { try await nodes.standing().givenUp == 2 }
            #expect(try await nodes.standing().failure == "status 410: the receiver says that it is gone for good")
            try receiver.set(.takes)
            #expect(try await nodes.store.reactivate("panel", by: soon) == 2)
            try await eventually("it is there again") { try await nodes.standing().pending == 0 }
            #expect(try await nodes.standing().givenUp == 0)
            await nodes.close()
        }
    }

    /// One that is slow beyond its timeout, beside one that takes everything at once.
    @Test func slowBeyondItsTimeout() async throws {
        try await withDatabase { _, settings in
            let slow = try await WebhookReceiver(secret: Self.secret, mode: .silent), quick = try await WebhookReceiver(secret: Self.secret)
            let nodes = try await Nodes(1, settings, [try webhook(slow, "slow", timeout: .milliseconds(200)), try webhook(quick, "quick")]), all = notices(20)
            try await nodes.store.keep(all, by: soon)
            nodes.start(pauses: [86_400_000])
            try await eventually("the quick one has all") { try await nodes.standing("quick").pending == 0 }
            try await eventually("the slow one was tried") { nodes.ends.withLock { $0.contains { if case .later(_, let reason) = $0 { reason.contains("timed out") } else { false } } } }
            #expect(Set(try quick.requests.map(\.id)).count == 20)
            #expect(try await nodes.standing("slow").pending == 20)
            await nodes.close()
        }
    }

    /// Three nodes, one of which ends with deliveries under way: each event comes, none twice at the same time, and no more at once than there may be.
    @Test func severalNodes() async throws {
        try await withDatabase { _, settings in
            let receiver = try await WebhookReceiver(secret: Self.secret, mode: .lingers), all = notices(150)
            // What it has in hand when it ends comes again when its lease is over, of fifteen seconds.
            let nodes = try await Nodes(2, settings, [try webhook(receiver)]), third = try await Nodes(1, settings, [try webhook(receiver, timeout: .seconds(5))], patience: .seconds(5))
            nodes.start()
            third.start()
            for first in stride(from: 0, to: 150, by: 50) { try await nodes.store.keep(Array(all[first..<(first + 50)]), by: soon) }
            try await eventually("some came") { try receiver.requests.count > 20 }
            await third.close()
            try await eventually("all came") { try await nodes.standing().pending == 0 }
            let requests = try receiver.requests
            #expect(Set(requests.map(\.id)).count == 150 && requests.allSatisfy { $0.verified && !$0.doubled && $0.status == 204 })
            #expect(requests.count <= 154, "again only what was in hand: \(requests.count)")
            #expect((requests.map(\.atOnce).max() ?? 0) <= 4, "all nodes together")
            await nodes.close()
        }
    }
}

import Notices
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct WebhookDeliveryTests {
    /// Says what it is told to, and remembers.
    private final class Carrier: WebhookCarrier {
        let posts = Mutex<[(webhook: String, id: String)]>([]), most = Mutex<[String: Int]>([:])
        private let underWay = Mutex<[String: Int]>([:])
        private let answer: @Sendable (_ webhook: String, _ id: String, _ times: Int) async -> WebhookReply

        init(_ answer: @escaping @Sendable (String, String, Int) async -> WebhookReply) { self.answer = answer }

        func post(_ body: [UInt8], _ fields: [(name: String, value: String)], to webhook: Webhook) async -> WebhookReply {
            let id = fields.first { $0.name == "webhook-id" }?.value ?? "", name = webhook.name
            let times = posts.withLock { posts in posts.append((name, id)); return posts.count { $0.webhook == name && $0.id == id } }
            let now = underWay.withLock { $0[name, default: 0] += 1; return $0[name] ?? 0 }
            most.withLock { $0[name] = max($0[name] ?? 0, now) }
            let reply = await answer(name, id, times)
            underWay.withLock { $0[name, default: 0] -= 1 }
            return reply
        }
    }

    private final class Ends: Sendable {
        let all = Mutex<[(id: VerdictID, end: DeliveryEnd)]>([])
        func tell(_ event: WebhookDelivery.Event) { if case .ended(let delivery, let end) = event { all.withLock { $0.append((delivery.notice.id, end)) } } else { Issue.record("\(event)") } }
    }

    private func webhook(_ name: String, atOnce: Int = 4) throws -> Webhook {
        var webhook = Webhook(WebhookSubscription(name: name), base: "http://127.0.0.1", path: "/", secret: try #require(WebhookSecret("abcdefghijklmnopqrstuvwxyz")))
        webhook.atOnce = atOnce
        return webhook
    }

    private var settings: WebhookDelivery.Settings {
        var settings = WebhookDelivery.Settings()
        settings.pace = .milliseconds(5)
        settings.pacing.jitter = 0
        settings.grace = .milliseconds(50)
        return settings
    }

    private func notices(_ count: Int) -> [Notice] { (0..<count).map { Notice(tenant: "t", kind: .senderFrozen, at: Timestamp(milliseconds: 1_790_000_000_000 + $0)) } }

    @Test func whatBecomesOfThem() async throws {
        let twin = MemoryNotices(), all = notices(4), ids = all.map(\.id.description), ends = Ends()
        let carrier = Carrier { _, id, times in
            switch id {
            case ids[0]: .status(204)
            case ids[1]: times < 3 ? .status(500) : .status(200)
            case ids[2]: .status(410)
            default: times < 2 ? .status(302) : .none("nobody is there")
            }
        }
        try await twin.register([WebhookSubscription(name: "panel")], by: .now + .seconds(60))
        try await twin.keep(all, by: .now + .seconds(60))
        let delivery = WebhookDelivery(try webhook("panel"), twin, carrier, settings: settings) { Timestamp(milliseconds: 1_790_000_000_000) }, running = Task { await delivery.run { ends.tell($0) } }
        try await eventually("all were tried") { ends.all.withLock { $0.count } == 4 }
        twin.pass(4999)
        twin.pass(1)
        try await eventually("the second time") { ends.all.withLock { $0.count } == 6 }
        twin.pass(30_000)
        try await eventually("the third time") { ends.all.withLock { $0.count } == 8 }
        func ended(_ place: Int) -> [DeliveryEnd] { ends.all.withLock { $0.filter { $0.id == all[place].id }.map(\.end) } }
        #expect(ended(0) == [.delivered])
        #expect(ended(1) == [.later(after: 5000, reason: "status 500"), .later(after: 30_000, reason: "status 500"), .delivered])
        #expect(ended(2) == [.givenUp(reason: "status 410: the receiver says that it is gone for good")])
        #expect(ended(3) == [.later(after: 5000, reason: "status 302"), .later(after: 30_000, reason: "nobody is there"), .later(after: 120_000, reason: "nobody is there")])
        twin.pass(3 * 86_400_000)
        try await eventually("the last time") { ends.all.withLock { $0.count } == 9 }
        #expect(ended(3).last == .givenUp(reason: "tried for too long; the last time: nobody is there"))
        running.cancel()
        await running.value
    }

    /// What was kept for another webhook of this name is not for this one's URL.
    @Test func aNameThatIsUsedAgain() async throws {
        let twin = MemoryNotices(), ends = Ends(), carrier = Carrier { _, _, _ in .status(200) }
        let others = [Notice(tenant: "other", kind: .senderFrozen, at: Timestamp(milliseconds: 1)), Notice(tenant: "own", kind: .limitNear, at: Timestamp(milliseconds: 2))], own = Notice(tenant: "own", kind: .senderFrozen, at: Timestamp(milliseconds: 3))
        try await twin.register([WebhookSubscription(name: "panel")], by: .now + .seconds(60))
        try await twin.keep(others + [own], by: .now + .seconds(60))
        let webhook = Webhook(WebhookSubscription(name: "panel", tenant: "own", kinds: [.senderFrozen]), base: "http://127.0.0.1", path: "/", secret: try #require(WebhookSecret("abcdefghijklmnopqrstuvwxyz")))
        let delivery = WebhookDelivery(webhook, twin, carrier, settings: settings) { Timestamp(milliseconds: 4) }, running = Task { await delivery.run { ends.tell($0) } }
        try await eventually("all ended") { ends.all.withLock { $0.count } == 3 }
        #expect(carrier.posts.withLock { $0.map(\.id) } == [own.id.description])
        for other in others { #expect(ends.all.withLock { $0.first { $0.id == other.id }?.end } == .givenUp(reason: "this webhook does not take it")) }
        running.cancel()
        await running.value
    }

    /// One that never answers keeps the other from nothing, and its own others only from its own places.
    @Test func noneWaitsForAnother() async throws {
        let twin = MemoryNotices(), all = notices(40), stuck = all[0].id.description, ends = Ends()
        let carrier = Carrier { name, id, _ in
            if name == "stuck" || id == stuck { try? await Task.sleep(for: .seconds(3600)); return .none("cancelled") }
            return .status(200)
        }
        try await twin.register([WebhookSubscription(name: "stuck"), WebhookSubscription(name: "quick")], by: .now + .seconds(60))
        try await twin.keep(all, by: .now + .seconds(60))
        let running = try ["stuck", "quick"].map { name in
            let delivery = WebhookDelivery(try webhook(name, atOnce: 3), twin, carrier, settings: settings) { Timestamp(milliseconds: 1_790_000_000_000) }
            return Task { await delivery.run { ends.tell($0) } }
        }
        try await eventually("the others came") { ends.all.withLock { $0.count } == 39 }
        try await eventually("its places are full") { carrier.posts.withLock { $0.count { $0.webhook == "stuck" } } == 3 }
        #expect(carrier.posts.withLock { $0.filter { $0.webhook == "quick" }.prefix(3).map(\.id).sorted() } == all.prefix(3).map(\.id.description))
        for each in running { each.cancel() }
        for each in running { await each.value }
        #expect(carrier.most.withLock { $0["stuck"] == 3 && $0["quick"].map { $0 <= 3 } == true })
        let standing = try await twin.standing(of: ["stuck", "quick"], by: .now + .seconds(60))
        #expect(standing["stuck"]?.pending == 40 && standing["quick"]?.pending == 1 && standing["stuck"]?.failure == nil, "what was broken off is left to its lease")
    }

    @Test func figures() throws {
        let tally = WebhookTally(["a", "b"])
        tally.count(.delivered, of: "a")
        tally.count(.later(after: 1, reason: ""), of: "b")
        tally.count(.givenUp(reason: ""), of: "b")
        var standing = WebhookStanding()
        standing.pending = 7
        tally.stand(["b": standing])
        let families = tally.families()
        #expect(families.map(\.name) == ["postern_webhook_deliveries_total", "postern_webhook_pending"])
        #expect(families[0].samples.map(\.value) == [1, 0, 0, 0, 1, 1] && families[1].samples.map(\.value) == [0, 7])
    }
}

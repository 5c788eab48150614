package import Notices
import Testing
import Verdicts

/// What every place where notices are kept must do.
package struct NoticeStoreConformance: Sendable {
    private let stores: [any NoticeStore]
    private let most: Int
    private let pass: @Sendable (Int) async throws -> Void
    private var soon: ContinuousClock.Instant { .now + .seconds(60) }
    private let lease = 60_000

    /// - Parameters:
    ///   - stores: an empty one, as two nodes see it.
    ///   - most: notices that they keep of a tenant, 100…900.
    ///   - pass: lets so many milliseconds pass.
    package init(_ stores: [any NoticeStore], most: Int, pass: @escaping @Sendable (Int) async throws -> Void) { self.stores = stores; self.most = most; self.pass = pass }

    package func run() async throws {
        try await whatIsKeptIsFound()
        try await aKeyIsKeptOnce()
        try await whatIsNoObjectIsRefused()
        try await whoIsToldOfWhat()
        try await leasesAndWhatBecomesOfThem()
        try await noMoreThanAtOnce()
        try await givenUpAndTriedAnew()
        try await aNameThatIsUsedAgain()
        try await aWebhookThatIsForgotten()
        try await whatIsOldGoes()
        try await whatIsTooMuchGoes()
    }

    private static let start = 1_790_000_000_000

    private func notice(_ number: Int, _ tenant: String = "a", _ kind: Notice.Kind = .senderFrozen, subject: String? = "mailbox/anna@example.org", key: String? = nil) -> Notice {
        Notice(tenant: tenant, kind: kind, subject: subject, at: Timestamp(milliseconds: Self.start + number * 1000), details: Array(#"{"number": \#(number), "text":"a\u0001b ü \"q\"\\"}"#.utf8), key: key)
    }

    private func filter(_ change: (inout NoticeFilter) -> Void) -> NoticeFilter {
        var filter = NoticeFilter()
        change(&filter)
        return filter
    }

    private func page(_ filter: NoticeFilter, beyond: VerdictID? = nil, limit: Int = 100) async throws -> [Notice] { try await stores[1].notices(matching: filter, beyond: beyond, limit: limit, by: soon) }

    /// What is claimed, by the number of its second.
    private func claim(_ webhook: String, atOnce: Int = 100, node: Int = 0) async throws -> [ClaimedDelivery] { try await stores[node].claim(webhook, lease: lease, atOnce: atOnce, by: soon).deliveries }

    private func whatIsKeptIsFound() async throws {
        let all = [notice(1), notice(2, "b", .limitNear), notice(3, "a", .limitNear, subject: nil), notice(4, "a", .senderReleased, subject: "site/web\u{1}")]
        #expect(try await stores[0].keep(all, by: soon) == 4)
        #expect(try await stores[0].keep([], by: soon) == 0)
        #expect(try await stores[1].keep([all[1]], by: soon) == 0, "the same again")
        #expect(try await page(NoticeFilter()) == all.reversed())
        #expect(try await page(filter { $0.order = .oldest }) == all)
        #expect(try await page(filter { $0.order = .oldest; $0.tenant = "a" }, limit: 2) == [all[0], all[2]])
        #expect(try await page(filter { $0.order = .oldest; $0.tenant = "a" }, beyond: all[2].id, limit: 2) == [all[3]])
        #expect(try await page(filter { $0.tenant = "a" }, beyond: all[3].id, limit: 1) == [all[2]])
        #expect(try await page(filter { $0.kind = .limitNear }) == [all[2], all[1]])
        #expect(try await page(filter { $0.subject = "mailbox/anna@example.org"; $0.tenant = "a" }) == [all[0]])
        #expect(try await page(filter { $0.subject = "mailbox/anna@example.org" }) == [all[1], all[0]])
        #expect(try await page(filter { $0.since = all[2].at }) == [all[3], all[2]])
        #expect(try await page(filter { $0.tenant = "c" }).isEmpty)
    }

    private func aKeyIsKeptOnce() async throws {
        let first = notice(10, "k", key: "near/1"), second = notice(11, "k", key: "near/1"), other = notice(12, "l", key: "near/1"), third = notice(13, "k", key: "near/2")
        #expect(try await stores[0].keep([first, second], by: soon) == 1)
        #expect(try await stores[1].keep([second, other, third], by: soon) == 2)
        #expect(try await page(filter { $0.tenant = "k" }) == [third, first])
        // Many at once, on two nodes.
        let stores = stores, soon = soon
        let kept = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<16 { group.addTask { try await stores[number % 2].keep([Notice(tenant: "crowd", kind: .limitNear, at: Timestamp(milliseconds: Self.start + number), key: "one")], by: soon) } }
            return try await group.reduce(0, +)
        }
        #expect(kept == 1)
    }

    private func whatIsNoObjectIsRefused() async throws {
        for details in ["", "[]", "{", #"{"a":"\#(String(repeating: "x", count: Notice.detailsLimit))"}"#] {
            let wrong = Notice(tenant: "wrong", kind: .senderFrozen, at: Timestamp(milliseconds: Self.start), details: Array(details.utf8))
            await #expect(throws: StoreTrouble.self) { try await stores[0].keep([notice(1, "wrong"), wrong], by: soon) }
        }
        #expect(try await page(filter { $0.tenant = "wrong" }).isEmpty)
    }

    private func whoIsToldOfWhat() async throws {
        try await stores[0].register([WebhookSubscription(name: "all"), WebhookSubscription(name: "acme", tenant: "acme"), WebhookSubscription(name: "frozen", kinds: [.senderFrozen, .senderReleased])], by: soon)
        #expect(try await claim("all").isEmpty, "nothing of what was before")
        let notices = [notice(20, "acme", .limitNear), notice(21, "other"), .test(of: "frozen", tenant: "other", at: Timestamp(milliseconds: Self.start + 22_000)), .test(of: "nobody", tenant: "acme", at: Timestamp(milliseconds: Self.start + 23_000))]
        #expect(try await stores[1].keep(notices, by: soon) == 4)
        for (name, wanted) in [("all", [0, 1]), ("acme", [0]), ("frozen", [1, 2]), ("nobody", [])] {
            let claimed = try await claim(name)
            #expect(claimed.map(\.notice) == wanted.map { notices[$0] }, "\(name)")
            for delivery in claimed { #expect(try await stores[0].finish(delivery, .delivered, by: soon)) }
        }
        // What is said last holds.
        try await stores[1].register([WebhookSubscription(name: "acme", tenant: "other", kinds: [.limitNear])], by: soon)
        try await stores[1].keep([notice(24, "acme", .limitNear), notice(25, "other", .limitNear), notice(26, "other")], by: soon)
        #expect(try await claim("acme").map(\.notice.tenant) == ["other"])
        let standing = try await stores[0].standing(of: ["all", "acme", "frozen", "nobody"], by: soon)
        #expect(standing.mapValues(\.pending) == ["all": 3, "acme": 1, "frozen": 1])
        #expect(standing["frozen"]?.deliveredAt != nil && standing["frozen"]?.failedAt == nil)
    }

    private func leasesAndWhatBecomesOfThem() async throws {
        try await stores[0].register([WebhookSubscription(name: "leases", tenant: "leases")], by: soon)
        try await stores[0].keep([notice(30, "leases"), notice(31, "leases")], by: soon)
        let first = try await stores[0].claim("leases", lease: lease, atOnce: 1, by: soon), one = try #require(first.deliveries.first)
        #expect(first.deliveries.count == 1 && one.attempts == 1 && one.notice.at.milliseconds == Self.start + 30_000 && first.next == 0)
        let second = try #require(try await claim("leases", node: 1).first)
        #expect(second.notice.at.milliseconds == Self.start + 31_000)
        let none = try await stores[1].claim("leases", lease: lease, atOnce: 100, by: soon)
        #expect(none.deliveries.isEmpty && none.next.map { $0 > lease / 2 && $0 <= lease } == true)
        #expect(try await stores[0].finish(second, .later(after: 5000, reason: "status 500"), by: soon))
        #expect(try await stores[0].finish(second, .givenUp(reason: "twice"), by: soon) == false, "it is nobody's any more")
        #expect(try await claim("leases").isEmpty)
        try await pass(5000)
        let again = try #require(try await claim("leases").first)
        #expect(again.notice == second.notice && again.attempts == 2 && again.age >= 5000 && again.lease != second.lease)
        // The first one's node is gone; who comes late has no say, unless it was delivered.
        try await pass(lease)
        let lost = try await claim("leases", node: 1)
        #expect(lost.map(\.notice) == [one.notice, second.notice] && lost.map(\.attempts) == [2, 3])
        #expect(try await stores[0].finish(one, .later(after: 1, reason: "late"), by: soon) == false)
        #expect(try await stores[0].finish(one, .delivered, by: soon))
        #expect(try await stores[1].finish(lost[0], .later(after: 1, reason: "late"), by: soon) == false)
        #expect(try await stores[1].finish(lost[1], .givenUp(reason: "status 410"), by: soon))
        let standing = try #require(try await stores[0].standing(of: ["leases"], by: soon)["leases"])
        #expect(standing.pending == 0 && standing.givenUp == 1 && standing.failure == "status 410" && standing.deliveredAt != nil && standing.failedAt != nil)
        let rest = try await stores[0].claim("leases", lease: lease, atOnce: 1, by: soon)
        #expect(rest == DeliveryClaim(deliveries: [], next: nil))
    }

    private func noMoreThanAtOnce() async throws {
        try await stores[0].register([WebhookSubscription(name: "narrow", tenant: "narrow")], by: soon)
        try await stores[0].keep((40..<60).map { notice($0, "narrow") }, by: soon)
        let stores = stores, soon = soon, lease = lease
        let claimed = try await withThrowingTaskGroup(of: [ClaimedDelivery].self) { group in
            for number in 0..<8 { group.addTask { try await stores[number % 2].claim("narrow", lease: lease, atOnce: 3, by: soon).deliveries } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 3 && Set(claimed.map(\.notice.id)).count == 3, "all nodes together")
        #expect(claimed.map { $0.notice.at.milliseconds - Self.start }.max() == 42_000, "the oldest")
        for delivery in claimed { _ = try await stores[0].finish(delivery, .delivered, by: soon) }
        #expect(try await claim("narrow", atOnce: 5, node: 1).count == 5)
    }

    private func givenUpAndTriedAnew() async throws {
        try await stores[0].register([WebhookSubscription(name: "anew", tenant: "anew")], by: soon)
        try await stores[0].keep((70..<74).map { notice($0, "anew") }, by: soon)
        let claimed = try await claim("anew")
        _ = try await stores[0].finish(claimed[0], .givenUp(reason: "status 410"), by: soon)
        _ = try await stores[0].finish(claimed[1], .later(after: 21_600_000, reason: "status 500"), by: soon)
        _ = try await stores[0].finish(claimed[2], .delivered, by: soon)
        try await pass(1000)
        #expect(try await stores[1].reactivate("anew", by: soon) == 2, "neither the one that was delivered nor the one in hand")
        let again = try await claim("anew")
        #expect(again.map(\.notice) == claimed.prefix(2).map(\.notice) && again.map(\.attempts) == [1, 1] && again.allSatisfy { $0.age < 1000 })
    }

    /// Nothing that was kept for another webhook of this name is made due.
    private func aNameThatIsUsedAgain() async throws {
        try await stores[0].register([WebhookSubscription(name: "name", tenant: "name")], by: soon)
        try await stores[0].keep([notice(75, "name"), notice(76, "name", .limitNear), notice(77, "name")], by: soon)
        let claimed = try await claim("name")
        for (delivery, end) in zip(claimed, [DeliveryEnd.givenUp(reason: "status 410"), .givenUp(reason: "status 410"), .later(after: 1000, reason: "status 500")]) { _ = try await stores[0].finish(delivery, end, by: soon) }
        try await stores[0].register([WebhookSubscription(name: "name", tenant: "another")], by: soon)
        #expect(try await stores[1].reactivate("name", by: soon) == 0)
        try await stores[0].register([WebhookSubscription(name: "name", kinds: [.limitNear])], by: soon)
        #expect(try await stores[1].reactivate("name", by: soon) == 1)
        #expect(try await claim("name").map(\.notice) == [claimed[1].notice])
    }

    private func aWebhookThatIsForgotten() async throws {
        try await stores[0].register([WebhookSubscription(name: "brief", tenant: "brief"), WebhookSubscription(name: "lasting", tenant: "brief")], by: soon)
        try await stores[0].keep([notice(80, "brief")], by: soon)
        try await pass(NoticePacing.forgetting * 1000 - 1000)
        try await stores[0].register([WebhookSubscription(name: "lasting", tenant: "brief")], by: soon)
        try await pass(2000)
        _ = try await stores[0].removeOld(days: 90, by: soon)
        #expect(try await claim("brief").isEmpty)
        #expect(try await claim("lasting").count == 1)
        try await stores[0].keep([notice(81, "brief")], by: soon)
        try await stores[0].register([WebhookSubscription(name: "brief", tenant: "brief")], by: soon)
        #expect(try await claim("brief").isEmpty, "what was meanwhile is not for it")
        #expect(try await stores[0].standing(of: ["brief"], by: soon)["brief"]?.givenUp == 1)
        #expect(try await stores[1].reactivate("brief", by: soon) == 1)
    }

    private func whatIsTooMuchGoes() async throws {
        let all = (100..<(103 + most)).map { notice($0, "much") }
        try await stores[0].register([WebhookSubscription(name: "much", tenant: "much")], by: soon)
        try await stores[0].keep(all.shuffled() + [notice(1, "little")], by: soon)
        #expect(try await stores[1].removeOld(days: 90, by: soon) == 3)
        #expect(try await page(filter { $0.tenant = "much"; $0.order = .oldest }, limit: 1000) == Array(all.dropFirst(3)))
        #expect(try await page(filter { $0.tenant = "little" }).count == 1)
        #expect(try await stores[0].standing(of: ["much"], by: soon)["much"]?.pending == most)
        #expect(try await stores[1].removeOld(days: 90, by: soon) == 0)
    }

    private func whatIsOldGoes() async throws {
        let key = notice(90, "old", key: "k")
        try await stores[0].register([WebhookSubscription(name: "old", tenant: "old")], by: soon)
        try await stores[0].keep([key], by: soon)
        try await pass(40 * 86_400_000)
        try await stores[0].keep([notice(91, "old")], by: soon)
        _ = try await stores[0].removeOld(days: 41, by: soon)
        #expect(try await page(filter { $0.tenant = "old" }).count == 2)
        #expect(try await stores[1].removeOld(days: 39, by: soon) >= 1)
        #expect(try await page(filter { $0.tenant = "old" }).count == 1)
        #expect(try await stores[0].keep([key], by: soon) == 1)
    }
}

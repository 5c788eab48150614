package import Verdicts

/// The port to notices, and to their way to webhooks. Time is the store's own, but for that at which something happened.
///
/// Which webhooks there are is known to the store: each node that has some in its settings says so from time to time, and whoever keeps a notice makes a
/// delivery for each that takes it, in the same step. So notices can be kept by who knows nothing of webhooks, within a transaction of its own; none is lost between
/// the two; and nodes with different settings, as while they are changed one after the other, do not take each other's deliveries away. A webhook of which no node has spoken for
/// ``NoticePacing/forgetting`` is forgotten, and what waits for it is given up.
package protocol NoticeStore: Sendable {
    /// Keeps notices, and makes what is to be delivered. One whose id or key is known is passed over.
    /// - Returns: how many were kept.
    /// - Throws: `StoreTrouble`; `.refused` where one has a ``Notice/fault``, and none is kept.
    @discardableResult func keep(_ notices: [Notice], by deadline: ContinuousClock.Instant) async throws -> Int

    /// A page of notices.
    /// - Parameters:
    ///   - beyond: the id of the last of the page before.
    ///   - limit: 1…1000.
    func notices(matching filter: NoticeFilter, beyond: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Notice]

    /// Says that a node has these webhooks; what one takes from now on is what was said last. At least once in ``NoticePacing/forgetting``.
    func register(_ webhooks: [WebhookSubscription], by deadline: ContinuousClock.Instant) async throws

    /// Claims deliveries that are due, those first that are due for longest, and of those that are due since the same moment those of the oldest notices. Each is the caller's alone until its lease
    /// ends. While another node is claiming none is claimed.
    /// - Parameters:
    ///   - lease: milliseconds.
    ///   - atOnce: how many of a webhook all nodes together have in hand at most, 1…1000.
    func claim(_ webhook: String, lease: Int, atOnce: Int, by deadline: ContinuousClock.Instant) async throws -> DeliveryClaim

    /// Says what became of a delivery that was claimed. One that was delivered stays so, though its lease was over.
    /// - Returns: false where it is not the caller's any more, and nothing changed.
    @discardableResult func finish(_ delivery: ClaimedDelivery, _ end: DeliveryEnd, by deadline: ContinuousClock.Instant) async throws -> Bool

    /// Makes all deliveries to a webhook due that were given up or wait for another try, as if they were new, where the webhook takes the notice as it was registered last; those in hand stay as
    /// they are. In portions: where it throws, some may be due already.
    /// - Returns: how many.
    @discardableResult func reactivate(_ webhook: String, by deadline: ContinuousClock.Instant) async throws -> Int

    /// How webhooks stand, by name; those that nobody registered are left out.
    func standing(of webhooks: [String], by deadline: ContinuousClock.Instant) async throws -> [String: WebhookStanding]

    /// Forgets webhooks; then removes notices that were kept more than so many days ago, and of each tenant the oldest beyond ``NoticeLimits/ofTenant``, with their deliveries.
    /// - Returns: how many notices.
    @discardableResult func removeOld(days: Int, by deadline: ContinuousClock.Instant) async throws -> Int
}

/// Which notices are wanted; what is nil is not asked for.
package struct NoticeFilter: Sendable, Equatable {
    package enum Order: String, Sendable, CaseIterable { case newest, oldest }

    /// nil for every tenant.
    package var tenant: String?
    package var kind: Notice.Kind?
    package var subject: String?
    /// Those that happened then or later.
    package var since: Timestamp?
    /// Which come first.
    package var order = Order.newest

    package init() {}
}

/// A notice that the caller may deliver to one webhook.
package struct ClaimedDelivery: Sendable, Equatable {
    package let notice: Notice
    package let webhook: String
    /// The claim's own name.
    package let lease: VerdictID
    /// How often it was claimed, this time included.
    package let attempts: Int
    /// Milliseconds for which it is to be delivered.
    package let age: Int

    package init(notice: Notice, webhook: String, lease: VerdictID, attempts: Int, age: Int) {
        self.notice = notice; self.webhook = webhook; self.lease = lease; self.attempts = attempts; self.age = age
    }
}

/// What a claim brought.
package struct DeliveryClaim: Sendable, Equatable {
    package let deliveries: [ClaimedDelivery]
    /// Milliseconds until one is due that is not among them, as far as is known; nil where none waits.
    package let next: Int?

    package init(deliveries: [ClaimedDelivery], next: Int?) { self.deliveries = deliveries; self.next = next }
}

/// What became of a delivery.
package enum DeliveryEnd: Sendable, Equatable {
    case delivered
    /// Is to be tried again after so many milliseconds.
    case later(after: Int, reason: String)
    case givenUp(reason: String)
}

/// How a webhook stands.
package struct WebhookStanding: Sendable, Equatable {
    package var pending = 0
    package var givenUp = 0
    package var deliveredAt: Timestamp?
    package var failedAt: Timestamp?
    /// Why the last one that was not delivered was not.
    package var failure: String?

    package init() {}
}

package import Notices
import Synchronization
package import Verdicts

/// The in-memory twin of where notices are kept, with a clock of its own that tests move.
package final class MemoryNotices: NoticeStore {
    private struct Delivery {
        enum State { case pending, delivered, givenUp }

        let notice: VerdictID, webhook: String
        var state = State.pending, attempts = 0, dueSince: Int, next: Int, lease: VerdictID? = nil
    }
    private struct State {
        /// Milliseconds.
        var now: Int
        var notices: [VerdictID: (notice: Notice, kept: Int)] = [:]
        var webhooks: [String: (subscription: WebhookSubscription, seen: Int, standing: WebhookStanding)] = [:]
        var deliveries: [Delivery] = []
    }

    private let state: Mutex<State>

    private let limits: NoticeLimits

    package init(now: Int = 1_800_000_000_000, limits: NoticeLimits = NoticeLimits()) { state = Mutex(State(now: now)); self.limits = limits }

    /// Lets milliseconds pass.
    package func pass(_ milliseconds: Int) { state.withLock { $0.now += milliseconds } }

    @discardableResult package func keep(_ notices: [Notice], by deadline: ContinuousClock.Instant) async throws -> Int {
        if let fault = notices.lazy.compactMap(\.fault).first { throw StoreTrouble.refused(fault) }
        return state.withLock { state in
            var kept = 0
            for notice in notices {
                let isKnown = state.notices[notice.id] != nil || notice.key != nil && state.notices.values.contains { $0.notice.tenant == notice.tenant && $0.notice.key == notice.key }
                if isKnown { continue }
                state.notices[notice.id] = (notice, state.now)
                for webhook in state.webhooks.values where webhook.subscription.takes(notice) { state.deliveries.append(Delivery(notice: notice.id, webhook: webhook.subscription.name, dueSince: state.now, next: state.now)) }
                kept += 1
            }
            return kept
        }
    }

    package func notices(matching filter: NoticeFilter, beyond: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Notice] {
        state.withLock { state in
            let isNewest = filter.order == .newest
            let found = state.notices.values.map(\.notice).filter { notice in
                (filter.tenant == nil || filter.tenant == notice.tenant) && (filter.kind == nil || filter.kind == notice.kind) && (filter.subject == nil || filter.subject == notice.subject)
                    && filter.since.map { notice.id >= .lowest(at: $0) } != false && beyond.map { isNewest ? notice.id < $0 : notice.id > $0 } != false
            }
            return Array(found.sorted { isNewest ? $0.id > $1.id : $0.id < $1.id }.prefix(limit))
        }
    }

    package func register(_ webhooks: [WebhookSubscription], by deadline: ContinuousClock.Instant) async throws {
        state.withLock { state in
            for webhook in webhooks { state.webhooks[webhook.name] = (webhook, state.now, state.webhooks[webhook.name]?.standing ?? WebhookStanding()) }
        }
    }

    package func claim(_ webhook: String, lease: Int, atOnce: Int, by deadline: ContinuousClock.Instant) async throws -> DeliveryClaim {
        state.withLock { state in
            let now = state.now, own = VerdictID(at: Timestamp(milliseconds: now)), mine = state.deliveries.indices.filter { state.deliveries[$0].webhook == webhook && state.deliveries[$0].state == .pending }
            let free = max(atOnce - mine.count { state.deliveries[$0].lease != nil && state.deliveries[$0].next > now }, 0)
            var claimed: [ClaimedDelivery] = []
            for place in mine.filter({ state.deliveries[$0].next <= now }).sorted(by: { (state.deliveries[$0].next, state.deliveries[$0].notice) < (state.deliveries[$1].next, state.deliveries[$1].notice) }).prefix(free) {
                state.deliveries[place].lease = own
                state.deliveries[place].next = now + lease
                state.deliveries[place].attempts += 1
                guard let notice = state.notices[state.deliveries[place].notice]?.notice else { continue }
                claimed.append(ClaimedDelivery(notice: notice, webhook: webhook, lease: own, attempts: state.deliveries[place].attempts, age: now - state.deliveries[place].dueSince))
            }
            return DeliveryClaim(deliveries: claimed.sorted { $0.notice.id < $1.notice.id }, next: mine.map { max(state.deliveries[$0].next - now, 0) }.min())
        }
    }

    @discardableResult package func finish(_ delivery: ClaimedDelivery, _ end: DeliveryEnd, by deadline: ContinuousClock.Instant) async throws -> Bool {
        state.withLock { state in
            guard let place = state.deliveries.firstIndex(where: { $0.notice == delivery.notice.id && $0.webhook == delivery.webhook }), state.deliveries[place].state == .pending,
                  state.deliveries[place].lease == delivery.lease || end == .delivered else { return false }
            let now = Timestamp(milliseconds: state.now)
            state.deliveries[place].lease = nil
            switch end {
            case .delivered:
                state.deliveries[place].state = .delivered
                state.webhooks[delivery.webhook]?.standing.deliveredAt = now
            case .later(let pause, let reason):
                state.deliveries[place].next = state.now + pause
                state.webhooks[delivery.webhook]?.standing.failedAt = now
                state.webhooks[delivery.webhook]?.standing.failure = reason
            case .givenUp(let reason):
                state.deliveries[place].state = .givenUp
                state.webhooks[delivery.webhook]?.standing.failedAt = now
                state.webhooks[delivery.webhook]?.standing.failure = reason
            }
            return true
        }
    }

    @discardableResult package func reactivate(_ webhook: String, by deadline: ContinuousClock.Instant) async throws -> Int {
        state.withLock { state in
            let now = state.now, places = state.deliveries.indices.filter { place in
                let one = state.deliveries[place]
                guard one.webhook == webhook, let notice = state.notices[one.notice]?.notice, state.webhooks[webhook]?.subscription.takes(notice) == true else { return false }
                return one.state == .givenUp || one.state == .pending && one.attempts > 0 && (one.lease == nil || one.next <= now)
            }
            for place in places { state.deliveries[place] = Delivery(notice: state.deliveries[place].notice, webhook: webhook, dueSince: now, next: now) }
            return places.count
        }
    }

    package func standing(of webhooks: [String], by deadline: ContinuousClock.Instant) async throws -> [String: WebhookStanding] {
        state.withLock { state in
            var all: [String: WebhookStanding] = [:]
            for name in webhooks {
                guard var standing = state.webhooks[name]?.standing else { continue }
                standing.pending = state.deliveries.count { $0.webhook == name && $0.state == .pending }
                standing.givenUp = state.deliveries.count { $0.webhook == name && $0.state == .givenUp }
                all[name] = standing
            }
            return all
        }
    }

    @discardableResult package func removeOld(days: Int, by deadline: ContinuousClock.Instant) async throws -> Int {
        state.withLock { state in
            let now = state.now
            var old = Set(state.notices.values.filter { $0.kept < now - days * 86_400_000 }.map(\.notice.id))
            for ofTenant in Dictionary(grouping: state.notices.values.map(\.notice).filter { !old.contains($0.id) }, by: \.tenant).values {
                old.formUnion(ofTenant.map(\.id).sorted(by: >).dropFirst(limits.ofTenant))
            }
            for id in old { state.notices[id] = nil }
            state.deliveries.removeAll { old.contains($0.notice) }
            state.webhooks = state.webhooks.filter { $0.value.seen >= now - NoticePacing.forgetting * 1000 }
            for place in state.deliveries.indices where state.webhooks[state.deliveries[place].webhook] == nil && state.deliveries[place].state == .pending {
                state.deliveries[place].state = .givenUp
                state.deliveries[place].lease = nil
            }
            return old.count
        }
    }
}

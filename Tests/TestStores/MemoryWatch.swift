import DNS
package import Limiting
package import Notices
import RateLimits
import Synchronization
package import Verdicts
package import Watching

/// The twin of what senders do and of who is restrained, in memory.
package final class MemoryWatch: WatchStore, RestraintStore {
    private struct Sender {
        var since: Timestamp, seenAt: Timestamp, spentAt: Timestamp?
        var contacts: Set<Int64> = [], networks: Set<IPNetwork> = []
        var slots: [Int: SenderCounts] = [:]
    }

    private struct Returned: Hashable { let of: TenantSubject, kind: String, contact: Int64 }

    private struct State {
        var senders: [TenantSubject: Sender] = [:]
        var restraints: [TenantSubject: Restraint] = [:]
        var returned: Set<Returned> = []
        var notices: [Notice] = []
        var trouble: StoreTrouble?
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> Timestamp

    package init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }

    /// What was told.
    package var notices: [Notice] { state.withLock { $0.notices } }

    /// Fails from now on with this; nil: no more.
    package func fail(_ trouble: StoreTrouble?) { state.withLock { $0.trouble = trouble } }

    package func note(_ observations: [SenderObservation], _ warnings: [LimitWarning], rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> (changed: [Restraint], passedOver: Int) {
        try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            for notice in warnings.map(\.notice) where !state.notices.contains(where: { $0.tenant == notice.tenant && $0.key == notice.key }) { state.notices.append(notice) }
            return note(observations, rules, &state)
        }
    }

    private func note(_ observations: [SenderObservation], _ rules: WatchRules, _ state: inout State) -> (changed: [Restraint], passedOver: Int) {
        let now = clock(), slot = now.seconds / WatchRules.slot
        var changed: [Restraint] = [], passedOver = 0
        for (subject, seen) in Dictionary(grouping: observations, by: \.of) {
            guard state.senders[subject] != nil || state.senders.keys.count(where: { $0.tenant == subject.tenant }) < rules.senders else { passedOver += seen.count; continue }
            var sender = state.senders[subject] ?? Sender(since: now, seenAt: now, spentAt: nil), counts = SenderCounts()
            sender.seenAt = now
            for each in seen { counts += each.counts }
            if sender.contacts.count < rules.contacts {
                let met = Set(seen.flatMap(\.contacts).map(\.number)).subtracting(sender.contacts)
                counts.newRecipients += met.count
                sender.contacts.formUnion(met)
            }
            let visited = Set(seen.compactMap(\.network)).subtracting(sender.networks)
            counts.newNetworks += visited.count
            sender.networks.formUnion(visited)
            sender.slots[slot, default: SenderCounts()] += counts
            let measures = Self.measures(sender, rules, now)
            if counts.isSuspicious, rules.isTrusted(state.restraints[subject], now: now), rules.change(measures, of: subject, standing: nil, now: now) != nil {
                sender.slots = [:]
                sender.spentAt = now
            }
            if counts.isSuspicious, let change = rules.change(measures, of: subject, standing: state.restraints[subject], now: now) {
                sender.slots = [:]
                sender.spentAt = now
                if rules.acts {
                    state.restraints[subject] = change
                    changed.append(change)
                }
                state.notices.append(change.notice(acts: rules.acts))
            }
            state.senders[subject] = sender
        }
        return (changed, passedOver)
    }

    private static func measures(_ sender: Sender, _ rules: WatchRules, _ now: Timestamp) -> [SignalMeasure] {
        var sums: [LimitWindow: SenderCounts] = [:]
        for window in rules.windows {
            sums[window] = sender.slots.filter { $0.key >= (now.seconds - window.seconds) / WatchRules.slot }.values.reduce(into: SenderCounts()) { $0 += $1 }
        }
        return rules.measures(sums, knowsHabits: sender.since.adding(seconds: rules.learning) <= now)
    }

    package func note(_ feedback: SenderFeedback, rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> (counted: Int, changed: [Restraint]) {
        try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            var fresh = 0
            for contact in feedback.countedContacts where state.returned.insert(Returned(of: feedback.of, kind: feedback.kind.rawValue, contact: contact.number)).inserted { fresh += 1 }
            if let spent = state.senders[feedback.of]?.spentAt, feedback.sentAt <= spent { return (0, []) }
            if fresh == 0 { return (0, []) }
            var counts = SenderCounts()
            counts[feedback.kind == .bounce ? .bounces : .complaints] = fresh
            let (changed, passedOver) = note([SenderObservation(of: feedback.of, counts: counts)], rules, &state)
            return (passedOver == 0 ? fresh : 0, changed)
        }
    }

    package func standing(of sender: TenantSubject, rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> SenderStanding? {
        state.withLock { state in
            state.senders[sender].map { SenderStanding(since: $0.since, contacts: $0.contacts.count, networks: $0.networks.count, measures: Self.measures($0, rules, clock())) }
        }
    }

    package func removeOld(by deadline: ContinuousClock.Instant) async throws -> Int {
        state.withLock { state in
            let now = clock(), before = state.senders.count
            state.senders = state.senders.filter { $0.value.seenAt.adding(seconds: 180 * 86_400) >= now }
            state.restraints = state.restraints.filter { $0.value.changedAt.adding(seconds: 90 * 86_400) >= now || $0.value.state(at: now) != .lifted }
            return before - state.senders.count
        }
    }

    // MARK: - Who is restrained

    package func restraints(changedSince since: Timestamp?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> (restraints: [Restraint], now: Timestamp) {
        try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            let found = state.restraints.values.filter { restraint in since.map { restraint.changedAt >= $0 } ?? (restraint.state != .lifted) }.sorted { $0.changedAt < $1.changedAt }
            return (Array(found.prefix(limit)), clock())
        }
    }

    package func restraint(of subject: TenantSubject, by deadline: ContinuousClock.Instant) async throws -> Restraint? { state.withLock { $0.restraints[subject] } }

    package func restrain(_ subject: TenantSubject, _ wanted: Restraint.State, for seconds: Int?, reason: String?, by deadline: ContinuousClock.Instant) async throws -> Restraint {
        try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            let now = clock(), restraint = Restraint(of: subject, wanted, .hand, since: now, until: seconds.map { now.adding(seconds: $0) }, reason: reason, changedAt: Self.after(state.restraints[subject], now))
            state.restraints[subject] = restraint
            state.notices.append(restraint.notice())
            return restraint
        }
    }

    package func lift(_ subject: TenantSubject, trust: Int, by deadline: ContinuousClock.Instant) async throws -> Restraint? {
        try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            let now = clock()
            guard let standing = state.restraints[subject], standing.state != .lifted else { return nil }
            state.senders[subject]?.slots = [:]
            state.senders[subject]?.spentAt = now
            let restraint = Restraint(of: subject, .lifted, .hand, since: now, trustedUntil: trust > 0 ? now.adding(seconds: trust) : nil, changedAt: Self.after(standing, now))
            state.restraints[subject] = restraint
            state.notices.append(restraint.notice())
            return restraint
        }
    }

    /// Later than what was.
    private static func after(_ before: Restraint?, _ now: Timestamp) -> Timestamp { before.map { max(now, Timestamp(microseconds: $0.changedAt.microseconds + 1)) } ?? now }

    package func page(tenant: String?, state wanted: Restraint.State?, after: TenantSubject?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Restraint] {
        state.withLock { state in
            let now = clock()
            func isWanted(_ each: Restraint) -> Bool {
                guard let wanted else { return each.state(at: now) != .lifted }
                return each.state == wanted && (wanted == .lifted || each.state(at: now) == wanted)
            }
            return Array(state.restraints.values.filter { (tenant == nil || $0.of.tenant == tenant) && isWanted($0) }
                .sorted { ($0.of.tenant, $0.of.subject) < ($1.of.tenant, $1.of.subject) }.filter { each in after.map { ($0.tenant, $0.subject) < (each.of.tenant, each.of.subject) } ?? true }.prefix(limit))
        }
    }
}

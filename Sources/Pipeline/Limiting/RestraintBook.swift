package import RateLimits
internal import Synchronization
package import Verdicts

/// Who is restrained, in memory: asking costs nothing, and what changes anywhere is known here a moment later.
package final class RestraintBook: Sendable {
    private struct State {
        var all: [TenantSubject: Restraint] = [:]
        /// Until when changes are read; nil before the first time.
        var read: Timestamp?
    }

    package let store: any RestraintStore
    /// Limits of who is throttled, beside his own.
    package let throttle: [RateLimit]
    private let state = Mutex(State())

    /// Restraints in one answer of the store.
    private static let atOnce = 5000
    /// What is committed now was begun so long ago at most: seconds.
    private static let overlap = 60

    package init(_ store: any RestraintStore, throttle: [RateLimit]) { self.store = store; self.throttle = throttle }

    /// Whether it is known who is restrained.
    package var isRead: Bool { state.withLock { $0.read != nil } }

    /// Whether anybody is restrained, as far as is known.
    var hasAny: Bool { state.withLock { !$0.all.isEmpty } }

    /// Reads what changed.
    /// - Returns: those that are not as they were known here.
    /// - Throws: `StoreTrouble`; what was known before holds then.
    @discardableResult package func refresh(by deadline: ContinuousClock.Instant) async throws -> [Restraint] {
        var news: [Restraint] = [], since = state.withLock { $0.read?.adding(seconds: -Self.overlap) }, now: Timestamp?
        while true {
            let (found, time) = try await store.restraints(changedSince: since, limit: Self.atOnce, by: deadline)
            now = now ?? time
            news += note(found)
            guard found.count == Self.atOnce, let last = found.last?.changedAt, last > since ?? Timestamp(microseconds: .min) else { break }
            since = last
        }
        let read = now
        state.withLock { state in
            state.read = read ?? state.read
            guard let read else { return }
            // What ended is remembered for as long as somebody may read that it had not.
            let before = read.adding(seconds: -Self.overlap * 2)
            state.all = state.all.filter { $0.value.changedAt > before || $0.value.state != .lifted && $0.value.until.map { $0 > before } != false }
        }
        return news
    }

    /// Notes what was changed here or elsewhere.
    /// - Returns: those that are not as they were known.
    @discardableResult package func note(_ restraints: [Restraint]) -> [Restraint] {
        state.withLock { state in
            var news: [Restraint] = []
            for each in restraints {
                let known = state.all[each.of]
                guard known.map({ $0.changedAt < each.changedAt }) ?? true else { continue }
                if known != nil || each.state != .lifted { news.append(each) }
                state.all[each.of] = each
            }
            return news
        }
    }

    /// What holds for some subjects at a moment.
    package struct Standing: Sendable {
        /// The strictest; of equals that of the widest.
        package var strictest: Restraint?
        /// Who is throttled.
        package var throttled: [LimitSubject: Restraint] = [:]
    }

    /// - Parameter subjects: the widest first.
    package func standing(of subjects: [LimitSubject], tenant: String, at time: Timestamp) -> Standing {
        state.withLock { state in
            var standing = Standing()
            if state.all.isEmpty { return standing }
            for subject in subjects {
                guard let restraint = state.all[TenantSubject(tenant: tenant, subject)] else { continue }
                switch restraint.state(at: time) {
                case .lifted: continue
                case .frozen: if standing.strictest?.state != .frozen { standing.strictest = restraint }
                case .throttled:
                    standing.strictest = standing.strictest ?? restraint
                    standing.throttled[subject] = restraint
                }
            }
            return standing
        }
    }

    /// The strictest that holds for any of some subjects at a moment.
    package func strictest(of subjects: [LimitSubject], tenant: String, at time: Timestamp) -> Restraint? { standing(of: subjects, tenant: tenant, at: time).strictest }

    /// The limits of some subjects with those of who is throttled.
    /// - Parameters:
    ///   - limited: those that have limits.
    ///   - family: all for whom a message counts, the widest first.
    func limits(_ limited: [LimitedSubject], of family: [LimitSubject], _ standing: Standing) -> [LimitedSubject] {
        if standing.throttled.isEmpty { return limited }
        let before = Dictionary(limited.map { ($0.subject, $0) }) { one, _ in one }
        return family.compactMap { subject in
            guard let restraint = standing.throttled[subject] else { return before[subject] }
            return (before[subject] ?? LimitedSubject(subject, [])).with(throttle, until: restraint.until?.milliseconds)
        }
    }

    /// Those that hold at a moment, by state.
    package func numbers(at time: Timestamp) -> [Restraint.State: Int] {
        state.withLock { state in state.all.values.reduce(into: [:]) { $0[$1.state(at: time), default: 0] += 1 } }
    }
}

extension LimitedSubject {
    /// With more limits, also beside those that hold later.
    /// - Parameter until: when they end: milliseconds since 1970; nil: that is not known.
    func with(_ more: [RateLimit], until: Int?) -> LimitedSubject {
        var later: [Next] = [], last = limits
        for each in next {
            guard let at = each.at, until.map({ at < $0 }) ?? true else { continue }
            later.append(Next(at: at, Self.stricter(each.limits, more)))
            last = each.limits
        }
        later.append(Next(at: until, last))
        if let until { later += next.filter { each in each.at.map { $0 >= until } ?? true } }
        return LimitedSubject(subject, Self.stricter(limits, more), since: since, next: later)
    }

    /// Of two of the same quantity and window the lower holds.
    private static func stricter(_ limits: [RateLimit], _ more: [RateLimit]) -> [RateLimit] {
        var all = limits
        for limit in more {
            if let place = all.firstIndex(where: { $0.counts == limit.counts && $0.window == limit.window && $0.youth == limit.youth }) {
                if limit.most < all[place].most { all[place] = limit }
            } else {
                all.append(limit)
            }
        }
        return all
    }
}

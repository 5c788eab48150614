/// What one subject sent, by quantity and window: all that is kept of it.
package struct AllowanceState: Sendable, Equatable {
    /// When it sent its first message, or was first asked for: milliseconds since 1970.
    package let since: Int
    /// When it sent its last one.
    private(set) var lastAt: Int
    private(set) var logs: [BookingLog]

    /// Windows of one subject; those that no limit asks for any more go first.
    static let windows = 32

    /// Bookings of a window that count each by itself to the millisecond; of more, those in the same such part of the window count with the last of them.
    package static let toldApart = 128

    init(since: Int, lastAt: Int = 0, logs: [BookingLog] = []) { self.since = since; self.lastAt = lastAt; self.logs = logs }

    /// - Parameter now: milliseconds since 1970.
    package init(startingAt now: Int) { self.init(since: now) }

    /// Lets go of what left its window, and of windows with nothing in them that no limit asks for.
    package mutating func advance(to now: Int, for limits: [RateLimit]) {
        lastAt = min(lastAt, now)
        for place in logs.indices { logs[place].advance(to: now) }
        logs.removeAll { log in log.bookings.isEmpty && log.paidAt <= now * 1000 && !limits.contains { $0.counts == log.counts && $0.window == log.window } }
        for limit in limits where log(for: limit) == nil {
            let new = seeded(limit, at: now)
            // What no limit asks for makes room; a list of limits is shorter than all places.
            if logs.count >= Self.windows, let idle = logs.firstIndex(where: { log in !limits.contains { $0.counts == log.counts && $0.window == log.window } }) { logs.remove(at: idle) }
            logs.append(new)
        }
    }

    /// A log for a window that is new, with what others know of it: no window begins empty because a limit was changed.
    private func seeded(_ limit: RateLimit, at now: Int) -> BookingLog {
        let same = logs.filter { $0.counts == limit.counts }
        guard let best = same.filter({ $0.window > limit.window }).min(by: { $0.window < $1.window }) ?? same.max(by: { $0.window < $1.window }) else { return BookingLog(limit.counts, limit.window) }
        var log = BookingLog(limit.counts, limit.window, bookings: best.bookings)
        log.advance(to: now)
        return log
    }

    private func log(for limit: RateLimit) -> BookingLog? { logs.first { $0.counts == limit.counts && $0.window == limit.window } }

    private func holds(_ limit: RateLimit, at now: Int, since: Int?) -> Bool { limit.holds(atAge: now - (since ?? self.since)) }

    /// When a limit that is for who is new ends; nil for another one, and of who has sent nothing yet: he begins to be new with his first message.
    private func end(of limit: RateLimit, since: Int?) -> Int? {
        guard let youth = limit.youth, let begin = since ?? (lastAt > 0 ? self.since : nil) else { return nil }
        return begin + youth * 1000
    }

    /// When a limit lets an amount go, since there is room or since its subject is new no longer; nil: never.
    private func clearing(_ amount: Int, _ limit: RateLimit, at now: Int, since: Int?, wasPromised: Bool = false) -> Int? {
        let free = (log(for: limit) ?? seeded(limit, at: now)).earliest(wasPromised ? min(amount, limit.most) : amount, under: limit, at: now)
        guard let end = end(of: limit, since: since) else { return free }
        return min(free ?? end, end)
    }

    /// When amounts go, by what holds now and by what holds when that ends, if nothing else is sent.
    /// - Parameter from: not before that: milliseconds since 1970.
    /// - Returns: nil where no moment is known; and whether they never go.
    func clearing(_ amounts: Amounts, _ limits: [RateLimit], _ next: [LimitedSubject.Next], from: Int, at now: Int, since: Int?, wasPromised: Bool = false) -> (at: Int?, isForGood: Bool) {
        for place in -1..<next.count {
            let begin = place < 0 ? now : next[place].at, end = place + 1 < next.count ? next[place + 1].at : nil
            if let end, end <= from { continue }
            var time: Int? = max(begin ?? from, from)
            for limit in place < 0 ? limits : next[place].limits {
                guard let last = time, let clear = clearing(amounts[limit.counts], limit, at: now, since: since, wasPromised: wasPromised) else { time = nil; break }
                time = max(last, clear)
            }
            guard let time, end.map({ time < $0 }) ?? true else { continue }
            return (begin == nil ? nil : time, false)
        }
        return (nil, true)
    }

    /// The limit that an amount would exceed, if there is one: that which lets it go last.
    /// - Parameters:
    ///   - limits: for which `advance(to:for:)` was called.
    ///   - since: when the subject was made known, where that is not when it first sent something.
    ///   - next: what holds when they end, as ``LimitedSubject/next``.
    ///   - wasPromised: whether it was taken when limits were wider: of one that is less than the message, all must be free.
    package func obstacle(_ amounts: Amounts, _ limits: [RateLimit], at now: Int, since: Int? = nil, next: [LimitedSubject.Next] = [], wasPromised: Bool = false) -> Obstacle? {
        var gravest: Obstacle?, mayWait = true
        for limit in limits where holds(limit, at: now, since: since) {
            guard let log = log(for: limit) else { continue }
            let amount = amounts[limit.counts], time = log.earliest(wasPromised ? min(amount, limit.most) : amount, under: limit, at: now)
            if let time, time <= now { continue }
            if limit.excess == .defer { mayWait = false }
            let ends = [end(of: limit, since: since), next.first?.at].compactMap { $0 }.min()
            let found = Obstacle(limit: limit, used: log.used, amount: amounts[limit.counts], at: now, retryAt: time, endsAt: ends)
            if gravest.map({ $0.isGraver(than: found) }) != true { gravest = found }
        }
        guard var gravest else { return nil }
        gravest.mayWait = mayWait
        (gravest.clearsAt, gravest.isForGood) = clearing(amounts, limits, next, from: now, at: now, since: since, wasPromised: wasPromised)
        return gravest
    }

    /// Counts an amount, in all windows that are kept.
    /// - Returns: the limits of which it takes the subject over four fifths, which it was not before, with what is used now.
    package mutating func book(_ amounts: Amounts, _ limits: [RateLimit], at now: Int, since: Int? = nil) -> [Usage] {
        var crossed: [Usage] = []
        for place in logs.indices {
            let log = logs[place], before = log.used, holding = limits.filter { $0.counts == log.counts && $0.window == log.window && holds($0, at: now, since: since) }
            // Of two for the same window the one with the slower pace is paid for.
            let paced = holding.filter { $0.burst != nil }.min { $0.most < $1.most }
            logs[place].book(amounts[log.counts], at: now, for: paced)
            for limit in holding where Self.isNear(limit.most, logs[place].used) && !Self.isNear(limit.most, before) { crossed.append(usage(of: limit, logs[place], at: now)) }
        }
        lastAt = now
        return crossed
    }

    private static func isNear(_ limit: Int, _ used: Int) -> Bool { Int128(used) * 5 >= Int128(limit) * 4 }

    /// How much of each limit is used.
    /// - Parameters:
    ///   - limits: for which `advance(to:for:)` was called.
    ///   - next: what holds when they end, as ``LimitedSubject/next``.
    package func usage(_ limits: [RateLimit], at now: Int, since: Int? = nil, next: [LimitedSubject.Next] = []) -> [Usage] {
        limits.compactMap { limit in
            guard holds(limit, at: now, since: since) else { return nil }
            guard let log = log(for: limit) else { return nil }
            return usage(of: limit, log, at: now, retryAt: clearing(Amounts(recipients: 1, octets: 1), [limit], next, from: now, at: now, since: since).at)
        }
    }

    /// What is used of a limit, holding or not.
    func used(_ limit: RateLimit) -> Int { log(for: limit)?.used ?? 0 }

    private func usage(of limit: RateLimit, _ log: BookingLog, at now: Int, retryAt: Int? = nil) -> Usage {
        Usage(limit: limit, used: log.used, resetsAt: log.bookings.last.map { $0.at + log.window.milliseconds }, retryAt: retryAt ?? log.earliest(1, under: limit, at: now) ?? now)
    }

    /// Whether nothing of it counts.
    package var isEmpty: Bool { logs.allSatisfy { $0.bookings.isEmpty && $0.paidAt == 0 } }

    /// The same subject, as if it had sent nothing; it is not new by that.
    package var emptied: AllowanceState { AllowanceState(since: since, lastAt: lastAt) }

    /// When nothing of it counts any more: milliseconds since 1970.
    package func idleFrom(_ limits: [RateLimit]) -> Int {
        let ends = logs.map { log in max((log.bookings.last?.at ?? 0) + log.window.milliseconds, log.paidAt / 1000) }
        // Who sent something not long ago is not new again.
        let memory = limits.compactMap(\.youth).max().map { lastAt + max($0, Self.memory) * 1000 }
        return (ends + [lastAt, memory ?? 0]).max() ?? 0
    }

    /// Seconds for which it is remembered, where that matters, that a subject is not new.
    package static let memory = 60 * 86_400
}

/// A limit that a message would exceed.
package struct Obstacle: Sendable, Equatable {
    package let limit: RateLimit
    /// What is used of it, and what the message needs.
    package let used: Int, amount: Int
    /// When it was so: milliseconds since 1970.
    package let at: Int
    /// When it would go, if nothing else is sent meanwhile and the limit stays: milliseconds since 1970; nil where it never goes, since it is more than the limit by itself.
    package let retryAt: Int?
    /// When it goes as far as is known, if nothing else is sent meanwhile: there is room, or the limits of its subject end, and those that hold then have room: milliseconds since 1970; nil where no moment is known.
    package internal(set) var clearsAt: Int?
    /// When the limit ends, where that is known: milliseconds since 1970.
    package let endsAt: Int?
    /// Whether it never goes, whatever ends.
    package internal(set) var isForGood: Bool
    /// Whether all limits that have no room for it say that it may wait.
    package internal(set) var mayWait: Bool

    package init(limit: RateLimit, used: Int, amount: Int, at: Int, retryAt: Int?, endsAt: Int? = nil) {
        self.limit = limit; self.used = used; self.amount = amount; self.at = at; self.retryAt = retryAt; self.endsAt = endsAt
        (clearsAt, isForGood) = (retryAt, retryAt == nil)
        mayWait = limit.excess == .hold
    }

    func isGraver(than other: Obstacle) -> Bool {
        guard let retryAt else { return true }
        guard let time = other.retryAt else { return false }
        return retryAt >= time
    }

    func clearsLater(than other: Obstacle) -> Bool {
        if isForGood || other.isForGood { return isForGood }
        guard let clearsAt else { return true }
        guard let time = other.clearsAt else { return false }
        return clearsAt >= time
    }
}

/// How much of a limit is used.
package struct Usage: Sendable, Equatable {
    package let limit: RateLimit
    package let used: Int
    /// When nothing of it is used any more, if nothing else is sent: milliseconds since 1970; nil where nothing is used.
    package let resetsAt: Int?
    /// When one more goes: now, where one goes at once.
    package let retryAt: Int

    package init(limit: RateLimit, used: Int, resetsAt: Int?, retryAt: Int) { self.limit = limit; self.used = used; self.resetsAt = resetsAt; self.retryAt = retryAt }

    package var remaining: Int { max(limit.most - used, 0) }
}

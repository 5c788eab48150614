/// Someone whose sending a message counts for, with the limits that hold for him.
package struct LimitedSubject: Sendable, Hashable {
    package let subject: LimitSubject
    package let limits: [RateLimit]
    /// When he was made known: milliseconds since 1970; nil: when he first sent something.
    package let since: Int?
    /// What holds after these limits, one after the other, where they end; none where they stay.
    package let next: [Next]

    /// Limits that hold from a moment on.
    package struct Next: Sendable, Hashable {
        /// Milliseconds since 1970; nil, of the last only: at a moment that nobody knows.
        package let at: Int?
        package let limits: [RateLimit]

        package init(at: Int?, _ limits: [RateLimit]) { self.at = at; self.limits = limits }
    }

    package init(_ subject: LimitSubject, _ limits: [RateLimit], since: Int? = nil, next: [Next] = []) { self.subject = subject; self.limits = limits; self.since = since; self.next = next }
}

/// What counting one message came to.
package enum Admission: Sendable, Equatable {
    /// It goes, and is counted for all subjects. With the limits of which four fifths are used since.
    case counted(at: Int, near: [Nearness])
    /// It was counted before.
    case countedBefore
    /// Nothing was counted.
    case exceeded(LimitSubject, Obstacle)
    /// Nothing was counted; it waits in line, and goes at `until` if others' fair share does not put it further back: milliseconds since 1970.
    case held(LimitSubject, Obstacle, until: Int)
    /// It waits in line since it came before.
    case heldBefore(until: Int)

    /// A limit of which more than four fifths are used.
    package struct Nearness: Sendable, Equatable {
        package let subject: LimitSubject
        package let usage: Usage

        package init(_ subject: LimitSubject, _ usage: Usage) { self.subject = subject; self.usage = usage }
    }
}

/// The states of some subjects, while messages are counted one after the other.
package struct Allowances: Sendable {
    package private(set) var states: [LimitSubject: AllowanceState]
    /// Whose states are not what they were.
    package private(set) var changed: [LimitSubject: LimitedSubject] = [:]
    /// Who has a line waiting for his limits.
    package private(set) var tails: [LimitSubject: HoldTail]
    /// Whose lines are longer than they were.
    package private(set) var lengthened: Set<LimitSubject> = []

    package init(_ states: [LimitSubject: AllowanceState], tails: [LimitSubject: HoldTail] = [:]) { self.states = states; self.tails = tails }

    /// The same with lines that wait.
    package func with(tails: [LimitSubject: HoldTail]) -> Allowances {
        var other = self
        other.tails = tails
        return other
    }

    /// Counts a message for all subjects, or for none: where one of them has no room for it.
    /// - Parameters:
    ///   - subjects: each once.
    ///   - now: milliseconds since 1970.
    ///   - wish: of one that may wait: it waits where the limits that have no room say so, or where a line waits already for one of its subjects, so that none is overtaken; nil for one that may not, which is put off then.
    ///   - wasPromised: whether it was taken and has waited: then it goes also under limits that were lowered since to less than it is, when nothing else of them is used.
    package mutating func admit(_ amounts: Amounts, _ subjects: [LimitedSubject], at now: Int, wish: HoldWish? = nil, wasPromised: Bool = false) -> Admission {
        var advanced: [AllowanceState] = [], gravest: (subject: LimitSubject, obstacle: Obstacle)?, mayWait = true
        // What is in the way for longest: limits may end before they have room.
        var told = gravest
        advanced.reserveCapacity(subjects.count)
        for each in subjects {
            var state = states[each.subject] ?? AllowanceState(startingAt: now)
            state.advance(to: now, for: each.limits)
            if let found = state.obstacle(amounts, each.limits, at: now, since: each.since, next: each.next, wasPromised: wasPromised) {
                mayWait = mayWait && found.mayWait
                if gravest.map({ $0.obstacle.isGraver(than: found) }) != true { gravest = (each.subject, found) }
                if told.map({ $0.obstacle.clearsLater(than: found) }) != true { told = (each.subject, found) }
            }
            advanced.append(state)
        }
        gravest?.obstacle.mayWait = mayWait
        if let obstacle = told?.obstacle { told?.obstacle = Self.settled(obstacle, amounts, subjects, advanced, at: now, wasPromised: wasPromised) }
        if !wasPromised, !tails.isEmpty || wish != nil, gravest.map({ $0.obstacle.retryAt != nil }) != false, let answer = wait(amounts, subjects, advanced, gravest, told, at: now, wish) { return answer }
        if let told { return .exceeded(told.subject, told.obstacle) }
        var near: [Admission.Nearness] = []
        for (each, state) in zip(subjects, advanced) {
            var state = state
            near += state.book(amounts, each.limits, at: now, since: each.since).map { Admission.Nearness(each.subject, $0) }
            states[each.subject] = state
            changed[each.subject] = each
        }
        return .counted(at: now, near: near)
    }

    /// What is in the way for longest, with what holds for the others by then: they have room now, or sooner, and may have none when their limits have ended.
    private static func settled(_ obstacle: Obstacle, _ amounts: Amounts, _ subjects: [LimitedSubject], _ states: [AllowanceState], at now: Int, wasPromised: Bool) -> Obstacle {
        var obstacle = obstacle
        // Each round goes past an end; who has more than a few is told a moment that is too early at worst.
        for _ in 0..<4 {
            guard !obstacle.isForGood, let time = obstacle.clearsAt else { return obstacle }
            for (each, state) in zip(subjects, states) where !each.next.isEmpty {
                let found = state.clearing(amounts, each.limits, each.next, from: obstacle.clearsAt ?? time, at: now, since: each.since, wasPromised: wasPromised)
                obstacle.isForGood = obstacle.isForGood || found.isForGood
                obstacle.clearsAt = obstacle.clearsAt.flatMap { last in found.at.map { max(last, $0) } }
            }
            if obstacle.clearsAt == time { return obstacle }
        }
        return obstacle
    }

    /// Puts a message at the end of the lines of its subjects, where all limits that have no room for it say so.
    /// - Parameters:
    ///   - gravest: what is in its way now, besides those who wait, and has room last; nil for nothing.
    ///   - told: what is in its way for longest.
    /// - Returns: nil where it goes at once.
    private mutating func wait(_ amounts: Amounts, _ subjects: [LimitedSubject], _ advanced: [AllowanceState], _ gravest: (subject: LimitSubject, obstacle: Obstacle)?, _ told: (subject: LimitSubject, obstacle: Obstacle)?, at now: Int, _ wish: HoldWish?) -> Admission? {
        var last = gravest, mayWait = gravest?.obstacle.mayWait != false
        for each in subjects {
            guard var state = tails[each.subject]?.state else { continue }
            // Not before those who are in line, and after all that they will have sent.
            let end = max(now, state.lastAt)
            state.advance(to: end, for: each.limits)
            let obstacle = state.obstacle(amounts, each.limits, at: end, since: each.since)
            if obstacle?.mayWait == false { mayWait = false }
            guard let found = obstacle ?? each.limits.first.map({ Obstacle(limit: $0, used: state.used($0), amount: amounts[$0.counts], at: now, retryAt: end) }) else { continue }
            if last.map({ $0.obstacle.isGraver(than: found) }) != true { last = (each.subject, found) }
        }
        guard let last, let until = last.obstacle.retryAt else { return nil }
        // One that may not wait goes where there is room, and those who should have gone are late.
        if wish == nil, gravest == nil, until <= now { return nil }
        guard let wish, mayWait, until <= now + wish.longest else {
            let answer = told.flatMap { $0.obstacle.clearsLater(than: last.obstacle) ? $0 : nil } ?? last
            return .exceeded(answer.subject, answer.obstacle)
        }
        for (each, state) in zip(subjects, advanced) {
            let isBlocker = each.subject == last.subject
            guard var tail = tails[each.subject] ?? (isBlocker ? HoldTail(state: state, waiting: 0, only: wish.lane) : nil) else { continue }
            let time = max(until, tail.state.lastAt)
            tail.state.advance(to: time, for: each.limits)
            _ = tail.state.book(amounts, each.limits, at: time, since: each.since)
            if isBlocker { tail.waiting += 1 }
            if tail.only != wish.lane { tail.only = nil }
            tails[each.subject] = tail
            lengthened.insert(each.subject)
        }
        return .held(last.subject, last.obstacle, until: until)
    }
}

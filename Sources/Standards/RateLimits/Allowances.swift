/// Someone whose sending a message counts for, with the limits that hold for him.
package struct LimitedSubject: Sendable, Hashable {
    package let subject: LimitSubject
    package let limits: [RateLimit]
    /// When he was made known: milliseconds since 1970; nil: when he first sent something.
    package let since: Int?

    package init(_ subject: LimitSubject, _ limits: [RateLimit], since: Int? = nil) { self.subject = subject; self.limits = limits; self.since = since }
}

/// What counting one message came to.
package enum Admission: Sendable, Equatable {
    /// It goes, and is counted for all subjects. With the limits of which four fifths are used since.
    case counted(at: Int, near: [Nearness])
    /// It was counted before.
    case countedBefore
    /// Nothing was counted.
    case exceeded(LimitSubject, Obstacle)

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

    package init(_ states: [LimitSubject: AllowanceState]) { self.states = states }

    /// Counts a message for all subjects, or for none: where one of them has no room for it.
    /// - Parameters:
    ///   - subjects: each once.
    ///   - now: milliseconds since 1970.
    package mutating func admit(_ amounts: Amounts, _ subjects: [LimitedSubject], at now: Int) -> Admission {
        var advanced: [AllowanceState] = [], gravest: (subject: LimitSubject, obstacle: Obstacle)?
        advanced.reserveCapacity(subjects.count)
        for each in subjects {
            var state = states[each.subject] ?? AllowanceState(startingAt: now)
            state.advance(to: now, for: each.limits)
            if let found = state.obstacle(amounts, each.limits, at: now, since: each.since), gravest.map({ $0.obstacle.isGraver(than: found) }) != true { gravest = (each.subject, found) }
            advanced.append(state)
        }
        if let gravest { return .exceeded(gravest.subject, gravest.obstacle) }
        var near: [Admission.Nearness] = []
        for (each, state) in zip(subjects, advanced) {
            var state = state
            near += state.book(amounts, each.limits, at: now, since: each.since).map { Admission.Nearness(each.subject, $0) }
            states[each.subject] = state
            changed[each.subject] = each
        }
        return .counted(at: now, near: near)
    }
}

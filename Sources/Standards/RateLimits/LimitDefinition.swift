/// What an operator or a panel said of one subject.
package struct LimitDefinition: Sendable, Hashable {
    /// Limits that hold instead of the subject's own until a moment.
    package struct Override: Sendable, Hashable {
        package var limits: [RateLimit]
        /// Milliseconds since 1970.
        package var until: Int
        package var reason: String?

        package init(limits: [RateLimit], until: Int, reason: String? = nil) { self.limits = limits; self.until = until; self.reason = reason }
    }

    /// The one above: the customer of a domain or a site, the plan of a customer.
    package var parent: LimitSubject?
    /// nil: what those above say, or the settings; empty: none.
    package var limits: [RateLimit]?
    /// For those below who have no limits of their own.
    package var defaults: [LimitScope: [RateLimit]]
    package var override: Override?
    /// When the account was made: milliseconds since 1970; nil: when it first sent something.
    package var since: Int?
    /// In which its owner is told what a limit did; nil: in that of those above, or the tenant's.
    package var language: LanguageTag?

    /// Limits in one list.
    package static let limitsInList = 16

    package init(parent: LimitSubject? = nil, limits: [RateLimit]? = nil, defaults: [LimitScope: [RateLimit]] = [:], override: Override? = nil, since: Int? = nil, language: LanguageTag? = nil) {
        self.parent = parent; self.limits = limits; self.defaults = defaults; self.override = override; self.since = since; self.language = language
    }

    /// Its own limits at a moment; nil where it says nothing of its own.
    package func limits(at now: Int) -> [RateLimit]? {
        if let override, override.until > now { return override.limits }
        return limits
    }

    /// - Throws: `LimitFault` where it cannot hold for a subject.
    package func check(for subject: LimitSubject) throws(LimitFault) {
        if let parent, parent.scope >= subject.scope { throw LimitFault("parent", "is a \(parent.scope.rawValue), which is not above a \(subject.scope.rawValue)") }
        for scope in defaults.keys.sorted() where scope <= subject.scope { throw LimitFault("defaults.\(scope.rawValue)", "are for a scope that is not below a \(subject.scope.rawValue)") }
        try Self.check(limits ?? [], "limits")
        try Self.check(override?.limits ?? [], "override.limits")
        for (scope, limits) in defaults.sorted(by: { $0.key < $1.key }) { try Self.check(limits, "defaults.\(scope.rawValue)") }
    }

    /// - Throws: `LimitFault` where a list is too long, or two of it say the same thing twice.
    package static func check(_ limits: [RateLimit], _ member: String) throws(LimitFault) {
        guard limits.count <= limitsInList else { throw LimitFault(member, "are \(limits.count), and at most \(limitsInList) can be") }
        for (place, limit) in limits.enumerated() {
            if limits[..<place].contains(where: { $0.counts == limit.counts && $0.window == limit.window && $0.youth == limit.youth }) {
                throw LimitFault("\(member)[\(place)]", "is a second limit of \(limit.counts.rawValue) per \(limit.window)")
            }
        }
    }
}

/// Which limits hold for whom: what is said of a subject itself, else by the nearest above it, else by the settings.
package struct LimitHierarchy: Sendable {
    /// Of the settings.
    package let defaults: [LimitScope: [RateLimit]]

    /// Subjects of one message.
    package static let subjectLimit = 24

    package init(defaults: [LimitScope: [RateLimit]] = [:]) { self.defaults = defaults }

    /// Those whom a message counts for, and those above them as far as they are known.
    /// - Parameter definition: what is said of a subject; nil where nothing is, or is not known yet.
    /// - Returns: from the widest to the narrowest.
    package func family(of subjects: [LimitSubject], _ definition: (LimitSubject) -> LimitDefinition?) -> [LimitSubject] {
        // The widest first: of too many those are left out that cap nobody.
        var all: Set<LimitSubject> = [], open = subjects.sorted(by: >)
        while let next = open.popLast(), all.count < Self.subjectLimit {
            guard all.insert(next).inserted, let parent = definition(next)?.parent else { continue }
            open.append(parent)
        }
        return all.sorted()
    }

    /// The limits of each, those without any left out.
    /// - Parameters:
    ///   - family: as ``family(of:_:)`` gives it.
    ///   - now: milliseconds since 1970.
    package func limited(_ family: [LimitSubject], at now: Int, _ definition: (LimitSubject) -> LimitDefinition?) -> [LimitedSubject] {
        family.compactMap { subject in
            let own = definition(subject)
            let limits = own?.limits(at: now) ?? inherited(subject, family, definition)
            if limits.isEmpty { return nil }
            guard let own, let override = own.override, override.until > now else { return LimitedSubject(subject, limits, since: own?.since) }
            return LimitedSubject(subject, limits, since: own.since, next: [.init(at: override.until, own.limits ?? inherited(subject, family, definition))])
        }
    }

    private func inherited(_ subject: LimitSubject, _ family: [LimitSubject], _ definition: (LimitSubject) -> LimitDefinition?) -> [RateLimit] {
        for above in family.reversed() where above.scope < subject.scope {
            if let limits = definition(above)?.defaults[subject.scope] { return limits }
        }
        return defaults[subject.scope] ?? []
    }
}

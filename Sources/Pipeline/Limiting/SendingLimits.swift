package import RateLimits
internal import Synchronization
package import Verdicts

/// Counts what goes out, and says what is too much. What is done with it, policy says.
package final class SendingLimits: Sendable {
    /// A message that would go out.
    package struct Message: Sendable {
        package var tenant: String
        /// By which it is known when it comes again: 32 octets.
        package var name: [UInt8]
        package var subjects: [LimitSubject]
        package var amounts: Amounts
        /// Where it may wait; nil where it may not.
        package var keeper: Keeper?
        /// Whether it does not go where its sender is frozen; else that is only shown, and it is counted as everybody's.
        package var freezes: Bool

        package init(tenant: String, name: [UInt8], subjects: [LimitSubject], amounts: Amounts, keeper: Keeper? = nil, freezes: Bool = true) { self.tenant = tenant; self.name = name; self.subjects = subjects; self.amounts = amounts; self.keeper = keeper; self.freezes = freezes }
    }

    /// Where a message may wait: the mail server that keeps it, and what that calls it.
    package struct Keeper: Sendable {
        package var server: String, queueID: String
        package var mailFrom: String?

        package init(server: String, queueID: String, mailFrom: String?) { self.server = server; self.queueID = queueID; self.mailFrom = mailFrom }
    }

    /// How long a message waits for the store at most, beside its deadline.
    package let patience: Duration
    package let hierarchy: LimitHierarchy
    package let store: any AllowanceStore
    package let definitions: any LimitStore
    /// For how long a message is held at most: milliseconds.
    package let longestHold: Int
    /// Where messages wait; nil where none do.
    package let holds: (any HoldStore)?
    /// Who is restrained; nil where nobody is.
    package let restraints: RestraintBook?
    private let book: LimitBook
    /// Whether what waits of who is frozen waits on.
    private let freezes = Mutex(true)
    private let answers = Mutex<[RateLimitEvidence.Result: Int]>([:])
    private let replies: Mutex<LimitReplies?>

    /// - Parameter replies: what is said to who sent too much; nil: nothing.
    package init(_ store: any AllowanceStore, _ definitions: any LimitStore, _ hierarchy: LimitHierarchy, holds: (any HoldStore)? = nil, restraints: RestraintBook? = nil, longestHold: Int = AllowanceLimits().longestHold, replies: LimitReplies? = nil, freshness: Duration = .seconds(2), patience: Duration = .seconds(2)) {
        self.holds = holds; self.restraints = restraints; self.longestHold = longestHold
        self.store = store; self.definitions = definitions; self.hierarchy = hierarchy; self.patience = patience
        self.replies = Mutex(replies)
        book = LimitBook(definitions, freshness: freshness)
    }

    /// Takes other words from now on.
    package func replace(replies: LimitReplies) { self.replies.withLock { $0 = replies } }

    /// What became of the verdict that was to be kept with the count.
    package enum Conclusion: Sendable, Equatable {
        /// None was kept: nothing was counted for it.
        case none
        /// It was kept, or an earlier one of the same message stands.
        case kept(earlier: EarlierVerdict?)
        /// It may be kept yet, or have been: the store's answer was lost or did not come.
        case unknown
    }

    /// Counts a message, or says which limit has no room for it.
    /// - Parameters:
    ///   - id: the name of the verdict that is kept in the same step; nil: none is.
    ///   - record: makes it, of what is returned; asked again where a step came to nothing.
    package func count(_ message: Message, at time: Timestamp, by deadline: ContinuousClock.Instant, keeping id: VerdictID? = nil, record: (@Sendable (RateLimitEvidence) -> VerdictRecord)? = nil) async -> (evidence: RateLimitEvidence, conclusion: Conclusion) {
        var conclusion = Conclusion.none, evidence: RateLimitEvidence
        let gate = CountingGate()
        do {
            let (family, said) = try await book.family(of: message.subjects, tenant: message.tenant, hierarchy, by: deadline)
            let standing = try await standing(of: family, tenant: message.tenant, at: time, by: deadline), subjects = limited(family, said, standing, at: time), replies = replies.withLock { $0 }
            @Sendable func whole(_ evidence: RateLimitEvidence) -> RateLimitEvidence {
                var evidence = evidence
                evidence.restraint = standing.strictest?.evidence
                // The nearest first.
                evidence.message = replies?.message(for: evidence, tenant: message.tenant, wishes: family.reversed().compactMap { said[$0]?.language })
                return evidence
            }
            if standing.strictest?.state == .frozen && message.freezes { evidence = whole(RateLimitEvidence(.frozen)) } else if subjects.isEmpty { evidence = whole(RateLimitEvidence(.unlimited)) } else {
                let request = message.keeper.map { HoldRequest(wish: HoldWish(lane: HoldLane(of: family), longest: longestHold), server: $0.server, queueID: $0.queueID, mailFrom: $0.mailFrom, subjects: message.subjects) }
                var verdict: CountedVerdict? = nil
                if let id, let record { verdict = CountedVerdict(id: id, begin: { gate.begin() }) { admission in record(whole(self.evidence(admission, message, subjects, standing))) } }
                let counting = try await store.count(CountedMessage(tenant: message.tenant, name: message.name, amounts: message.amounts, subjects: subjects, hold: request, verdict: verdict), by: deadline)
                if verdict != nil { conclusion = .kept(earlier: counting.earlier) }
                evidence = whole(self.evidence(counting.admission, message, subjects, standing))
            }
        } catch {
            evidence = RateLimitEvidence(.unknown, reason: "\(error)")
            if !gate.close(), Self.isLost(error) { conclusion = .unknown }
        }
        answers.withLock { $0[evidence.result, default: 0] += 1 }
        return (evidence, conclusion)
    }

    /// Whether it may have been counted all the same.
    private static func isLost(_ error: any Error) -> Bool {
        switch error as? StoreTrouble {
        case .refused, .busy: false
        case .timeout, .unavailable, nil: true
        }
    }

    private func evidence(_ admission: Admission, _ message: Message, _ subjects: [LimitedSubject], _ standing: RestraintBook.Standing) -> RateLimitEvidence {
        let names = subjects.map(\.subject.description)
        switch admission {
        case .counted(_, let near):
            let states = near.map { RateLimitEvidence.State($0.subject, $0.usage.limit, used: $0.usage.used) }
            return RateLimitEvidence(.counted, subjects: names, near: states.isEmpty ? nil : states)
        case .countedBefore: return RateLimitEvidence(.countedBefore, subjects: names)
        case .exceeded(let subject, let obstacle):
            let isTooLarge = obstacle.isForGood || obstacle.retryAt == nil && !endsSoon(obstacle, of: subject, standing)
            let state = RateLimitEvidence.State(subject, obstacle.limit, used: obstacle.used, needs: obstacle.amount, retryAt: isTooLarge ? nil : obstacle.clearsAt.map { Timestamp(milliseconds: $0) })
            return RateLimitEvidence(isTooLarge ? .tooLarge : .exceeded, subjects: names, exceeded: state)
        case .held(let subject, let obstacle, let until):
            let state = RateLimitEvidence.State(subject, obstacle.limit, used: obstacle.used, needs: obstacle.amount, retryAt: Timestamp(milliseconds: until))
            return RateLimitEvidence(.held, subjects: names, exceeded: state, hold: .init(id: Hold.id(of: message.name, tenant: message.tenant), releaseAt: Timestamp(milliseconds: until)))
        case .heldBefore(let until):
            return RateLimitEvidence(.held, subjects: names, hold: .init(id: Hold.id(of: message.name, tenant: message.tenant), releaseAt: Timestamp(milliseconds: until)))
        }
    }

    /// Whether a message that is more than a limit by itself goes before long, since the limit ends: that of who is throttled, or one that holds for a shorter time than anything is held.
    private func endsSoon(_ obstacle: Obstacle, of subject: LimitSubject, _ standing: RestraintBook.Standing) -> Bool {
        if standing.throttled[subject] != nil, restraints?.throttle.contains(obstacle.limit) == true { return true }
        return obstacle.endsAt.map { $0 - obstacle.at <= longestHold } ?? false
    }

    /// Those of a message's subjects, and of all above them, who have limits.
    /// - Throws: `StoreTrouble`.
    package func limited(_ subjects: [LimitSubject], tenant: String, at time: Timestamp, by deadline: ContinuousClock.Instant) async throws -> [LimitedSubject] {
        let (family, said) = try await book.family(of: subjects, tenant: tenant, hierarchy, by: deadline)
        return limited(family, said, restraints?.standing(of: family, tenant: tenant, at: time) ?? .init(), at: time)
    }

    private func limited(_ family: [LimitSubject], _ said: [LimitSubject: LimitDefinition], _ standing: RestraintBook.Standing, at time: Timestamp) -> [LimitedSubject] {
        let limited = hierarchy.limited(family, at: time.milliseconds) { said[$0] }
        return restraints?.limits(limited, of: family, standing) ?? limited
    }

    /// Follows the policy for what goes out: whether it stops who is frozen, or that is on probation.
    package func enforce(_ policy: Policy) { freezes.withLock { $0 = Self.freezes(policy) } }

    /// Whether a policy stops who is frozen.
    package static func freezes(_ policy: Policy) -> Bool {
        let rule = policy.rule(for: "sender.frozen")
        return rule.action != nil && !rule.dryRun
    }

    /// Whether somebody is frozen for whom a message counts, or above those.
    /// - Throws: `StoreTrouble` where that is not known.
    package func isFrozen(_ subjects: [LimitSubject], tenant: String, at time: Timestamp, by deadline: ContinuousClock.Instant) async throws -> Bool {
        guard let restraints, !restraints.isRead || restraints.hasAny, freezes.withLock({ $0 }) else { return false }
        let family = try await book.family(of: subjects, tenant: tenant, hierarchy, by: deadline).subjects
        return try await standing(of: family, tenant: tenant, at: time, by: deadline).strictest?.state == .frozen
    }

    private func standing(of family: [LimitSubject], tenant: String, at time: Timestamp, by deadline: ContinuousClock.Instant) async throws -> RestraintBook.Standing {
        guard let restraints else { return .init() }
        if !restraints.isRead { try await restraints.refresh(by: deadline) }
        return restraints.standing(of: family, tenant: tenant, at: time)
    }

    /// Restrains a subject by hand; this node follows at once, others a moment later.
    /// - Parameter seconds: for how long; nil: until it is undone.
    /// - Throws: `TenantLimitReached`, `StoreTrouble`.
    package func restrain(_ subject: TenantSubject, _ state: Restraint.State, for seconds: Int?, reason: String?, by deadline: ContinuousClock.Instant) async throws -> Restraint? {
        guard let restraints else { return nil }
        let restraint = try await restraints.store.restrain(subject, state, for: seconds, reason: reason, by: deadline)
        await follow([restraint])
        return restraint
    }

    /// Undoes a restraint.
    /// - Parameter trust: for how many seconds signals restrain the subject in no way.
    /// - Returns: nil where it is not restrained.
    package func lift(_ subject: TenantSubject, trust: Int, by deadline: ContinuousClock.Instant) async throws -> Restraint? {
        guard let restraints, let restraint = try await restraints.store.lift(subject, trust: trust, by: deadline) else { return nil }
        await follow([restraint])
        return restraint
    }

    /// Holds to restraints that were changed.
    package func follow(_ changed: [Restraint]) async {
        restraints?.note(changed)
        for tenant in Set(changed.map { $0.of.tenant }) { await self.changed(tenant) }
    }

    /// Reads what other nodes changed.
    /// - Throws: `StoreTrouble`.
    package func refreshRestraints(by deadline: ContinuousClock.Instant) async throws {
        let news = try await restraints?.refresh(by: deadline) ?? []
        for tenant in Set(news.map { $0.of.tenant }) { await changed(tenant) }
    }

    /// Says something of a subject instead of what was said before; this node follows at once, others a moment later.
    /// - Returns: whether nothing was said before.
    /// - Throws: `LimitFault` where that cannot hold for it, `TenantLimitReached`, `StoreTrouble`.
    package func define(_ subject: TenantSubject, _ definition: LimitDefinition) async throws -> Bool {
        try definition.check(for: subject.subject)
        if let wish = definition.language, let replies = replies.withLock({ $0 }), replies.language(for: wish, of: subject.tenant) == nil {
            throw LimitFault("language", "is \(wish), in which there are no replies; there are \(replies.languages(of: subject.tenant).joined(separator: ", "))")
        }
        defer { book.forget(subject) }
        let isNew = try await definitions.define(subject, definition)
        await changed(subject.tenant)
        return isNew
    }

    /// - Returns: false where nothing was said of it.
    package func remove(_ subject: TenantSubject) async throws -> Bool {
        defer { book.forget(subject) }
        let was = try await definitions.remove(subject)
        if was { await changed(subject.tenant) }
        return was
    }

    /// Forgets what a subject has sent.
    /// - Returns: false when nothing was known.
    package func reset(_ subject: TenantSubject, by deadline: ContinuousClock.Instant) async throws -> Bool {
        let was = try await store.reset(subject.subject, tenant: subject.tenant, by: deadline)
        if was { await changed(subject.tenant) }
        return was
    }

    /// What waits may go at other times now. Where that cannot be noted, it is found out a little later.
    private func changed(_ tenant: String) async { try? await holds?.disorder(tenant, by: .now + patience) }

    package func families() -> [MetricFamily] {
        let answers = answers.withLock { $0 }
        return [MetricFamily("postern_limits_total", .counter, "Messages that would go out, by what the limits on sending said.",
                             RateLimitEvidence.Result.allCases.map { .init(labels: [("result", $0.rawValue)], value: Double(answers[$0] ?? 0)) })]
    }
}

/// Whether a message may still be counted whose caller waits no longer: once the store has begun with it, only the store knows what became of it.
private final class CountingGate: Sendable {
    private enum State { case open, begun, closed }

    private let state = Mutex(State.open)

    /// - Returns: false where the caller has gone before.
    func begin() -> Bool {
        state.withLock { state in
            if state == .open { state = .begun }
            return state == .begun
        }
    }

    /// - Returns: whether nothing was begun, nor will be.
    func close() -> Bool {
        state.withLock { state in
            if state == .open { state = .closed }
            return state == .closed
        }
    }
}

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

        package init(tenant: String, name: [UInt8], subjects: [LimitSubject], amounts: Amounts) { self.tenant = tenant; self.name = name; self.subjects = subjects; self.amounts = amounts }
    }

    /// How long a message waits for the store at most, beside its deadline.
    package let patience: Duration
    package let hierarchy: LimitHierarchy
    package let store: any AllowanceStore
    package let definitions: any LimitStore
    private let book: LimitBook
    private let answers = Mutex<[RateLimitEvidence.Result: Int]>([:])

    package init(_ store: any AllowanceStore, _ definitions: any LimitStore, _ hierarchy: LimitHierarchy, freshness: Duration = .seconds(2), patience: Duration = .seconds(2)) {
        self.store = store; self.definitions = definitions; self.hierarchy = hierarchy; self.patience = patience
        book = LimitBook(definitions, freshness: freshness)
    }

    /// Counts a message, or says which limit has no room for it.
    package func count(_ message: Message, at time: Timestamp, by deadline: ContinuousClock.Instant) async -> RateLimitEvidence {
        let evidence = await asked(message, at: time, by: deadline)
        answers.withLock { $0[evidence.result, default: 0] += 1 }
        return evidence
    }

    private func asked(_ message: Message, at time: Timestamp, by deadline: ContinuousClock.Instant) async -> RateLimitEvidence {
        do {
            let subjects = try await limited(message.subjects, tenant: message.tenant, at: time, by: deadline), names = subjects.map(\.subject.description)
            if subjects.isEmpty { return RateLimitEvidence(.unlimited) }
            switch try await store.count(CountedMessage(tenant: message.tenant, name: message.name, amounts: message.amounts, subjects: subjects), by: deadline) {
            case .counted(_, let near):
                let states = near.map { RateLimitEvidence.State($0.subject, $0.usage.limit, used: $0.usage.used) }
                return RateLimitEvidence(.counted, subjects: names, near: states.isEmpty ? nil : states)
            case .countedBefore: return RateLimitEvidence(.countedBefore, subjects: names)
            case .exceeded(let subject, let obstacle):
                let state = RateLimitEvidence.State(subject, obstacle.limit, used: obstacle.used, needs: obstacle.amount, retryAt: obstacle.retryAt.map { Timestamp(milliseconds: $0) })
                return RateLimitEvidence(obstacle.retryAt == nil ? .tooLarge : .exceeded, subjects: names, exceeded: state)
            }
        } catch {
            return RateLimitEvidence(.unknown, reason: "\(error)")
        }
    }

    /// Those of a message's subjects, and of all above them, who have limits.
    /// - Throws: `StoreTrouble`.
    package func limited(_ subjects: [LimitSubject], tenant: String, at time: Timestamp, by deadline: ContinuousClock.Instant) async throws -> [LimitedSubject] {
        let (family, said) = try await book.family(of: subjects, tenant: tenant, hierarchy, by: deadline)
        return hierarchy.limited(family, at: time.milliseconds) { said[$0] }
    }

    /// Says something of a subject instead of what was said before; this node follows at once, others a moment later.
    /// - Returns: whether nothing was said before.
    /// - Throws: `LimitFault` where that cannot hold for it, `TenantLimitReached`, `StoreTrouble`.
    package func define(_ subject: TenantSubject, _ definition: LimitDefinition) async throws -> Bool {
        try definition.check(for: subject.subject)
        defer { book.forget(subject) }
        return try await definitions.define(subject, definition)
    }

    /// - Returns: false where nothing was said of it.
    package func remove(_ subject: TenantSubject) async throws -> Bool {
        defer { book.forget(subject) }
        return try await definitions.remove(subject)
    }

    package func families() -> [MetricFamily] {
        let answers = answers.withLock { $0 }
        return [MetricFamily("postern_limits_total", .counter, "Messages that would go out, by what the limits on sending said.",
                             RateLimitEvidence.Result.allCases.map { .init(labels: [("result", $0.rawValue)], value: Double(answers[$0] ?? 0)) })]
    }
}

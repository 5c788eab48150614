package import Limiting
package import RateLimits
internal import Synchronization
package import Verdicts

/// The twin of what was sent, in memory.
package final class MemoryAllowances: AllowanceStore {
    private struct State {
        var tenants: [String: Allowances] = [:]
        var names: [String: Set<[UInt8]>] = [:]
        var limited: [TenantSubject: [RateLimit]] = [:]
        var trouble: StoreTrouble?
    }

    private let most: Int
    private let clock: @Sendable () -> Int
    private let state = Mutex(State())

    /// - Parameter clock: milliseconds since 1970.
    package init(limits: AllowanceLimits = AllowanceLimits(), clock: @escaping @Sendable () -> Int) { most = limits.subjects; self.clock = clock }

    /// Fails from now on with this; nil: no more.
    package func fail(_ trouble: StoreTrouble?) { state.withLock { $0.trouble = trouble } }

    package func count(_ message: CountedMessage, by deadline: ContinuousClock.Instant) async throws -> Admission {
        guard message.name.count == 32, (1...LimitHierarchy.subjectLimit).contains(message.subjects.count) else { throw StoreTrouble.refused("not a message") }
        return try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            if state.names[message.tenant]?.contains(message.name) == true { return .countedBefore }
            let known = state.tenants[message.tenant]?.states ?? [:]
            let new = message.subjects.filter { known[$0.subject] == nil }
            var allowances = Allowances(known)
            let answer = allowances.admit(message.amounts, message.subjects, at: clock())
            if case .counted = answer {
                if known.count + new.count > most { throw StoreTrouble.refused("\(most) subjects of the tenant are counted already") }
                state.tenants[message.tenant] = allowances
                state.names[message.tenant, default: []].insert(message.name)
                for each in message.subjects { state.limited[TenantSubject(tenant: message.tenant, each.subject)] = each.limits }
            }
            return answer
        }
    }

    package func states(of subjects: [LimitSubject], tenant: String, by deadline: ContinuousClock.Instant) async throws -> (now: Int, states: [LimitSubject: AllowanceState]) {
        try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            return (clock(), (state.tenants[tenant]?.states ?? [:]).filter { subjects.contains($0.key) && !$0.value.isEmpty })
        }
    }

    package func reset(_ subject: LimitSubject, tenant: String, by deadline: ContinuousClock.Instant) async throws -> Bool {
        state.withLock { state in
            var states = state.tenants[tenant]?.states ?? [:]
            guard let before = states[subject], !before.isEmpty else { return false }
            states[subject] = before.emptied
            state.tenants[tenant] = Allowances(states)
            return true
        }
    }

    package func removeOld(by deadline: ContinuousClock.Instant) async throws -> (subjects: Int, messages: Int) {
        state.withLock { state in
            var gone = 0
            for (tenant, allowances) in state.tenants {
                let left = allowances.states.filter { $0.value.idleFrom(state.limited[TenantSubject(tenant: tenant, $0.key)] ?? []) > clock() }
                gone += allowances.states.count - left.count
                state.tenants[tenant] = Allowances(left)
            }
            return (gone, 0)
        }
    }
}

/// The twin of what is said of subjects, in memory.
package final class MemoryLimits: LimitStore {
    private let most: Int
    private let said = Mutex<[TenantSubject: LimitDefinition]>([:])

    package init(limits: AllowanceLimits = AllowanceLimits()) { most = limits.definitions }

    package func definitions(of subjects: [TenantSubject], by deadline: ContinuousClock.Instant) async throws -> [TenantSubject: LimitDefinition] {
        said.withLock { said in said.filter { subjects.contains($0.key) } }
    }

    package func define(_ subject: TenantSubject, _ definition: LimitDefinition) async throws -> Bool {
        try said.withLock { said in
            if said[subject] == nil, said.keys.count(where: { $0.tenant == subject.tenant }) >= most { throw TenantLimitReached(limit: most) }
            return said.updateValue(definition, forKey: subject) == nil
        }
    }

    package func remove(_ subject: TenantSubject) async throws -> Bool { said.withLock { $0.removeValue(forKey: subject) != nil } }

    package func page(tenant: String?, scope: LimitScope?, after: TenantSubject?, limit: Int) async throws -> [KeptDefinition] {
        said.withLock { said in
            let all = said.filter { (tenant == nil || $0.key.tenant == tenant) && (scope == nil || $0.key.subject.scope == scope) }
                .sorted { ($0.key.tenant, $0.key.subject) < ($1.key.tenant, $1.key.subject) }
                .filter { each in after.map { ($0.tenant, $0.subject) < (each.key.tenant, each.key.subject) } ?? true }
            return all.prefix(limit).map { KeptDefinition(of: $0.key, $0.value) }
        }
    }
}

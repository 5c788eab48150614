package import Limiting
package import RateLimits
internal import Synchronization
package import Verdicts

/// The twin of what was sent, in memory.
package final class MemoryAllowances: AllowanceStore {
    struct State {
        var tenants: [String: Allowances] = [:]
        var names: [String: Set<[UInt8]>] = [:]
        var limited: [TenantSubject: [RateLimit]] = [:]
        var trouble: StoreTrouble?, isBegun = false
        /// Of how many that are counted the answer is lost.
        var lost = 0
        /// How many are answered as if they had been counted by a step whose answer was lost.
        var repeated = 0
        var holds: [Hold] = []
        var leases: [VerdictID: Int] = [:]
        var tails: [String: [LimitSubject: HoldTail]] = [:]
        var turns: [String: HoldTurns] = [:]
        var agents: [HoldAgent: Int] = [:]
        var orders: [String: (isDisordered: Bool, plannedAt: Int)] = [:]
        var changes: [TenantSubject: Int] = [:]
        var place = 0
    }

    let limits: AllowanceLimits
    private let verdicts: MemoryVerdictStore
    let clock: @Sendable () -> Int
    let state = Mutex(State())
    private var most: Int { limits.subjects }

    /// - Parameters:
    ///   - verdicts: where the verdicts are kept of what is counted.
    ///   - clock: milliseconds since 1970.
    package init(limits: AllowanceLimits = AllowanceLimits(), verdicts: MemoryVerdictStore = MemoryVerdictStore(), clock: @escaping @Sendable () -> Int) { self.limits = limits; self.verdicts = verdicts; self.clock = clock }

    /// Fails from now on with this; nil: no more.
    /// - Parameter isBegun: only after it has begun with a message.
    package func fail(_ trouble: StoreTrouble?, isBegun: Bool = false) { state.withLock { $0.trouble = trouble; $0.isBegun = isBegun } }

    /// Loses the answers to the next messages: they are counted, and whoever asked does not know it.
    package func lose(_ answers: Int) { state.withLock { $0.lost = answers } }

    /// Answers the next messages as a step that is done again: what was kept stands.
    package func repeatSteps(_ answers: Int) { state.withLock { $0.repeated = answers } }

    package func count(_ message: CountedMessage, by deadline: ContinuousClock.Instant) async throws -> Counting {
        let (trouble, isBegun) = state.withLock { ($0.trouble, $0.isBegun) }
        if let trouble, !isBegun { throw trouble }
        guard message.verdict?.begin() ?? true else { throw StoreTrouble.timeout }
        if let trouble { throw trouble }
        let admission = try admission(message), record = message.verdict?.record(admission), earlier = record.flatMap { verdicts.take($0) }
        let (isLost, isRepeated) = state.withLock { state in
            defer { state.lost = max(state.lost - 1, 0); state.repeated = max(state.repeated - 1, 0) }
            return (state.lost > 0, state.repeated > 0)
        }
        if isLost { throw StoreTrouble.timeout }
        if isRepeated, earlier == nil, let record { return Counting(.countedBefore, earlier: EarlierVerdict(id: record.id, action: record.action)) }
        return Counting(admission, earlier: earlier)
    }

    private func admission(_ message: CountedMessage) throws -> Admission {
        guard message.name.count == 32, (1...LimitHierarchy.subjectLimit).contains(message.subjects.count) else { throw StoreTrouble.refused("not a message") }
        return try state.withLock { state in
            if let trouble = state.trouble { throw trouble }
            if state.names[message.tenant]?.contains(message.name) == true { return .countedBefore }
            if message.hold != nil, let hold = state.holds.first(where: { $0.tenant == message.tenant && $0.name == message.name && [.waiting, .granted].contains($0.state) }) { return hold.state == .granted ? .countedBefore : .heldBefore(until: hold.releaseAt.milliseconds) }
            let known = state.tenants[message.tenant]?.states ?? [:]
            let new = message.subjects.filter { known[$0.subject] == nil }
            var allowances = Allowances(known, tails: state.tails[message.tenant] ?? [:])
            let answer = allowances.admit(message.amounts, message.subjects, at: clock(), wish: wish(of: message, state))
            if case .held(let blocker, _, let until) = answer { hold(message, blocker, until, allowances, &state) }
            if case .counted = answer {
                if known.count + new.count > most { throw StoreTrouble.refused("\(most) subjects of the tenant are counted already") }
                state.tenants[message.tenant] = Allowances(allowances.states)
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

internal import RateLimits
internal import Synchronization
internal import Threads
package import Verdicts

/// Messages that wait, as doors use them: an agent asks which go, and says what came of them.
package final class HoldDesk: Sendable {
    package let store: any HoldStore
    private let limits: SendingLimits
    private let settings: Settings
    private let clock: @Sendable () -> Timestamp
    private let planners = QueueRound(label: "postern.holds")
    private let ended = Mutex<[Hold.Outcome: Int]>([:])

    package struct Settings: Sendable {
        /// How long an agent has a message in hand before another one gets it.
        package var lease = Duration.seconds(20)
        /// How often is looked for what others changed, while an agent waits.
        package var pace = Duration.seconds(1)
        /// How long one question to the database may take.
        package var patience = Duration.seconds(10)

        package init() {}
    }

    /// - Parameter clock: tells whether an override holds still.
    package init(_ store: any HoldStore, _ limits: SendingLimits, settings: Settings = Settings(), clock: @escaping @Sendable () -> Timestamp) { self.store = store; self.limits = limits; self.settings = settings; self.clock = clock }

    /// Messages that go now at a server. They are counted, and the caller has them in hand: of those that it does not confirm in time, another call has them again.
    /// - Parameters:
    ///   - limit: at most so many, 1…1000.
    ///   - wait: how long to wait where none goes.
    ///   - isEnding: whether the caller is gone or cannot wait any longer; asked before each look, about once a second.
    /// - Returns: none where none went in time.
    package func due(at agent: HoldAgent, limit: Int, wait: Duration, isEnding: () -> Bool = { false }) async throws -> [Hold] {
        let end = ContinuousClock.now + wait, lease = settings.lease.milliseconds
        var looks = 0
        while true {
            // Who has gone away has nothing in hand.
            if isEnding() { return [] }
            let deadline = ContinuousClock.now + settings.patience
            let found = try await store.due(at: agent, lease: lease, limit: limit, by: deadline)
            // One that was granted before its sender was frozen goes when that is undone.
            let lent = try await parted(found.lent, by: deadline).free
            let (free, frozen) = try await parted(found.due, by: deadline)
            // What is frozen waits on, and is in nobody's way.
            if !frozen.isEmpty { try await store.postpone(frozen, for: Self.freezing, by: deadline) }
            let candidates = try await limited(Array(free.prefix(max(limit - lent.count, 0))), by: deadline)
            let going = lent + (candidates.isEmpty ? [] : try await store.grant(candidates.map { ($0, $1) }, lease: lease, by: deadline))
            let now = ContinuousClock.now
            // Behind those of who is frozen there may be others.
            if going.isEmpty, frozen.count == found.due.count, frozen.count >= limit, looks < Self.mostLooks { looks += 1; continue }
            if !going.isEmpty || now >= end { return going }
            let next = found.next.map { Duration.milliseconds($0 + 1) } ?? settings.pace
            try await Task.sleep(for: min(max(next, Self.leastPause), settings.pace, end - now))
        }
    }

    /// Notes what came of a message that was to be released, as ``HoldStore/end(_:tenant:_:by:)`` does.
    package func end(_ id: VerdictID, tenant: String?, _ outcome: Hold.Outcome, by deadline: ContinuousClock.Instant) async throws -> Hold? {
        let hold = try await store.end(id, tenant: tenant, outcome, by: deadline)
        if hold?.outcome == outcome { ended.withLock { $0[outcome, default: 0] += 1 } }
        return hold
    }

    package func families() -> [MetricFamily] {
        let ended = ended.withLock { $0 }
        return [MetricFamily("postern_holds_ended_total", .counter, "What agents said of messages that were to go: those that they let go, and those that the mail server did not have.",
                             Hold.Outcome.allCases.map { .init(labels: [("outcome", $0.rawValue)], value: Double(ended[$0] ?? 0)) })]
    }

    /// For whom messages count.
    private struct Who: Hashable { let tenant: String, subjects: [LimitSubject] }

    /// After how long is looked anew whether a message may go whose sender is frozen: milliseconds. When that is undone, it is looked at once.
    private static let freezing = 600_000

    /// Pages of nothing but those that one call passes over.
    private static let mostLooks = 20

    /// Those that may go, and those of senders who are frozen.
    private func parted(_ holds: [Hold], by deadline: ContinuousClock.Instant) async throws -> (free: [Hold], frozen: [Hold]) {
        var free: [Hold] = [], frozen: [Hold] = [], known: [Who: Bool] = [:]
        for hold in holds {
            let who = Who(tenant: hold.tenant, subjects: hold.subjects)
            let isFrozen = if let found = known[who] { found } else { try await limits.isFrozen(hold.subjects, tenant: hold.tenant, at: clock(), by: deadline) }
            known[who] = isFrozen
            if isFrozen { frozen.append(hold) } else { free.append(hold) }
        }
        return (free, frozen)
    }

    /// So that one for which there is no room, although its time has come, is not asked for without end.
    private static let leastPause = Duration.milliseconds(20)

    /// The message and the limits that hold for each now.
    private func limited(_ holds: [Hold], by deadline: ContinuousClock.Instant) async throws -> [(Hold, [LimitedSubject])] {
        var known: [Who: [LimitedSubject]] = [:], all: [(Hold, [LimitedSubject])] = []
        all.reserveCapacity(holds.count)
        for hold in holds {
            let who = Who(tenant: hold.tenant, subjects: hold.subjects)
            let subjects = if let found = known[who] { found } else { try await limits.limited(hold.subjects, tenant: hold.tenant, at: clock(), by: deadline) }
            known[who] = subjects
            all.append((hold, subjects))
        }
        return all
    }

    /// Puts those in order that wait, of all tenants that another node does not put in order now.
    /// - Returns: of each tenant what was in the way; nil for nothing.
    @discardableResult package func putInOrder() async throws -> [String: (any Error)?] {
        let tenants = try await store.disordered(by: .now + settings.patience)
        // One of whom there is much keeps none waiting.
        return await withTaskGroup(of: (String, (any Error)?).self) { group in
            for tenant in tenants { group.addTask { do { try await self.putInOrder(tenant); return (tenant, nil) } catch { return (tenant, error) } } }
            var all: [String: (any Error)?] = [:]
            for await (tenant, error) in group { all[tenant] = .some(error) }
            return all
        }
    }

    /// Puts those of one tenant in order that wait. Those at servers whose agent does not ask stay where they are, and keep nobody else waiting.
    package func putInOrder(_ tenant: String) async throws {
        let begin = ContinuousClock.now, deadline = begin + settings.patience * 6
        let line = try await store.line(of: tenant, by: deadline), free = try await parted(line.holds.filter { line.servers.contains($0.server) }, by: deadline).free
        let all = try await limited(free, by: deadline)
        var subjects: Set<LimitSubject> = [], states: [LimitSubject: AllowanceState] = [:]
        for (_, limited) in all { for each in limited { subjects.insert(each.subject) } }
        var rest = Array(subjects)[...]
        while !rest.isEmpty {
            states.merge(try await limits.store.states(of: Array(rest.prefix(1000)), tenant: tenant, by: deadline).states) { $1 }
            rest = rest.dropFirst(1000)
        }
        let messages = all.map { WaitingMessage(lane: $0.lane, amounts: $0.amounts, subjects: $1, blocker: $0.blocker) }, known = states
        let plan = await withTaskExecutorPreference(planners.next) { @concurrent in HoldPlan(messages, states: known, turns: line.turns, at: line.now) }
        var moves: [HoldOrder.Move] = []
        for (place, each) in all.enumerated() {
            let time = Timestamp(milliseconds: plan.times[place]), blocker = plan.blockers[place]
            // One that is due stays due: its time came, and it waits for its agent.
            if plan.times[place] <= line.now, each.0.releaseAt.milliseconds <= line.now { continue }
            if time != each.0.releaseAt || blocker != each.0.blocker { moves.append(.init(id: each.0.id, releaseAt: time, blocker: blocker)) }
        }
        let took = begin.duration(to: .now).milliseconds
        try await store.order(tenant, HoldOrder(moves: moves, tails: plan.tails, begins: plan.begins, changes: line.changes, took: took), by: deadline)
    }
}

extension Duration {
    /// Whole ones.
    fileprivate var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}

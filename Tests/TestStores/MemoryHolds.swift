package import Limiting
package import RateLimits
internal import Synchronization
package import Verdicts

/// The twin of messages that wait, in memory, beside what was sent.
extension MemoryAllowances: HoldStore {
    func wish(of message: CountedMessage, _ state: State) -> HoldWish? {
        guard let hold = message.hold, state.holds.count(where: { $0.tenant == message.tenant && $0.state == .waiting }) < limits.holds else { return nil }
        let isServed = state.agents.contains { $0.key.server == hold.server && ($0.key.tenant ?? message.tenant) == message.tenant && $0.value > clock() - 600_000 }
        let isTaken = state.holds.contains { $0.server == hold.server && $0.queueID == hold.queueID && [.waiting, .granted].contains($0.state) && ($0.tenant != message.tenant || $0.name != message.name) }
        return isServed && !isTaken ? hold.wish : nil
    }

    func hold(_ message: CountedMessage, _ blocker: LimitSubject, _ until: Int, _ allowances: Allowances, _ state: inout State) {
        guard let request = message.hold else { return }
        let id = Hold.id(of: message.name, tenant: message.tenant)
        state.holds.removeAll { $0.tenant == message.tenant && $0.id == id }
        state.place += 1
        state.holds.append(Hold(id: id, tenant: message.tenant, name: message.name, place: state.place, server: request.server, queueID: request.queueID, mailFrom: request.mailFrom, lane: request.wish.lane, subjects: request.subjects,
                                amounts: message.amounts, heldAt: Timestamp(milliseconds: clock()), releaseAt: Timestamp(milliseconds: until), blocker: blocker))
        state.tails[message.tenant] = allowances.tails
        for subject in allowances.lengthened { state.changes[TenantSubject(tenant: message.tenant, subject), default: 0] += 1 }
        let isDisordered = allowances.lengthened.contains { allowances.tails[$0]?.only == nil }
        let before = state.orders[message.tenant] ?? (false, clock())
        state.orders[message.tenant] = (before.isDisordered || isDisordered, before.plannedAt)
    }

    package func due(at agent: HoldAgent, lease: Int, limit: Int, by deadline: ContinuousClock.Instant) async throws -> DueHolds {
        state.withLock { state in
            let now = clock()
            state.agents[agent] = now
            let mine = state.holds.filter { $0.server == agent.server && (agent.tenant == nil || $0.tenant == agent.tenant) }
            let lent = mine.filter { $0.state == .granted && (state.leases[$0.id] ?? 0) <= now }.prefix(limit)
            for hold in lent { state.leases[hold.id] = now + lease }
            let waiting = mine.filter { $0.state == .waiting }.sorted { ($0.releaseAt, $0.place) < ($1.releaseAt, $1.place) }
            let next = (waiting.map(\.releaseAt.milliseconds).filter { $0 > now } + mine.filter { $0.state == .granted }.compactMap { state.leases[$0.id] }).min()
            return DueHolds(lent: Array(lent), due: Array(waiting.filter { $0.releaseAt.milliseconds <= now }.prefix(limit)), next: next.map { max($0 - now, 0) })
        }
    }

    package func postpone(_ holds: [Hold], for milliseconds: Int, by deadline: ContinuousClock.Instant) async throws {
        state.withLock { state in
            for place in state.holds.indices where state.holds[place].state == .waiting && holds.contains(where: { $0.id == state.holds[place].id && $0.tenant == state.holds[place].tenant }) {
                state.holds[place].releaseAt = Timestamp(milliseconds: clock() + milliseconds)
            }
        }
    }

    package func grant(_ holds: [(hold: Hold, subjects: [LimitedSubject])], lease: Int, by deadline: ContinuousClock.Instant) async throws -> [Hold] {
        state.withLock { state in
            var granted: [Hold] = []
            let now = clock()
            for (hold, _) in holds { state.turns[hold.tenant, default: HoldTurns()].enter([hold.lane]) }
            struct Line: Hashable { let tenant: String, lane: HoldLane }
            var stopped: Set<Line> = []
            for (hold, subjects) in holds where !stopped.contains(Line(tenant: hold.tenant, lane: hold.lane)) {
                guard let place = state.holds.firstIndex(where: { $0.id == hold.id && $0.tenant == hold.tenant && $0.state == .waiting }) else { continue }
                if state.names[hold.tenant]?.contains(hold.name) != true {
                    var allowances = Allowances(state.tenants[hold.tenant]?.states ?? [:])
                    if case .exceeded(_, let obstacle) = allowances.admit(hold.amounts, subjects, at: now, wasPromised: true) {
                        let until = Timestamp(milliseconds: [obstacle.clearsAt ?? obstacle.retryAt ?? 0].first { $0 > now } ?? now + 1000), behind = state.holds[place].place
                        state.holds[place].releaseAt = until
                        for other in state.holds.indices where state.holds[other].tenant == hold.tenant && state.holds[other].lane == hold.lane && state.holds[other].state == .waiting && state.holds[other].place > behind && state.holds[other].releaseAt < until {
                            state.holds[other].releaseAt = until
                        }
                        stopped.insert(Line(tenant: hold.tenant, lane: hold.lane))
                        state.orders[hold.tenant]?.isDisordered = true
                        continue
                    }
                    state.tenants[hold.tenant] = Allowances(allowances.states)
                    state.names[hold.tenant, default: []].insert(hold.name)
                }
                state.holds[place].state = .granted
                state.holds[place].grantedAt = Timestamp(milliseconds: now)
                state.leases[hold.id] = now + lease
                shorten(state.holds[place], &state)
                state.turns[hold.tenant, default: HoldTurns()].serve(hold.lane, max(hold.amounts.recipients, 1))
                granted.append(state.holds[place])
            }
            return granted
        }
    }

    private func shorten(_ hold: Hold, _ state: inout State) {
        guard var tail = state.tails[hold.tenant]?[hold.blocker] else { return }
        tail.waiting -= 1
        state.tails[hold.tenant]?[hold.blocker] = tail.waiting > 0 ? tail : nil
    }

    package func end(_ id: VerdictID, tenant: String?, _ outcome: Hold.Outcome, by deadline: ContinuousClock.Instant) async throws -> Hold? { close(id, tenant, from: [.waiting, .granted], to: .released, outcome) }

    package func cancel(_ id: VerdictID, tenant: String?, by deadline: ContinuousClock.Instant) async throws -> Hold? { close(id, tenant, from: [.waiting], to: .cancelled, nil) }

    private func close(_ id: VerdictID, _ tenant: String?, from states: [Hold.State], to new: Hold.State, _ outcome: Hold.Outcome?) -> Hold? {
        state.withLock { state in
            guard let place = state.holds.firstIndex(where: { $0.id == id && (tenant == nil || $0.tenant == tenant) }) else { return nil }
            guard states.contains(state.holds[place].state) else { return state.holds[place] }
            if state.holds[place].state == .waiting {
                shorten(state.holds[place], &state)
                state.orders[state.holds[place].tenant]?.isDisordered = true
            }
            state.holds[place].state = new
            state.holds[place].outcome = outcome
            state.holds[place].endedAt = Timestamp(milliseconds: clock())
            return state.holds[place]
        }
    }

    package func hold(_ id: VerdictID, tenant: String?, by deadline: ContinuousClock.Instant) async throws -> Hold? {
        state.withLock { state in state.holds.first { $0.id == id && (tenant == nil || $0.tenant == tenant) } }
    }

    package func holds(matching filter: HoldFilter, before: Int?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Hold] {
        state.withLock { state in
            let found = state.holds.filter {
                (filter.tenant == nil || $0.tenant == filter.tenant) && (filter.state == nil || $0.state == filter.state) && (filter.server == nil || $0.server == filter.server)
                    && (filter.sender == nil || $0.lane.sender == filter.sender) && (filter.queueID == nil || $0.queueID == filter.queueID) && (before.map { $0 } ?? .max) > $0.place
            }
            return Array(found.sorted { $0.place > $1.place }.prefix(limit))
        }
    }

    package func disordered(by deadline: ContinuousClock.Instant) async throws -> [String] {
        state.withLock { state in
            let now = clock()
            let tenants = state.orders.filter { order in order.value.plannedAt < now - (order.value.isDisordered ? 1000 : 15_000) && state.holds.contains { $0.tenant == order.key && $0.state == .waiting } }.keys.sorted()
            for tenant in tenants { state.orders[tenant] = (false, now) }
            return tenants
        }
    }

    package func disorder(_ tenant: String, by deadline: ContinuousClock.Instant) async throws { state.withLock { $0.orders[tenant]?.isDisordered = true } }

    package func line(of tenant: String, by deadline: ContinuousClock.Instant) async throws -> HoldLine {
        state.withLock { state in
            let now = clock(), agents = state.agents.filter { ($0.key.tenant ?? tenant) == tenant && $0.value > now - 120_000 }
            return HoldLine(now: now, holds: state.holds.filter { $0.tenant == tenant && $0.state == .waiting }.sorted { $0.place < $1.place }, turns: state.turns[tenant] ?? HoldTurns(), servers: Set(agents.keys.map(\.server)),
                            changes: Dictionary((state.tails[tenant] ?? [:]).keys.map { ($0, state.changes[TenantSubject(tenant: tenant, $0)] ?? 0) }) { one, _ in one })
        }
    }

    package func order(_ tenant: String, _ order: HoldOrder, by deadline: ContinuousClock.Instant) async throws {
        state.withLock { state in
            for move in order.moves {
                guard let place = state.holds.firstIndex(where: { $0.id == move.id && $0.tenant == tenant && $0.state == .waiting }) else { continue }
                state.holds[place].releaseAt = move.releaseAt
                state.holds[place].blocker = move.blocker
            }
            for (subject, tail) in order.tails {
                let standing = state.tails[tenant]?[subject] == nil ? nil : state.changes[TenantSubject(tenant: tenant, subject)] ?? 0
                if standing == order.changes[subject] { state.tails[tenant, default: [:]][subject] = tail } else { state.orders[tenant]?.isDisordered = true }
            }
            let waiting = state.holds.filter { $0.tenant == tenant && $0.state == .waiting }
            for (subject, tail) in state.tails[tenant] ?? [:] {
                var tail = tail
                tail.waiting = waiting.count { $0.blocker == subject }
                state.tails[tenant]?[subject] = tail.waiting > 0 ? tail : nil
            }
            var turns = state.turns[tenant] ?? HoldTurns()
            turns.keep(waiting.map(\.lane))
            turns.begin(order.begins)
            state.turns[tenant] = turns
        }
    }

    package func usage(by deadline: ContinuousClock.Instant) async throws -> HoldUsage {
        state.withLock { state in
            let waiting = state.holds.filter { $0.state == .waiting }
            return HoldUsage(waiting: waiting.count, granted: state.holds.count { $0.state == .granted }, lateness: max(clock() - (waiting.map(\.releaseAt.milliseconds).min() ?? clock()), 0))
        }
    }

    package func removeEnded(by deadline: ContinuousClock.Instant) async throws -> Int {
        state.withLock { state in
            let before = state.holds.count
            state.holds.removeAll { hold in hold.endedAt.map { $0.milliseconds < clock() - 7 * 86_400_000 } ?? false }
            return before - state.holds.count
        }
    }
}

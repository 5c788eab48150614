package import DNS
internal import Synchronization

/// Which lists are asked, and how each does: learned from every answer, and from probes.
/// Source: RFC 5782 §5.
package final class BlockListHealth: Sendable {
    package let zones: [ListZone]
    let clock: ListClock
    private let limits: ListLimits
    private let state: Mutex<State>

    private struct State {
        var zones: [ZoneHealth]
        var nextProbe: ContinuousClock.Instant
        /// The gates, and until when they stay as they are.
        var gates: [ZoneGate]
        var gatesHoldUntil: ContinuousClock.Instant?
    }

    package init(zones: [ListZone], clock: ListClock, limits: ListLimits = ListLimits()) {
        self.zones = zones
        self.clock = clock
        self.limits = limits
        state = Mutex(State(zones: Array(repeating: ZoneHealth(), count: zones.count), nextProbe: clock.instant(),
                            gates: Array(repeating: .openAndBelieved, count: zones.count), gatesHoldUntil: nil))
    }

    /// Which zones can be asked now, in their order.
    func gates() -> [ZoneGate] {
        state.withLock { state in
            if let until = state.gatesHoldUntil, clock.instant() >= until { Self.refresh(&state, at: clock.instant()) }
            return state.gates
        }
    }

    private static func refresh(_ state: inout State, at now: ContinuousClock.Instant) {
        state.gates = state.zones.map { $0.gate(at: now) }
        state.gatesHoldUntil = state.zones.compactMap { zone in zone.interruption.flatMap { $0.until > now ? $0.until : nil } }.min()
    }

    /// Learns from the questions of one message.
    func record(_ observed: ZoneObservations) {
        state.withLock { state in
            var changed = false
            for place in observed.indices where !observed[place].isEmpty {
                let seen = observed[place]
                state.zones[place].counters.add(seen)
                guard seen.fresh > 0 else { continue }
                state.zones[place].took(seen.waited.milliseconds / Double(seen.fresh))
                if seen.refusal == nil, seen.trouble == 0, state.zones[place].isCalm { continue }
                learn(seen, &state.zones[place])
                // Whether a zone works again is better learned from its test entries than from mail.
                if let until = state.zones[place].interruption?.until { state.nextProbe = min(state.nextProbe, until) }
                changed = true
            }
            if changed { Self.refresh(&state, at: clock.instant()) }
        }
    }

    private func learn(_ seen: ZoneObservation, _ zone: inout ZoneHealth) {
        let now = clock.instant(), time = clock.time()
        if let reason = seen.refusal {
            zone.refused(reason, at: now, time: time, limits: limits)
        } else if seen.answers > 0 {
            zone.answered(at: now)
        } else if seen.trouble > 0 {
            zone.troubled(seen.lastTrouble ?? "no answer", times: seen.trouble, at: now, time: time, limits: limits)
        }
    }

    // MARK: - Probes

    /// When the zones want to be probed next.
    package var nextProbe: ContinuousClock.Instant { state.withLock { $0.nextProbe } }

    /// Asks every zone for its test entries, all at once, but none that refused and is left alone.
    /// - Returns: whether every zone that was probed works as it must.
    @discardableResult
    package func probe(with resolver: any Resolver, by deadline: ContinuousClock.Instant) async -> Bool {
        let start = clock.instant()
        let resting = state.withLock { state in state.zones.map { $0.interruption.map { $0.isRefusal && start < $0.until } ?? false } }
        let results = await withTaskGroup(of: (Int, ZoneProbeResult).self) { group in
            for (place, zone) in zones.enumerated() where !resting[place] {
                group.addTask { (place, await ZoneProbeResult.ask(zone, resolver, by: deadline)) }
            }
            var all: [(Int, ZoneProbeResult)] = []
            for await result in group { all.append(result) }
            return all
        }
        // What was called off while it was asked says nothing of the zones.
        guard !Task.isCancelled else { return false }
        let now = clock.instant(), time = clock.time()
        return state.withLock { state in
            for (place, result) in results {
                state.zones[place].lastProbe = time
                result.apply(to: &state.zones[place], at: now, time: time, limits: limits)
            }
            Self.refresh(&state, at: now)
            let isWell = state.zones.allSatisfy { $0.state == .working || $0.state == .untested }
            state.nextProbe = now + (isWell ? limits.probeEvery : limits.probeAgain)
            // A zone that is left alone is looked at as soon as that is over, whether or not mail asks for it.
            for (place, zone) in state.zones.enumerated() {
                guard let until = zone.interruption?.until, until > now || resting[place] else { continue }
                state.nextProbe = min(state.nextProbe, max(until, now))
            }
            return isWell
        }
    }

    /// Probes the zones whenever they want it, until the task is cancelled.
    /// - Parameter report: gets every zone whose state changed, by a probe or by mail, but not those that work from the start.
    package func keepProbing(with resolver: any Resolver, _ report: @Sendable (ZoneSnapshot) -> Void) async {
        var known: [ZoneState] = Array(repeating: .working, count: zones.count)
        while !Task.isCancelled {
            if clock.instant() >= nextProbe { await probe(with: resolver, by: .now + limits.probePatience) }
            if Task.isCancelled { return }
            for (place, zone) in snapshot().zones.enumerated() where zone.state != .untested && zone.state != known[place] {
                known[place] = zone.state
                report(zone)
            }
            // Not the whole way to the next probe at once: mail may find out meanwhile that a zone wants it sooner.
            let now = clock.instant()
            do { try await clock.wait(min(max(nextProbe, now + .seconds(1)), now + limits.probePatience)) } catch { return }
        }
    }

    /// How every zone does at the moment.
    package func snapshot() -> BlockListSnapshot {
        let now = clock.instant()
        return state.withLock { state in
            BlockListSnapshot(zones: zip(zones, state.zones).map { ZoneSnapshot($0, $1, at: now) })
        }
    }
}

extension ZoneHealth {
    /// Whether an answer can change nothing.
    fileprivate var isCalm: Bool { interruption == nil && isUntroubled }
}

extension ZoneCounters {
    fileprivate mutating func add(_ seen: ZoneObservation) {
        asked &+= seen.cached &+ seen.fresh
        fromCache &+= seen.cached
        listed &+= seen.listed
        notListed &+= seen.notListed
        refused &+= seen.refused
        trouble &+= seen.trouble
        unrecognised &+= seen.unrecognised
        notAsked &+= seen.notAsked
    }
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}

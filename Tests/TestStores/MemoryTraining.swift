import DNS
package import Learning
import SpamFilter
import Synchronization
package import Verdicts

/// The in-memory twin of where what was learned is kept.
package final class MemoryTraining: TrainingStore {
    private struct Entry {
        let event: TrainingEvent
        var isInForce = true
        var rehearsals: [Rehearsal] = []
        /// How many there were, and how many of that were taken back.
        var number = 0

        /// With what its rehearsals changed.
        var whole: TrainingEvent {
            // As many rehearsals as there may be do not leave the range of numbers.
            guard let step = event.contribution.step.with(rehearsals.map(\.step.weights)) else { return event }
            return TrainingEvent(id: event.id, layer: event.layer, digest: event.digest, contribution: Contribution(features: event.contribution.features, step: step), rehearsals: number,
                                 origin: event.origin, note: event.note)
        }
    }

    private struct Rehearsal { let step: LearningStep, cause: VerdictID? }

    private struct LogRow {
        let position: Int64, layer: TrainingLayer, sign: Int, event: Int?
        var again: LearningStep?
    }

    private struct State {
        var events: [Entry] = []
        var log: [LogRow] = []
        /// What imports brought, for each layer.
        var bases: [TrainingLayer: (spam: Int, ham: Int)] = [:]
        var snapshots: [TrainingLayer: [TrainingSnapshot]] = [:]
        var passes: [TrainingLayer: TrainingPass] = [:]
        var features: [VerdictFeatures] = []

        mutating func changes(_ layer: TrainingLayer, _ count: Int) {
            let pass = passes[layer] ?? TrainingPass()
            passes[layer] = TrainingPass(changes: pass.changes + count, left: pass.left, after: pass.after)
        }
    }

    package let limits: TrainingLimits
    private let state = Mutex(State())
    /// Called before each addition to the log, and after it: a test lets it fail.
    private let before: @Sendable () throws -> Void, after: @Sendable () throws -> Void

    package init(limits: TrainingLimits = TrainingLimits(), before: @escaping @Sendable () throws -> Void = {}, after: @escaping @Sendable () throws -> Void = {}) {
        self.limits = limits; self.before = before; self.after = after
    }

    package func standing(_ digests: [[UInt8]], in layer: TrainingLayer) async throws -> [TrainingEvent?] {
        state.withLock { state in digests.map { digest in state.events.last { $0.isInForce && $0.event.layer == layer && $0.event.digest == digest }?.whole } }
    }

    package func some(_ count: Int, ofSpam isSpam: Bool, in layer: TrainingLayer) async throws -> [TrainingEvent] {
        state.withLock { state in Array(state.events.filter { $0.isInForce && $0.event.layer == layer && $0.event.isSpam == isSpam }.map(\.whole).shuffled().prefix(min(max(count, 1), 1_000))) }
    }

    package func append(_ additions: [TrainingAddition], rehearsals: [TrainingRehearsal], in layer: TrainingLayer) async throws -> TrainingPlaces {
        try checkFitness(additions, rehearsals, in: layer)
        guard !additions.isEmpty || rehearsals.isEmpty else { throw StoreTrouble.refused("nothing is learned for whose sake they were rehearsed") }
        try before()
        let places = try state.withLock { state in
            let digests = Set(additions.map(\.event.digest))
            let standing = state.events.indices.filter { state.events[$0].isInForce && state.events[$0].event.layer == layer && digests.contains(state.events[$0].event.digest) }
            guard Set(standing.map { state.events[$0].event.id }) == Set(additions.compactMap(\.replaces)) else { throw TrainingTrouble.contended }
            for addition in additions { if let id = addition.replaces, let place = standing.first(where: { state.events[$0].event.id == id }), state.events[place].number != addition.rehearsals { throw TrainingTrouble.contended } }
            guard Self.events(of: rehearsals, in: layer, state) != nil else { throw TrainingTrouble.contended }
            let most = limits.events(of: layer.tenant)
            guard state.events.count(where: { $0.event.layer.tenant == layer.tenant }) + additions.count <= most else { throw TrainingTrouble.tooManyEvents(limit: most) }
            var removals: [VerdictID: Int64] = [:]
            for (place, position) in zip(standing, Self.unlearn(standing, &state)) { removals[state.events[place].event.id] = position }
            state.changes(layer, additions.count)
            let learned = additions.map { addition in
                state.events.append(Entry(event: addition.event))
                return TrainingPlace(position: Self.log(layer, 1, state.events.count - 1, &state), removal: addition.replaces.flatMap { removals[$0] })
            }
            return TrainingPlaces(additions: learned, rehearsals: try Self.rehearse(rehearsals, in: layer, &state))
        }
        try after()
        return places
    }

    package func events(after digest: [UInt8], in layer: TrainingLayer, limit: Int) async throws -> [TrainingEvent] {
        state.withLock { state in
            let later = state.events.filter { $0.isInForce && $0.event.layer == layer && digest.lexicographicallyPrecedes($0.event.digest) }
            return later.map(\.whole).sorted { $0.digest.lexicographicallyPrecedes($1.digest) }.prefix(min(max(limit, 1), 1_000)).map { $0 }
        }
    }

    package func pass(of layer: TrainingLayer) async throws -> TrainingPass { state.withLock { $0.passes[layer] ?? TrainingPass() } }

    package func rehearse(_ rehearsals: [TrainingRehearsal], in layer: TrainingLayer, from pass: TrainingPass, to next: TrainingPass) async throws -> [Int64] {
        try checkFitness([], rehearsals, in: layer)
        try before()
        let places = try state.withLock { state in
            let here = state.passes[layer] ?? TrainingPass()
            guard here.left == pass.left, here.after == pass.after, here.changes >= pass.changes, state.log.contains(where: { $0.layer == layer }) else { throw TrainingTrouble.contended }
            let places = try Self.rehearse(rehearsals, in: layer, &state)
            state.passes[layer] = TrainingPass(changes: here.changes - pass.changes + next.changes, left: next.left, after: next.after)
            return places
        }
        try after()
        return places
    }

    package func count(_ choice: TrainingChoice) async throws -> Int { state.withLock { Self.chosen(choice, $0).count } }

    package func unlearn(_ choice: TrainingChoice, by note: TrainingNote, limit: Int) async throws -> Int {
        state.withLock { state in
            let places = Self.chosen(choice, state).prefix(min(max(limit, 1), 1_000))
            _ = Self.unlearn(Array(places), &state)
            return places.count
        }
    }

    package func log(after position: Int64, of layer: TrainingLayer?, known: [Int64], limit: Int) async throws -> TrainingLog {
        state.withLock { state in
            let limit = min(max(limit, 1), 1_000), rows = state.log.filter { $0.position > position && (layer == nil || $0.layer == layer) }.prefix(limit)
            let found = rows.map { row in
                let contribution = row.event.map { place in
                    let event = state.events[place]
                    return row.again.map { Contribution(features: event.event.contribution.features, step: $0) } ?? (row.sign < 0 ? event.whole : event.event).contribution
                }
                let change: TrainingLog.Change = contribution.map { known.contains(row.position) ? .known : row.sign > 0 ? .learned($0) : .unlearned($0) } ?? .replaced
                return TrainingLog.Row(position: row.position, layer: row.layer, change: change)
            }
            let isCut = found.count == limit
            return TrainingLog(rows: found, end: isCut ? found.last?.position ?? position : max(position, Int64(state.log.count)), isCut: isCut)
        }
    }

    package func snapshot(of layer: TrainingLayer, contents: Bool) async throws -> TrainingSnapshot? {
        state.withLock { $0.snapshots[layer]?.max { $0.position < $1.position } }.map { TrainingSnapshot(position: $0.position, octets: contents ? $0.octets : []) }
    }

    package func save(_ snapshot: TrainingSnapshot, of layer: TrainingLayer) async throws {
        state.withLock { state in
            var all = state.snapshots[layer] ?? []
            if !all.contains(where: { $0.position == snapshot.position }) { all.append(snapshot) }
            state.snapshots[layer] = Array(all.sorted { $0.position > $1.position }.prefix(2))
        }
    }

    package func replace(_ layer: TrainingLayer, with octets: [UInt8], learned: (spam: Int, ham: Int), by note: TrainingNote) async throws -> Int64 {
        try checkFitness([], [], in: layer)
        return state.withLock { state in
            for place in state.events.indices where state.events[place].event.layer == layer { state.events[place].isInForce = false }
            let position = Self.log(layer, 0, nil, &state)
            state.snapshots[layer] = [TrainingSnapshot(position: position, octets: octets)]
            state.bases[layer] = learned
            state.passes[layer] = TrainingPass()
            return position
        }
    }

    package func layers(tenant: String?, limit: Int) async throws -> [LayerCount] {
        state.withLock { state in
            let layers = Set(state.log.map(\.layer)).filter { tenant == nil || $0.tenant == tenant }
            return layers.map { layer in
                let events = state.events.filter { $0.event.layer == layer }, inForce = events.filter(\.isInForce), base = state.bases[layer] ?? (0, 0)
                return LayerCount(layer: layer, spam: base.spam + inForce.count { $0.event.isSpam }, ham: base.ham + inForce.count { !$0.event.isSpam }, events: events.count)
            }.sorted { ($0.layer.tenant ?? "", $0.layer.domain?.text ?? "") < ($1.layer.tenant ?? "", $1.layer.domain?.text ?? "") }.prefix(max(limit, 1)).map { $0 }
        }
    }

    package func sources(tenant: String?, limit: Int) async throws -> [TrainingSource] {
        struct Key: Hashable { let layer: TrainingLayer, source: String }
        return state.withLock { state in
            let events = state.events.filter { $0.isInForce && (tenant == nil || $0.event.layer.tenant == tenant) }.map(\.event)
            return Dictionary(grouping: events) { Key(layer: $0.layer, source: $0.note.source) }.map { key, events in
                let spam = events.count(where: \.isSpam)
                return TrainingSource(layer: key.layer, source: key.source, spam: spam, ham: events.count - spam, latest: events.map(\.note.at).max() ?? Timestamp(microseconds: 0))
            }.sorted { $0.latest > $1.latest }.prefix(max(limit, 1)).map { $0 }
        }
    }

    package func keep(_ features: [VerdictFeatures]) async throws {
        state.withLock { state in for one in features where !state.features.contains(where: { $0.id == one.id && $0.tenant == one.tenant }) { state.features.append(one) } }
    }

    package func features(of id: VerdictID, tenant: String?) async throws -> VerdictFeatures? {
        state.withLock { $0.features.first { $0.id == id && (tenant == nil || $0.tenant == tenant) } }
    }

    package func forgetFeatures(keptBefore moment: Timestamp) async throws -> Int {
        state.withLock { state in
            let before = state.features.count
            state.features.removeAll { $0.keptAt < moment }
            return before - state.features.count
        }
    }

    // MARK: -

    private static func log(_ layer: TrainingLayer, _ sign: Int, _ event: Int?, _ state: inout State, again: LearningStep? = nil) -> Int64 {
        state.log.append(LogRow(position: Int64(state.log.count + 1), layer: layer, sign: sign, event: event, again: again))
        return Int64(state.log.count)
    }

    /// Where the events are that are rehearsed; nil where one is not in force.
    private static func events(of rehearsals: [TrainingRehearsal], in layer: TrainingLayer, _ state: State) -> [Int]? {
        let places = rehearsals.compactMap { one in state.events.firstIndex { $0.isInForce && $0.event.layer == layer && $0.event.id == one.event } }
        return places.count == rehearsals.count ? places : nil
    }

    private static func rehearse(_ rehearsals: [TrainingRehearsal], in layer: TrainingLayer, _ state: inout State) throws -> [Int64] {
        guard let places = events(of: rehearsals, in: layer, state) else { throw TrainingTrouble.contended }
        return zip(places, rehearsals).map { place, one in
            state.events[place].rehearsals.append(Rehearsal(step: one.step, cause: one.cause))
            state.events[place].number += 1
            return log(layer, 2, place, &state, again: one.step)
        }
    }

    /// - Returns: the positions in the log.
    private static func unlearn(_ places: [Int], _ state: inout State) -> [Int64] {
        for place in places { state.events[place].isInForce = false }
        let positions = places.map { place in
            state.changes(state.events[place].event.layer, 1)
            return log(state.events[place].event.layer, -1, place, &state)
        }
        // What others were rehearsed for their sake.
        let gone = Set(places.map { state.events[$0].event.id })
        for place in state.events.indices where state.events[place].isInForce {
            for one in state.events[place].rehearsals where one.cause.map(gone.contains) ?? false {
                state.events[place].number += 1
                _ = log(state.events[place].event.layer, -1, place, &state, again: one.step)
            }
            state.events[place].rehearsals.removeAll { $0.cause.map(gone.contains) ?? false }
        }
        return positions
    }

    private static func chosen(_ choice: TrainingChoice, _ state: State) -> [Int] {
        state.events.indices.filter { place in
            let event = state.events[place].event
            guard state.events[place].isInForce, choice.layer == nil || choice.layer == event.layer, choice.layer != nil || choice.tenant == nil || choice.tenant == event.layer.tenant else { return false }
            return switch choice.which {
            case .event(let id): event.id == id
            case .digest(let digest): event.digest == digest
            case .source(let source): event.note.source == source
            }
        }
    }
}

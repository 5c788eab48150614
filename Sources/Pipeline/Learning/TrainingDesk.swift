internal import SpamFilter
internal import Verdicts

/// Learns, follows what others learn, and keeps the models: on every node one.
///
/// A model in memory is at any moment the sum of the log up to a position and of what is being learned here and now, each message exactly once: what is learned here is in
/// the model at once, and when the log comes to it, it is passed over; should it not come to stand, it is taken back.
package actor TrainingDesk {
    /// A model that follows the log.
    final class Resident {
        let model: SpamModel
        /// All rows of the log up to here are in the model.
        var position: Int64
        /// What is in the model before the log came to it: where that is known by its position, else by a number.
        var early: [Int64: Change] = [:], underWay: [Int: Change] = [:]
        /// Rows since the last snapshot.
        var changes = 0
        /// How many more of spam than of ham, or fewer, were learned and rehearsed of late.
        var surplus = 0
        /// The pass as the store last told it; nil where it was not asked. And rows of the log since then.
        var pass: TrainingPass?, rowsSincePass = 0

        init(_ model: SpamModel, position: Int64) { self.model = model; self.position = position }
    }

    /// When a layer's pass may go on; kept where the layer is not in memory for a while.
    struct Pace {
        /// When a message was learned last, here or elsewhere; nil where none was since this node started.
        var taughtAt: ContinuousClock.Instant?
        /// Since when a pass is due, until when it is left alone, how often there was trouble, and when it came on last.
        var dueSince: ContinuousClock.Instant?, restsUntil: ContinuousClock.Instant?, troubles = 0, passedAt: ContinuousClock.Instant?
    }

    /// What a row of the log does to a model.
    struct Change {
        let contribution: Contribution
        /// 1 for learned, -1 for unlearned.
        let sign: Int

        func apply(to model: SpamModel, times: Int = 1) {
            let features = contribution.features.features
            if sign * times > 0 { model.apply(contribution.step, features) } else { model.unlearn(contribution.step, features) }
        }
    }

    package nonisolated let store: any TrainingStore
    package nonisolated let shelf: LayerShelf
    package nonisolated let limits: TrainingLimits
    var residents: [TrainingLayer: Resident] = [:]
    var paces: [TrainingLayer: Pace] = [:]
    /// Where in the log this node is.
    var seen: Int64 = 0
    var lastTicket = 0
    /// Layers whose table is another one, which is not here yet: messages are judged by the old one until then.
    var stale: Set<TrainingLayer> = []
    private var loading: [TrainingLayer: Task<Void, any Error>] = [:]

    package init(_ store: any TrainingStore) {
        self.store = store
        limits = store.limits
        shelf = LayerShelf(limits: store.limits)
    }

    /// Loads the global model; nothing is known before.
    package func start() async throws {
        shelf.know(try await store.layers(tenant: nil, limit: limits.layersKnown).map(\.layer))
        _ = try await resident(.global)
    }

    /// Messages of each class that a layer learned, as far as it is in memory.
    package nonisolated func learned(_ layer: TrainingLayer) -> (spam: Int, ham: Int)? { shelf.model(of: layer)?.learned }

    /// The same of a layer that may have to be loaded for that.
    func loaded(_ layer: TrainingLayer) async throws -> (spam: Int, ham: Int) { try await resident(layer).model.learned }

    // MARK: - Layers

    /// The model of a layer, loaded where it is not here.
    func resident(_ layer: TrainingLayer) async throws -> Resident {
        for _ in 0..<4 {
            if let here = residents[layer] { return here }
            try await load(layer)
        }
        guard let here = residents[layer] else { throw StoreTrouble.busy("more layers are asked for than there is room for") }
        return here
    }

    /// Loads a layer, once for all who wait for it.
    private func load(_ layer: TrainingLayer) async throws {
        if let under = loading[layer] { return try await under.value }
        let task = Task { try await self.read(layer) }
        loading[layer] = task
        defer { loading[layer] = nil }
        try await task.value
    }

    private func read(_ layer: TrainingLayer) async throws {
        var resident = try await snapshot(layer)
        while true {
            let page = try await store.log(after: resident.position, of: layer, known: [], limit: limits.rowsAtOnce)
            if page.rows.contains(where: { $0.change == .replaced }) {
                // Its table is newer than the one that was read.
                resident = try await snapshot(layer, from: page.rows.last { $0.change == .replaced }?.position ?? 0)
                continue
            }
            for row in page.rows { Self.change(row)?.apply(to: resident.model) }
            resident.changes += page.rows.count
            resident.position = page.end
            // In one step with that look: what the log tells from now on comes to it.
            if !page.isCut, seen <= page.end { break }
        }
        if residents.isEmpty { seen = resident.position }
        residents[layer] = resident
        if let gone = shelf.put(resident.model, of: layer) { residents[gone] = nil }
    }

    /// - Parameter position: of a table that is there, or a newer one.
    private func snapshot(_ layer: TrainingLayer, from position: Int64 = 0) async throws -> Resident {
        guard let snapshot = try await store.snapshot(of: layer, contents: true) else {
            guard position == 0 else { throw StoreTrouble.refused("the table of \(layer) at \(position) is not there") }
            return Resident(SpamModel(bits: limits.bits(of: layer)), position: 0)
        }
        guard snapshot.position >= position else { throw StoreTrouble.refused("the table of \(layer) at \(position) is not there") }
        do { return Resident(try ModelFile.model(snapshot.octets, bits: limits.bits(of: layer)), position: snapshot.position) } catch {
            throw StoreTrouble.refused("the table of \(layer): \(error)")
        }
    }

    static func change(_ row: TrainingLog.Row) -> Change? {
        switch row.change {
        case .learned(let contribution): Change(contribution: contribution, sign: 1)
        case .unlearned(let contribution): Change(contribution: contribution, sign: -1)
        case .known, .replaced: nil
        }
    }

    /// Lets a layer go, so that it is loaded anew.
    func drop(_ layer: TrainingLayer) { residents[layer] = nil }
}

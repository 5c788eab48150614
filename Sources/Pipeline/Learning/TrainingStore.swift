package import SpamFilter
package import Verdicts

/// The port to where what was learned is kept: events, which are the truth, and a log that tells every node what changed.
///
/// The log's positions rise in the order in which changes became durable: whoever saw a position saw everything before it. Every call throws `StoreTrouble`
/// where the store cannot be reached; then nothing was done, or it is not known whether it was.
package protocol TrainingStore: Sendable {
    var limits: TrainingLimits { get }

    /// The events in force of a layer, for each digest; nil where there is none.
    func standing(_ digests: [[UInt8]], in layer: TrainingLayer) async throws -> [TrainingEvent?]

    /// Events in force of a class, drawn by lot: each about as likely as another.
    /// - Parameter count: 1…1,000.
    /// - Returns: at most so many, none twice; fewer where there are few.
    func some(_ count: Int, ofSpam isSpam: Bool, in layer: TrainingLayer) async throws -> [TrainingEvent]

    /// Learns messages of one layer, all or none; of each the event in force is the one it replaces, if any, which is unlearned in the same step.
    /// - Parameters:
    ///   - additions: no digest twice, at most 1,000.
    ///   - rehearsals: of events that stay in force, none twice, at most 1,000; none where there is no addition.
    /// - Returns: the positions in the log.
    /// - Throws: `TrainingTrouble.contended` where another event than that is in force, or it was rehearsed meanwhile, and where an event that was rehearsed is not in force; `TrainingTrouble.tooManyEvents`, also for callers on several nodes together;
    ///   `StoreTrouble.refused` for a digest that has not 32 octets and for events of another layer.
    func append(_ additions: [TrainingAddition], rehearsals: [TrainingRehearsal], in layer: TrainingLayer) async throws -> TrainingPlaces

    /// The events in force of a layer whose digests come after one, by digest.
    /// - Parameters:
    ///   - digest: 32 octets; empty for all.
    ///   - limit: 1…1,000.
    func events(after digest: [UInt8], in layer: TrainingLayer, limit: Int) async throws -> [TrainingEvent]

    /// How far the events of a layer are learned once more.
    func pass(of layer: TrainingLayer) async throws -> TrainingPass

    /// Adds rehearsals to the log and moves the layer's pass on, both or neither.
    /// - Parameters:
    ///   - rehearsals: as those of ``append(_:rehearsals:in:)``; there may be none.
    ///   - pass: where the pass is; there may be more changes meanwhile.
    ///   - next: where it is then; by as many changes as it has fewer than `pass` the layer has fewer then.
    /// - Returns: the positions in the log, in their order.
    /// - Throws: `TrainingTrouble.contended` where the pass is elsewhere or there are fewer changes, or the layer has learned nothing, or an event is not in force; `StoreTrouble.refused` for what ``checkFitness(_:_:in:)`` refuses.
    func rehearse(_ rehearsals: [TrainingRehearsal], in layer: TrainingLayer, from pass: TrainingPass, to next: TrainingPass) async throws -> [Int64]

    /// How many events in force a choice names.
    func count(_ choice: TrainingChoice) async throws -> Int

    /// Unlearns some of the events in force that a choice names; what others were rehearsed for their sake is taken back with them.
    /// - Parameter limit: 1…1,000.
    /// - Returns: how many; 0 where there is none left.
    func unlearn(_ choice: TrainingChoice, by note: TrainingNote, limit: Int) async throws -> Int

    /// What changed after a position.
    /// - Parameters:
    ///   - layer: nil for all.
    ///   - known: positions whose contribution the caller has.
    func log(after position: Int64, of layer: TrainingLayer?, known: [Int64], limit: Int) async throws -> TrainingLog

    /// The newest table of a layer that was written down.
    /// - Parameter contents: false where its octets are not wanted; they are empty then.
    func snapshot(of layer: TrainingLayer, contents: Bool) async throws -> TrainingSnapshot?

    /// Keeps a table; of a layer's older ones one is left.
    func save(_ snapshot: TrainingSnapshot, of layer: TrainingLayer) async throws

    /// Puts a model in the place of all that a layer learned; its events are unlearned with that.
    /// - Returns: the position in the log.
    func replace(_ layer: TrainingLayer, with octets: [UInt8], learned: (spam: Int, ham: Int), by note: TrainingNote) async throws -> Int64

    /// Layers that learned anything, with what they learned.
    /// - Parameter tenant: nil for all.
    func layers(tenant: String?, limit: Int) async throws -> [LayerCount]

    /// The batches whose events are in force, those of the latest first.
    /// - Parameter tenant: nil for all.
    func sources(tenant: String?, limit: Int) async throws -> [TrainingSource]

    /// Keeps features by verdict; what is there already stays.
    func keep(_ features: [VerdictFeatures]) async throws

    /// nil where they are not kept, or not any more.
    /// - Parameter tenant: nil for any.
    func features(of id: VerdictID, tenant: String?) async throws -> VerdictFeatures?

    /// Forgets features by verdict that were kept before a moment.
    /// - Returns: how many.
    func forgetFeatures(keptBefore moment: Timestamp) async throws -> Int
}

/// A message to be learned.
package struct TrainingAddition: Sendable, Equatable {
    package let event: TrainingEvent
    /// The event in force of the same message with the other class.
    package let replaces: VerdictID?
    /// How often that was rehearsed.
    package let rehearsals: Int

    package init(_ event: TrainingEvent, replaces: VerdictID? = nil, rehearsals: Int = 0) { self.event = event; self.replaces = replaces; self.rehearsals = rehearsals }
}

/// A message whose weights were learned once more.
package struct TrainingRehearsal: Sendable, Equatable {
    package let event: VerdictID
    /// Not counted.
    package let step: LearningStep
    /// The event of the message for whose sake it was; nil for a pass.
    package let cause: VerdictID?

    package init(event: VerdictID, step: LearningStep, cause: VerdictID? = nil) { self.event = event; self.step = step; self.cause = cause }
}

/// Where in the log additions and rehearsals stand, in their order.
package struct TrainingPlaces: Sendable, Equatable {
    package let additions: [TrainingPlace]
    package let rehearsals: [Int64]

    package init(additions: [TrainingPlace], rehearsals: [Int64] = []) { self.additions = additions; self.rehearsals = rehearsals }
}

/// Where in the log an addition stands, and what it took back.
package struct TrainingPlace: Sendable, Equatable {
    package let position: Int64
    package let removal: Int64?

    package init(position: Int64, removal: Int64?) { self.position = position; self.removal = removal }
}

/// Which events are meant.
package struct TrainingChoice: Sendable, Equatable {
    package enum Which: Sendable, Equatable {
        case event(VerdictID)
        case digest([UInt8])
        case source(String)
    }

    package let which: Which
    /// nil for every layer.
    package let layer: TrainingLayer?
    /// Where no layer is named: all of this tenant's; nil for all that there are.
    package let tenant: String?

    package init(_ which: Which, layer: TrainingLayer? = nil, tenant: String? = nil) { self.which = which; self.layer = layer; self.tenant = tenant }
}

/// A piece of the log.
package struct TrainingLog: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        /// Learned, or learned once more; unlearned with all that it was rehearsed, or one rehearsal taken back.
        case learned(Contribution), unlearned(Contribution)
        /// The caller has it.
        case known
        /// The layer's table is another one.
        case replaced
    }

    package struct Row: Sendable, Equatable {
        package let position: Int64
        package let layer: TrainingLayer
        package let change: Change

        package init(position: Int64, layer: TrainingLayer, change: Change) { self.position = position; self.layer = layer; self.change = change }
    }

    /// By position.
    package let rows: [Row]
    /// There is nothing up to here but these rows.
    package let end: Int64
    /// Whether there may be more.
    package let isCut: Bool

    package init(rows: [Row], end: Int64, isCut: Bool) { self.rows = rows; self.end = end; self.isCut = isCut }
}

/// A layer's table as it was at a position of the log.
package struct TrainingSnapshot: Sendable, Equatable {
    package let position: Int64
    /// As ``ModelFile`` writes them.
    package let octets: [UInt8]

    package init(position: Int64, octets: [UInt8]) { self.position = position; self.octets = octets }
}

/// What a layer learned, as the store counts it.
package struct LayerCount: Sendable, Equatable {
    package let layer: TrainingLayer
    package let spam: Int, ham: Int
    /// Events that are kept, those that were unlearned among them.
    package let events: Int

    package init(layer: TrainingLayer, spam: Int, ham: Int, events: Int) { self.layer = layer; self.spam = spam; self.ham = ham; self.events = events }
}

/// A batch, as far as it is in force.
package struct TrainingSource: Sendable, Equatable {
    package let layer: TrainingLayer
    package let source: String
    package let spam: Int, ham: Int
    package let latest: Timestamp

    package init(layer: TrainingLayer, source: String, spam: Int, ham: Int, latest: Timestamp) { self.layer = layer; self.source = source; self.spam = spam; self.ham = ham; self.latest = latest }
}

/// What is kept of a judged message, so that it can be learned without its text.
package struct VerdictFeatures: Sendable, Equatable {
    package let id: VerdictID
    package let tenant: String
    package let digest: [UInt8]
    package let features: PackedFeatures
    package let keptAt: Timestamp

    package init(id: VerdictID, tenant: String, digest: [UInt8], features: PackedFeatures, keptAt: Timestamp) {
        self.id = id; self.tenant = tenant; self.digest = digest; self.features = features; self.keptAt = keptAt
    }
}

extension TrainingStore {
    /// - Throws: `StoreTrouble.refused` for what no store keeps.
    package func checkFitness(_ additions: [TrainingAddition], _ rehearsals: [TrainingRehearsal], in layer: TrainingLayer) throws {
        if let tenant = layer.tenant, tenant.isEmpty || tenant.utf8.count > 255 || tenant.utf8.contains(0) { throw StoreTrouble.refused("the tenant's name is empty, has more than 255 octets or a NUL") }
        guard additions.count <= 1_000, Set(additions.map(\.event.digest)).count == additions.count else { throw StoreTrouble.refused("more than 1000 messages at once, or one twice") }
        let replaced = additions.compactMap(\.replaces)
        guard rehearsals.count <= 1_000, Set(rehearsals.map(\.event)).count == rehearsals.count, Set(replaced).isDisjoint(with: rehearsals.map(\.event)) else {
            throw StoreTrouble.refused("more than 1000 messages rehearsed at once, or one twice, or one that goes")
        }
        guard Set(additions.map(\.event.id)).isDisjoint(with: rehearsals.map(\.event)) else { throw StoreTrouble.refused("what is learned now is not rehearsed yet") }
        guard rehearsals.allSatisfy({ !$0.step.isCounted }) else { throw StoreTrouble.refused("what is rehearsed is not learned anew") }
        for event in additions.map(\.event) {
            guard event.digest.count == 32 else { throw StoreTrouble.refused("the digest has not 32 octets") }
            guard event.layer == layer else { throw StoreTrouble.refused("the event is of another layer") }
            guard event.note.source.utf8.count <= limits.sourceOctets, !event.note.source.utf8.contains(0) else { throw StoreTrouble.refused("the source has more than \(limits.sourceOctets) octets or a NUL") }
        }
    }
}

extension TrainingOrigin {
    /// - Returns: nil where the text is not one that ``description`` gives.
    package init?(_ text: String) {
        switch text {
        case "message": self = .message
        case "automatic": self = .automatic
        default:
            guard text.hasPrefix("verdict:"), let id = VerdictID(text.dropFirst(8)) else { return nil }
            self = .verdict(id)
        }
    }
}

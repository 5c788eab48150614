/// How much is learned and kept.
package struct TrainingLimits: Sendable, Hashable {
    /// Two to the power of so many buckets, of eight octets each: the global model's, and that of each other layer.
    package var globalBits = 22, layerBits = 16
    /// Models of tenants and domains in memory: with them and the global one it is 56 MiB.
    package var layersInMemory = 48
    /// Layers whose names are known to be there, about 100 octets each; of those beyond nothing is asked.
    package var layersKnown = 100_000
    /// Events that the store keeps for one tenant, those that were unlearned among them; and for the global layer.
    package var tenantEvents = 200_000, globalEvents = 2_000_000
    /// Messages of one request.
    package var requestMessages = 1_000
    /// Messages that are learned in one transaction.
    package var messagesAtOnce = 64
    /// Rehearsals of one message: beyond, it is not rehearsed any more for the sake of others.
    package var rehearsals = 64
    /// The same in passes; the sum of a thousand is a number that is kept.
    package var passRehearsals = 1_000
    /// Octets of a batch's label.
    package var sourceOctets = 128
    /// Rows of the log that are read at once.
    package var rowsAtOnce = 250
    /// Changes of a layer after which its table is written down.
    package var snapshotChanges = 2_000
    /// Recipients' domains of one message whose layers are asked.
    package var domains = 8
    /// Features by verdict that wait to be written, and their octets; those beyond are not kept.
    package var featuresWaiting = 4_000, featureOctetsWaiting = 33_554_432
    /// Octets of an exported model that is imported.
    package var modelOctets = 67_108_864

    package init() {}

    /// A pass changes all that was learned: of a large layer its table is not written down hundreds of times meanwhile.
    func changesToSnapshot(_ learned: (spam: Int, ham: Int), isPassing: Bool) -> Int { isPassing ? max(snapshotChanges, min((learned.spam + learned.ham) / 10, 20_000)) : snapshotChanges }

    package func bits(of layer: TrainingLayer) -> Int { layer == .global ? globalBits : layerBits }
    package func events(of tenant: String?) -> Int { tenant == nil ? globalEvents : tenantEvents }
}

/// Why nothing was learned.
package enum TrainingTrouble: Error, Sendable, Equatable {
    /// So many events are kept already; nothing of the transaction was.
    case tooManyEvents(limit: Int)
    /// Others learn or unlearn the same message at the same moment.
    case contended
    /// The octets are no model that fits here.
    case noModel(String)
}

extension TrainingTrouble: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooManyEvents(let limit): "with this more than \(limit) events would be kept, which is as many as there may be"
        case .contended: "others learn or unlearn the same message at the same moment"
        case .noModel(let reason): "it is no model that can be used here: \(reason)"
        }
    }
}

package import DNS
package import SpamFilter
internal import Synchronization

/// The models in memory, from which every message is judged without a question to anybody.
///
/// The global one stays; of the others those that were asked for last. One that is not here and is known to be somewhere is wished for, and left out until it is here.
/// Memory: 32 MiB for the global one, and ``TrainingLimits/layersInMemory`` times 512 KiB.
package final class LayerShelf: Sendable {
    private struct State {
        var models: [TrainingLayer: SpamModel] = [:]
        /// When each was asked for last, by a count of questions.
        var used: [TrainingLayer: UInt64] = [:]
        var clock: UInt64 = 0
        var known: Set<TrainingLayer> = []
        /// Those that messages asked for, and that are not here.
        var wished: Set<TrainingLayer> = []
    }

    private let limits: TrainingLimits
    private let state = Mutex(State())

    package init(limits: TrainingLimits = TrainingLimits()) { self.limits = limits }

    /// The models by which mail of a tenant to some domains is judged.
    /// - Returns: those that are here, the global one first; and how many are not yet.
    package func models(tenant: String, domains: [DomainName]) -> (models: [(layer: TrainingLayer, model: SpamModel)], missing: Int) {
        let layers = [.global, TrainingLayer(tenant: tenant)] + domains.prefix(limits.domains).map { TrainingLayer(tenant: tenant, domain: $0) }
        return state.withLock { state in
            state.clock &+= 1
            var found: [(layer: TrainingLayer, model: SpamModel)] = [], missing = 0
            for layer in layers {
                if let model = state.models[layer] {
                    state.used[layer] = state.clock
                    found.append((layer, model))
                } else if state.known.contains(layer) {
                    missing += 1
                    if state.wished.count < limits.layersInMemory { state.wished.insert(layer) }
                }
            }
            return (found, missing)
        }
    }

    /// A model that is here.
    package func model(of layer: TrainingLayer) -> SpamModel? { state.withLock { $0.models[layer] } }

    /// Layers that are somewhere, whether here or not.
    func know(_ layers: some Sequence<TrainingLayer>) {
        state.withLock { state in for layer in layers where state.known.count < limits.layersKnown { state.known.insert(layer) } }
    }

    /// Puts a model in its place.
    /// - Returns: the layer that had to go for it, nil for none.
    func put(_ model: SpamModel, of layer: TrainingLayer) -> TrainingLayer? {
        state.withLock { state in
            state.clock &+= 1
            state.models[layer] = model
            state.used[layer] = state.clock
            state.wished.remove(layer)
            if state.known.count < limits.layersKnown { state.known.insert(layer) }
            let others = state.models.keys.filter { $0 != .global }
            guard others.count > limits.layersInMemory, let oldest = others.filter({ $0 != layer }).min(by: { state.used[$0] ?? 0 < state.used[$1] ?? 0 }) else { return nil }
            state.models[oldest] = nil
            state.used[oldest] = nil
            return oldest
        }
    }

    /// Takes the wishes.
    func wishes() -> [TrainingLayer] {
        state.withLock { state in
            defer { state.wished = [] }
            return Array(state.wished)
        }
    }
}

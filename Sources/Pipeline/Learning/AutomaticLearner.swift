package import SpamFilter
internal import Synchronization
package import Verdicts

/// Learns by itself what independent evidence tells, each message in its tenant's layer, the classes in balance.
/// Limits: ``TrainingLimits/featuresWaiting`` messages wait; those beyond are not learned.
package final class AutomaticLearner: Sendable {
    private let desk: TrainingDesk
    private let waiting = Mutex<[String: [TrainingItem]]>([:])

    /// The source of all that is learned so.
    package static let source = "automatic"

    package init(_ desk: TrainingDesk) { self.desk = desk }

    /// Notes a message that was judged, where the evidence tells its class.
    /// - Parameter features: asked for where it is noted.
    package func take(_ evidence: Evidence, digest: [UInt8], features: @autoclosure () -> PackedFeatures, tenant: String) {
        guard let isSpam = ClassByEvidence.isSpam(evidence) else { return }
        let most = desk.limits.featuresWaiting, item = TrainingItem(digest: digest, features: features(), isSpam: isSpam, origin: .automatic)
        waiting.withLock { waiting in
            guard waiting.values.reduce(0, { $0 + $1.count }) < most else { return }
            waiting[tenant, default: []].append(item)
        }
    }

    /// Learns what waits, as far as the classes stay in balance; what was taught by hand is not learned anew.
    /// - Returns: how many messages.
    /// - Throws: `TrainingTrouble`, `StoreTrouble`; what waited then is left out.
    package func learn(at now: Timestamp) async throws -> Int {
        let taken = waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting
        }
        var all = 0
        for (tenant, items) in taken {
            let layer = TrainingLayer(tenant: tenant), known = try await desk.store.standing(items.map(\.digest), in: layer)
            var learned = try await desk.loaded(layer), chosen: [TrainingItem] = []
            for (item, known) in zip(items, known) where known == nil && ClassByEvidence.isBalanced(adding: item.isSpam, spam: learned.spam, ham: learned.ham) {
                chosen.append(item)
                if item.isSpam { learned.spam += 1 } else { learned.ham += 1 }
            }
            all += try await desk.learn(chosen, in: layer, by: TrainingNote(by: Self.source, at: now, source: Self.source)).count
        }
        return all
    }
}

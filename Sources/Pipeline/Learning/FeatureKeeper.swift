internal import SpamFilter
internal import Synchronization
package import Verdicts

/// Keeps the features of judged messages, a second's at once: no verdict waits for that, and none hangs on it.
///
/// What waits when the process ends is lost; then a message is learned by its text.
/// Limits: ``TrainingLimits/featuresWaiting``, ``TrainingLimits/featureOctetsWaiting``; what goes beyond is counted and not kept.
package final class FeatureKeeper: Sendable {
    private struct State {
        var waiting: [VerdictFeatures] = []
        var octets = 0
        var leftOut = 0
    }

    private let store: any TrainingStore
    /// Seconds that features are kept.
    private let retention: Int
    private let state = Mutex(State())

    /// - Parameter retention: in seconds, at least 1.
    package init(_ store: any TrainingStore, retention: Int) { self.store = store; self.retention = max(1, retention) }

    /// Messages whose features were not kept for want of room.
    package var leftOut: Int { state.withLock { $0.leftOut } }

    package func keep(_ features: VerdictFeatures) {
        let limits = store.limits, octets = features.features.octets.count
        state.withLock { state in
            guard state.waiting.count < limits.featuresWaiting, octets <= limits.featureOctetsWaiting - state.octets else { state.leftOut += 1; return }
            state.waiting.append(features)
            state.octets += octets
        }
    }

    /// Writes what waits; should that fail, it is left out.
    package func write() async throws {
        let waiting = state.withLock { state in
            defer { (state.waiting, state.octets) = ([], 0) }
            return state.waiting
        }
        var rest = waiting[...]
        while !rest.isEmpty {
            let portion = rest.prefix(256)
            do { try await store.keep(Array(portion)) } catch {
                let lost = rest.count
                state.withLock { $0.leftOut += lost }
                throw error
            }
            rest = rest.dropFirst(portion.count)
        }
    }

    /// Forgets those that were kept long enough.
    /// - Returns: how many.
    package func forget(at now: Timestamp) async throws -> Int { try await store.forgetFeatures(keptBefore: now.adding(seconds: -retention)) }
}

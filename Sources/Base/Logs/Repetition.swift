internal import Synchronization

/// Something that may come up at every message and is said only now and then: at once when it begins, and then at most once in a while.
package final class Repetition: Sendable {
    private struct State {
        var saidAt: ContinuousClock.Instant?
        var unsaid = 0
    }

    private let pause: Duration
    private let state = Mutex(State())

    /// - Parameter pause: for how long it is not said again.
    package init(pause: Duration = .seconds(60)) { self.pause = pause }

    /// Takes note that it came up once more.
    /// - Returns: how often it came up since it was last said, this time included; nil when it is not to be said now.
    package func count(at now: ContinuousClock.Instant = .now) -> Int? {
        state.withLock { state in
            state.unsaid += 1
            if let saidAt = state.saidAt, now - saidAt < pause { return nil }
            defer { state = State(saidAt: now) }
            return state.unsaid
        }
    }
}

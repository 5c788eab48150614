/// Where health takes the time from: given from outside, so that tests turn the hands themselves.
package struct ListClock: Sendable {
    /// Time that only goes forward.
    package let instant: @Sendable () -> ContinuousClock.Instant
    /// Microseconds since 1970.
    package let time: @Sendable () -> Int64
    /// Waits until a moment of `instant`; throws when the task is cancelled.
    package let wait: @Sendable (ContinuousClock.Instant) async throws -> Void

    package init(instant: @escaping @Sendable () -> ContinuousClock.Instant, time: @escaping @Sendable () -> Int64,
                 wait: @escaping @Sendable (ContinuousClock.Instant) async throws -> Void = { try await Task.sleep(until: $0, clock: .continuous) }) {
        self.instant = instant
        self.time = time
        self.wait = wait
    }
}

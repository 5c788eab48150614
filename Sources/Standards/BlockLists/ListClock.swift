/// Where health takes the time from: given from outside, so that tests turn the hands themselves.
package struct ListClock: Sendable {
    /// Time that only goes forward.
    package let instant: @Sendable () -> ContinuousClock.Instant
    /// Microseconds since 1970.
    package let time: @Sendable () -> Int64

    package init(instant: @escaping @Sendable () -> ContinuousClock.Instant, time: @escaping @Sendable () -> Int64) {
        self.instant = instant
        self.time = time
    }
}

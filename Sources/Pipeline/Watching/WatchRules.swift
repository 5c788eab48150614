package import Limiting
package import RateLimits
package import Verdicts

/// What is too often, and what follows from it.
package struct WatchRules: Sendable {
    /// When a signal is met.
    package struct Threshold: Sendable, Equatable {
        /// Of all recipients or messages in the window, percent; nil: whatever the share.
        package var share: Int?
        /// So many at least, 1…
        package var least: Int
        package var window: LimitWindow
        /// What it adds where it is met; 0: it is not looked at.
        package var weight: Int

        package init(share: Int?, least: Int, window: LimitWindow, weight: Int) { self.share = share; self.least = least; self.window = window; self.weight = weight }
    }

    package var thresholds: [SenderSignal: Threshold]
    /// From this sum of weights on a sender is throttled.
    package var throttleAt = 2
    /// For so many seconds.
    package var throttleFor = 86_400
    /// From this sum on it is frozen at once.
    package var freezeAt = 4
    /// Who would be throttled again within so many seconds is frozen.
    package var again = 7 * 86_400
    /// Seconds since it was first seen until it is known what is usual for a sender.
    package var learning = 7 * 86_400
    /// Whether anybody is restrained; else it is only told.
    package var acts = true
    /// Recipients that are known of one sender; of one with more no recipient is new.
    package var contacts = 20_000
    /// Senders of one tenant.
    package var senders = 1_000_000

    /// What a window is counted in: seconds.
    package static let slot = 600
    /// Seconds.
    package static let longestWindow = 7 * 86_400

    package init(thresholds: [SenderSignal: Threshold]) { self.thresholds = thresholds }

    /// The windows that are looked at, each once.
    package var windows: [LimitWindow] { Set(thresholds.values.filter { $0.weight > 0 }.map(\.window)).sorted { $0.seconds < $1.seconds } }

    /// What was seen beside what is too often, in one order.
    /// - Parameters:
    ///   - sums: of each of ``windows``.
    ///   - knowsHabits: whether it is known what is usual for the sender.
    package func measures(_ sums: [LimitWindow: SenderCounts], knowsHabits: Bool) -> [SignalMeasure] {
        SenderSignal.allCases.compactMap { signal in
            guard let threshold = thresholds[signal], threshold.weight > 0 else { return nil }
            let counts = sums[threshold.window] ?? SenderCounts(), count = counts[signal]
            // What comes back was sent before the window, too.
            let all = max(signal.isOfRecipients ? counts.recipients : counts.messages, count)
            let isOften = count >= threshold.least && threshold.share.map { count.multipliedReportingOverflow(by: 100).partialValue >= all.multipliedReportingOverflow(by: $0).partialValue } != false
            return SignalMeasure(signal: signal.rawValue, count: count, of: threshold.share == nil ? nil : all, per: threshold.window.description, isMet: isOften && (knowsHabits || !signal.needsHabits), weight: threshold.weight)
        }
    }

    /// Whether signals leave a sender alone. What is seen of it then that would be too much does not speak against it later.
    package func isTrusted(_ standing: Restraint?, now: Timestamp) -> Bool { standing?.trustedUntil.map { $0 > now } == true }

    /// What follows from what was seen of a sender.
    /// - Parameters:
    ///   - standing: what is known of its restraints.
    ///   - now: by the store's clock.
    /// - Returns: nil where nothing changes.
    package func change(_ measures: [SignalMeasure], of subject: TenantSubject, standing: Restraint?, now: Timestamp) -> Restraint? {
        let met = measures.filter(\.isMet), sum = met.reduce(0) { $0 + $1.weight }
        guard sum >= throttleAt else { return nil }
        if isTrusted(standing, now: now) { return nil }
        let state = standing?.state(at: now) ?? .lifted
        if state == .frozen { return nil }
        let wasThrottled = state == .throttled || standing?.throttledAt.map { $0.adding(seconds: again) > now } == true
        let isFrozen = sum >= freezeAt || wasThrottled
        return Restraint(of: subject, isFrozen ? .frozen : .throttled, .signals, since: now, until: isFrozen ? nil : now.adding(seconds: throttleFor), reason: met.map(\.sentence).joined(separator: "; "), signals: met,
                         throttledAt: isFrozen ? standing?.throttledAt : now, changedAt: now)
    }
}

extension SignalMeasure {
    /// `bounces: 23 of 60 per 1d`
    fileprivate var sentence: String { "\(signal): \(count)\(of.map { " of \($0)" } ?? "") per \(per)" }
}

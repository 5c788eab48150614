import Synchronization
package import Verdicts

/// Counts what was answered, for the metrics: a message that comes again counts again.
package final class Tally: Sendable {
    /// Upper bounds of the time buckets, in seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct State {
        var actions: [Action: Int] = [:]
        var classes: [MessageClass: Int] = [:]
        var codes: [String: Int] = [:]
        var octets = 0
        var buckets = [Int](repeating: 0, count: Tally.bounds.count + 1)
        var seconds = 0.0
    }

    /// Different codes that are counted: the set of codes is open, the memory for it is not.
    private static let maximumCodes = 500
    private let state = Mutex(State())

    package init() {}

    /// - Parameters:
    ///   - verdict: the one that was answered.
    ///   - octets: of the message as it came.
    func add(_ verdict: VerdictRecord, octets: Int, took: Duration) {
        let seconds = took.milliseconds / 1000
        state.withLock { state in
            state.actions[verdict.action, default: 0] += 1
            state.classes[verdict.messageClass, default: 0] += 1
            for code in verdict.codes where state.codes[code] != nil || state.codes.count < Self.maximumCodes { state.codes[code, default: 0] += 1 }
            state.octets += octets
            state.seconds += seconds
            state.buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        }
    }

    /// The families of this tally.
    package func families() -> [MetricFamily] {
        let state = state.withLock { $0 }
        var below = 0
        var samples = zip(Self.bounds, state.buckets).map { bound, count in
            below += count
            return MetricFamily.Sample(suffix: "_bucket", labels: [("le", "\(bound)")], value: Double(below))
        }
        let all = Double(state.buckets.reduce(0, +))
        samples += [.init(suffix: "_bucket", labels: [("le", "+Inf")], value: all), .init(suffix: "_sum", value: state.seconds), .init(suffix: "_count", value: all)]
        return [
            MetricFamily("postern_verdicts_total", .counter, "Verdicts answered, by action.",
                         Action.allCases.map { .init(labels: [("action", $0.rawValue)], value: Double(state.actions[$0] ?? 0)) }),
            MetricFamily("postern_classes_total", .counter, "Verdicts answered, by class.",
                         MessageClass.allCases.map { .init(labels: [("class", $0.rawValue)], value: Double(state.classes[$0] ?? 0)) }),
            MetricFamily("postern_findings_total", .counter, "Verdicts answered in which a finding stands, by its code.",
                         state.codes.sorted { $0.key < $1.key }.map { .init(labels: [("code", $0.key)], value: Double($0.value)) }),
            MetricFamily("postern_message_octets_total", .counter, "Octets of judged messages.", value: Double(state.octets)),
            MetricFamily("postern_judge_seconds", .histogram, "From a message in hand to its verdict on disk.", samples),
        ]
    }
}

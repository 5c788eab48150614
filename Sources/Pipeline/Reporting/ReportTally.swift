internal import Synchronization
package import Verdicts

/// What became of reports on this node, counted.
package final class ReportTally: Sendable {
    private struct Counts {
        var ends: [String: Int] = [:]
        var made = 0, waiting = 0
    }

    private let counts = Mutex(Counts())
    private static let words = ["sent", "failed", "withheld", "later", "unknown"]

    package init() {}

    package func count(_ end: ReportEnd) { counts.withLock { $0.ends[end.word, default: 0] += 1 } }

    /// - Parameter made: reports that are new in the outbox.
    package func count(made: Int) { counts.withLock { $0.made += made } }

    package func stands(_ standing: OutboxStanding) { counts.withLock { $0.waiting = standing.waiting } }

    package func families() -> [MetricFamily] {
        let counts = counts.withLock { $0 }
        return [
            MetricFamily("postern_reports_made_total", .counter, "Aggregate reports put into the outbox.", value: Double(counts.made)),
            MetricFamily("postern_reports_ended_total", .counter, "What became of reports when they were to be sent.",
                         Self.words.map { .init(labels: [("end", $0)], value: Double(counts.ends[$0] ?? 0)) }),
            MetricFamily("postern_reports_waiting", .gauge, "Reports in the outbox that are to be sent.", value: Double(counts.waiting)),
        ]
    }
}

extension ReportEnd {
    /// `sent`, `later`, `failed`, `unknown` or `withheld`.
    package var word: String {
        switch self {
        case .sent: "sent"
        case .later: "later"
        case .failed: "failed"
        case .unknown: "unknown"
        case .withheld: "withheld"
        }
    }

    /// What was said, or why.
    package var words: String {
        switch self {
        case .sent(let words), .later(_, let words), .failed(let words, _), .unknown(let words), .withheld(let words): words
        }
    }
}

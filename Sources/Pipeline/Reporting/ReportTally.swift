internal import Synchronization
package import Verdicts

/// What became of reports on this node, counted.
package final class ReportTally: Sendable {
    private struct Counts {
        var ends: [String: Int] = [:], failures: [String: Int] = [:], received: [ReceivedReport.Kind: Int] = [:], refused: [String: Int] = [:]
        var made = 0, waiting = 0, known = 0, bounced = 0
    }

    private let counts = Mutex(Counts())
    private static let words = ["sent", "failed", "withheld", "later", "unknown"]

    package init() {}

    package func count(_ end: ReportEnd) {
        counts.withLock { counts in
            counts.ends[end.word, default: 0] += 1
            if let reason = end.reason { counts.failures[reason, default: 0] += 1 }
        }
    }

    /// - Parameter isNew: false where the report had come before.
    package func count(received kind: ReceivedReport.Kind, isNew: Bool) {
        counts.withLock { if isNew { $0.received[kind, default: 0] += 1 } else { $0.known += 1 } }
    }

    /// Counts a report of ours that came back.
    func countBounce() { counts.withLock { $0.bounced += 1 } }

    /// Counts a delivery that holds no report, or one that cannot be read.
    package func count(refused fault: ReportIntake.Fault) { counts.withLock { $0.refused[fault.word, default: 0] += 1 } }

    /// - Parameter made: reports that are new in the outbox.
    package func count(made: Int) { counts.withLock { $0.made += made } }

    package func stands(_ standing: OutboxStanding) { counts.withLock { $0.waiting = standing.waiting } }

    package func families() -> [MetricFamily] {
        let counts = counts.withLock { $0 }
        return [
            MetricFamily("postern_reports_made_total", .counter, "Aggregate reports put into the outbox.", value: Double(counts.made)),
            MetricFamily("postern_reports_ended_total", .counter, "What became of reports when they were to be sent.",
                         Self.words.map { .init(labels: [("end", $0)], value: Double(counts.ends[$0] ?? 0)) }),
            MetricFamily("postern_reports_failed_total", .counter, "Reports that failed: given up, or by the stage of the session at which they were refused.",
                         ReportEnd.reasons.map { .init(labels: [("reason", $0)], value: Double(counts.failures[$0] ?? 0)) }),
            MetricFamily("postern_reports_received_total", .counter, "Reports of others that were kept.",
                         ReceivedReport.Kind.allCases.map { .init(labels: [("kind", $0.rawValue)], value: Double(counts.received[$0] ?? 0)) }),
            MetricFamily("postern_reports_known_total", .counter, "Reports of others that had come before.", value: Double(counts.known)),
            MetricFamily("postern_reports_bounced_total", .counter, "Reports of ours that came back; their destinations get none for a while.", value: Double(counts.bounced)),
            MetricFamily("postern_reports_refused_total", .counter, "Deliveries with no report in them, or one that cannot be read.",
                         ReportIntake.Fault.words.map { .init(labels: [("reason", $0)], value: Double(counts.refused[$0] ?? 0)) }),
            MetricFamily("postern_reports_waiting", .gauge, "Reports in the outbox that are to be sent.", value: Double(counts.waiting)),
        ]
    }
}

extension ReportIntake.Fault {
    fileprivate static let words = ["nothing", "unreadable"]

    fileprivate var word: String {
        switch self { case .nothing: "nothing"; case .unreadable: "unreadable" }
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

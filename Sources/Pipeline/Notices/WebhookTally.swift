internal import Synchronization
package import Verdicts

/// What became of deliveries on this node, counted, and how webhooks stood when somebody looked last.
package final class WebhookTally: Sendable {
    private struct Counts { var ends: [String: [String: Int]] = [:], pending: [String: Int] = [:] }
    private static let words = ["delivered", "retried", "given_up"]

    private let names: [String]
    private let counts = Mutex(Counts())

    package init(_ names: [String]) { self.names = names }

    package func count(_ end: DeliveryEnd, of webhook: String) { counts.withLock { $0.ends[webhook, default: [:]][end.word, default: 0] += 1 } }

    package func stand(_ standing: [String: WebhookStanding]) { counts.withLock { $0.pending = standing.mapValues(\.pending) } }

    package func families() -> [MetricFamily] {
        let counts = counts.withLock { $0 }
        return [
            MetricFamily("postern_webhook_deliveries_total", .counter, "Deliveries to webhooks that this node tried, by what became of them.", names.flatMap { name in
                Self.words.map { .init(labels: [("webhook", name), ("result", $0)], value: Double(counts.ends[name]?[$0] ?? 0)) }
            }),
            MetricFamily("postern_webhook_pending", .gauge, "Events that are still to be delivered to a webhook.", names.map { .init(labels: [("webhook", $0)], value: Double(counts.pending[$0] ?? 0)) }),
        ]
    }
}

extension DeliveryEnd {
    package var word: String {
        switch self { case .delivered: "delivered"; case .later: "retried"; case .givenUp: "given_up" }
    }

    /// Why it was not delivered; nil where it was.
    package var reason: String? {
        switch self { case .delivered: nil; case .later(_, let reason), .givenUp(let reason): reason }
    }
}

internal import Synchronization
internal import Verdicts

/// What the door holds at the moment and what it did, counted over all listeners.
final class DoorLoad: Sendable {
    private let connections = Atomic<Int>(0)
    private let bodyOctets = Atomic<Int>(0)
    private let heldBack = Atomic<Int>(0)
    private let refusedConnections = Atomic<Int>(0)
    private let brokenRequests = Atomic<Int>(0)
    private let answers = Mutex<[Answered: Int]>([:])

    private struct Answered: Hashable { let route: Int; let status: Int }

    /// - Returns: how many connections there are, this one among them.
    func connected() -> Int { connections.add(1, ordering: .relaxed).newValue }
    func disconnected() { connections.subtract(1, ordering: .relaxed) }
    func refusedConnection() { refusedConnections.add(1, ordering: .relaxed) }
    /// A request that was no HTTP, or did not come to its end.
    func broke() { brokenRequests.add(1, ordering: .relaxed) }

    /// Takes room for body octets.
    /// - Returns: false when there is not so much; nothing is taken then.
    func take(_ octets: Int, of limit: Int) -> Bool { Self.take(bodyOctets, octets, limit) }
    func release(_ octets: Int) { bodyOctets.subtract(octets, ordering: .relaxed) }

    /// The same for octets of messages that are held back at their connections.
    func hold(_ octets: Int, of limit: Int) -> Bool { Self.take(heldBack, octets, limit) }
    func letGo(_ octets: Int) { heldBack.subtract(octets, ordering: .relaxed) }

    private static func take(_ room: borrowing Atomic<Int>, _ octets: Int, _ limit: Int) -> Bool {
        if room.add(octets, ordering: .relaxed).newValue <= limit { return true }
        room.subtract(octets, ordering: .relaxed)
        return false
    }

    var heldOctets: Int { bodyOctets.load(ordering: .relaxed) + heldBack.load(ordering: .relaxed) }
    var openConnections: Int { connections.load(ordering: .relaxed) }

    /// - Parameter route: its place in the table; -1 for none.
    func answered(route: Int, status: Int) { answers.withLock { $0[Answered(route: route, status: status), default: 0] += 1 } }

    /// - Parameter routes: the names of the routes in the order of the table.
    func metrics(routes: [String]) -> [MetricFamily] {
        let counts = answers.withLock { $0 }.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }
        let samples = counts.map { key, count in
            MetricFamily.Sample(labels: [("route", routes.indices.contains(key.route) ? routes[key.route] : "none"), ("status", String(key.status))], value: Double(count))
        }
        return [
            MetricFamily("postern_http_requests_total", .counter, "Answers by route and status.", samples),
            MetricFamily("postern_http_broken_requests_total", .counter, "Requests that were no HTTP or did not arrive in time.", value: Double(brokenRequests.load(ordering: .relaxed))),
            MetricFamily("postern_http_connections", .gauge, "Connections that are open.", value: Double(openConnections)),
            MetricFamily("postern_http_refused_connections_total", .counter, "Connections refused because there were too many.", value: Double(refusedConnections.load(ordering: .relaxed))),
            MetricFamily("postern_http_body_octets", .gauge, "Octets of bodies held in memory.", value: Double(heldOctets)),
        ]
    }
}

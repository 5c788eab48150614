/// Whose turn it is of those who wait: of the customer who had least while he waited, the sender who had least.
///
/// Who begins to wait begins where he is who had least of those who wait already: what somebody left unused when he had nothing to send is no credit.
package struct HoldTurns: Sendable, Equatable {
    /// What was let go of each lane while it waited, by customer.
    private var lanes: [String: [HoldLane: Int]] = [:]
    /// The same, of each customer.
    package private(set) var customers: [String: Int]
    /// Lanes of which the next message may go now.
    private var ready: [String: Set<HoldLane>] = [:]

    /// - Parameters:
    ///   - lanes: what was let go of those that wait, as it was kept.
    ///   - customers: the same, of their customers.
    package init(lanes: [HoldLane: Int] = [:], customers: [String: Int] = [:]) {
        self.customers = customers
        for (lane, served) in lanes { self.lanes[lane.customer, default: [:]][lane] = served }
    }

    package subscript(lane: HoldLane) -> Int? { lanes[lane.customer]?[lane] }

    /// All lanes, in their order, with what was let go of each.
    package var all: [(lane: HoldLane, served: Int)] { lanes.values.flatMap { $0.map { ($0.key, $0.value) } }.sorted { $0.lane < $1.lane } }

    /// Those that are not known yet begin where others say.
    package mutating func begin(_ others: HoldTurns) {
        customers.merge(others.customers) { own, _ in own }
        for (customer, theirs) in others.lanes { lanes[customer, default: [:]].merge(theirs) { own, _ in own } }
    }

    /// Only those lanes wait.
    package mutating func keep(_ waiting: some Collection<HoldLane>) {
        let waiting = Set(waiting), names = Set(waiting.map(\.customer))
        lanes = lanes.compactMapValues { lanes in
            let left = lanes.filter { waiting.contains($0.key) }
            return left.isEmpty ? nil : left
        }
        customers = customers.filter { names.contains($0.key) }
    }

    /// A lane has messages that wait, of which the first may go now.
    package mutating func enter(_ lane: HoldLane) {
        ready[lane.customer, default: []].insert(lane)
        if customers[lane.customer] == nil { customers[lane.customer] = customers.values.min() ?? 0 }
        if lanes[lane.customer]?[lane] == nil { lanes[lane.customer, default: [:]][lane] = lanes[lane.customer]?.values.min() ?? 0 }
    }

    /// The next one; nil where none may go now.
    package var next: HoldLane? {
        guard let customer = ready.keys.min(by: { one, other in
            let first = customers[one] ?? 0, second = customers[other] ?? 0
            return first == second ? one.utf8.lexicographicallyPrecedes(other.utf8) : first < second
        }) else { return nil }
        let served = lanes[customer] ?? [:]
        return ready[customer]?.min { one, other in
            let first = served[one] ?? 0, second = served[other] ?? 0
            return first == second ? one < other : first < second
        }
    }

    /// So much of a lane was let go: recipients.
    package mutating func serve(_ lane: HoldLane, _ amount: Int) {
        lanes[lane.customer, default: [:]][lane, default: 0] &+= amount
        customers[lane.customer, default: 0] &+= amount
    }

    /// Its next message may not go now.
    package mutating func pause(_ lane: HoldLane) {
        ready[lane.customer]?.remove(lane)
        if ready[lane.customer]?.isEmpty == true { ready[lane.customer] = nil }
    }

    /// Nothing of it waits any more.
    package mutating func leave(_ lane: HoldLane) {
        pause(lane)
        lanes[lane.customer]?[lane] = nil
        guard lanes[lane.customer]?.isEmpty != false else { return }
        lanes[lane.customer] = nil
        customers[lane.customer] = nil
    }
}

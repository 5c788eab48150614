/// Whose turn it is of those who wait: of the customer who had least while he waited, the sender who had least; of equals, who waits longer.
///
/// Who begins to wait begins where he is who had least of those who wait already: what somebody left unused when he had nothing to send is no credit.
package struct HoldTurns: Sendable, Equatable {
    /// What was let go of each lane while it waited, by customer.
    private var lanes: [String: [HoldLane: Int]] = [:]
    /// The same, of each customer.
    package private(set) var customers: [String: Int]

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

    /// Only those lanes wait. Those that are not known begin now.
    package mutating func keep(_ waiting: some Collection<HoldLane>) {
        let waiting = Set(waiting), names = Set(waiting.map(\.customer))
        lanes = lanes.compactMapValues { lanes in
            let left = lanes.filter { waiting.contains($0.key) }
            return left.isEmpty ? nil : left
        }
        customers = customers.filter { names.contains($0.key) }
        enter(waiting)
    }

    /// Lanes that are not known begin to wait.
    package mutating func enter(_ new: some Collection<HoldLane>) {
        let least = customers.values.min() ?? 0
        for (customer, new) in Dictionary(grouping: new, by: \.customer) {
            if customers[customer] == nil { customers[customer] = least }
            let first = lanes[customer]?.values.min() ?? 0
            for lane in new where lanes[customer]?[lane] == nil { lanes[customer, default: [:]][lane] = first }
        }
    }

    /// So much of a lane was let go: recipients.
    package mutating func serve(_ lane: HoldLane, _ amount: Int) {
        lanes[lane.customer, default: [:]][lane, default: 0] &+= amount
        customers[lane.customer, default: 0] &+= amount
    }
}

/// Lanes of which the next message is to be looked at, in the order of their turns.
struct TurnQueue: Sendable {
    private struct Turn<Name: Sendable>: Sendable {
        let name: Name
        /// What was let go when it was put here; less than what was let go since.
        let served: Int
        /// Since when it waits: lower is longer.
        let since: Int
    }

    /// In order, the next one last.
    private var customers: [Turn<String>] = []
    private var lanes: [String: [Turn<HoldLane>]] = [:]

    var isEmpty: Bool { customers.isEmpty }

    mutating func add(_ lane: HoldLane, _ turns: HoldTurns, since: Int, customerSince: Int) {
        let isNew = lanes[lane.customer] == nil
        Self.insert(Turn(name: lane, served: turns[lane] ?? 0, since: since), into: &lanes[lane.customer, default: []])
        if isNew { Self.insert(Turn(name: lane.customer, served: turns.customers[lane.customer] ?? 0, since: customerSince), into: &customers) }
    }

    /// Takes the lane whose turn it is.
    mutating func take(_ turns: HoldTurns) -> HoldLane? {
        while let customer = customers.popLast() {
            let served = turns.customers[customer.name] ?? 0
            // Of whom more was let go since he was put here goes behind others.
            if served != customer.served { Self.insert(Turn(name: customer.name, served: served, since: customer.since), into: &customers); continue }
            guard var queue = lanes.removeValue(forKey: customer.name), let lane = queue.popLast() else { continue }
            if !queue.isEmpty {
                lanes[customer.name] = queue
                customers.append(customer)
            }
            return lane.name
        }
        return nil
    }

    private static func insert<Name>(_ turn: Turn<Name>, into queue: inout [Turn<Name>]) {
        var low = 0, high = queue.count
        while low < high {
            let middle = (low + high) / 2
            if (queue[middle].served, queue[middle].since) > (turn.served, turn.since) { low = middle + 1 } else { high = middle }
        }
        queue.insert(turn, at: low)
    }
}

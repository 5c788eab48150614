/// Whose turn it is of those who wait: of the customer who had least while he waited, the sender who had least.
///
/// Who begins to wait begins where he is who had least of those who wait already: what somebody left unused when he had nothing to send is no credit.
package struct HoldTurns: Sendable, Equatable {
    /// What was let go of each lane while it waited.
    package private(set) var lanes: [HoldLane: Int]
    /// The same, of each customer.
    package private(set) var customers: [String: Int]
    /// Lanes that wait, by customer; and those of which the next message may go now.
    private var waiting: [String: Set<HoldLane>] = [:], ready: [String: Set<HoldLane>] = [:]

    /// - Parameters:
    ///   - lanes: as they were kept.
    ///   - customers: as they were kept.
    package init(lanes: [HoldLane: Int] = [:], customers: [String: Int] = [:]) { self.lanes = lanes; self.customers = customers }

    /// A lane has messages that wait.
    package mutating func enter(_ lane: HoldLane) {
        guard waiting[lane.customer, default: []].insert(lane).inserted else { return }
        ready[lane.customer, default: []].insert(lane)
        if customers[lane.customer] == nil { customers[lane.customer] = customers.values.min() ?? 0 }
        if lanes[lane] == nil { lanes[lane] = waiting[lane.customer, default: []].compactMap { lanes[$0] }.min() ?? 0 }
    }

    /// The next one; nil where none may go now.
    package var next: HoldLane? {
        guard let customer = ready.keys.min(by: { precedes((customers[$0] ?? 0, $0), (customers[$1] ?? 0, $1)) }) else { return nil }
        return ready[customer]?.min { one, other in
            let first = lanes[one] ?? 0, second = lanes[other] ?? 0
            return first == second ? one < other : first < second
        }
    }

    private func precedes(_ one: (served: Int, name: String), _ other: (served: Int, name: String)) -> Bool {
        one.served == other.served ? one.name.utf8.lexicographicallyPrecedes(other.name.utf8) : one.served < other.served
    }

    /// So much of a lane was let go.
    package mutating func serve(_ lane: HoldLane, _ amount: Int) {
        lanes[lane] = (lanes[lane] ?? 0).addingReportingOverflow(amount).partialValue
        customers[lane.customer] = (customers[lane.customer] ?? 0).addingReportingOverflow(amount).partialValue
    }

    /// Its next message may not go now.
    package mutating func pause(_ lane: HoldLane) {
        ready[lane.customer]?.remove(lane)
        if ready[lane.customer]?.isEmpty == true { ready[lane.customer] = nil }
    }

    package mutating func resume(_ lane: HoldLane) {
        guard waiting[lane.customer]?.contains(lane) == true else { return }
        ready[lane.customer, default: []].insert(lane)
    }

    /// Nothing of it waits any more.
    package mutating func leave(_ lane: HoldLane) {
        pause(lane)
        lanes[lane] = nil
        waiting[lane.customer]?.remove(lane)
        guard waiting[lane.customer]?.isEmpty != false else { return }
        waiting[lane.customer] = nil
        customers[lane.customer] = nil
    }
}

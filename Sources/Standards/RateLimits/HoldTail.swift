/// The end of the line that waits for one subject's limits.
package struct HoldTail: Sendable, Equatable {
    /// What the subject will have sent when all that wait in line are gone.
    package var state: AllowanceState
    /// Messages that this subject has no room for, 1…
    package var waiting: Int
    /// Whose they are, where all are the same sender's: then none is overtaken by a fair share, and what is promised stays.
    package var only: HoldLane?

    package init(state: AllowanceState, waiting: Int, only: HoldLane?) { self.state = state; self.waiting = waiting; self.only = only }
}

/// Whose turn a message that waits takes: room is shared between customers, and between the senders of one customer.
package struct HoldLane: Sendable, Hashable, Comparable {
    package let customer: String
    package let sender: String

    package init(customer: String, sender: String) { self.customer = customer; self.sender = sender }

    /// Of a message, by those for whom it counts: what is widest of customer, domain and site, else the client, whom names that a sender gives himself do not multiply; and of that the mailbox, else the site, the script or the client.
    package init(of subjects: [LimitSubject]) {
        let customer = subjects.first { [.customer, .domain, .site].contains($0.scope) } ?? subjects.first { $0.scope == .client }
        let sender = [LimitScope.mailbox, .site, .script, .client].lazy.compactMap { scope in subjects.first { $0.scope == scope } }.first
        self.init(customer: (customer ?? sender)?.description ?? "", sender: sender?.description ?? "")
    }

    package static func == (one: HoldLane, other: HoldLane) -> Bool { one.customer.utf8.elementsEqual(other.customer.utf8) && one.sender.utf8.elementsEqual(other.sender.utf8) }

    package func hash(into hasher: inout Hasher) {
        for octet in customer.utf8 { hasher.combine(octet) }
        hasher.combine(0 as UInt8)
        for octet in sender.utf8 { hasher.combine(octet) }
    }

    package static func < (one: HoldLane, other: HoldLane) -> Bool {
        one.customer.utf8.elementsEqual(other.customer.utf8) ? one.sender.utf8.lexicographicallyPrecedes(other.sender.utf8) : one.customer.utf8.lexicographicallyPrecedes(other.customer.utf8)
    }
}

/// What a message that may wait says of itself.
package struct HoldWish: Sendable, Hashable {
    package let lane: HoldLane
    /// Until when it is kept at most: milliseconds from now; what would go later is deferred.
    package let longest: Int

    package init(lane: HoldLane, longest: Int) { self.lane = lane; self.longest = longest }
}

/// Who must be answered by when, the earliest first: a binary heap.
package struct DeadlineHeap {
    struct Entry {
        let deadline: ContinuousClock.Instant
        let ticket: UInt64
    }

    private var entries: [Entry] = []

    package init() {}

    package var count: Int { entries.count }
    package var earliest: ContinuousClock.Instant? { entries.first?.deadline }

    package mutating func add(_ deadline: ContinuousClock.Instant, _ ticket: UInt64) {
        entries.append(Entry(deadline: deadline, ticket: ticket))
        rise(from: entries.count - 1)
    }

    /// Takes out the earliest ticket when its deadline is not after `now`.
    package mutating func takeDue(_ now: ContinuousClock.Instant) -> UInt64? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        removeFirst()
        return first.ticket
    }

    /// Takes out the earliest ticket while nobody waits with it any more.
    package mutating func dropStale(_ isWaiting: (UInt64) -> Bool) {
        while let first = entries.first, !isWaiting(first.ticket) { removeFirst() }
    }

    /// Forgets the tickets nobody waits with.
    package mutating func keep(_ isWaiting: (UInt64) -> Bool) {
        entries.removeAll { !isWaiting($0.ticket) }
        for place in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(from: place) }
    }

    private mutating func removeFirst() {
        guard let last = entries.popLast(), !entries.isEmpty else { return }
        entries[0] = last
        sink(from: 0)
    }

    private mutating func rise(from start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard entries[place].deadline < entries[parent].deadline else { return }
            entries.swapAt(place, parent)
            place = parent
        }
    }

    private mutating func sink(from start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < entries.count && entries[child].deadline < entries[least].deadline {
                least = child
            }
            guard least != place else { return }
            entries.swapAt(place, least)
            place = least
        }
    }
}

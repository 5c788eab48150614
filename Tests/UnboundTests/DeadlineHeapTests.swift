import Testing
import Unbound

@Suite struct DeadlineHeapTests {
    private static func shuffled(_ count: Int) -> [UInt64] {
        // A fixed permutation: the multiplier has no factor in common with the count.
        (0..<UInt64(count)).map { $0 &* 7919 % UInt64(count) }
    }

    @Test(arguments: [0, 1, 2, 3, 10, 1000])
    func givesTheEarliestFirst(count: Int) {
        let start = ContinuousClock.now
        var heap = DeadlineHeap()
        for ticket in Self.shuffled(count) { heap.add(start + .seconds(Int(ticket)), ticket) }
        #expect(heap.earliest == (count == 0 ? nil : start))
        var out: [UInt64] = []
        while let ticket = heap.takeDue(start + .seconds(count)) { out.append(ticket) }
        let all = Array(0..<UInt64(count))
        #expect(out == all)
        #expect(heap.count == 0 && heap.earliest == nil)
    }

    @Test func nothingIsDueBeforeItsTime() {
        let start = ContinuousClock.now
        var heap = DeadlineHeap()
        heap.add(start + .seconds(2), 2)
        heap.add(start + .seconds(1), 1)
        #expect(heap.takeDue(start) == nil)
        #expect(heap.takeDue(start + .seconds(1)) == 1)
        #expect(heap.takeDue(start + .seconds(1)) == nil)
        #expect(heap.earliest == start + .seconds(2))
    }

    @Test func forgetsWhoLeft() {
        let start = ContinuousClock.now
        var heap = DeadlineHeap()
        for ticket in Self.shuffled(1000) { heap.add(start + .seconds(Int(ticket)), ticket) }
        heap.dropStale { $0 >= 10 }
        #expect(heap.count == 990 && heap.earliest == start + .seconds(10))
        heap.keep { $0 % 10 == 3 }
        var out: [UInt64] = []
        while let ticket = heap.takeDue(start + .seconds(1000)) { out.append(ticket) }
        let left = Array(stride(from: UInt64(13), to: 1000, by: 10))
        #expect(out == left)
    }
}

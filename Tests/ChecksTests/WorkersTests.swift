import Checks
import Synchronization
import TestSupport
import Testing

@Suite(.longWork) struct WorkersTests {
    /// Lets tasks through one by one.
    actor Gate {
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private var watchers: [(Int, CheckedContinuation<Void, Never>)] = []
        func pass() async {
            await withCheckedContinuation { continuation in
                waiting.append(continuation)
                watchers.removeAll { count, watcher in
                    guard waiting.count >= count else { return false }
                    watcher.resume()
                    return true
                }
            }
        }
        func until(_ count: Int) async {
            if waiting.count >= count { return }
            await withCheckedContinuation { watchers.append((count, $0)) }
        }
        func open(_ count: Int) {
            for one in waiting.prefix(count) { one.resume() }
            waiting.removeFirst(min(count, waiting.count))
        }
    }

    /// How many there are, and the most there ever were.
    final class Counter: Sendable {
        private let state = Mutex((now: 0, most: 0))
        func add(_ change: Int) { state.withLock { $0.now += change; $0.most = max($0.most, $0.now) } }
        var most: Int { state.withLock { $0.most } }
    }

    @Test func neverMoreAtOnceThanAllowed() async {
        let workers = Workers(limit: 3, lineLimit: 1000)
        let counter = Counter()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    await workers.run {
                        counter.add(1)
                        await Task.yield()
                        counter.add(-1)
                        return true
                    } ?? false
                }
            }
            var done = 0
            for await ran in group where ran { done += 1 }
            #expect(done == 200)
        }
        #expect(counter.most <= 3)
        #expect(workers.figures.running == 0)
        #expect(workers.figures.waiting == 0)
    }

    @Test func turnsAwayBeyondTheLine() async throws {
        let workers = Workers(limit: 2, lineLimit: 3), gate = Gate()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 { group.addTask { await workers.run { await gate.pass(); return true } ?? false } }
            await gate.until(2)
            #expect(!workers.isFull)
            for _ in 0..<3 { group.addTask { await workers.run { await gate.pass(); return true } ?? false } }
            try await eventually("three wait") { workers.figures.waiting == 3 }
            #expect(workers.isFull)
            let turnedAway = await workers.run { true }
            #expect(turnedAway == nil)
            #expect(workers.figures.turnedAway == 1)
            await gate.open(2)
            await gate.until(2)
            await gate.open(2)
            await gate.until(1)
            await gate.open(1)
            for try await ran in group { #expect(ran) }
        }
        #expect(!workers.isFull)
    }

    @Test func closedWorkersFinishWhatTheyHave() async {
        let workers = Workers(limit: 1, lineLimit: 1), gate = Gate()
        async let running = workers.run { await gate.pass(); return 7 }
        await gate.until(1)
        workers.close()
        #expect(workers.isFull)
        #expect(await workers.run { 8 } == nil)
        await gate.open(1)
        #expect(await running == 7)
    }
}

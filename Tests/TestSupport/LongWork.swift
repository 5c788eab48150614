internal import Foundation
internal import Synchronization
package import Testing
import Threads

/// A test that reckons or waits for long has a thread of its own, and few of them run at once.
///
/// Swift's pool has as many threads as the machine has cores, and all tests start together: two that reckon would keep every other from
/// going on, and one that waits for a database or a server would come back only when every short test of the run is through, which on a
/// busy machine is beyond its deadline.
package struct LongWork: TestTrait, SuiteTrait, TestScoping {
    package var isRecursive: Bool { true }
    /// Whether it waits for its turn.
    private let isInLine: Bool

    fileprivate init(isInLine: Bool) { self.isInLine = isInLine }

    /// Whether the test at hand has its place: a suite and one of its tests may both ask for one.
    @TaskLocal private static var hasPlace = false
    private static let places = Places(max(4, ProcessInfo.processInfo.activeProcessorCount))

    @concurrent package func provideScope(for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void) async throws {
        if Self.hasPlace { return try await function() }
        if isInLine { await Self.places.take() }
        defer { if isInLine { Self.places.give() } }
        try await Self.$hasPlace.withValue(true) {
            try await withTaskExecutorPreference(QueueExecutor(label: test.name)) { try await function() }
        }
    }
}

extension Trait where Self == LongWork {
    package static var longWork: Self { LongWork(isInLine: true) }
    /// For the one that takes as long as all the others: it has a thread too, and begins at once.
    package static var longestWork: Self { LongWork(isInLine: false) }
}

/// A number of places; who finds none waits in line.
private final class Places: Sendable {
    private struct State { var free: Int; var line: [CheckedContinuation<Void, Never>] = [] }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 { state.free -= 1; return true }
                state.line.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.line.isEmpty { state.free += 1; return nil }
            return state.line.removeFirst()
        }
        next?.resume()
    }
}

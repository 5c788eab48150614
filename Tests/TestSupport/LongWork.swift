package import Testing
import Threads

/// A test that reckons or waits for long has a thread of its own: Swift's pool has as many as the machine has cores, and two such tests
/// there would keep every other waiting beyond its deadline.
package struct LongWork: TestTrait, SuiteTrait, TestScoping {
    package var isRecursive: Bool { true }

    @concurrent package func provideScope(for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void) async throws {
        try await withTaskExecutorPreference(QueueExecutor(label: test.name)) { try await function() }
    }
}

extension Trait where Self == LongWork {
    package static var longWork: Self { LongWork() }
}

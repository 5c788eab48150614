internal import Glibc
internal import Synchronization

/// A bounded number of threads for work that takes long, each with its own line; work is given to them in turn.
package final class QueueRound: Sendable {
    private let executors: [QueueExecutor]
    private let turn = Atomic<Int>(0)

    /// - Parameters:
    ///   - label: the queues' name in a debugger.
    ///   - width: threads, at least 1; by default one core fewer than there are, and at least two.
    package init(label: String, width: Int? = nil) {
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        executors = (0..<max(1, width ?? max(2, cores - 1))).map { _ in QueueExecutor(label: label) }
    }

    /// Whose turn it is.
    package var next: any TaskExecutor {
        let number = UInt(bitPattern: turn.wrappingAdd(1, ordering: .relaxed).newValue)
        return executors[Int(number % UInt(executors.count))]
    }
}

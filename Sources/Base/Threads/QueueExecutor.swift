package import Dispatch

/// Runs one actor's jobs, and tasks that prefer to be near it, on a serial queue of its own, so that a blocking call never holds up
/// one of Swift's cooperative threads.
package final class QueueExecutor: SerialExecutor, TaskExecutor {
    package let queue: DispatchQueue

    /// - Parameter label: the queue's name in a debugger.
    package init(label: String) { queue = DispatchQueue(label: label) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor()) }
    }

    package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}

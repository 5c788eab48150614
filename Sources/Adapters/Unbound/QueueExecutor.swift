internal import Dispatch

/// Runs an actor on a serial queue, so that C calls which may wait never hold a thread of Swift's pool.
final class QueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Without it `assumeIsolated` stops the process when a timer or a source of the queue calls.
    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}

internal import NIOCore

/// Runs what a connection's tasks do on the thread that reads and writes the connection, so that a request does not change threads
/// at each step. What takes long moves away by itself (`Pipeline.read`), for a loop serves many connections.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job), executor = unsafe asUnownedTaskExecutor()
        loop.execute { unsafe job.runSynchronously(on: executor) }
    }
}

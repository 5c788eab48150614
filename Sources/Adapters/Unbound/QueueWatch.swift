internal import Dispatch

/// A descriptor and one timer, watched on a queue until the value's last reference goes.
/// Dispatch sources may be used from any thread; the module only does not say so.
final class QueueWatch: @unchecked Sendable {
    private let source: any DispatchSourceRead
    private let timer: any DispatchSourceTimer

    /// - Parameters:
    ///   - owner: what the descriptor belongs to; held until the queue has truly let go of the descriptor, and released there.
    ///   - readable: called on the queue while there is something to read.
    ///   - time: called on the queue when the timer fires.
    init(_ descriptor: Int32, of owner: some AnyObject & Sendable, on queue: DispatchQueue,
         readable: @escaping @Sendable () -> Void, time: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
        source.setEventHandler(handler: readable)
        source.setCancelHandler { withExtendedLifetime(owner) {} }
        timer.setEventHandler(handler: time)
        source.activate()
        timer.activate()
    }

    deinit {
        source.cancel()
        timer.cancel()
    }

    /// Sets the timer anew. Called on the queue.
    func fire(in wait: Duration) {
        let parts = wait.components
        let nanoseconds = min(parts.seconds, 86_400) &* 1_000_000_000 &+ parts.attoseconds / 1_000_000_000
        timer.schedule(deadline: .now() + .nanoseconds(Int(max(0, nanoseconds))), leeway: .microseconds(100))
    }

    /// Stops watching the descriptor.
    func stopReading() { source.cancel() }
}

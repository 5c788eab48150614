internal import Dispatch
internal import Synchronization

/// Lines on their way to a reader that may be slow or gone: whoever adds one never waits, and one thread writes them in order.
///
/// Lines that find no room are dropped and counted, and a line of its own says how many, as soon as one gets through again.
package final class LineRing: Sendable {
    package struct Limits: Sendable {
        /// Lines that wait to be written, at least 1; as many again may be in the writer's hands.
        package var lines = 4096
        /// Octets of all of them together, at least 1; a line that is longer by itself is dropped.
        package var octets = 1 << 20

        package init() {}
    }

    private struct State {
        var waiting: [[UInt8]] = []
        var octets = 0
        var isWriting = false
        /// Dropped since it was last said, and since the start.
        var unsaid = 0
        var dropped = 0
    }

    private let limits: Limits
    private let mark: @Sendable (Int) -> [UInt8]
    private let write: @Sendable ([UInt8]) -> Void
    private let queue = DispatchQueue(label: "postern.lines")
    private let state = Mutex(State())

    /// - Parameters:
    ///   - mark: makes the line that says how many were dropped.
    ///   - write: writes one line; may take as long as it likes.
    package init(limits: Limits = Limits(), mark: @escaping @Sendable (_ dropped: Int) -> [UInt8], write: @escaping @Sendable ([UInt8]) -> Void) {
        self.limits = limits
        self.mark = mark
        self.write = write
    }

    /// How many lines were dropped since the start.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// Adds a line to those that wait, or drops it.
    package func add(_ line: [UInt8]) {
        state.withLock { state in
            guard state.waiting.count < limits.lines, line.count <= limits.octets - state.octets else {
                state.unsaid += 1
                state.dropped += 1
                return
            }
            state.waiting.append(line)
            state.octets += line.count
            if !state.isWriting {
                state.isWriting = true
                queue.async { self.drain() }
            }
        }
    }

    /// Waits until everything that was added is written, but no longer than `time`.
    /// - Parameter time: in whole seconds, at most an hour.
    /// - Returns: whether it is.
    @discardableResult
    package func flush(within time: Duration) -> Bool {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        return done.wait(timeout: .now() + .seconds(Int(min(max(time.components.seconds, 0), 3600)))) == .success
    }

    private func drain() {
        while let (lines, dropped) = next() {
            for line in lines { write(line) }
            if dropped > 0 { write(mark(dropped)) }
        }
    }

    /// What waits, and how many were dropped behind it; nil when nothing does, and then the next line starts the writer again.
    private func next() -> ([[UInt8]], dropped: Int)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { (state.waiting, state.octets, state.unsaid) = ([], 0, 0) }
            return (state.waiting, state.unsaid)
        }
    }
}

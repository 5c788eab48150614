import Synchronization

/// The bounded set of judgements under way, with a bounded line before it: what comes beyond both is turned away at once, so
/// that the MTA's queue holds the mail and not our memory.
package final class Workers: Sendable {
    private struct State {
        var running = 0
        /// Who waits, in order of arrival; nil where somebody gave up.
        var line: [CheckedContinuation<Bool, Never>] = []
        var head = 0
        var closed = false
        var turnedAway = 0
        var waiting: Int { line.count - head }
    }

    /// Judgements at once, at least 1.
    package let limit: Int
    /// Messages that may wait for one of them, at least 0.
    package let lineLimit: Int
    private let state = Mutex(State())

    package init(limit: Int, lineLimit: Int) {
        self.limit = max(1, limit)
        self.lineLimit = max(0, lineLimit)
    }

    /// Whether one more would be turned away.
    package var isFull: Bool { state.withLock { $0.closed || ($0.running >= limit && $0.waiting >= lineLimit) } }

    /// Counts one that was turned away before it came here.
    package func turnedAway() { state.withLock { $0.turnedAway += 1 } }

    package var figures: (running: Int, waiting: Int, turnedAway: Int) {
        state.withLock { ($0.running, $0.waiting, $0.turnedAway) }
    }

    /// Runs `work` as soon as there is a worker for it.
    /// - Returns: nil when the line is full or the workers are closed; `work` was not run then.
    package func run<Result: Sendable>(_ work: () async -> Result) async -> Result? {
        guard await enter() else { return nil }
        defer { leave() }
        return await work()
    }

    /// Takes no more work; what runs or waits goes on.
    package func close() { state.withLock { $0.closed = true } }

    private func enter() async -> Bool {
        if let now = tryEnter() { return now }
        return await withCheckedContinuation { continuation in
            let refusal: Bool? = state.withLock { state in
                if state.closed || state.waiting >= lineLimit && state.running >= limit { state.turnedAway += 1; return false }
                if state.running < limit { state.running += 1; return true }
                state.line.append(continuation)
                return nil
            }
            if let refusal { continuation.resume(returning: refusal) }
        }
    }

    /// The answer where none has to be waited for.
    private func tryEnter() -> Bool? {
        state.withLock { state in
            if state.closed { state.turnedAway += 1; return false }
            if state.running < limit { state.running += 1; return true }
            if state.waiting >= lineLimit { state.turnedAway += 1; return false }
            return nil
        }
    }

    private func leave() {
        let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
            guard state.head < state.line.count else { state.running -= 1; return nil }
            let next = state.line[state.head]
            state.head += 1
            if state.head > 64, state.head * 2 > state.line.count { state.line.removeFirst(state.head); state.head = 0 }
            return next
        }
        next?.resume(returning: true)
    }
}

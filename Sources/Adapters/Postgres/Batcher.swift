/// Group commit: while one write is on its way to the disk, the next batch gathers.
///
/// Every item has its own answer. A row that the server refuses for its values fails alone: the batch is halved until it is found.
package actor Batcher<Item: Sendable, Answer: Sendable> {
    /// Writes a batch and gives one answer for each item, in the same order.
    package typealias Write = @Sendable (_ items: [Item], _ deadline: ContinuousClock.Instant) async throws -> [Answer]

    private final class Ticket {
        let item: Item
        let deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Answer, any Error>?

        init(_ item: Item, _ deadline: ContinuousClock.Instant, _ continuation: CheckedContinuation<Answer, any Error>) {
            self.item = item; self.deadline = deadline; self.continuation = continuation
        }

        func end(_ result: Result<Answer, any Error>) {
            continuation?.resume(with: result)
            continuation = nil
        }
    }

    private let limits: BatchLimits
    private let repeatsAfterLoss: Bool
    private let write: Write
    private var waiting: [Ticket] = []
    private var underWay: [Ticket] = []
    private var writing = false
    private var watch: (until: ContinuousClock.Instant, task: Task<Void, Never>)?

    /// - Parameters:
    ///   - limits: the bounds.
    ///   - repeatsAfterLoss: true only where writing the same items twice does no harm: a broken connection does not tell whether the write took effect.
    ///   - write: writes one batch; never called while another call is under way.
    package init(limits: BatchLimits = BatchLimits(), repeatsAfterLoss: Bool, write: @escaping Write) {
        self.limits = limits
        self.repeatsAfterLoss = repeatsAfterLoss
        self.write = write
    }

    /// How many items wait for their turn.
    package var backlog: Int { waiting.count }

    /// Hands an item over, and waits until it is written.
    /// - Parameter deadline: the caller gets `.timeout` by then; an item that is under way may still be written.
    /// - Returns: its own answer.
    /// - Throws: `PostgresError` (`.full` at once when too many wait), or what the write threw.
    package func submit(_ item: Item, by deadline: ContinuousClock.Instant) async throws -> Answer {
        guard waiting.count < limits.waiting else { throw PostgresError(.full, "\(limits.waiting) rows already wait to be written") }
        guard deadline > .now else { throw Self.late }
        return try await withCheckedThrowingContinuation { continuation in
            waiting.append(Ticket(item, deadline, continuation))
            watchOver(deadline)
            guard !writing else { return }
            writing = true
            Task { await drain() }
        }
    }

    private func drain() async {
        while !waiting.isEmpty {
            let count = min(waiting.count, max(1, limits.batch))
            underWay = waiting.prefix(count).filter { $0.continuation != nil }
            waiting.removeFirst(count)
            await send(underWay[...])
            underWay = []
        }
        writing = false
        watch?.task.cancel()
        watch = nil
    }

    private func send(_ tickets: ArraySlice<Ticket>) async {
        guard !tickets.isEmpty else { return }
        for attempt in 1...max(1, limits.attempts) {
            do {
                // One caller's short deadline does not shorten everyone's.
                let deadline = min(.now + limits.write, tickets.map(\.deadline).max() ?? .now)
                let answers = try await write(tickets.map(\.item), deadline)
                guard answers.count == tickets.count else {
                    throw PostgresError(.unreadable, "\(answers.count) answers to \(tickets.count) rows")
                }
                for (ticket, answer) in zip(tickets, answers) { ticket.end(.success(answer)) }
                return
            } catch let error as PostgresError where error.isFaultOfRow && tickets.count > 1 {
                let middle = tickets.startIndex + tickets.count / 2
                await send(tickets[..<middle])
                await send(tickets[middle...])
                return
            } catch let error as PostgresError where attempt < limits.attempts && mayRepeat(error) && tickets.contains(where: { $0.continuation != nil }) {
                continue
            } catch {
                for ticket in tickets { ticket.end(.failure(error)) }
                return
            }
        }
    }

    private func mayRepeat(_ error: PostgresError) -> Bool {
        if error.isRolledBack { return true }
        let lost = error.kind == .connectionLost || ["57P01", "57P02", "57P03"].contains(error.sqlstate)
        return lost && repeatsAfterLoss
    }

    // MARK: - Deadlines

    private static var late: PostgresError { PostgresError(.timeout, "the row was not written by the deadline") }

    /// One timer for all items, set to the earliest deadline.
    private func watchOver(_ deadline: ContinuousClock.Instant) {
        if let watch, watch.until <= deadline { return }
        watch?.task.cancel()
        watch = (deadline, Task {
            do { try await Task.sleep(until: deadline, clock: .continuous) } catch { return }
            expire()
        })
    }

    private func expire() {
        watch = nil
        var next: ContinuousClock.Instant?
        let now = ContinuousClock.now
        for ticket in underWay + waiting where ticket.continuation != nil {
            if ticket.deadline <= now { ticket.end(.failure(Self.late)) } else { next = min(next ?? ticket.deadline, ticket.deadline) }
        }
        waiting.removeAll { $0.continuation == nil }
        if let next { watchOver(next) }
    }
}

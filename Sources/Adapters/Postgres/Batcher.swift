internal import Synchronization

/// Group commit: while one write is on its way to the disk, the next batch gathers.
///
/// Every item has its own answer. A row that the server refuses for its values fails alone: the batch is halved until it is found.
/// To hand an item over takes a lock and no change of threads; batches are written on the executor that is given.
package final class Batcher<Item: Sendable, Answer: Sendable>: Sendable {
    /// Writes a batch and gives one answer for each item, in the same order.
    /// - Parameter again: the same items may have been written before, by a connection that broke.
    package typealias Write = @Sendable (_ items: [Item], _ again: Bool, _ deadline: ContinuousClock.Instant) async throws -> [Answer]

    private struct Ticket: Sendable {
        let number: UInt64
        let item: Item
        let octets: Int
        let deadline: ContinuousClock.Instant
    }

    private struct State {
        var lastNumber: UInt64 = 0
        var waiting: [Ticket] = []
        /// Of the items that wait.
        var octets = 0
        var underWay: [Ticket] = []
        /// Whoever has no answer yet, by the number of the ticket.
        var callers: [UInt64: CheckedContinuation<Answer, any Error>] = [:]
        var writing = false
        var watch: (until: ContinuousClock.Instant, task: Task<Void, Never>)?
    }

    private let limits: BatchLimits
    private let repeatsAfterLoss: Bool
    private let executor: (any TaskExecutor)?
    private let octets: @Sendable (Item) -> Int
    private let write: Write
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limits: the bounds.
    ///   - repeatsAfterLoss: true only where writing the same items twice does no harm: a broken connection does not tell whether the write took effect.
    ///   - executor: where batches are put together and written; nil for Swift's pool.
    ///   - octets: how many octets of memory an item takes, about.
    ///   - write: writes one batch; never called while another call is under way.
    package init(limits: BatchLimits = BatchLimits(), repeatsAfterLoss: Bool, on executor: (any TaskExecutor)? = nil,
                 octets: @escaping @Sendable (Item) -> Int = { _ in 0 }, write: @escaping Write) {
        self.limits = limits
        self.repeatsAfterLoss = repeatsAfterLoss
        self.executor = executor
        self.octets = octets
        self.write = write
    }

    /// How many items wait for their turn.
    package var backlog: Int { state.withLock { $0.waiting.count } }

    /// Hands an item over, and waits until it is written.
    /// - Parameter deadline: the caller gets `.timeout` by then; an item that is under way may still be written.
    /// - Returns: its own answer.
    /// - Throws: `PostgresError` (`.full` at once when too many wait), or what the write threw.
    package func submit(_ item: Item, by deadline: ContinuousClock.Instant) async throws -> Answer {
        guard deadline > .now else { throw Self.late }
        let octets = max(0, octets(item))
        return try await withCheckedThrowingContinuation { continuation in
            let starts: Result<Bool, PostgresError> = state.withLock { state in
                if let full = full(state, octets) { return .failure(full) }
                state.lastNumber &+= 1
                state.waiting.append(Ticket(number: state.lastNumber, item: item, octets: octets, deadline: deadline))
                state.octets += octets
                state.callers[state.lastNumber] = continuation
                watchOver(deadline, &state)
                defer { state.writing = true }
                return .success(!state.writing)
            }
            switch starts {
            case .failure(let full): continuation.resume(throwing: full)
            case .success(true): Task(executorPreference: executor) { await self.drain() }
            case .success(false): break
            }
        }
    }

    /// Why one more item of so many octets cannot wait; nil where it can.
    private func full(_ state: State, _ octets: Int) -> PostgresError? {
        if state.waiting.count >= limits.waiting { return PostgresError(.full, "\(limits.waiting) rows already wait to be written") }
        // What waits is within the limit, or a single item: the difference cannot overflow.
        if !state.waiting.isEmpty, octets > limits.waitingOctets - state.octets { return PostgresError(.full, "\(state.octets) octets already wait to be written") }
        return nil
    }

    private func drain() async {
        while let tickets = next() { await send(tickets[...]) }
    }

    /// The next batch; nil when nothing waits, and then the next item starts a new round.
    private func next() -> [Ticket]? {
        state.withLock { state in
            state.underWay = []
            guard !state.waiting.isEmpty else {
                state.writing = false
                return nil
            }
            let count = min(state.waiting.count, max(1, limits.batch))
            // Loops by place: this runs for every batch, for any kind of item, and what is made of closures costs more than it does here.
            for place in 0..<count {
                state.octets -= state.waiting[place].octets
                if state.callers[state.waiting[place].number] != nil { state.underWay.append(state.waiting[place]) }
            }
            if count == state.waiting.count { state.waiting.removeAll(keepingCapacity: true) } else { state.waiting.removeFirst(count) }
            return state.underWay
        }
    }

    private func send(_ tickets: ArraySlice<Ticket>, again: Bool = false) async {
        guard !tickets.isEmpty else { return }
        for attempt in 1...max(1, limits.attempts) {
            do {
                // One caller's short deadline does not shorten everyone's.
                let now = ContinuousClock.now
                var latest = now, items: [Item] = []
                items.reserveCapacity(tickets.count)
                for ticket in tickets {
                    latest = max(latest, ticket.deadline)
                    items.append(ticket.item)
                }
                let answers = try await write(items, again || attempt > 1, min(now + limits.write, latest))
                guard answers.count == tickets.count else {
                    throw PostgresError(.unreadable, "\(answers.count) answers to \(tickets.count) rows")
                }
                let callers = take(tickets)
                for place in callers.indices { callers[place]?.resume(returning: answers[place]) }
                return
            } catch let error as PostgresError where error.sqlstate == "23505" && !again && attempt == 1 {
                // Written before after all, by another hand.
                await send(tickets, again: true)
                return
            } catch let error as PostgresError where error.isFaultOfRow && tickets.count > 1 {
                let middle = tickets.startIndex + tickets.count / 2, again = again || attempt > 1
                await send(tickets[..<middle], again: again)
                await send(tickets[middle...], again: again)
                return
            } catch let error as PostgresError where attempt < limits.attempts && mayRepeat(error) && anyoneWaits(for: tickets) {
                continue
            } catch {
                for caller in take(tickets) { caller?.resume(throwing: error) }
                return
            }
        }
    }

    /// Those who wait for these tickets, who from now on do not; nil for each that gave up.
    private func take(_ tickets: ArraySlice<Ticket>) -> [CheckedContinuation<Answer, any Error>?] {
        state.withLock { state in tickets.map { state.callers.removeValue(forKey: $0.number) } }
    }

    private func anyoneWaits(for tickets: ArraySlice<Ticket>) -> Bool {
        state.withLock { state in tickets.contains { state.callers[$0.number] != nil } }
    }

    private func mayRepeat(_ error: PostgresError) -> Bool {
        if error.isRolledBack { return true }
        let lost = error.kind == .connectionLost || ["57P01", "57P02", "57P03", "25P03"].contains(error.sqlstate)
        return lost && repeatsAfterLoss
    }

    // MARK: - Deadlines

    private static var late: PostgresError { PostgresError(.timeout, "the row was not written by the deadline") }

    /// One timer for all items, set to the earliest deadline; on Swift's pool, since a write may hold up the executor. It is left to ring
    /// when its items are written: the next ones mostly have later deadlines, and need no timer of their own then.
    private func watchOver(_ deadline: ContinuousClock.Instant, _ state: inout State) {
        if let watch = state.watch, watch.until <= deadline { return }
        state.watch?.task.cancel()
        state.watch = (deadline, Task { [weak self] in
            do { try await Task.sleep(until: deadline, clock: .continuous) } catch { return }
            self?.expire()
        })
    }

    private func expire() {
        let now = ContinuousClock.now
        let late: [CheckedContinuation<Answer, any Error>] = state.withLock { state in
            guard !Task.isCancelled else { return [] }   // another timer has taken this one's place
            state.watch = nil
            var next: ContinuousClock.Instant?, late: [CheckedContinuation<Answer, any Error>] = []
            for ticket in state.underWay + state.waiting where state.callers[ticket.number] != nil {
                if ticket.deadline <= now, let caller = state.callers.removeValue(forKey: ticket.number) {
                    late.append(caller)
                } else {
                    next = min(next ?? ticket.deadline, ticket.deadline)
                }
            }
            state.waiting.removeAll { state.callers[$0.number] == nil }
            state.octets = state.waiting.reduce(0) { $0 + $1.octets }
            if let next { watchOver(next, &state) }
            return late
        }
        for caller in late { caller.resume(throwing: Self.late) }
    }
}

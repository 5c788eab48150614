/// A fixed number of connections, each lent to one caller at a time, and a bounded line of callers that wait.
package actor PostgresPool {
    package nonisolated let size: Int
    /// Callers beyond this number are turned away at once.
    package nonisolated let waitingLimit: Int
    private var idle: [PostgresConnection]
    private let all: [PostgresConnection]
    private var line: [UInt64] = []
    private var waiting: [UInt64: CheckedContinuation<PostgresConnection, any Error>] = [:]
    private var lastTicket: UInt64 = 0
    private var closed = false

    /// - Parameters:
    ///   - size: connections, 1…100; each is made when it is first needed.
    ///   - waitingLimit: callers that may wait for one, 0…100,000.
    package init(_ settings: PostgresSettings, size: Int = 4, waitingLimit: Int = 256) {
        self.size = min(max(size, 1), 100)
        self.waitingLimit = min(max(waitingLimit, 0), 100_000)
        all = (0..<self.size).map { _ in PostgresConnection(settings) }
        idle = all
    }

    /// Runs one statement on any connection.
    /// - Throws: `PostgresError`, also `.full` and `.timeout` where no connection came free; `CancellationError`.
    @discardableResult
    package nonisolated func execute(_ sql: String, _ parameters: [PostgresValue] = [], by deadline: ContinuousClock.Instant) async throws -> PostgresRows {
        try await lend(by: deadline) { try await $0.execute(sql, parameters, by: deadline) }
    }

    /// Lends a connection to `body` until it returns or throws.
    package nonisolated func lend<Result: Sendable>(by deadline: ContinuousClock.Instant,
                                                    _ body: @Sendable (PostgresConnection) async throws -> Result) async throws -> Result {
        let connection = try await take(by: deadline)
        do {
            let result = try await body(connection)
            await giveBack(connection)
            return result
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// How many connections are lent, and how many callers wait.
    package var load: (lent: Int, waiting: Int) { (size - idle.count, waiting.count) }

    /// Ends all connections; whoever waits is turned away.
    package func close() async {
        closed = true
        for ticket in line { refuse(ticket, Self.wasClosed) }
        for connection in all { await connection.close() }
    }

    private func take(by deadline: ContinuousClock.Instant) async throws -> PostgresConnection {
        try Task.checkCancellation()
        guard !closed else { throw Self.wasClosed }
        if let connection = idle.popLast() { return connection }
        lastTicket &+= 1
        let ticket = lastTicket
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            refuse(ticket, Self.late)
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { join(ticket, by: deadline, $0) }
        } onCancel: {
            Task { await self.refuse(ticket, CancellationError()) }
        }
    }

    /// To wait may be a step of its own: a connection that came free before it is taken here.
    private func join(_ ticket: UInt64, by deadline: ContinuousClock.Instant, _ continuation: CheckedContinuation<PostgresConnection, any Error>) {
        if closed { continuation.resume(throwing: Self.wasClosed); return }
        if Task.isCancelled { continuation.resume(throwing: CancellationError()); return }
        if let connection = idle.popLast() { continuation.resume(returning: connection); return }
        // The timer may have rung for nobody.
        guard deadline > .now else { continuation.resume(throwing: Self.late); return }
        guard waiting.count < waitingLimit else {
            continuation.resume(throwing: PostgresError(.full, "\(waitingLimit) callers already wait for a connection"))
            return
        }
        waiting[ticket] = continuation
        line.append(ticket)
    }

    private static var late: PostgresError { PostgresError(.timeout, "no connection came free by the deadline") }
    private static var wasClosed: PostgresError { PostgresError(.unavailable, "the pool was closed") }

    private func refuse(_ ticket: UInt64, _ error: any Error) {
        guard let continuation = waiting.removeValue(forKey: ticket) else { return }
        line.removeAll { $0 == ticket }
        continuation.resume(throwing: error)
    }

    private func giveBack(_ connection: PostgresConnection) {
        guard let ticket = line.first, let continuation = waiting.removeValue(forKey: ticket) else { idle.append(connection); return }
        line.removeFirst()
        continuation.resume(returning: connection)
    }
}

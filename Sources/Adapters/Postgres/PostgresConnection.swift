internal import Glibc
internal import Threads

/// One connection to PostgreSQL. All its work runs on a thread of its own; a statement is never interleaved with another.
///
/// A connection that broke is made anew by the next statement, with growing pauses between attempts. A statement that was on its way
/// when it broke is not repeated: only its caller knows whether that is right.
package actor PostgresConnection {
    private nonisolated let executor = QueueExecutor(label: "postgres.connection")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// For tasks that do little but use this connection: they run on its thread and change none to reach it.
    package nonisolated var nearby: any TaskExecutor { executor }

    package nonisolated let settings: PostgresSettings
    private var link: PostgresLink?
    /// The server's name of each statement it knows, by its text.
    private var statements: [String: String] = [:]
    private var inTransaction = false
    private var closed = false
    private var recovery = Recovery()

    /// More texts than this are sent unprepared: the server keeps a plan for each, and that over every partition.
    package static let statementLimit = 64

    /// Nothing is sent before the first statement.
    package init(_ settings: PostgresSettings) { self.settings = settings }

    /// Runs one statement.
    /// - Parameters:
    ///   - sql: its text with `$1`, `$2`…
    ///   - parameters: their values, at most 65,535.
    ///   - deadline: the statement is ended then; `.timeout` is thrown at most 200 ms later.
    /// - Returns: its rows; empty when it gives none.
    /// - Throws: `PostgresError`, or `CancellationError` when the task was cancelled before the statement was sent.
    @discardableResult
    package func execute(_ sql: String, _ parameters: [PostgresValue] = [], by deadline: ContinuousClock.Instant) throws -> PostgresRows {
        let link = try ready(by: deadline)
        let block = ParameterBlock(parameters)
        guard settings.preparesStatements else { return try noting(link) { () throws(PostgresError) in try link.statement(sql, block, by: deadline) } }
        do throws(PostgresError) {
            return try noting(link) { () throws(PostgresError) in
                guard let name = try name(of: sql, block.types, link, by: deadline) else { return try link.statement(sql, block, by: deadline) }
                return try link.prepared(name, block, by: deadline)
            }
        } catch {
            let stale = error.sqlstate == "26000" || error.sqlstate == "0A000"
            guard stale, !inTransaction, !link.isBroken else { throw error }
            // A pooler gave us another server process, or a table changed its shape: nothing was done yet.
            statements = [:]
            _ = try noting(link) { () throws(PostgresError) in try link.script("DEALLOCATE ALL", by: deadline) }
            return try noting(link) { () throws(PostgresError) in try link.statement(sql, block, by: deadline) }
        }
    }

    /// Runs a text of several statements without parameters; outside of `transaction` they are one transaction by themselves.
    @discardableResult
    package func script(_ sql: String, by deadline: ContinuousClock.Instant) throws -> PostgresRows {
        let link = try ready(by: deadline)
        return try noting(link) { () throws(PostgresError) in try link.script(sql, by: deadline) }
    }

    /// Runs statements as one transaction: committed when `body` returns, rolled back when it throws.
    /// - Throws: what `body` throws, or `PostgresError`; `.connectionLost` and `.timeout` of the commit itself leave it unknown whether it took effect.
    package func transaction<Result: Sendable>(by deadline: ContinuousClock.Instant,
                                               _ body: @Sendable (isolated PostgresConnection) throws -> Result) throws -> Result {
        try script("BEGIN", by: deadline)
        inTransaction = true
        do {
            let result = try body(self)
            try script("COMMIT", by: deadline)
            inTransaction = false
            return result
        } catch {
            if let link, !link.isBroken {
                do { _ = try link.script("ROLLBACK", by: .now + .seconds(1)) } catch { drop() }
            }
            inTransaction = false
            throw error
        }
    }

    /// The server's version as a number: 150004 for 15.4.
    package func serverVersion(by deadline: ContinuousClock.Instant) throws -> Int { try ready(by: deadline).serverVersion }

    /// Ends the connection; later statements fail.
    package func close() {
        closed = true
        drop()
    }

    // MARK: -

    private func drop() {
        link = nil
        statements = [:]
    }

    private func noting(_ link: PostgresLink, _ body: () throws(PostgresError) -> PostgresRows) throws(PostgresError) -> PostgresRows {
        defer { if link.isBroken { drop() } }
        return try body()
    }

    private func name(of sql: String, _ types: [UInt32], _ link: PostgresLink, by deadline: ContinuousClock.Instant) throws(PostgresError) -> String? {
        if let name = statements[sql] { return name }
        guard statements.count < Self.statementLimit else { return nil }
        let name = "s\(statements.count)"
        try link.prepare(name, sql, types: types, by: deadline)
        statements[sql] = name
        return name
    }

    /// The connection, made anew where it must be.
    private func ready(by deadline: ContinuousClock.Instant) throws -> PostgresLink {
        if inTransaction {
            guard let link, !link.isBroken else { throw PostgresError(.connectionLost, "the connection broke within a transaction") }
            return link
        }
        try Task.checkCancellation()
        guard !closed else { throw PostgresError(.unavailable, "the connection was closed") }
        guard deadline > .now else { throw PostgresError(.timeout, "the deadline had passed before the statement was sent") }
        if let link {
            if link.isAlive() { return link }
            drop()
        }
        let made = try recovery.connect(settings, by: deadline)
        link = made
        return made
    }
}

/// How often a lost server is asked again.
private struct Recovery {
    private var failures = 0
    private var next = ContinuousClock.now
    /// The first of the failures since the last success, and the latest.
    private var trouble: (since: ContinuousClock.Instant, latest: PostgresError)?

    /// Connects; while patience lasts, by several attempts. After that one call in a while makes one attempt, and the others fail at once.
    mutating func connect(_ settings: PostgresSettings, by deadline: ContinuousClock.Instant) throws(PostgresError) -> PostgresLink {
        while true {
            let limit = min(deadline, (trouble?.since ?? .now) + settings.patience)
            let pause = next - .now
            if let trouble, pause > .zero {
                guard next < limit else { throw trouble.latest }
                _ = poll(nil, 0, pause.milliseconds)
            }
            do {
                let link = try Self.attempt(settings, by: min(deadline, .now + settings.connectLimit))
                failures = 0
                trouble = nil
                return link
            } catch {
                failures = min(failures + 1, 8)
                next = .now + .milliseconds(10 << failures)   // 20 ms … 2.56 s
                let latest = PostgresError(.unavailable, error.message, sqlstate: error.sqlstate)
                trouble = (trouble?.since ?? .now, latest)
            }
        }
    }

    private static func attempt(_ settings: PostgresSettings, by deadline: ContinuousClock.Instant) throws(PostgresError) -> PostgresLink {
        let link = try PostgresLink(settings, by: deadline)
        _ = try link.script("""
            SET statement_timeout = \(max(1, settings.statementLimit.milliseconds)); SET timezone = 'UTC'; SET datestyle = 'ISO'; \
            SET standard_conforming_strings = on; \
            SET idle_in_transaction_session_timeout = \(max(1, settings.idleLimit.milliseconds)); \(settings.parameters.map { "SET \($0.key) = '\($0.value)'; " }.joined())\
            SELECT set_config(name, 'lz4', false) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)
            """, by: deadline)
        return link
    }
}

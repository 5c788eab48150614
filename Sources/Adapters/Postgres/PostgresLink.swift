internal import CPostgres
internal import Dispatch
internal import Glibc

/// One connection of libpq; the only file that holds its pointer.
///
/// Every wait is our own `poll` with the caller's deadline: libpq's blocking calls would outlive it on a network that went silent.
@safe final class PostgresLink {
    private let pointer: OpaquePointer
    private let cancellation: Cancellation
    private(set) var isBroken = false

    /// After a statement was told to end, how long its answer is waited for before the connection is given up.
    private static let grace: Duration = .milliseconds(200)

    /// Connects.
    /// - Throws: `PostgresError` of kind `.unavailable`, or `.timeout`.
    init(_ settings: PostgresSettings, by deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard PostgresSettings.parts(of: settings.connectionString) != nil else {
            throw PostgresError(.unavailable, "the connection string cannot be read")
        }
        // What stands before dbname may be overridden by the connection string; what stands after may not.
        let options = [("fallback_application_name", "postern"), ("keepalives_idle", "30"), ("tcp_user_timeout", "15000"),
                       ("dbname", settings.connectionString), ("client_encoding", "UTF8")]
        let keys = unsafe options.map { unsafe strdup($0.0) }, values = unsafe options.map { unsafe strdup($0.1) }
        defer { for unsafe each in unsafe keys + values { unsafe free(each) } }
        let keyList = unsafe keys.map { unsafe UnsafePointer($0) } + [nil], valueList = unsafe values.map { unsafe UnsafePointer($0) } + [nil]
        guard let made = unsafe PQconnectStartParams(keyList, valueList, 1) else { throw PostgresError(.unavailable, "out of memory") }
        do throws(PostgresError) {
            try unsafe Self.connect(made, by: deadline)
        } catch {
            unsafe PQfinish(made)
            throw error
        }
        unsafe postern_pg_silence(made)
        unsafe PQsetnonblocking(made, 1)
        unsafe pointer = made
        unsafe cancellation = Cancellation(PQgetCancel(made))
    }

    deinit { unsafe PQfinish(pointer) }

    /// Whether an idle connection is still there: what the server sent meanwhile (notices, or its farewell) is read.
    func isAlive() -> Bool {
        guard !isBroken else { return false }
        while Self.wait(unsafe PQsocket(pointer), POLLIN, until: .now) {
            guard unsafe PQconsumeInput(pointer) == 1 else { isBroken = true; return false }
        }
        if unsafe PQstatus(pointer) != CONNECTION_OK { isBroken = true }
        return !isBroken
    }

    /// The server's version as a number: 150004 for 15.4.
    var serverVersion: Int { Int(unsafe PQserverVersion(pointer)) }

    /// Runs a text of one or more statements without parameters.
    func script(_ sql: String, by deadline: ContinuousClock.Instant) throws(PostgresError) -> PostgresRows {
        try run(by: deadline) { unsafe PQsendQuery(pointer, sql) }
    }

    /// Runs one statement.
    func statement(_ sql: String, _ block: ParameterBlock, by deadline: ContinuousClock.Instant) throws(PostgresError) -> PostgresRows {
        try run(by: deadline) {
            unsafe block.withPointers { unsafe PQsendQueryParams(pointer, sql, Int32(block.types.count), block.types, $0, block.lengths, block.formats, 0) }
        }
    }

    func prepare(_ name: String, _ sql: String, types: [UInt32], by deadline: ContinuousClock.Instant) throws(PostgresError) {
        _ = try run(by: deadline) { unsafe PQsendPrepare(pointer, name, sql, Int32(types.count), types) }
    }

    func prepared(_ name: String, _ block: ParameterBlock, by deadline: ContinuousClock.Instant) throws(PostgresError) -> PostgresRows {
        try run(by: deadline) {
            unsafe block.withPointers { unsafe PQsendQueryPrepared(pointer, name, Int32(block.types.count), $0, block.lengths, block.formats, 0) }
        }
    }

    // MARK: - One statement from its first octet to its last

    private func run(by deadline: ContinuousClock.Instant, _ send: () -> Int32) throws(PostgresError) -> PostgresRows {
        guard send() == 1 else { throw lost() }
        do throws(PostgresError) {
            return try exchange(by: deadline)
        } catch {
            guard error.kind == .timeout else { throw error }
            cancellation.send()
            do throws(PostgresError) {
                return try exchange(by: .now + Self.grace)   // it may have ended just now, and then it counts
            } catch {
                if error.kind == .timeout { isBroken = true }
                guard error.kind == .server, error.sqlstate != "57014" else { throw PostgresError(.timeout, "the statement did not end by its deadline") }
                throw error
            }
        }
    }

    private func exchange(by deadline: ContinuousClock.Instant) throws(PostgresError) -> PostgresRows {
        while true {
            let left = unsafe PQflush(pointer)
            if left == 0 { break }
            guard left == 1 else { throw lost() }
            try wait(POLLIN | POLLOUT, by: deadline)
            // The server may be sending while we are: reading keeps both from waiting for the other.
            if Self.wait(unsafe PQsocket(pointer), POLLIN, until: .now), unsafe PQconsumeInput(pointer) != 1 { throw lost() }
        }
        var rows: PostgresRows?, failure: PostgresError?
        while true {
            while unsafe PQisBusy(pointer) == 1 {
                try wait(POLLIN, by: deadline)
                guard unsafe PQconsumeInput(pointer) == 1 else { throw lost() }
            }
            guard let result = unsafe PQgetResult(pointer) else { break }
            defer { unsafe PQclear(result) }
            do throws(PostgresError) { rows = unsafe try Self.read(result) } catch { failure = failure ?? error }
        }
        if unsafe PQstatus(pointer) != CONNECTION_OK { isBroken = true }
        if let failure { throw isBroken && failure.sqlstate == nil ? lost() : failure }
        guard let rows else { throw lost() }
        return rows
    }

    private func wait(_ events: Int32, by deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard Self.wait(unsafe PQsocket(pointer), events, until: deadline) else { throw PostgresError(.timeout, "the statement did not end by its deadline") }
    }

    private func lost() -> PostgresError {
        isBroken = true
        let message = unsafe Self.line(PQerrorMessage(pointer))
        return PostgresError(.connectionLost, message.isEmpty ? "the connection broke" : message)
    }

    // MARK: - Pieces

    private static func connect(_ made: OpaquePointer, by deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard unsafe PQstatus(made) != CONNECTION_BAD else { throw PostgresError(.unavailable, unsafe line(PQerrorMessage(made))) }
        var next = PGRES_POLLING_WRITING
        while next != PGRES_POLLING_OK {
            guard next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING else {
                throw PostgresError(.unavailable, unsafe line(PQerrorMessage(made)))
            }
            guard wait(unsafe PQsocket(made), next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline) else {
                throw PostgresError(.unavailable, "no answer from the database server by the deadline")
            }
            next = unsafe PQconnectPoll(made)
        }
    }

    /// True when one of the events came, false when the time was over.
    private static func wait(_ socket: Int32, _ events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            var entry = pollfd(fd: socket, events: Int16(truncatingIfNeeded: events), revents: 0)
            let found = unsafe poll(&entry, 1, (deadline - .now).milliseconds)
            if found > 0 { return true }
            if found == 0 && ContinuousClock.now >= deadline { return false }
            if found < 0 && errno != EINTR { return true }   // libpq will find out
        }
    }

    private static func read(_ result: OpaquePointer) throws(PostgresError) -> PostgresRows {
        let status = unsafe PQresultStatus(result)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY else { throw unsafe error(of: result) }
        let columns = Int(unsafe PQnfields(result)), count = Int(unsafe PQntuples(result))
        var octets: [UInt8] = [], places: [(Int, Int)] = []
        places.reserveCapacity(columns * count)
        for row in 0..<Int32(truncatingIfNeeded: count) {
            for column in 0..<Int32(truncatingIfNeeded: columns) {
                guard unsafe PQgetisnull(result, row, column) == 0, let value = unsafe PQgetvalue(result, row, column) else { places.append((-1, -1)); continue }
                let begin = octets.count
                unsafe octets.append(contentsOf: UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, row, column))))
                places.append((begin, octets.count))
            }
        }
        let names = (0..<Int32(truncatingIfNeeded: columns)).map { column in unsafe PQfname(result, column).map { unsafe String(cString: $0) } ?? "" }
        let affected = unsafe PQcmdTuples(result).flatMap { unsafe Int(String(cString: $0)) } ?? 0
        return PostgresRows(columns: names, count: count, affected: affected, octets: octets, places: places)
    }

    private static func error(of result: OpaquePointer) -> PostgresError {
        guard let state = unsafe postern_pg_sqlstate(result) else {
            return PostgresError(.connectionLost, unsafe line(PQresultErrorMessage(result)))
        }
        return unsafe PostgresError(.server, line(postern_pg_message(result)), sqlstate: String(cString: state),
                                    detail: postern_pg_detail(result).map { unsafe String(cString: $0) },
                                    constraint: postern_pg_constraint(result).map { unsafe String(cString: $0) })
    }

    private static func line(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "" }
        return unsafe String(cString: text).split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    private static func line(_ text: UnsafeMutablePointer<CChar>?) -> String { unsafe line(UnsafePointer(text)) }
}

/// Asks the server to end what a connection is doing. libpq does this over a connection of its own and blocks on it, so it has its own thread.
@safe private final class Cancellation: @unchecked Sendable {   // PQcancel may be called from any thread
    private let pointer: OpaquePointer?

    init(_ pointer: OpaquePointer?) { unsafe self.pointer = pointer }

    deinit { unsafe PQfreeCancel(pointer) }

    func send() {
        DispatchQueue(label: "postgres.cancel").async {
            var reason = [CChar](repeating: 0, count: 256)
            _ = unsafe PQcancel(self.pointer, &reason, 256)
        }
    }
}

extension Duration {
    /// Whole milliseconds for `poll`, rounded up, never negative.
    var milliseconds: Int32 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        return Int32(clamping: min(seconds, 2_000_000) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

package import Postgres
package import Verdicts

/// Makes the days' partitions of the history ahead of time, drops those beyond its retention, and removes what is remembered for a while only. Of several nodes one does it at a time.
package struct PartitionKeeper: Sendable {
    /// What one round did.
    package struct Round: Sendable, Equatable {
        /// False when another node was at it.
        package var hadTurn = false
        package var made: [String] = []
        package var dropped: [String] = []
        /// A day that is over and stays, as do those after it, since somebody reads it.
        package var inUse: String?
        /// Rows taken out of the memory of recent messages.
        package var forgotten = 0
        /// Rows of the greylist that had expired.
        package var expired = 0

        package init() {}
    }

    private let settings: PostgresSettings
    /// Whole days that a verdict is kept at least, 1…3650.
    private let retentionDays: Int

    /// Days made ahead: a service that nobody restarts still has this long until new rows go to the default partition.
    package static let daysAhead = 14
    /// Rows removed by one statement.
    private static let forgetAtOnce = 5000
    private static let lock: Int64 = 0x706f_7374_7061_7274
    private static let dayOfMicroseconds: Int64 = 86_400_000_000

    package init(_ settings: PostgresSettings, retentionDays: Int) {
        self.settings = settings
        self.retentionDays = min(max(retentionDays, 1), 3650)
    }

    /// Does one round; must have run once before the first verdict comes.
    /// - Parameters:
    ///   - now: the moment from which days are counted.
    ///   - deadline: for the whole round; what is left is done by the next.
    /// - Throws: `PostgresError`; where the server refused a part, the first such no, after the other parts were done.
    package func keep(now: Timestamp, by deadline: ContinuousClock.Instant) async throws -> Round {
        let connection = PostgresConnection(settings)
        do {
            let round = try await keep(connection, now: now, by: deadline)
            await connection.close()
            return round
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Runs a round at once and then again and again, until the task is cancelled.
    /// - Parameters:
    ///   - interval: between two rounds.
    ///   - now: tells the time.
    ///   - report: gets what each round did, or why it did not; but nothing of one that was cancelled.
    package func run(every interval: Duration, now: @Sendable () -> Timestamp, report: @Sendable (Result<Round, any Error>) -> Void) async {
        while !Task.isCancelled {
            do { report(.success(try await keep(now: now(), by: .now + .seconds(300)))) } catch is CancellationError { return } catch { report(.failure(error)) }
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }

    private func keep(_ connection: PostgresConnection, now: Timestamp, by deadline: ContinuousClock.Instant) async throws -> Round {
        var round = Round(), trouble: PostgresError?
        // Held by the session, so it is let go when this connection ends in whatever way.
        guard try await connection.execute("SELECT pg_try_advisory_lock($1::bigint)", [.integer(Self.lock)], by: deadline).first?.bool(0) == true else { return round }
        round.hadTurn = true
        // Whoever waits for a table's lock holds up everyone behind; rather be back next time.
        try await connection.script("SET lock_timeout = '2s'", by: deadline)
        let today = now.microseconds / Self.dayOfMicroseconds, end = VerdictID.lowest(at: Timestamp(microseconds: (today - Int64(retentionDays)) * Self.dayOfMicroseconds))
        // What verdicts cannot do without comes first. The server's no to one part is no reason to leave out the others.
        for part in Part.allCases {
            do {
                // What takes long leaves time to those behind it, and goes on next time.
                let share = ContinuousClock.now + (deadline - .now) / (Part.allCases.count + 1 - part.rawValue)
                switch part {
                case .days: try await makeDays(today, connection, &round, by: deadline)
                case .oldDays: try await dropDays(before: Self.name(today - Int64(retentionDays)), connection, &round, by: deadline)
                case .strays: _ = try await remove(from: "verdicts_default", "id < $1::uuid", order: "id", end.description, connection, until: share, by: deadline)
                case .messages:
                    round.forgotten = try await remove(from: "recent_messages", "received_at < $1::timestamptz", order: "received_at", now.adding(seconds: -2 * 86_400).description, connection, until: share, by: deadline)
                // By the clock that its rows were kept by.
                case .greylist: round.expired = try await remove(from: "greylist", "expires_at < $1::timestamptz", order: "expires_at", "now", connection, until: share, by: deadline)
                }
            } catch let error as PostgresError where error.kind == .server {
                trouble = trouble ?? error
            }
        }
        // The session ends a moment after its connection; the next round need not wait for that.
        _ = try await connection.execute("SELECT pg_advisory_unlock($1::bigint)", [.integer(Self.lock)], by: deadline)
        if let trouble { throw trouble }
        return round
    }

    /// What a round does, in this order.
    private enum Part: Int, CaseIterable { case days, oldDays, strays, messages, greylist }

    private func makeDays(_ today: Int64, _ connection: PostgresConnection, _ round: inout Round, by deadline: ContinuousClock.Instant) async throws {
        let present = try await days(connection, by: deadline)
        for day in (today - 1)...(today + Int64(Self.daysAhead)) where !present.contains(Self.name(day)) {
            try await connection.transaction(by: deadline) { try Self.make(day, $0, by: deadline) }
            round.made.append(Self.name(day))
        }
    }

    private func dropDays(before oldest: String, _ connection: PostgresConnection, _ round: inout Round, by deadline: ContinuousClock.Instant) async throws {
        for name in try await days(connection, by: deadline).sorted() where Self.isDay(name) && name < oldest {
            // Verdicts wait behind whoever waits here: with one day that somebody reads, the rest goes another time.
            try await connection.script("SET lock_timeout = '500ms'", by: deadline)
            do {
                try await connection.script("DROP TABLE \(name)", by: deadline)
                round.dropped.append(name)
            } catch let error as PostgresError where error.sqlstate == "55P03" { round.inUse = name }
            try await connection.script("SET lock_timeout = '2s'", by: deadline)
            if round.inUse != nil { return }
        }
    }

    private func days(_ connection: PostgresConnection, by deadline: ContinuousClock.Instant) async throws -> Set<String> {
        Set(try await connection.execute("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'verdicts'::regclass", by: deadline).compactMap { $0.text(0) })
    }

    /// Removes the rows that a condition on `$1` fits, portion by portion, until a moment; what is left is for the next round.
    /// - Parameter order: the column by whose index they are found, the oldest first.
    private func remove(from table: String, _ condition: String, order: String, _ value: String, _ connection: PostgresConnection, until end: ContinuousClock.Instant, by deadline: ContinuousClock.Instant) async throws -> Int {
        var all = 0
        while true {
            let gone = try await connection.execute("""
                DELETE FROM \(table) WHERE ctid = ANY (ARRAY(SELECT ctid FROM \(table) WHERE \(condition) ORDER BY \(order) LIMIT \(Self.forgetAtOnce) FOR UPDATE SKIP LOCKED))
                """, [.text(value)], by: deadline).affected
            all += gone
            if gone < Self.forgetAtOnce || .now >= end { return all }
        }
    }

    /// Octets up to which a row is kept as it is. PostgreSQL's 2,000 would have nearly every row compressed and cut up, which costs
    /// more than all of its indexes.
    private static let rowTarget = 4080

    /// Makes one day's partition; rows of that day that the default partition took meanwhile move there.
    private static func make(_ day: Int64, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        let name = name(day)
        let from = VerdictID.lowest(at: Timestamp(microseconds: day * dayOfMicroseconds)), to = VerdictID.lowest(at: Timestamp(microseconds: (day + 1) * dayOfMicroseconds))
        // Not the names of columns only: an attached partition must have the parent's constraints too.
        try connection.script("""
            CREATE TABLE \(name) (LIKE verdicts INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)
                WITH (toast_tuple_target = \(rowTarget));
            LOCK TABLE verdicts_default IN ACCESS EXCLUSIVE MODE;
            WITH moved AS (DELETE FROM verdicts_default WHERE id >= '\(from)' AND id < '\(to)' RETURNING *) INSERT INTO \(name) SELECT * FROM moved;
            ALTER TABLE verdicts ATTACH PARTITION \(name) FOR VALUES FROM ('\(from)') TO ('\(to)');
            """, by: deadline)
    }

    /// `verdicts_20261123`: sorts by time, and holds nothing but letters, digits and the underscore.
    static func name(_ day: Int64) -> String {
        "verdicts_" + Timestamp(microseconds: day * dayOfMicroseconds).description.prefix(10).filter { $0 != "-" }
    }

    private static func isDay(_ name: String) -> Bool {
        name.count == 17 && name.hasPrefix("verdicts_") && name.dropFirst(9).utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
    }
}

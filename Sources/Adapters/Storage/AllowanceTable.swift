internal import Limiting
internal import Postgres
internal import RateLimits
internal import Verdicts

/// Counts messages, many with one transaction.
struct AllowanceTable: Sendable {
    let connection: PostgresConnection
    let limits: AllowanceLimits
    /// The SQL expression that tells the time.
    let clock: String

    /// Some subjects have no row yet.
    struct Missing: Error { let keys: [SubjectKey] }

    /// Rows that are missing are made, and may be removed again by another node before they are locked.
    private static let attempts = 8

    /// What came of each message, or why it cannot be counted, which is no other one's trouble.
    typealias Answer = Result<Counting, StoreTrouble>

    /// - Parameter again: the same messages may have been counted before, by a connection that broke.
    func count(_ messages: [CountedMessage], again: Bool, by deadline: ContinuousClock.Instant) async throws -> [Answer] {
        let keys = Set(messages.flatMap { message in message.subjects.map { SubjectKey(message.tenant, $0.subject) } }).sorted()
        do { return try await step(messages, keys, again: again, by: deadline) } catch let trouble as StoreTrouble where again {
            // Whatever ends this step, the one before may have counted.
            throw PostgresError(.connectionLost, "\(trouble)")
        } catch let error as PostgresError where again && error.kind == .server && !error.isTransient && !error.isFaultOfRow {
            throw PostgresError(.connectionLost, error.description)
        }
    }

    private func step(_ messages: [CountedMessage], _ keys: [SubjectKey], again: Bool, by deadline: ContinuousClock.Instant) async throws -> [Answer] {
        try await withRows(of: keys, by: deadline) { keys, closed, connection in
            // With the rows nobody else counts these, and a step before this one has ended.
            let locked = try lock(keys, connection, by: deadline), own = again ? try VerdictTable.standing(messages.compactMap { $0.verdict?.id }, connection, by: deadline) : [:]
            // Whose caller has gone before anything was begun, knows that nothing was.
            var answers = [Answer](repeating: .failure(.timeout), count: messages.count), places: [Int] = []
            for (place, message) in messages.enumerated() {
                if let earlier = message.verdict.flatMap({ own[$0.id] }) { answers[place] = .success(Counting(.countedBefore, earlier: earlier)) } else if message.verdict?.begin() ?? true { places.append(place) }
            }
            if places.isEmpty { return answers }
            let left = places.map { messages[$0] }
            for (place, answer) in zip(places, try conclude(left, count(left, keys, locked, closed, connection, by: deadline), again: again, connection, by: deadline)) { answers[place] = answer }
            return answers
        }
    }

    /// Keeps the verdicts that follow. Made here, since each says what counting came to, and there is never one without the other.
    private func conclude(_ messages: [CountedMessage], _ admissions: [Result<Admission, StoreTrouble>], again: Bool, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [Answer] {
        var answers = admissions.map { $0.map { Counting($0) } }, entries: [VerdictTable.Entry] = [], places: [Int] = []
        for (place, message) in messages.enumerated() {
            guard let verdict = message.verdict, case .success(let admission) = admissions[place] else { continue }
            entries.append(try VerdictTable.Entry(verdict.record(admission)))
            places.append(place)
        }
        if entries.isEmpty { return answers }
        for (place, earlier) in zip(places, try VerdictTable.append(entries, again: again, connection, by: deadline)) { answers[place] = answers[place].map { Counting($0.admission, earlier: earlier) } }
        return answers
    }

    /// Runs a transaction that needs the rows of some subjects, and makes those that it finds missing.
    /// - Parameter body: gets the keys of those that have rows or may have, and why the others have none; throws ``Missing`` for those that it needs.
    func withRows<Result: Sendable>(of keys: [SubjectKey], by deadline: ContinuousClock.Instant, _ body: @escaping @Sendable ([SubjectKey], [SubjectKey: StoreTrouble], isolated PostgresConnection) throws -> Result) async throws -> Result {
        var closed: [SubjectKey: StoreTrouble] = [:]
        for _ in 1...Self.attempts {
            do {
                let closed = closed, open = keys.filter { closed[$0] == nil }
                return try await connection.transaction(by: deadline) { connection in try body(open, closed, connection) }
            } catch let missing as Missing {
                closed.merge(try await make(missing.keys, by: deadline)) { $1 }
            }
        }
        throw StoreTrouble.busy("subjects are removed as fast as they are made")
    }

    /// - Parameters:
    ///   - keys: of all subjects but those that are closed.
    ///   - locked: their rows.
    ///   - closed: whose messages cannot be counted.
    private func count(_ messages: [CountedMessage], _ keys: [SubjectKey], _ locked: Locked, _ closed: [SubjectKey: StoreTrouble], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [Result<Admission, StoreTrouble>] {
        var (states, missing, unreadable) = locked, known = try look(messages, connection, by: deadline), answers: [Result<Admission, StoreTrouble>] = [], counted: [Int] = [], held: [NewHold] = []
        let closed = closed.merging(unreadable) { one, _ in one }, now = known.now / 1000
        var lines: HoldLines? = nil
        func takeLines() throws {
            let found = try self.lines(messages, keys, connection, by: deadline)
            for (tenant, tails) in found.tails { states[tenant] = states[tenant, default: Allowances([:])].with(tails: tails) }
            lines = found
        }
        if known.isHolding { try takeLines() }
        answers.reserveCapacity(messages.count)
        for (place, message) in messages.enumerated() {
            let tenant = Tenant(name: StoredText.key(message.tenant)), name = MessageName(tenant: tenant, name: message.name)
            if known.names.contains(name) { answers.append(.success(.countedBefore)); continue }
            if lines?.granted.contains(name) == true { answers.append(.success(.countedBefore)); continue }
            if let until = lines?.held[name] { answers.append(.success(.heldBefore(until: until))); continue }
            if !closed.isEmpty, let trouble = message.subjects.lazy.compactMap({ closed[SubjectKey(tenant.name, $0.subject)] }).first { answers.append(.failure(trouble)); continue }
            var answer = states[tenant, default: Allowances([:])].admit(message.amounts, message.subjects, at: now, wish: lines?.wish(of: message))
            if lines == nil, message.hold != nil, case .exceeded(_, let obstacle) = answer, obstacle.limit.excess == .hold {
                try takeLines()
                answer = states[tenant, default: Allowances([:])].admit(message.amounts, message.subjects, at: now, wish: lines?.wish(of: message))
            }
            switch answer {
            case .counted:
                known.names.insert(name)
                counted.append(place)
            case .held(let blocker, _, let until):
                lines?.add(name, until: until)
                held.append(NewHold(message: message, blocker: blocker, until: until))
            case .countedBefore, .heldBefore, .exceeded: break
            }
            answers.append(.success(answer))
        }
        // Rows are made for those only of whom something is counted: what is refused leaves no trace.
        let wanted = missing.filter { key in states[Tenant(name: key.tenant)].map { $0.changed[key.subject] != nil || $0.lengthened.contains(key.subject) } == true }
        if !wanted.isEmpty { throw Missing(keys: wanted) }
        if !counted.isEmpty { try write(states, counted.map { messages[$0] }, at: now, connection, by: deadline) }
        if !held.isEmpty { try write(held, states, at: known.now, connection, by: deadline) }
        return answers
    }

    struct MessageName: Hashable { let tenant: Tenant, name: [UInt8] }

    /// Compared by octets, as the database compares them.
    struct Tenant: Hashable {
        let name: String

        static func == (one: Tenant, other: Tenant) -> Bool { one.name.utf8.elementsEqual(other.name.utf8) }
        func hash(into hasher: inout Hasher) { for octet in name.utf8 { hasher.combine(octet) } }
    }

    /// States by tenant, whose rows are not there, and whose cannot be read.
    typealias Locked = ([Tenant: Allowances], [SubjectKey], [SubjectKey: StoreTrouble])

    /// Locks the rows of all subjects, in the order of their keys. Each is looked up by itself, whatever the planner believes of the table: by a plan that was made while it was
    /// empty, every batch would go through all rows.
    func lock(_ keys: [SubjectKey], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> Locked {
        let rows = try connection.execute("""
            SELECT k.place, a.state FROM \(SubjectKey.inputs) CROSS JOIN LATERAL (
                SELECT state FROM allowances WHERE tenant_id = k.tenant_id AND scope = k.scope::smallint AND subject = k.subject FOR UPDATE
            ) a
            """, SubjectKey.columns(keys), by: deadline)
        var states: [Tenant: [LimitSubject: AllowanceState]] = [:], found = [Bool](repeating: false, count: keys.count), unreadable: [SubjectKey: StoreTrouble] = [:]
        for row in rows {
            guard let place = row.integer(0), keys.indices.contains(place - 1) else { throw PostgresError(.unreadable, "a row of allowances is not what this program writes") }
            found[place - 1] = true
            let key = keys[place - 1]
            do { if let state = try Self.state(row.bytea(1)) { states[Tenant(name: key.tenant), default: [:]][key.subject] = state } } catch { unreadable[key] = .refused("what \(key.subject) sent is not what this program writes; DELETE …/counters forgets it") }
        }
        let missing = rows.count < keys.count ? zip(keys, found).filter { !$0.1 }.map(\.0) : []
        return (states.mapValues { Allowances($0) }, missing, unreadable)
    }

    /// - Returns: nil for a row in which nothing was counted yet.
    static func state(_ octets: [UInt8]?) throws -> AllowanceState? {
        guard let octets else { throw PostgresError(.unreadable, "a row of allowances has no state") }
        if octets.isEmpty { return nil }
        do { return try AllowanceState(octets: octets) } catch { throw PostgresError(.unreadable, "a state in allowances is not what this program writes") }
    }

    /// The time in microseconds, which messages were counted before, and whether anything waits: asked only when all rows are locked, so that whoever counted before us is seen.
    func look(_ messages: [CountedMessage], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> (now: Int, names: Set<MessageName>, isHolding: Bool) {
        let rows = try connection.execute("""
            SELECT (extract(epoch FROM \(clock)) * 1000000)::bigint, ARRAY(
                SELECT k.place FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k(tenant_id, name, place)
                CROSS JOIN LATERAL (SELECT FROM counted_messages WHERE tenant_id = k.tenant_id AND name = k.name OFFSET 0) m),
                EXISTS (SELECT FROM held_tenants WHERE waiting > 0)
            """, Self.names(messages), by: deadline)
        guard let row = rows.first, let now = row.integer(0), let places = PostgresArray.texts(row.octets(1)) else { throw PostgresError(.unreadable, "the database does not tell the time") }
        let names = places.compactMap { Int($0) }.filter { messages.indices.contains($0 - 1) }.map { MessageName(tenant: Tenant(name: StoredText.key(messages[$0 - 1].tenant)), name: messages[$0 - 1].name) }
        return (now, Set(names), row.bool(2) != false)
    }

    static func names(_ messages: [CountedMessage]) -> [PostgresValue] {
        var tenants = PostgresArray(of: .text, capacity: 1024), names = PostgresArray(of: .octets, capacity: 4096)
        for message in messages {
            tenants.append(StoredText.key(message.tenant))
            names.append(message.name)
        }
        return [.array(tenants), .array(names)]
    }

    func write(_ states: [Tenant: Allowances], _ counted: [CountedMessage], at now: Int, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        var keys: [SubjectKey] = [], octets = PostgresArray(of: .octets, capacity: 16_384), ends = PostgresArray(of: .timestamp, capacity: 1024)
        for (tenant, allowances) in states {
            for (subject, limited) in allowances.changed {
                guard let state = allowances.states[subject] else { continue }
                keys.append(SubjectKey(tenant.name, subject))
                octets.append(state.octets)
                ends.append(Int64(state.idleFrom(limited.limits)) * 1000)
            }
        }
        let names = Self.names(counted)
        // The rows are there, and locked: none is inserted.
        let written = try connection.execute("""
            WITH claimed AS (
                INSERT INTO counted_messages (tenant_id, name, counted_at) SELECT tenant_id, name, to_timestamp($8::bigint / 1000.0) FROM unnest($6::text[], $7::bytea[]) AS m(tenant_id, name)
            )
            INSERT INTO allowances (tenant_id, scope, subject, state, idle_at)
            SELECT tenant_id, scope::smallint, subject, state, idle_at FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::timestamptz[]) AS k(tenant_id, scope, subject, state, idle_at)
            ON CONFLICT (tenant_id, scope, subject) DO UPDATE SET state = EXCLUDED.state, idle_at = EXCLUDED.idle_at
            """, SubjectKey.columns(keys) + [.array(octets), .array(ends)] + names + [.integer(Int64(now))], by: deadline).affected
        // Nothing is counted for some only.
        guard written == keys.count else { throw PostgresError(.unreadable, "\(keys.count - written) rows of allowances were not written") }
    }

    /// Makes rows, as far as their tenants have room for them.
    /// - Returns: those that have none.
    private func make(_ keys: [SubjectKey], by deadline: ContinuousClock.Instant) async throws -> [SubjectKey: StoreTrouble] {
        var closed: [SubjectKey: StoreTrouble] = [:]
        for (tenant, keys) in Dictionary(grouping: keys, by: { Tenant(name: $0.tenant) }).values.compactMap({ keys in keys.first.map { ($0.tenant, keys) } }).sorted(by: { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }) {
            let room = try await connection.transaction(by: deadline) { connection in
                let row = try connection.execute("""
                    INSERT INTO limited_tenants AS t (tenant_id, subjects) VALUES ($1, 0) ON CONFLICT (tenant_id) DO UPDATE SET subjects = t.subjects RETURNING subjects
                    """, [.text(tenant)], by: deadline).first
                let room = keys.prefix(max(limits.subjects - (row?.integer(0) ?? limits.subjects), 0))
                let made = try connection.execute("""
                    INSERT INTO allowances (tenant_id, scope, subject, state, idle_at) SELECT tenant_id, scope, subject, '', \(clock) + interval '1 hour' FROM \(SubjectKey.inputs) ORDER BY place
                    ON CONFLICT DO NOTHING
                    """, SubjectKey.columns(room), by: deadline).affected
                try connection.execute("UPDATE limited_tenants SET subjects = subjects + $2::bigint WHERE tenant_id = $1", [.text(tenant), .integer(Int64(made))], by: deadline)
                return room.count
            }
            for key in keys.dropFirst(room) { closed[key] = .refused("\(limits.subjects) subjects of the tenant are counted already, and \(key.subject) would be one more") }
        }
        return closed
    }
}

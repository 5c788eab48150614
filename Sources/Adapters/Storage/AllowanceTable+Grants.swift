internal import Limiting
internal import Postgres
internal import RateLimits
internal import Verdicts

/// A message whose turn has come, with the limits that hold for it now.
struct HoldCandidate: Sendable {
    let hold: Hold
    let subjects: [LimitedSubject]

    /// As one that is counted.
    var message: CountedMessage { CountedMessage(tenant: hold.tenant, name: hold.name, amounts: hold.amounts, subjects: subjects) }
}

extension AllowanceTable {
    /// Counts messages that waited, as far as there is room for them, and lends them to an agent for so many milliseconds.
    /// - Returns: those that go.
    func grant(_ candidates: [HoldCandidate], lease: Int, by deadline: ContinuousClock.Instant) async throws -> [Hold] {
        let keys = Set(candidates.flatMap { each in (each.subjects.map(\.subject) + [each.hold.blocker]).map { SubjectKey(each.hold.tenant, $0) } }).sorted()
        return try await withRows(of: keys, by: deadline) { keys, closed, connection in try grant(candidates, keys, closed, lease: lease, connection, by: deadline) }
    }

    private func grant(_ candidates: [HoldCandidate], _ keys: [SubjectKey], _ closed: [SubjectKey: StoreTrouble], lease: Int, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [Hold] {
        var (states, missing, unreadable) = try lock(keys, connection, by: deadline), granted: [Int] = [], counted: [Int] = [], postponed: [(place: Int, until: Int)] = []
        let closed = closed.merging(unreadable) { one, _ in one }
        // Locked in this order everywhere: subjects, ends of lines, messages.
        _ = try tails(keys, connection, by: deadline)
        let waiting = try lockWaiting(candidates.map(\.hold), connection, by: deadline), known = try look(candidates.map(\.message), connection, by: deadline), now = known.now / 1000
        struct Line: Hashable { let tenant: Tenant, lane: HoldLane }
        var stopped: [Line: Int] = [:]
        for (place, candidate) in candidates.enumerated() where waiting.contains(place) {
            let tenant = Tenant(name: candidate.hold.tenant), line = Line(tenant: tenant, lane: candidate.hold.lane)
            // Counted under its name before, whatever for: it takes nothing more.
            if known.names.contains(MessageName(tenant: tenant, name: candidate.hold.name)) { granted.append(place); continue }
            if candidate.subjects.contains(where: { closed[SubjectKey(tenant.name, $0.subject)] != nil }) { postponed.append((place, now + Self.later)); continue }
            // Nobody overtakes one of the same sender for which there was no room, though there be some for him.
            if let until = stopped[line] { postponed.append((place, until)); continue }
            switch states[tenant, default: Allowances([:])].admit(candidate.hold.amounts, candidate.subjects, at: now, wasPromised: true) {
            case .exceeded(_, let obstacle):
                // Where limits end by another clock, they may hold here still.
                let clears = obstacle.clearsAt ?? obstacle.retryAt ?? 0, until = clears > now ? clears : now + 1000
                stopped[line] = until
                postponed.append((place, until))
            case .counted, .countedBefore, .held, .heldBefore:
                granted.append(place)
                counted.append(place)
            }
        }
        let wanted = missing.filter { states[Tenant(name: $0.tenant)]?.changed[$0.subject] != nil }
        if !wanted.isEmpty { throw Missing(keys: wanted) }
        if !counted.isEmpty { try write(states, counted.map { candidates[$0].message }, at: now, connection, by: deadline) }
        try note(granted.map { candidates[$0].hold }, until: now + lease, at: known.now, connection, by: deadline)
        try postpone(postponed.map { (candidates[$0.place].hold, $0.until) }, connection, by: deadline)
        return granted.map { place in
            var hold = candidates[place].hold
            hold.state = .granted
            hold.grantedAt = Timestamp(microseconds: Int64(known.now))
            return hold
        }
    }

    /// For how long one waits whose subjects cannot be counted: milliseconds.
    private static let later = 60_000

    /// Locks those of some messages that wait still.
    /// - Returns: their places.
    func lockWaiting(_ holds: [Hold], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> Set<Int> {
        let rows = try connection.execute("""
            SELECT k.place FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(tenant_id, id, place) JOIN holds h ON h.tenant_id = k.tenant_id AND h.id = k.id::uuid
            WHERE h.state = 0 ORDER BY h.tenant_id, h.id FOR UPDATE OF h
            """, HoldColumns.keys(of: holds), by: deadline)
        return Set(rows.compactMap { $0.integer(0) }.map { $0 - 1 })
    }

    /// Notes which messages are granted, and whose turn they took.
    private func note(_ holds: [Hold], until end: Int, at now: Int, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        if holds.isEmpty { return }
        let times: [PostgresValue] = [.integer(Int64(now)), .integer(Int64(end))]
        try connection.execute("""
            UPDATE holds h SET state = 1, granted_at = to_timestamp($3::bigint / 1000000.0), leased_until = to_timestamp($4::bigint / 1000.0)
            FROM unnest($1::text[], $2::text[]) AS k(tenant_id, id) WHERE h.tenant_id = k.tenant_id AND h.id = k.id::uuid
            """, HoldColumns.keys(of: holds) + times, by: deadline)
        for (tenant, holds) in Dictionary(grouping: holds, by: { Tenant(name: $0.tenant) }).sorted(by: { $0.key.name.utf8.lexicographicallyPrecedes($1.key.name.utf8) }) {
            try serve(holds, of: tenant.name, connection, by: deadline)
        }
        try shorten(holds, connection, by: deadline)
    }

    /// Takes messages off the lines they waited in.
    func shorten(_ holds: [Hold], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        try connection.execute("""
            UPDATE hold_tails t SET waiting = greatest(t.waiting - gone.number, 0) FROM (
                SELECT h.tenant_id, h.blocker_scope, h.blocker, count(*) AS number FROM unnest($1::text[], $2::text[]) AS k(tenant_id, id)
                JOIN holds h ON h.tenant_id = k.tenant_id AND h.id = k.id::uuid GROUP BY 1, 2, 3) gone
            WHERE t.tenant_id = gone.tenant_id AND t.scope = gone.blocker_scope AND t.subject = gone.blocker
            """, HoldColumns.keys(of: holds), by: deadline)
        try connection.execute("""
            UPDATE held_tenants t SET waiting = greatest(t.waiting - gone.number, 0) FROM (SELECT k.tenant_id, count(*) AS number FROM unnest($1::text[], $2::text[]) AS k(tenant_id, id) GROUP BY 1 ORDER BY 1) gone
            WHERE t.tenant_id = gone.tenant_id
            """, HoldColumns.keys(of: holds), by: deadline)
    }

    /// Notes what was let go of each lane and of each customer.
    private func serve(_ holds: [Hold], of tenant: String, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        var served = HoldTurns()
        for hold in holds { served.serve(hold.lane, max(hold.amounts.recipients, 1)) }
        var turns = try Self.turns(of: tenant, connection, by: deadline)
        turns.enter(served.all.map(\.lane))
        try Self.begin(turns, of: tenant, connection, by: deadline)
        let (columns, amounts) = Self.columns(served)
        try connection.execute("""
            UPDATE hold_turns t SET served = t.served + k.amount FROM unnest($2::text[], $3::text[], $4::bigint[]) AS k(customer, sender, amount) WHERE t.tenant_id = $1 AND t.customer = k.customer AND t.sender = k.sender
            """, [.text(tenant)] + columns + [amounts], by: deadline)
    }

    /// Makes rows for those who have none yet.
    static func begin(_ turns: HoldTurns, of tenant: String, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        let (columns, starts) = columns(turns)
        try connection.execute("""
            INSERT INTO hold_turns (tenant_id, customer, sender, served) SELECT $1, k.customer, k.sender, k.start FROM unnest($2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY AS k(customer, sender, start, place) ORDER BY k.place
            ON CONFLICT DO NOTHING
            """, [.text(tenant)] + columns + [starts], by: deadline)
    }

    /// Customers and senders, in the order of their keys, and the number of each.
    private static func columns(_ turns: HoldTurns) -> ([PostgresValue], PostgresValue) {
        var customers = PostgresArray(of: .text), senders = PostgresArray(of: .text), numbers = PostgresArray(of: .bigint), last: String? = nil
        func add(_ customer: String, _ sender: String, _ number: Int) {
            customers.append(customer)
            senders.append(sender)
            numbers.append(Int64(number))
        }
        for (lane, served) in turns.all {
            if last != lane.customer { add(lane.customer, "", turns.customers[lane.customer] ?? 0) }
            last = lane.customer
            if !lane.sender.isEmpty { add(lane.customer, lane.sender, served) }
        }
        return ([.array(customers), .array(senders)], .array(numbers))
    }

    /// Whose turn it is of those of a tenant who wait.
    static func turns(of tenant: String, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> HoldTurns {
        var lanes: [HoldLane: Int] = [:], customers: [String: Int] = [:]
        for row in try connection.execute("SELECT customer, sender, served FROM hold_turns WHERE tenant_id = $1", [.text(tenant)], by: deadline) {
            guard let customer = row.text(0), let sender = row.text(1), let served = row.integer(2) else { continue }
            if sender.isEmpty { customers[customer] = served } else { lanes[HoldLane(customer: customer, sender: sender)] = served }
        }
        return HoldTurns(lanes: lanes, customers: customers)
    }

    /// Messages for which there was no room at their time go later, and so do those of the same sender behind them, whose time would come before; their tenants are put in order anew.
    private func postpone(_ holds: [(hold: Hold, until: Int)], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        if holds.isEmpty { return }
        var times = PostgresArray(of: .bigint), tenants = PostgresArray(of: .text)
        for each in holds { times.append(Int64(each.until)) }
        for tenant in Set(holds.map { Tenant(name: $0.hold.tenant) }).map(\.name).sorted() { tenants.append(tenant) }
        try connection.execute("""
            UPDATE holds h SET release_at = to_timestamp(k.time / 1000.0) FROM unnest($1::text[], $2::text[], $3::bigint[]) AS k(tenant_id, id, time)
            WHERE h.tenant_id = k.tenant_id AND h.id = k.id::uuid AND h.state = 0
            """, HoldColumns.keys(of: holds.map(\.hold)) + [.array(times)], by: deadline)
        var lines: [Tenant: Set<HoldLane>] = [:]
        let firsts = holds.map(\.hold).filter { lines[Tenant(name: $0.tenant), default: []].insert($0.lane).inserted }
        try connection.execute("""
            UPDATE holds h SET release_at = k.time FROM (
                SELECT h.tenant_id, h.id, max(first.release_at) AS time FROM unnest($1::text[], $2::text[]) AS k(tenant_id, id) JOIN holds first ON first.tenant_id = k.tenant_id AND first.id = k.id::uuid
                JOIN holds h ON h.tenant_id = first.tenant_id AND h.customer = first.customer AND h.sender = first.sender AND h.place > first.place AND h.state = 0 AND h.release_at < first.release_at GROUP BY h.tenant_id, h.id) k
            WHERE h.tenant_id = k.tenant_id AND h.id = k.id AND h.state = 0
            """, HoldColumns.keys(of: firsts), by: deadline)
        try connection.execute("UPDATE held_tenants SET disordered = true WHERE tenant_id = ANY ($1::text[])", [.array(tenants)], by: deadline)
    }
}

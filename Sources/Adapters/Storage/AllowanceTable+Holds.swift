internal import Limiting
internal import Postgres
internal import RateLimits
internal import Verdicts

/// A message that begins to wait.
struct NewHold {
    let message: CountedMessage
    let blocker: LimitSubject
    /// Milliseconds since 1970.
    let until: Int
}

/// The lines that wait for the subjects of some messages.
struct HoldLines {
    let tails: [AllowanceTable.Tenant: [LimitSubject: HoldTail]]
    /// When those of the messages go that wait already: milliseconds since 1970.
    private(set) var held: [AllowanceTable.MessageName: Int]
    /// Those of the messages that waited, and were counted for it.
    let granted: Set<AllowanceTable.MessageName>
    /// Messages by tenant that may begin to wait still.
    private var room: [AllowanceTable.Tenant: Int]
    /// Messages that somebody would release, under a name that no other one has.
    private let free: Set<AllowanceTable.MessageName>

    init(tails: [AllowanceTable.Tenant: [LimitSubject: HoldTail]], held: [AllowanceTable.MessageName: Int], granted: Set<AllowanceTable.MessageName>, room: [AllowanceTable.Tenant: Int], free: Set<AllowanceTable.MessageName>) {
        self.tails = tails; self.held = held; self.granted = granted; self.room = room; self.free = free
    }

    /// - Returns: nil where it may not wait, since there is no room or nobody would release it.
    func wish(of message: CountedMessage) -> HoldWish? {
        let tenant = AllowanceTable.Tenant(name: StoredText.key(message.tenant))
        guard let hold = message.hold, room[tenant, default: 0] > 0, free.contains(AllowanceTable.MessageName(tenant: tenant, name: message.name)) else { return nil }
        return hold.wish
    }

    mutating func add(_ name: AllowanceTable.MessageName, until: Int) {
        held[name] = until
        room[name.tenant, default: 0] -= 1
    }
}

extension AllowanceTable {
    /// For how long an agent that does not ask counts as one that is there.
    static let agentMemory = "interval '10 minutes'"

    /// The lines of some subjects, whose rows are locked; and whether messages may wait.
    func lines(_ messages: [CountedMessage], _ keys: [SubjectKey], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> HoldLines {
        let tails = try tails(keys, connection, by: deadline)
        let waiting = messages.indices.filter { messages[$0].hold != nil }
        var tenants = PostgresArray(of: .text), ids = PostgresArray(of: .text), servers = PostgresArray(of: .text), queueIDs = PostgresArray(of: .text)
        for place in waiting {
            tenants.append(StoredText.key(messages[place].tenant))
            ids.append(Hold.id(of: messages[place].name, tenant: messages[place].tenant).description)
            servers.append(StoredText.key(messages[place].hold?.server ?? ""))
            queueIDs.append(StoredText.key(messages[place].hold?.queueID ?? ""))
        }
        // A name in a server's queue that another message waits under, whosever it is, is not given to a second one: its agent could not tell them apart.
        let rows = try connection.execute("""
            SELECT k.place, (extract(epoch FROM h.release_at) * 1000)::bigint, t.waiting, h.state = 1,
                   EXISTS (SELECT FROM hold_agents a WHERE a.server_name = k.server_name AND a.tenant_id IN ('', k.tenant_id) AND a.seen_at > \(clock) - \(Self.agentMemory))
                   AND NOT EXISTS (SELECT FROM holds o WHERE o.server_name = k.server_name AND o.queue_id = k.queue_id AND o.state < 2 AND (o.tenant_id, o.id) <> (k.tenant_id, k.id::uuid))
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS k(tenant_id, id, server_name, queue_id, place)
            LEFT JOIN LATERAL (SELECT release_at, state FROM holds WHERE tenant_id = k.tenant_id AND id = k.id::uuid AND state < 2 OFFSET 0) h ON true LEFT JOIN held_tenants t ON t.tenant_id = k.tenant_id
            """, [.array(tenants), .array(ids), .array(servers), .array(queueIDs)], by: deadline)
        var held: [MessageName: Int] = [:], gone: Set<MessageName> = [], room: [Tenant: Int] = [:], free: Set<MessageName> = []
        for row in rows {
            guard let place = row.integer(0), waiting.indices.contains(place - 1) else { throw PostgresError(.unreadable, "a row of holds is not what this program writes") }
            let message = messages[waiting[place - 1]], tenant = Tenant(name: StoredText.key(message.tenant)), name = MessageName(tenant: tenant, name: message.name)
            if row.bool(3) == true { gone.insert(name) } else if let until = row.integer(1) { held[name] = until }
            room[tenant] = limits.holds - (row.integer(2) ?? 0)
            if row.bool(4) == true { free.insert(name) }
        }
        return HoldLines(tails: tails, held: held, granted: gone, room: room, free: free)
    }

    /// Locks the ends of lines, in the order of their keys.
    func tails(_ keys: [SubjectKey], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [Tenant: [LimitSubject: HoldTail]] {
        let rows = try connection.execute("""
            SELECT k.place, t.state, t.waiting, t.customer, t.sender FROM \(SubjectKey.inputs) CROSS JOIN LATERAL (
                SELECT state, waiting, customer, sender FROM hold_tails WHERE tenant_id = k.tenant_id AND scope = k.scope::smallint AND subject = k.subject FOR UPDATE
            ) t
            """, SubjectKey.columns(keys), by: deadline)
        var tails: [Tenant: [LimitSubject: HoldTail]] = [:]
        for row in rows {
            guard let place = row.integer(0), keys.indices.contains(place - 1), let waiting = row.integer(2) else { throw PostgresError(.unreadable, "a row of hold_tails is not what this program writes") }
            let key = keys[place - 1]
            // The end of a line that cannot be read is found again when it is put in order.
            guard waiting > 0, let state = try? Self.state(row.bytea(1)) else { continue }
            let only: HoldLane? = if let customer = row.text(3), let sender = row.text(4) { HoldLane(customer: customer, sender: sender) } else { nil }
            tails[Tenant(name: key.tenant), default: [:]][key.subject] = HoldTail(state: state, waiting: waiting, only: only)
        }
        return tails
    }

    /// Keeps messages that begin to wait, and the new ends of their lines.
    /// - Parameter now: microseconds since 1970.
    func write(_ holds: [NewHold], _ states: [Tenant: Allowances], at now: Int, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        try insert(holds, at: now, connection, by: deadline)
        var keys: [SubjectKey] = [], changed: [HoldTail] = []
        for (tenant, allowances) in states {
            for subject in allowances.lengthened {
                guard let tail = allowances.tails[subject] else { continue }
                keys.append(SubjectKey(tenant.name, subject))
                changed.append(tail)
            }
        }
        let order = keys.indices.sorted { keys[$0] < keys[$1] }
        try write(order.map { (keys[$0], changed[$0]) }, connection, by: deadline)
        for (tenant, holds) in Dictionary(grouping: holds, by: { Tenant(name: StoredText.key($0.message.tenant)) }).sorted(by: { $0.key.name.utf8.lexicographicallyPrecedes($1.key.name.utf8) }) {
            // Where several senders share a line, who came last does not go last.
            let isDisordered = states[tenant].map { allowances in allowances.lengthened.contains { allowances.tails[$0]?.only == nil } } ?? true
            try connection.execute("""
                INSERT INTO held_tenants AS t (tenant_id, waiting, disordered, planned_at) VALUES ($1, $2::bigint, $3::boolean, to_timestamp($4::bigint / 1000000.0))
                ON CONFLICT (tenant_id) DO UPDATE SET waiting = t.waiting + EXCLUDED.waiting, disordered = t.disordered OR EXCLUDED.disordered
                """, [.text(tenant.name), .integer(Int64(holds.count)), .bool(isDisordered), .integer(Int64(now))], by: deadline)
        }
    }

    /// Writes the ends of lines that became longer.
    /// - Parameter tails: in the order of their keys.
    func write(_ tails: [(SubjectKey, HoldTail)], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        if tails.isEmpty { return }
        var states = PostgresArray(of: .octets), waiting = PostgresArray(of: .bigint), customers = PostgresArray(of: .text), senders = PostgresArray(of: .text)
        for (_, tail) in tails {
            states.append(tail.state.octets)
            waiting.append(Int64(tail.waiting))
            customers.append(tail.only?.customer)
            senders.append(tail.only?.sender)
        }
        try connection.execute("""
            INSERT INTO hold_tails AS t (tenant_id, scope, subject, state, waiting, customer, sender)
            SELECT k.tenant_id, k.scope::smallint, k.subject, k.state, k.waiting, k.customer, k.sender
            FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::bigint[], $6::text[], $7::text[]) AS k(tenant_id, scope, subject, state, waiting, customer, sender)
            ON CONFLICT (tenant_id, scope, subject) DO UPDATE SET state = EXCLUDED.state, waiting = EXCLUDED.waiting, customer = EXCLUDED.customer, sender = EXCLUDED.sender, changes = t.changes + 1
            """, SubjectKey.columns(tails.map(\.0)) + [.array(states), .array(waiting), .array(customers), .array(senders)], by: deadline)
    }

    private func insert(_ holds: [NewHold], at now: Int, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        var texts = [PostgresArray](repeating: PostgresArray(of: .text), count: 8), names = PostgresArray(of: .octets), numbers = [PostgresArray](repeating: PostgresArray(of: .bigint), count: 4)
        for hold in holds {
            guard let request = hold.message.hold else { continue }
            let lane = request.wish.lane
            let row: [String?] = [StoredText.key(hold.message.tenant), Hold.id(of: hold.message.name, tenant: hold.message.tenant).description, StoredText.key(request.server), StoredText.key(request.queueID), request.mailFrom.map(StoredText.column),
                                  StoredText.key(lane.customer), StoredText.key(lane.sender), HoldColumns.text(of: request.subjects)]
            for (column, text) in row.enumerated() { texts[column].append(text) }
            names.append(hold.message.name)
            for (column, number) in [hold.message.amounts.recipients, hold.message.amounts.octets, hold.blocker.scope.place, hold.until].enumerated() { numbers[column].append(Int64(number)) }
        }
        var blockers = PostgresArray(of: .text)
        for hold in holds where hold.message.hold != nil { blockers.append(hold.blocker.name) }
        // A message that ended long ago, and comes again as a new one, takes the place of what is remembered of it.
        let written = try connection.execute("""
            INSERT INTO holds (tenant_id, id, server_name, queue_id, mail_from, customer, sender, subjects, name, recipients, octets, blocker_scope, release_at, blocker, held_at)
            SELECT k.tenant_id, k.id::uuid, k.server_name, k.queue_id, k.mail_from, k.customer, k.sender, string_to_array(k.subjects, chr(31)), k.name, k.recipients, k.octets, k.blocker_scope::smallint,
                   to_timestamp(k.release_at / 1000.0), k.blocker, to_timestamp($15::bigint / 1000000.0)
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[])
                WITH ORDINALITY AS k(tenant_id, id, server_name, queue_id, mail_from, customer, sender, subjects, name, recipients, octets, blocker_scope, release_at, blocker, number)
            ORDER BY k.number
            ON CONFLICT (tenant_id, id) DO UPDATE SET server_name = EXCLUDED.server_name, queue_id = EXCLUDED.queue_id, mail_from = EXCLUDED.mail_from, customer = EXCLUDED.customer, sender = EXCLUDED.sender,
                subjects = EXCLUDED.subjects, name = EXCLUDED.name, recipients = EXCLUDED.recipients, octets = EXCLUDED.octets, blocker_scope = EXCLUDED.blocker_scope, release_at = EXCLUDED.release_at,
                blocker = EXCLUDED.blocker, held_at = EXCLUDED.held_at, place = DEFAULT, state = 0, leased_until = NULL, granted_at = NULL, ended_at = NULL, outcome = NULL WHERE holds.state >= 2
            """, texts.map { .array($0) } + [.array(names)] + numbers.map { .array($0) } + [.array(blockers), .integer(Int64(now))], by: deadline).affected
        guard written == holds.count else { throw PostgresError(.unreadable, "\(holds.count - written) messages could not begin to wait") }
    }
}

internal import DNS
package import Limiting
internal import Notices
package import Postgres
internal import RateLimits
internal import Verdicts
package import Watching

/// What senders do, in PostgreSQL. What is noted of messages is lost where the server is killed; what follows from it is kept before anybody is told.
package struct PostgresWatch: WatchStore {
    private let pool: PostgresPool
    private let table: WatchTable

    /// Days after which a recipient, a network or a sender is forgotten that was not seen again.
    private static let memory = 180
    /// Days for which is known what came back for a message, and who was restrained.
    private static let history = 90
    /// Rows that one statement removes.
    private static let atOnce = 5000

    /// - Parameter clock: the SQL expression that tells the time; another one for tests in which time is simulated.
    package init(_ pool: PostgresPool, clock: String = "clock_timestamp()") {
        self.pool = pool
        table = WatchTable(clock: clock)
    }

    package func note(_ observations: [SenderObservation], _ warnings: [LimitWarning], rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> (changed: [Restraint], passedOver: Int) {
        if observations.isEmpty && warnings.isEmpty { return ([], 0) }
        let table = table
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    // Statistics; where something follows from them, the commit waits for the disk again.
                    try connection.execute("SET LOCAL synchronous_commit TO off", by: deadline)
                    let (changed, notices, passedOver) = try table.note(observations, rules, connection, by: deadline), told = notices + warnings.map(\.notice)
                    if !told.isEmpty {
                        try connection.execute("SET LOCAL synchronous_commit TO on", by: deadline)
                        try NoticeTable.insert(told, connection, clock: table.clock, by: deadline)
                    }
                    return (changed, passedOver)
                }
            }
        }
    }

    package func note(_ feedback: SenderFeedback, rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> (counted: Int, changed: [Restraint]) {
        let table = table, key = SubjectKey(feedback.of.tenant, feedback.of.subject)
        var contacts = PostgresArray(of: .bigint)
        for contact in Set(feedback.countedContacts).sorted(by: { $0.number < $1.number }) { contacts.append(contact.number) }
        let values = key.values + [.integer(feedback.kind == .bounce ? 0 : 1), .array(contacts)]
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    let fresh = try connection.execute("""
                        INSERT INTO sender_feedback (tenant_id, scope, subject, kind, contact, at) SELECT $1, $2::smallint, $3, $4::smallint, k.contact, \(table.clock) FROM unnest($5::bigint[]) AS k(contact) ORDER BY k.contact ON CONFLICT DO NOTHING
                        """, values, by: deadline).affected
                    // What was sent before somebody undid a restraint speaks against nobody any more.
                    if let sender = try table.senders([key], connection, by: deadline)[key], feedback.sentAt <= sender.spentAt { return (0, []) }
                    if fresh == 0 { return (0, []) }
                    var counts = SenderCounts()
                    counts[feedback.kind == .bounce ? .bounces : .complaints] = fresh
                    let (changed, notices, passedOver) = try table.note([SenderObservation(of: feedback.of, counts: counts)], rules, connection, by: deadline)
                    try NoticeTable.insert(notices, connection, clock: table.clock, by: deadline)
                    return (passedOver == 0 ? fresh : 0, changed)
                }
            }
        }
    }

    package func standing(of sender: TenantSubject, rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> SenderStanding? {
        let table = table, key = SubjectKey(sender.tenant, sender.subject)
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    let now = try table.now(connection, by: deadline)
                    guard let found = try table.senders([key], connection, by: deadline)[key] else { return nil }
                    let sums = try table.sums(of: [found.number], in: rules.windows, at: now, connection, by: deadline)[found.number] ?? [:]
                    return SenderStanding(since: found.since, contacts: found.contacts, networks: found.networks, measures: rules.measures(sums, knowsHabits: found.since.adding(seconds: rules.learning) <= now))
                }
            }
        }
    }

    package func removeOld(by deadline: ContinuousClock.Instant) async throws -> Int {
        let clock = table.clock
        // Senders first, as everywhere; those that somebody else has locked wait for the next time.
        for (name, number, key) in [("sender_contacts", "contacts", "contact"), ("sender_networks", "networks", "network")] {
            try await remove(by: deadline) { connection in
                try connection.execute("""
                    WITH old AS (SELECT sender, \(key) FROM \(name) WHERE seen_on < (\(clock))::date - \(Self.memory) ORDER BY seen_on LIMIT \(Self.atOnce)),
                    locked AS (SELECT id FROM watched_senders WHERE id IN (SELECT sender FROM old) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED),
                    gone AS (DELETE FROM \(name) c USING old JOIN locked ON locked.id = old.sender WHERE c.sender = old.sender AND c.\(key) = old.\(key) RETURNING c.sender),
                    lowered AS (UPDATE watched_senders w SET \(number) = greatest(w.\(number) - n.number, 0) FROM (SELECT sender, count(*) AS number FROM gone GROUP BY sender) n WHERE w.id = n.sender)
                    SELECT count(*) FROM gone
                    """, by: deadline).first?.integer(0) ?? 0
            }
        }
        for (name, column, condition) in [("sender_slots", "slot", "slot < extract(epoch FROM \(clock))::bigint / \(WatchRules.slot) - \(WatchRules.longestWindow / WatchRules.slot + 1)"),
                                          ("sender_feedback", "at", "at < \(clock) - interval '\(Self.history) days'"),
                                          ("restraints", "changed_at", "changed_at < \(clock) - interval '\(Self.history) days' AND (state = 0 OR until < \(clock) - interval '\(Self.history) days')")] {
            try await remove(by: deadline) { connection in
                try connection.execute("DELETE FROM \(name) WHERE ctid = ANY (ARRAY(SELECT ctid FROM \(name) WHERE \(condition) ORDER BY \(column) LIMIT \(Self.atOnce) FOR UPDATE SKIP LOCKED))", by: deadline).affected
            }
        }
        return try await remove(by: deadline) { connection in
            // Tenants first, as everywhere.
            let tenants = try connection.execute("SELECT DISTINCT tenant_id FROM (SELECT tenant_id FROM watched_senders WHERE seen_at < \(clock) - interval '\(Self.memory) days' ORDER BY seen_at LIMIT \(Self.atOnce)) s ORDER BY 1", by: deadline).compactMap { $0.text(0) }
            if tenants.isEmpty { return 0 }
            let names = PostgresArray(tenants)
            try connection.execute("SELECT FROM watched_tenants WHERE tenant_id = ANY ($1::text[]) ORDER BY tenant_id FOR UPDATE", [.array(names)], by: deadline)
            return try connection.execute("""
                WITH gone AS (DELETE FROM watched_senders WHERE id = ANY (ARRAY(SELECT id FROM watched_senders WHERE seen_at < \(clock) - interval '\(Self.memory) days' AND tenant_id = ANY ($1::text[]) ORDER BY seen_at LIMIT \(Self.atOnce) FOR UPDATE SKIP LOCKED)) RETURNING tenant_id),
                lowered AS (UPDATE watched_tenants t SET senders = greatest(t.senders - n.number, 0) FROM (SELECT tenant_id, count(*) AS number FROM gone GROUP BY 1) n WHERE t.tenant_id = n.tenant_id)
                SELECT count(*) FROM gone
                """, [.array(names)], by: deadline).first?.integer(0) ?? 0
        }
    }

    /// Removes a part after the other, each in a transaction of its own, until there is nothing more.
    @discardableResult private func remove(by deadline: ContinuousClock.Instant, _ part: @escaping @Sendable (isolated PostgresConnection) throws -> Int) async throws -> Int {
        var removed = 0
        while true {
            let gone = try await asStoreTrouble { try await pool.lend(by: deadline) { connection in try await connection.transaction(by: deadline) { try part($0) } } }
            removed += gone
            if gone < Self.atOnce { return removed }
        }
    }
}

extension WatchTable {
    /// Notes what was seen of senders, and restrains those of whom it is too much.
    /// - Returns: restraints that changed, what is to be told, and how many observations were of senders for whom there is no place.
    fileprivate func note(_ observations: [SenderObservation], _ rules: WatchRules, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> (changed: [Restraint], notices: [Notice], passedOver: Int) {
        if observations.isEmpty { return ([], [], 0) }
        let now = try now(connection, by: deadline), seen = Dictionary(grouping: observations) { SubjectKey($0.of.tenant, $0.of.subject) }, keys = seen.keys.sorted()
        var senders = try senders(keys, connection, by: deadline)
        if senders.count < keys.count { try make(keys.filter { senders[$0] == nil }, places: rules.senders, at: now, connection, by: deadline) }
        senders = try self.senders(keys, locks: true, connection, by: deadline)
        let (counts, known) = try counts(seen, senders, rules, connection, by: deadline)
        if !counts.isEmpty { try add(counts, at: now, connection, by: deadline) }
        let suspects = keys.filter { senders[$0].flatMap { counts[$0.number] }?.isSuspicious == true }
        try remember(senders.values.filter { known[$0.number] != nil || $0.seenAt.adding(seconds: 86_400) < now }.map { ($0.number, known[$0.number] ?? (0, 0)) }, at: now, connection, by: deadline)
        let (changed, notices) = suspects.isEmpty ? ([], []) : try judge(suspects, senders, rules, at: now, connection, by: deadline)
        return (changed, notices, observations.count { senders[SubjectKey($0.of.tenant, $0.of.subject)] == nil })
    }

    /// What was seen of each sender, with what is new of it.
    /// - Returns: also how many recipients and networks are known of each since, beside those that were.
    private func counts(_ seen: [SubjectKey: [SenderObservation]], _ senders: [SubjectKey: Sender], _ rules: WatchRules, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> (all: [Int: SenderCounts], known: [Int: (contacts: Int, networks: Int)]) {
        struct Visit: Hashable { let sender: Int, network: IPNetwork }
        var counts: [Int: SenderCounts] = [:], contacts: [(sender: Int, contact: Int64, isFull: Bool)] = [], visits: Set<Visit> = [], known: [Int: (contacts: Int, networks: Int)] = [:]
        for (key, observations) in seen {
            guard let sender = senders[key] else { continue }
            for each in observations { counts[sender.number, default: SenderCounts()] += each.counts }
            contacts += Set(observations.flatMap(\.contacts)).map { (sender.number, $0.number, sender.contacts >= rules.contacts) }
            if sender.networks < Self.networks { visits.formUnion(observations.compactMap(\.network).map { Visit(sender: sender.number, network: $0) }) }
        }
        for pair in try meet(contacts, connection, by: deadline) {
            counts[pair.sender]?.newRecipients += 1
            known[pair.sender, default: (0, 0)].contacts += 1
        }
        for (sender, number) in try visit(visits.map { ($0.sender, $0.network) }, connection, by: deadline) {
            counts[sender]?.newNetworks = number
            known[sender, default: (0, 0)].networks = number
        }
        return (counts, known)
    }

    /// Notes how much is known of senders. When each was seen is kept to the day: an index has it.
    private func remember(_ senders: [(number: Int, more: (contacts: Int, networks: Int))], at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        if senders.isEmpty { return }
        var numbers = PostgresArray(of: .bigint), contacts = PostgresArray(of: .bigint), networks = PostgresArray(of: .bigint)
        for each in senders {
            numbers.append(Int64(each.number))
            contacts.append(Int64(each.more.contacts))
            networks.append(Int64(each.more.networks))
        }
        try connection.execute("""
            UPDATE watched_senders w SET contacts = w.contacts + k.contacts, networks = w.networks + k.networks, seen_at = CASE WHEN w.seen_at < $4::timestamptz - interval '1 day' THEN $4::timestamptz ELSE w.seen_at END
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k(id, contacts, networks) WHERE w.id = k.id
            """, [.array(numbers), .array(contacts), .array(networks), ReportColumns.time(now)], by: deadline)
    }

    private func judge(_ keys: [SubjectKey], _ senders: [SubjectKey: Sender], _ rules: WatchRules, at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> (changed: [Restraint], notices: [Notice]) {
        let sums = try sums(of: keys.compactMap { senders[$0]?.number }, in: rules.windows, at: now, connection, by: deadline)
        var measures: [SubjectKey: [SignalMeasure]] = [:]
        for key in keys {
            guard let sender = senders[key] else { continue }
            let all = rules.measures(sums[sender.number] ?? [:], knowsHabits: sender.since.adding(seconds: rules.learning) <= now)
            if all.contains(where: \.isMet) { measures[key] = all }
        }
        let met = measures.keys.sorted()
        if met.isEmpty { return ([], []) }
        return try restrain(met, measures, rules, at: now, connection, by: deadline)
    }

    private func restrain(_ keys: [SubjectKey], _ measures: [SubjectKey: [SignalMeasure]], _ rules: WatchRules, at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> (changed: [Restraint], notices: [Notice]) {
        // Who would be restrained for what is seen here. His row is locked: of two nodes the second one sees what the first one did.
        let wanted = keys.filter { rules.change(measures[$0] ?? [], of: TenantSubject(tenant: $0.tenant, $0.subject), standing: nil, now: now) != nil }
        if wanted.isEmpty { return ([], []) }
        let standing = try RestraintTable.lock(wanted, connection, by: deadline)
        var changed: [Restraint] = [], notices: [Notice] = [], spent: [SubjectKey] = [], places: [String: Int] = [:]
        for key in wanted {
            if rules.isTrusted(standing[key], now: now) { spent.append(key) }
            guard var change = rules.change(measures[key] ?? [], of: TenantSubject(tenant: key.tenant, key.subject), standing: standing[key], now: now) else { continue }
            spent.append(key)
            let room = if standing[key] != nil { 1 } else if let known = places[key.tenant] { known } else { try RestraintTable.places(of: key.tenant, most: RestraintLimits.ofTenant, at: now, connection, by: deadline) }
            if standing[key] == nil { places[key.tenant] = room - 1 }
            if rules.acts, room > 0 {
                let written = try RestraintTable.write(change, at: now, connection, by: deadline)
                changed.append(written)
                notices.append(written.notice())
            } else {
                if rules.acts { change.reason = (change.reason ?? "") + "; there is no place for more restraints of this tenant" }
                notices.append(change.notice(acts: false))
            }
        }
        try spend(spent, at: now, connection, by: deadline)
        return (changed, notices)
    }
}

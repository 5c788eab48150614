internal import DNS
internal import Limiting
internal import Notices
internal import Postgres
internal import RateLimits
internal import Verdicts
internal import Watching

/// What senders do, noted within a transaction. The order in which it takes its locks stands in migration 18.
struct WatchTable: Sendable {
    /// The SQL expression that tells the time.
    let clock: String

    /// A sender as its row has it.
    struct Sender: Sendable {
        let number: Int
        let since: Timestamp
        let seenAt: Timestamp
        let spentAt: Timestamp
        let contacts: Int, networks: Int
    }

    /// Networks that are remembered of one sender; of one with more none is new.
    static let networks = 1000
    /// In this order, in `sender_slots` and below.
    private static let columns = ["messages", "recipients"] + SenderSignal.allCases.map(\.rawValue)

    func now(_ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> Timestamp {
        guard let now = try connection.execute("SELECT \(ReportColumns.micros(clock))", by: deadline).first.flatMap({ ReportColumns.time($0, 0) }) else { throw StoreTrouble.refused("the database does not tell the time") }
        return now
    }

    /// Of some senders, those that are known.
    /// - Parameter locks: locks their rows, in their order: whoever changes something of them does that first.
    func senders(_ keys: [SubjectKey], locks: Bool = false, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [SubjectKey: Sender] {
        var found: [SubjectKey: Sender] = [:]
        for row in try connection.execute("""
            SELECT k.place, s.id, \(ReportColumns.micros("s.since")), \(ReportColumns.micros("s.seen_at")), \(ReportColumns.micros("s.spent_at")), s.contacts, s.networks
            FROM \(SubjectKey.inputs) JOIN watched_senders s ON s.tenant_id = k.tenant_id AND s.scope = k.scope::smallint AND s.subject = k.subject
            \(locks ? "ORDER BY s.id FOR NO KEY UPDATE OF s" : "")
            """, SubjectKey.columns(keys), by: deadline) {
            guard let place = row.integer(0), keys.indices.contains(place - 1), let number = row.integer(1), let since = ReportColumns.time(row, 2), let seen = ReportColumns.time(row, 3), let spent = ReportColumns.time(row, 4),
                  let contacts = row.integer(5), let networks = row.integer(6) else { continue }
            found[keys[place - 1]] = Sender(number: number, since: since, seenAt: seen, spentAt: spent, contacts: contacts, networks: networks)
        }
        return found
    }

    /// Makes rows for senders that have none, as far as their tenants have places.
    /// - Parameter keys: in their order.
    func make(_ keys: [SubjectKey], places: Int, at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        for (tenant, keys) in Dictionary(grouping: keys, by: \.tenant).sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            try connection.execute("INSERT INTO watched_tenants (tenant_id, senders) VALUES ($1, 0) ON CONFLICT DO NOTHING", [.text(tenant)], by: deadline)
            let taken = try connection.execute("SELECT senders FROM watched_tenants WHERE tenant_id = $1 FOR UPDATE", [.text(tenant)], by: deadline).first?.integer(0) ?? 0
            let room = keys.prefix(max(places - taken, 0))
            if room.isEmpty { continue }
            let made = try connection.execute("""
                INSERT INTO watched_senders (tenant_id, scope, subject, since, seen_at, spent_at)
                SELECT k.tenant_id, k.scope::smallint, k.subject, $4::timestamptz, $4::timestamptz, to_timestamp(0) FROM \(SubjectKey.inputs) ORDER BY k.tenant_id COLLATE "C", k.scope, k.subject COLLATE "C" ON CONFLICT DO NOTHING
                """, SubjectKey.columns(room) + [ReportColumns.time(now)], by: deadline).affected
            try connection.execute("UPDATE watched_tenants SET senders = senders + $2::bigint WHERE tenant_id = $1", [.text(tenant), .integer(Int64(made))], by: deadline)
        }
    }

    /// Notes to whom senders wrote.
    /// - Parameter pairs: each once. Where `isFull` is true, only those that are known are noted anew.
    /// - Returns: those that are new.
    func meet(_ pairs: [(sender: Int, contact: Int64, isFull: Bool)], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [(sender: Int, contact: Int64)] {
        if pairs.isEmpty { return [] }
        var senders = PostgresArray(of: .bigint), contacts = PostgresArray(of: .bigint), full = PostgresArray(of: .bigint)
        for pair in pairs {
            senders.append(Int64(pair.sender))
            contacts.append(pair.contact)
            full.append(Int64(pair.isFull ? 1 : 0))
        }
        return try connection.execute("""
            WITH met AS (
                INSERT INTO sender_contacts AS c (sender, contact, seen_on) SELECT k.sender, k.contact, (\(clock))::date FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k(sender, contact, is_full)
                LEFT JOIN sender_contacts known ON known.sender = k.sender AND known.contact = k.contact
                WHERE known.contact IS NULL AND k.is_full = 0 OR known.seen_on < (\(clock))::date - 30 ORDER BY 1, 2
                ON CONFLICT (sender, contact) DO UPDATE SET seen_on = excluded.seen_on RETURNING sender, contact, (xmax = 0) AS is_new)
            SELECT sender, contact FROM met WHERE is_new
            """, [.array(senders), .array(contacts), .array(full)], by: deadline).compactMap { row in
                guard let sender = row.integer(0), let contact = row.integer(1) else { return nil }
                return (sender, Int64(contact))
            }
    }

    /// Notes from where senders logged in.
    /// - Parameter pairs: each once.
    /// - Returns: of each how many are new.
    func visit(_ pairs: [(sender: Int, network: IPNetwork)], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [Int: Int] {
        if pairs.isEmpty { return [:] }
        var senders = PostgresArray(of: .bigint), networks = PostgresArray(of: .text)
        for pair in pairs {
            senders.append(Int64(pair.sender))
            networks.append("\(pair.network)")
        }
        var new: [Int: Int] = [:]
        for row in try connection.execute("""
            WITH met AS (
                INSERT INTO sender_networks AS n (sender, network, seen_on) SELECT k.sender, k.network::cidr, (\(clock))::date FROM unnest($1::bigint[], $2::text[]) AS k(sender, network) ORDER BY 1, 2
                ON CONFLICT (sender, network) DO UPDATE SET seen_on = excluded.seen_on WHERE n.seen_on < excluded.seen_on - 30 RETURNING sender, (xmax = 0) AS is_new)
            SELECT sender, count(*) FROM met WHERE is_new GROUP BY sender
            """, [.array(senders), .array(networks)], by: deadline) {
            if let sender = row.integer(0), let count = row.integer(1) { new[sender] = count }
        }
        return new
    }

    /// Adds to what senders do now.
    func add(_ counts: [Int: SenderCounts], at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        var numbers = PostgresArray(of: .bigint), all = Self.columns.map { _ in PostgresArray(of: .bigint) }
        for (sender, counts) in counts.sorted(by: { $0.key < $1.key }) {
            numbers.append(Int64(sender))
            for (place, number) in Self.numbers(counts).enumerated() where all.indices.contains(place) { all[place].append(Int64(number)) }
        }
        let inputs = all.indices.map { "$\($0 + 3)::bigint[]" }.joined(separator: ", "), names = Self.columns.joined(separator: ", ")
        try connection.execute("""
            INSERT INTO sender_slots AS s (sender, slot, \(names)) SELECT k.sender, $1::bigint, \(Self.columns.map { "k.\($0)" }.joined(separator: ", ")) FROM unnest($2::bigint[], \(inputs)) AS k(sender, \(names)) ORDER BY 1
            ON CONFLICT (sender, slot) DO UPDATE SET \(Self.columns.map { "\($0) = s.\($0) + excluded.\($0)" }.joined(separator: ", "))
            """, [.integer(Int64(now.seconds / WatchRules.slot)), .array(numbers)] + all.map { .array($0) }, by: deadline)
    }

    private static func numbers(_ counts: SenderCounts) -> [Int] { [counts.messages, counts.recipients] + SenderSignal.allCases.map { counts[$0] } }

    /// What senders did in each of some windows until now.
    func sums(of senders: [Int], in windows: [LimitWindow], at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [Int: [LimitWindow: SenderCounts]] {
        var numbers = PostgresArray(of: .bigint), first = PostgresArray(of: .bigint), sums: [Int: [LimitWindow: SenderCounts]] = [:]
        for sender in senders { numbers.append(Int64(sender)) }
        for window in windows { first.append(Int64((now.seconds - window.seconds) / WatchRules.slot)) }
        for row in try connection.execute("""
            SELECT s.sender, w.place, \(Self.columns.map { "sum(s.\($0))::bigint" }.joined(separator: ", ")) FROM unnest($1::bigint[]) AS k(sender) CROSS JOIN unnest($2::bigint[]) WITH ORDINALITY AS w(first, place)
            JOIN sender_slots s ON s.sender = k.sender AND s.slot >= w.first GROUP BY s.sender, w.place
            """, [.array(numbers), .array(first)], by: deadline) {
            guard let sender = row.integer(0), let place = row.integer(1), windows.indices.contains(place - 1) else { continue }
            var counts = SenderCounts()
            counts.messages = row.integer(2) ?? 0
            counts.recipients = row.integer(3) ?? 0
            for (place, signal) in SenderSignal.allCases.enumerated() { counts[signal] = row.integer(4 + place) ?? 0 }
            sums[sender, default: [:]][windows[place - 1]] = counts
        }
        return sums
    }

    /// What some senders did until now speaks against them no more. Their rows are locked, or there are none.
    func spend(_ keys: [SubjectKey], at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws {
        if keys.isEmpty { return }
        let columns = SubjectKey.columns(keys), joined = "\(SubjectKey.inputs) JOIN watched_senders w ON w.tenant_id = k.tenant_id AND w.scope = k.scope::smallint AND w.subject = k.subject"
        try connection.execute("DELETE FROM sender_slots s USING (SELECT w.id FROM \(joined)) k WHERE s.sender = k.id", columns, by: deadline)
        try connection.execute("UPDATE watched_senders w SET spent_at = $4::timestamptz FROM (SELECT w.id FROM \(joined)) k WHERE w.id = k.id", columns + [ReportColumns.time(now)], by: deadline)
    }
}

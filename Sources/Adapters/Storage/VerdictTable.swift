internal import Postgres
internal import Verdicts

/// Writes verdicts, many with one statement, each message once.
enum VerdictTable {
    /// Within this time an MTA that asks again gets the same verdict.
    static let window: Int64 = 86_400_000_000

    /// The verdict that stands for a message.
    private struct Claim {
        let id: VerdictID
        let action: Action
        let receivedAt: Timestamp

        func covers(_ record: Entry) -> Bool { abs(record.receivedAt.microseconds - receivedAt.microseconds) < VerdictTable.window }
    }

    /// A record on its way to the table.
    struct Entry: Sendable {
        let id: VerdictID
        let action: Action
        let receivedAt: Timestamp
        /// nil for a message without a queue id, which is always one of its own.
        fileprivate let key: Key?
        let row: PostgresRow

        /// - Throws: `PostgresError` for a record that the table cannot take; of a batch it alone is refused.
        init(_ record: VerdictRecord) throws {
            guard !record.tenant.isEmpty, record.tenant.utf8.count <= 255 else { throw PostgresError(.row, "the tenant's name is empty or has more than 255 octets") }
            guard record.digest.count == 32 else { throw PostgresError(.row, "the digest has not 32 octets") }
            let distance = record.id.time.microseconds.subtractingReportingOverflow(record.receivedAt.microseconds)
            guard !distance.overflow, distance.partialValue.magnitude < UInt64(HistoryQuery.slackSeconds) * 1_000_000 else { throw PostgresError(.row, "the id is of another day than the message") }
            id = record.id; action = record.action; receivedAt = record.receivedAt
            key = Key(record)
            row = VerdictColumns.row(record)
        }
    }

    /// What makes two messages one.
    fileprivate struct Key: Hashable, Sendable {
        let tenant: String, name: [UInt8]

        init?(_ record: VerdictRecord) {
            guard let name = record.name else { return nil }
            tenant = StoredText.column(record.tenant)
            self.name = name
        }
    }

    /// Keeps records; within no transaction they are durable when this returns.
    /// - Parameter again: they may have been kept before; then that does no harm. It is not asked for where it is not needed, since to look
    ///   for each id first costs the server a twentieth of all that it does.
    /// - Returns: for each record nil where it was kept, else the verdict that stands.
    static func append(_ records: [Entry], again: Bool, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [EarlierVerdict?] {
        var answers = [EarlierVerdict?](repeating: nil, count: records.count)
        var left = Array(records.indices)
        // One statement cannot claim the same message twice: the first in the batch speaks for the others.
        while !left.isEmpty {
            var leaders: [Int] = [], followers: [(place: Int, leader: Int)] = [], first: [Key: Int] = [:]
            for place in left {
                guard let key = records[place].key else { leaders.append(place); continue }
                if let leader = first[key] { followers.append((place, leader)) } else { first[key] = place; leaders.append(place) }
            }
            let claims = try insert(leaders.map { records[$0] }, again ? insertionAgain : insertion, connection, by: deadline)
            var stands: [Int: Claim] = [:]
            for (place, claim) in zip(leaders, claims) {
                stands[place] = claim ?? Claim(id: records[place].id, action: records[place].action, receivedAt: records[place].receivedAt)
                answers[place] = claim.map { EarlierVerdict(id: $0.id, action: $0.action) }
            }
            left = []
            for (place, leader) in followers {
                guard let claim = stands[leader], claim.covers(records[place]) else { left.append(place); continue }
                answers[place] = claim.id == records[place].id ? nil : EarlierVerdict(id: claim.id, action: claim.action)
            }
        }
        return answers
    }

    /// What stands already under some ids, within a transaction.
    static func standing(_ ids: [VerdictID], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [VerdictID: EarlierVerdict] {
        guard let first = ids.min(), let last = ids.max() else { return [:] }
        // Only a plan for these ids leaves the partitions of other days alone, of which each takes locks.
        try connection.script("SET LOCAL plan_cache_mode = force_custom_plan", by: deadline)
        var wanted = PostgresArray(of: .uuid), found: [VerdictID: EarlierVerdict] = [:]
        for id in ids { wanted.append(id.octets) }
        for row in try connection.execute("SELECT id, action FROM verdicts WHERE id = ANY($1::uuid[]) AND id >= $2::uuid AND id <= $3::uuid", [.array(wanted), .text(first.description), .text(last.description)], by: deadline) {
            guard let id = row.text(0).flatMap({ VerdictID($0) }), let action = row.text(1).flatMap({ Action(rawValue: $0) }) else { throw PostgresError(.row, "a verdict is not what this program writes") }
            found[id] = EarlierVerdict(id: id, action: action)
        }
        return found
    }

    /// - Returns: for each record the claim of another verdict that stands in its place, or nil.
    private static func insert(_ records: [Entry], _ statement: String, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [Claim?] {
        var names = PostgresArray(of: .octets, capacity: records.count * 48)
        for record in records { names.append(record.key?.name) }
        let rows = try connection.execute(statement, VerdictColumns.arrays(records.map { $0.row }) + [.array(names)], by: deadline)
        var claims = [Claim?](repeating: nil, count: records.count)
        for row in rows {
            guard let place = row.integer(0), claims.indices.contains(place - 1), let id = row.text(1).flatMap({ VerdictID($0) }),
                  let action = row.text(2).flatMap({ Action(rawValue: $0) }), let received = row.integer(3) else {
                throw PostgresError(.row, "a row of recent_messages is not what this program writes")
            }
            claims[place - 1] = Claim(id: id, action: action, receivedAt: Timestamp(microseconds: Int64(received)))
        }
        return claims
    }

    /// Claims every message that has a queue id, and keeps the verdicts whose claim is theirs: one statement, so one transaction.
    ///
    /// `ON CONFLICT DO UPDATE` waits for whoever is claiming the same message, on whatever node, and then sees that row as it is; the
    /// claims are made in the order of the key, so that two batches do not wait for each other. `recent_messages.digest` is ``VerdictRecord/name``.
    private static let insertion = insertion("")
    private static let insertionAgain = insertion("ON CONFLICT (tenant_id, id) DO NOTHING")

    private static func insertion(_ onConflict: String) -> String {
        let columns = VerdictColumns.written
        let arrays = VerdictColumns.parameters, names = VerdictColumns.names
        let reads = columns.map { column in "i.\(column.name)" + (column.read.map { "::\($0)" } ?? "") }.joined(separator: ", ")
        let stands = "r.received_at > excluded.received_at - interval '24 hours' AND r.received_at < excluded.received_at + interval '24 hours'"
        return """
            WITH input AS MATERIALIZED (
                SELECT * FROM unnest(\(arrays), $\(columns.count + 1)::bytea[]) WITH ORDINALITY AS t(\(names), name, place)
            ), claimed AS (
                INSERT INTO recent_messages AS r (tenant_id, queue_id, digest, verdict_id, action, received_at)
                SELECT tenant_id, queue_id, name, id, action, received_at FROM input WHERE name IS NOT NULL ORDER BY 1, 2, 3
                ON CONFLICT (tenant_id, queue_id, digest) DO UPDATE SET
                    verdict_id = CASE WHEN \(stands) THEN r.verdict_id ELSE excluded.verdict_id END,
                    action = CASE WHEN \(stands) THEN r.action ELSE excluded.action END,
                    received_at = CASE WHEN \(stands) THEN r.received_at ELSE excluded.received_at END
                RETURNING tenant_id, queue_id, digest, verdict_id, action, received_at
            ), kept AS (
                INSERT INTO verdicts (\(names))
                SELECT \(reads) FROM input i LEFT JOIN claimed c ON c.tenant_id = i.tenant_id AND c.queue_id = i.queue_id AND c.digest = i.name
                WHERE i.name IS NULL OR c.verdict_id = i.id
                \(onConflict)
            )
            SELECT i.place, c.verdict_id, c.action, (extract(epoch FROM c.received_at) * 1000000)::bigint
            FROM input i JOIN claimed c ON c.tenant_id = i.tenant_id AND c.queue_id = i.queue_id AND c.digest = i.name
            WHERE c.verdict_id <> i.id
            """
    }

    /// Puts a record in the place of the deferred or held one with its id and tenant; the time of receipt stays.
    static let replacement: String = {
        let columns = VerdictColumns.written
        let arrays = VerdictColumns.parameters, names = VerdictColumns.names
        let changes = columns.filter { !["tenant_id", "id", "received_at"].contains($0.name) }
            .map { column in "\(column.name) = i.\(column.name)" + (column.read.map { "::\($0)" } ?? "") }.joined(separator: ", ")
        return """
            WITH input AS MATERIALIZED (
                SELECT * FROM unnest(\(arrays)) AS t(\(names))
            ), claimed AS (
                UPDATE recent_messages r SET action = i.action FROM input i
                WHERE r.tenant_id = i.tenant_id AND r.queue_id = i.queue_id AND r.verdict_id = i.id AND r.action IN ('defer', 'hold')
            )
            UPDATE verdicts v SET \(changes) FROM input i WHERE v.tenant_id = i.tenant_id AND v.id = i.id AND v.action IN ('defer', 'hold')
            """
    }()
}

package import Postgres
package import Verdicts

/// The history of verdicts in PostgreSQL.
///
/// Verdicts are written over one connection, those that come while it is busy together (two were measured to gain nothing: their batches
/// are smaller); what is read comes from a pool.
package final class PostgresVerdictStore: VerdictStore {
    /// How long callers are kept waiting at most.
    package struct Limits: Sendable {
        package var append: Duration = .seconds(6)
        package var read: Duration = .seconds(8)
        package var batch = BatchLimits()

        package init() {}
    }

    private let pool: PostgresPool
    private let limits: Limits
    private let writer: PostgresConnection
    /// What gathers while the writer is busy.
    private let batcher: Batcher<VerdictTable.Entry, EarlierVerdict?>

    /// The most that one summary tells of.
    package static let bucketLimit = 10_000

    /// - Parameters:
    ///   - settings: the database, for the connection that writes.
    ///   - pool: connections to the same database, for what is read.
    package init(_ settings: PostgresSettings, pool: PostgresPool, limits: Limits = Limits()) {
        self.pool = pool
        self.limits = limits
        let writer = PostgresConnection(settings)
        self.writer = writer
        batcher = Batcher(limits: limits.batch, repeatsAfterLoss: true, on: writer.nearby, octets: { $0.row.size }) { try await VerdictTable.append($0, again: $1, writer, by: $2) }
    }

    /// Ends the connection that writes.
    package func close() async { await writer.close() }

    /// How many verdicts wait to be written.
    package var backlog: Int { batcher.backlog }

    package func append(_ record: VerdictRecord) async throws -> EarlierVerdict? {
        try await asStoreTrouble { try await batcher.submit(VerdictTable.Entry(record), by: .now + limits.append) }
    }

    package func replace(_ record: VerdictRecord) async throws -> Bool {
        try await asStoreTrouble {
            try await pool.execute(VerdictTable.replacement, VerdictColumns.arrays([VerdictColumns.row(record)]), by: .now + limits.append).affected > 0
        }
    }

    package func verdict(_ id: VerdictID, tenant: String?) async throws -> VerdictRecord? {
        try await asStoreTrouble {
            let sql = "SELECT \(VerdictColumns.ofRecord) FROM verdicts WHERE id = $1::uuid", end = ContinuousClock.now + limits.read
            let rows = if let tenant {
                try await pool.execute(sql + " AND tenant_id = $2", [.text(id.description), .text(StoredText.column(tenant))], by: end)
            } else {
                try await pool.execute(sql, [.text(id.description)], by: end)
            }
            return try rows.first.map { try Self.read($0, VerdictColumns.record) }
        }
    }

    package func verdicts(matching filter: HistoryFilter, before: VerdictID?, limit: Int) async throws -> [VerdictRow] {
        try await asStoreTrouble {
            var query = HistoryQuery(filter, before: before)
            let clause = query.clause, count = query.parameter(.integer(Int64(min(max(limit, 1), 1000))))
            return try await pool.execute("SELECT \(VerdictColumns.ofRow) FROM verdicts\(clause) ORDER BY id DESC LIMIT \(count)", query.parameters, by: .now + limits.read)
                .map { try Self.read($0, VerdictColumns.row) }
        }
    }

    package func summary(matching filter: HistoryFilter, bucket: Int) async throws -> [HistoryBucket] {
        let bucket = Int64(min(max(bucket, 60), 86_400 * 31))
        var query = HistoryQuery(filter)
        let clause = query.clause, length = query.parameter(.integer(bucket))
        // No more rows than the combinations of action and class in as many buckets as are told of.
        let most = Self.bucketLimit * Action.allCases.count * MessageClass.allCases.count
        let sql = """
            SELECT floor(extract(epoch FROM received_at) / \(length)::bigint)::bigint AS slot, action, class, count(*), sum(size)::bigint
            FROM verdicts\(clause) GROUP BY 1, 2, 3 ORDER BY 1 LIMIT \(most)
            """
        let parameters = query.parameters
        let rows = try await asStoreTrouble { try await pool.execute(sql, parameters, by: .now + limits.read) }
        var buckets: [HistoryBucket] = []
        for row in rows {
            guard let slot = row.integer(0), let action = row.text(1), let messageClass = row.text(2), let count = row.integer(3), let octets = row.integer(4) else { continue }
            let start = Timestamp(microseconds: 0).adding(seconds: slot * Int(bucket))
            if buckets.last?.start != start {
                guard buckets.count < Self.bucketLimit else { break }
                buckets.append(HistoryBucket(start: start, count: 0, actions: [:], classes: [:], octets: 0))
            }
            let last = buckets.count - 1
            buckets[last].count += count
            buckets[last].octets += octets
            buckets[last].actions[action, default: 0] += count
            buckets[last].classes[messageClass, default: 0] += count
        }
        return buckets
    }

    private static func read<Verdict>(_ row: PostgresRows.Row, _ read: (PostgresRows.Row) -> Verdict?) throws -> Verdict {
        guard let verdict = read(row) else { throw StoreTrouble.refused("verdict \(row.text(1) ?? "") is not what this program writes") }
        return verdict
    }
}

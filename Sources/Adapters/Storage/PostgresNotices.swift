package import Notices
package import Postgres
package import Verdicts

/// Notices and what is delivered of them, in PostgreSQL.
///
/// Who claims has an advisory lock of the webhook's name, for which nobody waits, and of deliveries locks only those that nobody has locked. The row of the webhook is locked by who finishes
/// a delivery, after the delivery, and by who registers. So a node that stops within a claim keeps nobody from anything but claiming, and from that until the server ends its connection
/// (``patientSettings(_:)``).
package struct PostgresNotices: NoticeStore {
    private let pool: PostgresPool
    private let limits: NoticeLimits
    private let clock: String

    /// Rows that one statement removes or ends.
    private static let removeAtOnce = 1000
    /// Deliveries that one transaction makes due anew.
    private static let reactivateAtOnce = 10_000
    /// Milliseconds after which is looked again where another node is claiming.
    private static let soon = 50
    /// Takes the turn to claim of the webhook `$1` until the transaction ends; 1 where it was free. No `TenantTurn` has this number.
    package static let turn = "SELECT pg_try_advisory_xact_lock(\(0x7077_6863), hashtext($1))::int"

    /// Settings for the connections of this store: of a node that stops within a transaction the server ends it after a minute.
    package static func patientSettings(_ settings: PostgresSettings) -> PostgresSettings {
        var settings = settings
        settings.idleLimit = .seconds(60)
        return settings
    }

    /// - Parameter clock: the SQL expression that tells the time; another one for tests in which time is simulated.
    package init(_ pool: PostgresPool, limits: NoticeLimits = NoticeLimits(), clock: String = "clock_timestamp()") { self.pool = pool; self.limits = limits; self.clock = clock }

    @discardableResult package func keep(_ notices: [Notice], by deadline: ContinuousClock.Instant) async throws -> Int {
        let clock = clock
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { try NoticeTable.insert(notices, $0, clock: clock, by: deadline) }
            }
        }
    }

    package func notices(matching filter: NoticeFilter, beyond: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Notice] {
        let isNewest = filter.order == .newest
        // What is not asked for is no condition: a plan for all cases would search by no index.
        func condition(_ isAsked: Bool, _ asked: String, _ type: String, _ number: Int) -> String { isAsked ? "\(asked) $\(number)::\(type)" : "$\(number)::\(type) IS NULL" }
        let conditions = [condition(filter.tenant != nil, "n.tenant_id =", "text", 1), condition(filter.kind != nil, "n.kind =", "text", 2), condition(filter.subject != nil, "n.subject =", "text", 3),
                          condition(filter.since != nil, "n.id >=", "uuid", 4), condition(beyond != nil, isNewest ? "n.id <" : "n.id >", "uuid", 5)].joined(separator: " AND ")
        let values: [PostgresValue] = [.optional(filter.tenant.map(StoredText.key)), .optional(filter.kind?.rawValue), .optional(filter.subject.map(StoredText.key)),
                                       .optional(filter.since.map { VerdictID.lowest(at: $0).description }), .optional(beyond?.description), .integer(Int64(min(max(limit, 1), 1000)))]
        return try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(NoticeColumns.all) FROM notices n WHERE \(conditions) ORDER BY n.id \(isNewest ? "DESC" : "ASC") LIMIT $6::bigint
                """, values, by: deadline).map { try NoticeColumns.notice($0) }
        }
    }

    package func register(_ webhooks: [WebhookSubscription], by deadline: ContinuousClock.Instant) async throws {
        let clock = clock
        try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                try await connection.transaction(by: deadline) { connection in
                    // In one order on all nodes.
                    for webhook in webhooks.sorted(by: { $0.name < $1.name }) {
                        let kinds = webhook.kinds.map { kinds in PostgresValue.array(PostgresArray(Notice.Kind.allCases.filter(kinds.contains).map(\.rawValue))) } ?? .null
                        try connection.execute("""
                            INSERT INTO webhooks (name, tenant_id, kinds, seen_at) VALUES ($1, $2, $3::text[], \(clock))
                            ON CONFLICT (name) DO UPDATE SET tenant_id = excluded.tenant_id, kinds = excluded.kinds, seen_at = excluded.seen_at
                            """, [.text(webhook.name), .optional(webhook.tenant.map(StoredText.key)), kinds], by: deadline)
                    }
                }
            }
        }
    }

    package func claim(_ webhook: String, lease: Int, atOnce: Int, by deadline: ContinuousClock.Instant) async throws -> DeliveryClaim {
        let name = PostgresValue.text(webhook), clock = clock, own = VerdictID(at: Timestamp(milliseconds: 0))
        let values: [PostgresValue] = [name, .integer(Int64(min(max(atOnce, 1), 1000))), .text(own.description), .integer(Int64(max(lease, 0)))]
        return try await asStoreTrouble {
            try await pool.lend(by: deadline) { connection in
                // A question that finds nothing is to cost nothing.
                guard let next = try await next(name, connection, by: deadline) else { return DeliveryClaim(deliveries: [], next: nil) }
                guard next == 0 else { return DeliveryClaim(deliveries: [], next: next) }
                let claimed: [ClaimedDelivery]? = try await connection.transaction(by: deadline) { connection in
                    // One after the other: of two at once neither would see what the other takes.
                    guard try connection.execute(Self.turn, [name], by: deadline).first?.integer(0) == 1 else { return nil }
                    return try connection.execute(Self.claiming(clock), values, by: deadline).map { try NoticeColumns.delivery($0, webhook: webhook, lease: own) }
                }
                guard let claimed else { return DeliveryClaim(deliveries: [], next: Self.soon) }
                return DeliveryClaim(deliveries: claimed.sorted { $0.notice.id < $1.notice.id }, next: try await self.next(name, connection, by: deadline))
            }
        }
    }

    /// Milliseconds until a delivery is due, or somebody's lease ends; 0 for now.
    private func next(_ name: PostgresValue, _ connection: PostgresConnection, by deadline: ContinuousClock.Instant) async throws -> Int? {
        try await connection.execute("SELECT greatest(ceil(extract(epoch FROM next_at - \(clock)) * 1000), 0)::bigint FROM notice_deliveries WHERE webhook = $1 AND state = 0 ORDER BY next_at LIMIT 1",
                                     [name], by: deadline).first?.integer(0)
    }

    /// The time is asked once, as a value that an index can be searched by; what is due is an array, so that no more is reckoned with than a few rows.
    private static func claiming(_ clock: String) -> String {
        """
        UPDATE notice_deliveries d SET lease_id = $3::uuid, next_at = \(clock) + $4::bigint * interval '1 millisecond', attempts = d.attempts + 1
        FROM notices n
        WHERE d.webhook = $1 AND n.id = d.notice_id AND d.notice_id = ANY (ARRAY(
            SELECT notice_id FROM notice_deliveries WHERE webhook = $1 AND state = 0 AND next_at <= (SELECT \(clock)) ORDER BY next_at, notice_id
            LIMIT (SELECT greatest($2::bigint - count(*), 0) FROM notice_deliveries WHERE webhook = $1 AND state = 0 AND lease_id IS NOT NULL AND next_at > (SELECT \(clock)))
            FOR UPDATE SKIP LOCKED))
        RETURNING \(NoticeColumns.all), d.attempts, (extract(epoch FROM \(clock) - d.due_since) * 1000)::bigint
        """
    }

    @discardableResult package func finish(_ delivery: ClaimedDelivery, _ end: DeliveryEnd, by deadline: ContinuousClock.Instant) async throws -> Bool {
        let (state, pause, reason): (Int64, Int, String?) = switch end {
        case .delivered: (1, 0, nil)
        case .later(let pause, let reason): (0, pause, reason)
        case .givenUp(let reason): (2, 0, reason)
        }
        return try await asStoreTrouble {
            try await pool.execute("""
                WITH ended AS (
                    UPDATE notice_deliveries SET state = $4::smallint, lease_id = NULL, reason = $6, ended_at = CASE WHEN $4::smallint = 0 THEN NULL ELSE \(clock) END,
                        next_at = CASE WHEN $4::smallint = 0 THEN \(clock) + $5::bigint * interval '1 millisecond' ELSE next_at END
                    WHERE notice_id = $1::uuid AND webhook = $2 AND state = 0 AND (lease_id = $3::uuid OR $4::smallint = 1) RETURNING notice_id
                ), noted AS (
                    UPDATE webhooks SET delivered_at = CASE WHEN $4::smallint = 1 THEN \(clock) ELSE delivered_at END,
                        failed_at = CASE WHEN $4::smallint = 1 THEN failed_at ELSE \(clock) END, failure = CASE WHEN $4::smallint = 1 THEN failure ELSE $6 END
                    WHERE name = $2 AND EXISTS (SELECT FROM ended)
                )
                SELECT count(*) FROM ended
                """, [.text(delivery.notice.id.description), .text(delivery.webhook), .text(delivery.lease.description), .integer(state), .integer(Int64(max(pause, 0))), .optional(reason.map(StoredText.column))], by: deadline).first?.integer(0) == 1
        }
    }

    @discardableResult package func reactivate(_ webhook: String, by deadline: ContinuousClock.Instant) async throws -> Int {
        // One that was never tried is due as it is.
        try await reactivate(webhook, "d.state = 2", by: deadline) + reactivate(webhook, "d.state = 0 AND d.attempts > 0 AND (d.lease_id IS NULL OR d.next_at <= (SELECT \(clock)))", by: deadline)
    }

    /// In portions, each a transaction of its own.
    private func reactivate(_ webhook: String, _ which: String, by deadline: ContinuousClock.Instant) async throws -> Int {
        var all = 0, last = "00000000-0000-0000-0000-000000000000"
        while true {
            let row = try await asStoreTrouble {
                try await pool.execute("""
                    WITH portion AS (
                        SELECT d.notice_id FROM notice_deliveries d JOIN notices n ON n.id = d.notice_id JOIN webhooks w ON w.name = d.webhook
                        WHERE d.webhook = $1 AND \(which) AND d.notice_id > $2::uuid AND n.id > $2::uuid AND \(NoticeTable.takes("n")) ORDER BY d.notice_id LIMIT \(Self.reactivateAtOnce) FOR UPDATE OF d SKIP LOCKED
                    ), made AS (
                        UPDATE notice_deliveries d SET state = 0, attempts = 0, due_since = (SELECT \(clock)), next_at = (SELECT \(clock)), lease_id = NULL, ended_at = NULL
                        FROM portion WHERE d.webhook = $1 AND d.notice_id = portion.notice_id
                    )
                    SELECT count(*), (array_agg(notice_id ORDER BY notice_id DESC))[1] FROM portion
                    """, [.text(webhook), .text(last)], by: deadline).first
            }
            let some = row?.integer(0) ?? 0
            all += some
            guard some == Self.reactivateAtOnce, let id = row?.text(1) else { return all }
            last = id
        }
    }

    package func standing(of webhooks: [String], by deadline: ContinuousClock.Instant) async throws -> [String: WebhookStanding] {
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT w.name, (SELECT count(*) FROM notice_deliveries WHERE webhook = w.name AND state = 0), (SELECT count(*) FROM notice_deliveries WHERE webhook = w.name AND state = 2),
                    \(ReportColumns.micros("w.delivered_at")), \(ReportColumns.micros("w.failed_at")), w.failure
                FROM webhooks w WHERE w.name = ANY ($1::text[])
                """, [.array(PostgresArray(webhooks))], by: deadline)
        }
        var all: [String: WebhookStanding] = [:]
        for row in rows {
            guard let name = row.text(0) else { continue }
            var standing = WebhookStanding()
            standing.pending = row.integer(1) ?? 0
            standing.givenUp = row.integer(2) ?? 0
            standing.deliveredAt = ReportColumns.time(row, 3)
            standing.failedAt = ReportColumns.time(row, 4)
            standing.failure = row.text(5)
            all[name] = standing
        }
        return all
    }

    @discardableResult package func removeOld(days: Int, by deadline: ContinuousClock.Instant) async throws -> Int {
        // What is small comes first: there may be no time left after what is large.
        try await forget(by: deadline)
        let old = try await portions(by: deadline, """
            DELETE FROM notices WHERE ctid = ANY (ARRAY(SELECT ctid FROM notices WHERE kept_at < \(clock) - $1::bigint * interval '1 day' ORDER BY kept_at LIMIT \(Self.removeAtOnce) FOR UPDATE SKIP LOCKED))
            """, [.integer(Int64(min(max(days, 1), 3650)))])
        return try await old + removeBeyond(by: deadline)
    }

    /// Forgets webhooks that no node has, and gives up what waits for them.
    private func forget(by deadline: ContinuousClock.Instant) async throws {
        _ = try await asStoreTrouble {
            try await pool.execute("DELETE FROM webhooks WHERE seen_at < \(clock) - $1::bigint * interval '1 second'", [.integer(Int64(NoticePacing.forgetting))], by: deadline)
        }
        _ = try await portions(by: deadline, """
            UPDATE notice_deliveries SET state = 2, lease_id = NULL, ended_at = \(clock), reason = 'no node has this webhook any more' WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM notice_deliveries WHERE state = 0 AND webhook NOT IN (SELECT name FROM webhooks) LIMIT \(Self.removeAtOnce) FOR UPDATE SKIP LOCKED))
            """, [])
    }

    /// Removes the oldest of tenants that have more than they may. Tenants are gone through by the index, and of each only as far as it may go.
    private func removeBeyond(by deadline: ContinuousClock.Instant) async throws -> Int {
        let most = Int64(max(limits.ofTenant, 0)), rows = try await asStoreTrouble {
            try await pool.execute("""
                WITH RECURSIVE tenants AS (
                    SELECT min(tenant_id) AS name FROM notices UNION ALL SELECT (SELECT min(tenant_id) FROM notices WHERE tenant_id > t.name) FROM tenants t WHERE t.name IS NOT NULL
                )
                SELECT t.name, (SELECT id FROM notices WHERE tenant_id = t.name ORDER BY id DESC OFFSET $1::bigint LIMIT 1) FROM tenants t WHERE t.name IS NOT NULL
                """, [.integer(most)], by: deadline)
        }
        var removed = 0
        for row in rows {
            guard let tenant = row.text(0), let newest = row.text(1) else { continue }
            removed += try await portions(by: deadline, """
                DELETE FROM notices WHERE id = ANY (ARRAY(SELECT id FROM notices WHERE tenant_id = $1 AND id <= $2::uuid ORDER BY id LIMIT \(Self.removeAtOnce) FOR UPDATE SKIP LOCKED))
                """, [.text(tenant), .text(newest)])
        }
        return removed
    }

    /// Runs a statement until it finds less than a portion.
    private func portions(by deadline: ContinuousClock.Instant, _ statement: String, _ values: [PostgresValue]) async throws -> Int {
        var all = 0
        while true {
            let some = try await asStoreTrouble { try await pool.execute(statement, values, by: deadline).affected }
            all += some
            if some < Self.removeAtOnce { return all }
        }
    }
}

package import Notices
package import Postgres
internal import Verdicts

/// Keeps notices within a transaction of whoever has something to tell: they are there when it commits, and not where it does not.
package enum NoticeTable {
    /// Keeps notices, and makes a delivery for each webhook that takes one. Which those are stands in the table `webhooks`, where nodes register what their settings name.
    ///
    /// Of the transaction's statements it is the last, and called once: where another one has kept a notice with the same key and not ended yet, this one waits for it, and who then
    /// waits for rows that this one locked would wait for ever. Keys are taken in their order. Nothing of `webhooks` is locked.
    /// - Parameters:
    ///   - connection: in a transaction.
    ///   - clock: the SQL expression that tells the time.
    /// - Returns: how many were kept: none twice, whose id or key is known.
    /// - Throws: `StoreTrouble.refused` where one has a `fault`, before anything is sent; `PostgresError`.
    @discardableResult
    package static func insert(_ notices: [Notice], _ connection: isolated PostgresConnection, clock: String = "clock_timestamp()", by deadline: ContinuousClock.Instant) throws -> Int {
        guard !notices.isEmpty else { return 0 }
        return try connection.execute(statement(clock), try values(notices), by: deadline).first?.integer(0) ?? 0
    }

    /// What the statement takes.
    /// - Throws: `StoreTrouble.refused`.
    private static func values(_ notices: [Notice]) throws -> [PostgresValue] {
        var ids = PostgresArray(of: .uuid), tenants = PostgresArray(of: .text), kinds = PostgresArray(of: .text), subjects = PostgresArray(of: .text)
        var times = PostgresArray(of: .timestamp), details = PostgresArray(of: .json), keys = PostgresArray(of: .text)
        for notice in notices {
            if let fault = notice.fault { throw StoreTrouble.refused(fault) }
            ids.append(notice.id.octets)
            tenants.append(StoredText.key(notice.tenant))
            kinds.append(notice.kind.rawValue)
            subjects.append(notice.subject.map(StoredText.key))
            times.append(notice.at.microseconds)
            details.append(StoredText.json(notice.details))
            keys.append(notice.key.map(StoredText.key))
        }
        return [ids, tenants, kinds, subjects, times, details, keys].map { .array($0) }
    }

    /// What a webhook `w` takes, as `WebhookSubscription.takes` has it.
    /// - Parameter notice: the name under which the statement knows the notice.
    static func takes(_ notice: String) -> String {
        """
        CASE WHEN \(notice).kind = '\(Notice.Kind.webhookTest.rawValue)' THEN \(notice).subject = '\(Notice.subject(of: ""))' || w.name
            ELSE (w.tenant_id IS NULL OR w.tenant_id = \(notice).tenant_id) AND (w.kinds IS NULL OR \(notice).kind = ANY (w.kinds)) END
        """
    }

    private static func statement(_ clock: String) -> String {
        """
        WITH kept AS (
            INSERT INTO notices (id, tenant_id, kind, subject, at, details, key, kept_at)
            SELECT n.id, n.tenant_id, n.kind, n.subject, n.at, n.details, n.key, (SELECT \(clock))
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::json[], $7::text[]) AS n(id, tenant_id, kind, subject, at, details, key)
            ORDER BY n.tenant_id COLLATE "C", n.key COLLATE "C", n.id
            ON CONFLICT DO NOTHING RETURNING id, tenant_id, kind, subject, kept_at
        ), made AS (
            INSERT INTO notice_deliveries (notice_id, webhook, due_since, next_at)
            SELECT k.id, w.name, k.kept_at, k.kept_at FROM kept k JOIN webhooks w ON \(takes("k"))
        )
        SELECT count(*) FROM kept
        """
    }
}

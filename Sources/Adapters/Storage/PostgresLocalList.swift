package import BlockLists
package import Postgres
package import Verdicts

/// The operators' own lists in PostgreSQL.
package struct PostgresLocalList: LocalListStore {
    private let pool: PostgresPool
    private let limits: TenantLimits
    private let limit: Duration

    private static let columns = "id, tenant_id, effect, subject, reason, (extract(epoch FROM expires_at) * 1000000)::bigint"

    /// - Parameter limit: how long a call waits at most.
    package init(_ pool: PostgresPool, limits: TenantLimits = TenantLimits(), limit: Duration = .seconds(5)) { self.pool = pool; self.limits = limits; self.limit = limit }

    /// All entries that have not expired, in the order of tenant and subject; a line that cannot be read is left out.
    package func entries() async throws -> [LocalEntry] {
        try await asStoreTrouble {
            try await pool.execute("SELECT \(Self.columns) FROM local_list WHERE expires_at IS NULL OR expires_at > now() ORDER BY tenant_id, subject, effect",
                                   by: .now + limit).compactMap(Self.entry)
        }
    }

    package func list(tenant: String?) async throws -> [LocalEntry] {
        try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(Self.columns) FROM local_list WHERE $1::text IS NULL OR tenant_id = $1 ORDER BY created_at, id LIMIT 100000
                """, [tenant.map { .text(StoredText.column($0)) } ?? .null], by: .now + limit).compactMap(Self.entry)
        }
    }

    package func add(_ entry: LocalEntry) async throws -> LocalEntry {
        let tenant = StoredText.column(entry.tenant ?? ""), end = ContinuousClock.now + limit
        let expires = entry.expires.map { PostgresValue.text(HistoryQuery.time(Timestamp(microseconds: $0))) } ?? .null
        let values: [PostgresValue] = [.text(tenant), .text(entry.effect.rawValue), .text(StoredText.column(entry.subject.description)),
                                       .text(StoredText.column(entry.reason)), expires, .integer(Int64(limits.localEntries))]
        let rows = try await asStoreTrouble {
            try await pool.inTurn(.localList, of: tenant, by: end) { connection in
                try connection.execute("DELETE FROM local_list WHERE tenant_id = $1 AND expires_at <= now()", [.text(tenant)], by: end)
                return try connection.execute(Self.addition, values, by: end)
            }
        }
        guard let row = rows.first else { throw TenantLimitReached(limit: limits.localEntries) }
        guard let kept = Self.entry(row) else { throw StoreTrouble.refused("the entry was not kept as it was given") }
        return kept
    }

    /// Gives no row where the tenant has as many entries as it may, and this is none of them.
    private static let addition = """
        INSERT INTO local_list (tenant_id, effect, subject, reason, expires_at)
        SELECT $1, $2, $3, $4, $5::timestamptz WHERE $1 = '' OR (SELECT count(*) FROM local_list WHERE tenant_id = $1) < $6::bigint
            OR EXISTS (SELECT FROM local_list WHERE tenant_id = $1 AND subject = $3 AND effect = $2)
        ON CONFLICT (tenant_id, subject, effect) DO UPDATE SET reason = excluded.reason, expires_at = excluded.expires_at
        RETURNING \(columns)
        """

    package func remove(_ id: String, tenant: String?) async throws -> Bool {
        guard VerdictID(id) != nil else { return false }   // a UUID, like those
        return try await asStoreTrouble {
            try await pool.execute("DELETE FROM local_list WHERE ($1::text IS NULL OR tenant_id = $1) AND id = $2::uuid", [tenant.map { .text(StoredText.column($0)) } ?? .null, .text(id)],
                                   by: .now + limit).affected > 0
        }
    }

    private static func entry(_ row: PostgresRows.Row) -> LocalEntry? {
        guard let id = row.text(0), let tenant = row.text(1), let effect = row.text(2).flatMap({ LocalEffect(rawValue: $0) }),
              let subject = row.text(3).flatMap({ LocalSubject($0) }), let reason = row.text(4) else { return nil }
        return LocalEntry(id: id, tenant: tenant.isEmpty ? nil : tenant, effect: effect, subject: subject, reason: reason, expires: row.integer(5).map { Int64($0) })
    }
}

package import Postgres
package import Verdicts

/// Tokens in PostgreSQL; their digests, never their secrets.
package struct PostgresTokenStore: TokenStore {
    private let pool: PostgresPool
    private let limits: TenantLimits
    private let limit: Duration

    private static let columns = """
        id, tenant_id, name, scopes, digest, (extract(epoch FROM created_at) * 1000000)::bigint, (extract(epoch FROM expires_at) * 1000000)::bigint
        """

    /// - Parameter limit: how long a call waits at most.
    package init(_ pool: PostgresPool, limits: TenantLimits = TenantLimits(), limit: Duration = .seconds(5)) { self.pool = pool; self.limits = limits; self.limit = limit }

    package func save(_ token: AccessToken) async throws {
        let time = { (time: Timestamp) in PostgresValue.text(HistoryQuery.time(time)) }
        let tenant = token.tenant.map(StoredText.column), end = ContinuousClock.now + limit
        let values: [PostgresValue] = [.text(StoredText.column(token.id)), .optional(tenant), .text(StoredText.column(token.name)),
                                       .array(PostgresArray(token.scopes.map(\.rawValue))), .octets(token.digest), time(token.createdAt),
                                       token.expiresAt.map(time) ?? .null, .integer(Int64(limits.tokens))]
        let kept = try await asStoreTrouble {
            try await pool.inTurn(.tokens, of: tenant ?? "", by: end) { connection in
                try connection.execute("DELETE FROM api_tokens WHERE tenant_id = $1 AND expires_at <= now()", [.optional(tenant)], by: end)
                return try connection.execute(Self.addition, values, by: end).affected
            }
        }
        guard kept > 0 else { throw TenantLimitReached(limit: limits.tokens) }
    }

    /// Adds nothing where the tenant has as many tokens as it may, and this is none of them.
    private static let addition = """
        INSERT INTO api_tokens (id, tenant_id, name, scopes, digest, created_at, expires_at)
        SELECT $1, $2, $3, $4, $5, $6::timestamptz, $7::timestamptz
        WHERE $2::text IS NULL OR (SELECT count(*) FROM api_tokens WHERE tenant_id = $2) < $8::bigint OR EXISTS (SELECT FROM api_tokens WHERE id = $1 AND tenant_id = $2)
        ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id, name = excluded.name, scopes = excluded.scopes,
            digest = excluded.digest, created_at = excluded.created_at, expires_at = excluded.expires_at
        """

    package func token(_ id: String) async throws -> AccessToken? {
        try await asStoreTrouble {
            try await pool.execute("SELECT \(Self.columns) FROM api_tokens WHERE id = $1", [.text(StoredText.column(id))], by: .now + limit).first.flatMap(Self.token)
        }
    }

    package func tokens() async throws -> [AccessToken] {
        try await asStoreTrouble {
            try await pool.execute("SELECT \(Self.columns) FROM api_tokens ORDER BY created_at, id LIMIT 10000", by: .now + limit).compactMap(Self.token)
        }
    }

    package func remove(_ id: String) async throws -> Bool {
        try await asStoreTrouble {
            try await pool.execute("DELETE FROM api_tokens WHERE id = $1", [.text(StoredText.column(id))], by: .now + limit).affected > 0
        }
    }

    private static func token(_ row: PostgresRows.Row) -> AccessToken? {
        guard let id = row.text(0), let name = row.text(2), let scopes = PostgresArray.texts(row.octets(3)), let digest = row.bytea(4), let created = row.integer(5) else { return nil }
        return AccessToken(id: id, tenant: row.text(1), name: name, scopes: scopes.compactMap { Scope(rawValue: $0) }, digest: digest,
                           createdAt: Timestamp(microseconds: Int64(created)), expiresAt: row.integer(6).map { Timestamp(microseconds: Int64($0)) })
    }
}

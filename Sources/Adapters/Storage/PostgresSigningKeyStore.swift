internal import Cryptography
package import DKIM
package import DNS
package import Postgres
package import Verdicts

/// Signing keys in PostgreSQL.
package struct PostgresSigningKeyStore: SigningKeyStore {
    private let pool: PostgresPool
    private let limits: TenantLimits
    private let limit: Duration

    /// - Parameter limit: how long a call waits at most.
    package init(_ pool: PostgresPool, limits: TenantLimits = TenantLimits(), limit: Duration = .seconds(5)) { self.pool = pool; self.limits = limits; self.limit = limit }

    package func add(_ keys: [SealedSigningKey]) async throws {
        guard let tenant = keys.first?.key.tenant else { return }
        guard keys.allSatisfy({ $0.key.tenant == tenant }) else { throw StoreTrouble.refused("keys of several tenants at once") }
        let end = ContinuousClock.now + limit, most = limits.signingKeys
        try await asStoreTrouble {
            try await pool.inTurn(.signingKeys, of: StoredText.column(tenant), by: end) { connection in
                let used = try connection.execute("SELECT count(*) FROM dkim_keys WHERE tenant_id = $1 AND state <> 'retired'", [.text(StoredText.column(tenant))], by: end)
                guard (used.first?.integer(0) ?? 0) + keys.count <= most else { throw TenantLimitReached(limit: most) }
                let revision = try Self.nextRevision(connection, by: end)
                for one in keys {
                    let kept = try connection.execute(SigningKeyRow.insertion, SigningKeyRow.values(one, revision: revision), by: end)
                    guard kept.affected > 0 else { throw SelectorTaken(selector: one.key.selector) }
                }
            }
        }
    }

    package func keys(tenant: String?, domain: DomainName?) async throws -> [SigningKey] {
        try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(SigningKeyRow.columns) FROM dkim_keys WHERE ($1::text IS NULL OR tenant_id = $1) AND ($2::text IS NULL OR domain = $2)
                ORDER BY tenant_id, domain, created_at, selector LIMIT 100000
                """, [.optional(tenant.map(StoredText.column)), .optional(domain?.text)], by: .now + limit).compactMap(SigningKeyRow.key)
        }
    }

    package func replace(_ changes: [(was: SigningKey, is: SigningKey)]) async throws -> Bool {
        guard let tenant = changes.first?.was.tenant else { return true }
        let end = ContinuousClock.now + limit
        do {
            try await asStoreTrouble {
                try await pool.inTurn(.signingKeys, of: StoredText.column(tenant), by: end) { connection in
                    var revision: Int64? = nil
                    // In the order in which `claim` takes the rows' locks, so that neither waits for what the other has.
                    for change in changes.sorted(by: { ($0.was.place, $0.was.selector.text) < ($1.was.place, $1.was.selector.text) }) {
                        var next = change.was.revision
                        if change.is.saysOther(than: change.was) {
                            next = try revision ?? Self.nextRevision(connection, by: end)
                            revision = next
                        }
                        let done = try connection.execute(SigningKeyRow.change, SigningKeyRow.values(change.is, was: change.was.revision, revision: next), by: end)
                        guard done.affected > 0 else { throw ChangedMeanwhile() }
                    }
                }
            }
        } catch is ChangedMeanwhile { return false }
        return true
    }

    package func claim(dueAt now: Int, lease: Int, limit most: Int) async throws -> [KeyPlace] {
        let end = ContinuousClock.now + limit
        return try await asStoreTrouble {
            try await pool.inTurn(.signingKeyChecks, of: "", by: end) { connection in
                try connection.execute("""
                    WITH due AS (SELECT tenant_id, domain, min(next_check_at) AS since FROM dkim_keys WHERE next_check_at <= to_timestamp($1::bigint)
                                 GROUP BY tenant_id, domain ORDER BY since, tenant_id, domain LIMIT $3::bigint),
                    held AS (SELECT k.tenant_id, k.domain, k.selector FROM dkim_keys k JOIN due USING (tenant_id, domain) WHERE k.next_check_at IS NOT NULL
                             ORDER BY k.tenant_id COLLATE "C", k.domain COLLATE "C", k.selector COLLATE "C" FOR UPDATE OF k),
                    taken AS (UPDATE dkim_keys k SET next_check_at = greatest(k.next_check_at, to_timestamp($1::bigint + $2::bigint)) FROM held
                              WHERE k.tenant_id = held.tenant_id AND k.domain = held.domain AND k.selector = held.selector)
                    SELECT tenant_id, domain FROM due ORDER BY since, tenant_id, domain
                    """, [.integer(Int64(now)), .integer(Int64(max(1, lease))), .integer(Int64(min(max(most, 1), 1000)))], by: end).compactMap { row -> KeyPlace? in
                    guard let tenant = row.text(0), let domain = row.text(1) else { return nil }
                    return KeyPlace(tenant: tenant, domain: DomainName(trusted: domain))
                }
            }
        }
    }

    package func changes(since revision: Int64) async throws -> (keys: [SealedSigningKey], revision: Int64) {
        let end = ContinuousClock.now + limit
        return try await asStoreTrouble {
            // Read before the keys: what is committed in between is read twice.
            let last = try await pool.execute("SELECT revision FROM dkim_key_changes", by: end).first?.integer(0).map { Int64($0) } ?? 0
            if last == revision { return ([], last) }
            let rows = try await pool.execute("SELECT \(SigningKeyRow.columns), private_key FROM dkim_keys WHERE revision > $1::bigint AND ($1::bigint > 0 OR state <> 'retired')",
                                              [.integer(revision)], by: end)
            return (rows.compactMap { row in SigningKeyRow.key(row).map { SealedSigningKey($0, sealed: row.bytea(SigningKeyRow.count) ?? []) } }, last)
        }
    }

    private struct ChangedMeanwhile: Error {}

    /// The row's lock is kept until the transaction ends, so that the next one gets its number after this one is visible.
    private static func nextRevision(_ connection: isolated PostgresConnection, by end: ContinuousClock.Instant) throws -> Int64 {
        Int64(try connection.execute("UPDATE dkim_key_changes SET revision = revision + 1 RETURNING revision", by: end).first?.integer(0) ?? 0)
    }
}

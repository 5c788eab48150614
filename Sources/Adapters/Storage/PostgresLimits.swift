internal import Foundation
internal import JSON
package import Limiting
package import Postgres
package import RateLimits
internal import Verdicts

/// What is said of subjects, in PostgreSQL. Questions that come together are asked together.
package final class PostgresLimits: LimitStore {
    private let pool: PostgresPool
    private let limits: AllowanceLimits
    private let patience: Duration
    private let reader: Batcher<[TenantSubject], [TenantSubject: LimitDefinition]>

    /// - Parameter patience: how long a change waits at most.
    package init(_ pool: PostgresPool, limits: AllowanceLimits = AllowanceLimits(), patience: Duration = .seconds(5)) {
        self.pool = pool
        self.limits = limits
        self.patience = patience
        reader = Batcher(repeatsAfterLoss: true, octets: { $0.count * 300 }) { lists, _, deadline in try await Self.read(lists, pool, by: deadline) }
    }

    package func definitions(of subjects: [TenantSubject], by deadline: ContinuousClock.Instant) async throws -> [TenantSubject: LimitDefinition] {
        if subjects.isEmpty { return [:] }
        guard subjects.count <= 1000 else { throw StoreTrouble.refused("more than 1000 subjects") }
        return try await asStoreTrouble { try await reader.submit(subjects, by: deadline) }
    }

    private static func read(_ lists: [[TenantSubject]], _ pool: PostgresPool, by deadline: ContinuousClock.Instant) async throws -> [[TenantSubject: LimitDefinition]] {
        let subjects = Array(Set(lists.joined()))
        let rows = try await pool.execute("""
            SELECT k.place, l.definition FROM \(SubjectKey.inputs) CROSS JOIN LATERAL (
                SELECT definition FROM limits l WHERE l.tenant_id = k.tenant_id AND l.scope = k.scope::smallint AND l.subject = k.subject LIMIT 1) l
            """, SubjectKey.columns(subjects.map { SubjectKey($0.tenant, $0.subject) }), by: deadline)
        var all: [TenantSubject: LimitDefinition] = [:]
        for row in rows {
            guard let place = row.integer(0), subjects.indices.contains(place - 1) else { continue }
            all[subjects[place - 1]] = try definition(row.octets(1))
        }
        return lists.map { list in list.reduce(into: [:]) { $0[$1] = all[$1] } }
    }

    private static func definition(_ json: ArraySlice<UInt8>?) throws -> LimitDefinition {
        guard let json, let document = try? JSONDecoder().decode(LimitDocument.self, from: Data(json)) else { throw PostgresError(.unreadable, "a definition in limits is not what this program writes") }
        return document.definition
    }

    package func define(_ subject: TenantSubject, _ definition: LimitDefinition) async throws -> Bool {
        let end = ContinuousClock.now + patience, key = SubjectKey(subject.tenant, subject.subject), most = limits.definitions
        let json = String(decoding: StoredText.json(jsonOctets(LimitDocument(definition))), as: UTF8.self)
        let isNew = try await asStoreTrouble {
            try await pool.inTurn(.limits, of: key.tenant, by: end) { connection in
                let row = try connection.execute("""
                    INSERT INTO limits AS l (tenant_id, scope, subject, definition)
                    SELECT $1, $2::smallint, $3, $4::json WHERE EXISTS (SELECT FROM limits WHERE tenant_id = $1 AND scope = $2::smallint AND subject = $3)
                        OR (SELECT count(*) FROM (SELECT FROM limits WHERE tenant_id = $1 LIMIT $5::bigint) counted) < $5::bigint
                    ON CONFLICT (tenant_id, scope, subject) DO UPDATE SET definition = excluded.definition, changed_at = now() RETURNING xmax = 0
                    """, key.values + [.text(json), .integer(Int64(most))], by: end).first
                return row?.bool(0)
            }
        }
        guard let isNew else { throw TenantLimitReached(limit: most) }
        return isNew
    }

    package func remove(_ subject: TenantSubject) async throws -> Bool {
        try await asStoreTrouble {
            try await pool.execute("DELETE FROM limits WHERE tenant_id = $1 AND scope = $2::smallint AND subject = $3", SubjectKey(subject.tenant, subject.subject).values, by: .now + patience).affected > 0
        }
    }

    package func page(tenant: String?, scope: LimitScope?, after: TenantSubject?, limit: Int) async throws -> [KeptDefinition] {
        let last: [PostgresValue] = after.map { SubjectKey($0.tenant, $0.subject).values } ?? [.null, .null, .null]
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT tenant_id, scope, subject, definition FROM limits
                WHERE ($1::text IS NULL OR tenant_id = $1) AND ($2::smallint IS NULL OR scope = $2::smallint) AND ($3::text IS NULL OR (tenant_id, scope, subject) > ($3::text, $4::smallint, $5::text))
                ORDER BY tenant_id, scope, subject LIMIT $6::bigint
                """, [tenant.map { .text(StoredText.key($0)) } ?? .null, scope.map { .integer(Int64($0.place)) } ?? .null] + last + [.integer(Int64(min(max(limit, 1), 1000)))], by: .now + patience)
        }
        return try await asStoreTrouble {
            try rows.map { row in
                guard let tenant = row.text(0), let place = row.integer(1), LimitScope.allCases.indices.contains(place), let name = row.text(2), let subject = try? LimitSubject(LimitScope.allCases[place], name) else {
                    throw PostgresError(.unreadable, "a row of limits is not what this program writes")
                }
                return KeptDefinition(of: TenantSubject(tenant: tenant, subject), try Self.definition(row.octets(3)))
            }
        }
    }
}

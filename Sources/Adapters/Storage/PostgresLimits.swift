internal import Foundation
internal import JSON
package import Limiting
package import Postgres
package import RateLimits
internal import Verdicts

/// What is said of subjects, in PostgreSQL. Questions that come together are asked together.
package final class PostgresLimits: LimitStore {
    /// What is said of some, or why it cannot be read, which is no other one's trouble.
    private typealias Answer = Result<[TenantSubject: LimitDefinition], StoreTrouble>

    private let pool: PostgresPool
    private let limits: AllowanceLimits
    private let patience: Duration
    private let reader: Batcher<[TenantSubject], Answer>

    /// - Parameters:
    ///   - reading: connections for what messages ask, of which nothing else may keep them.
    ///   - pool: connections for changes and lists.
    ///   - patience: how long a change waits at most.
    package init(reading: PostgresPool, _ pool: PostgresPool, limits: AllowanceLimits = AllowanceLimits(), patience: Duration = .seconds(5)) {
        self.pool = pool
        self.limits = limits
        self.patience = patience
        reader = Batcher(repeatsAfterLoss: true, octets: { $0.count * 300 }) { lists, _, deadline in try await Self.read(lists, reading, by: deadline) }
    }

    package func definitions(of subjects: [TenantSubject], by deadline: ContinuousClock.Instant) async throws -> [TenantSubject: LimitDefinition] {
        if subjects.isEmpty { return [:] }
        guard subjects.count <= 1000 else { throw StoreTrouble.refused("more than 1000 subjects") }
        return try await asStoreTrouble { try await reader.submit(subjects, by: deadline).get() }
    }

    private static func read(_ lists: [[TenantSubject]], _ pool: PostgresPool, by deadline: ContinuousClock.Instant) async throws -> [Answer] {
        let subjects = Array(Set(lists.joined()))
        let rows = try await pool.execute("""
            SELECT k.place, l.definition FROM \(SubjectKey.inputs) CROSS JOIN LATERAL (
                SELECT definition FROM limits l WHERE l.tenant_id = k.tenant_id AND l.scope = k.scope::smallint AND l.subject = k.subject LIMIT 1) l
            """, SubjectKey.columns(subjects.map { SubjectKey($0.tenant, $0.subject) }), by: deadline)
        var all: [TenantSubject: LimitDefinition] = [:], unreadable: [TenantSubject: StoreTrouble] = [:]
        for row in rows {
            guard let place = row.integer(0), subjects.indices.contains(place - 1) else { continue }
            let subject = subjects[place - 1]
            do { all[subject] = try definition(row.octets(1)) } catch { unreadable[subject] = .refused("what is said of \(subject.subject) is not what this program writes; say it anew") }
        }
        return lists.map { list in
            if !unreadable.isEmpty, let trouble = list.lazy.compactMap({ unreadable[$0] }).first { return .failure(trouble) }
            return .success(list.reduce(into: [:]) { $0[$1] = all[$1] })
        }
    }

    private static func definition(_ json: ArraySlice<UInt8>?) throws -> LimitDefinition {
        guard let json, let document = try? JSONDecoder().decode(LimitDocument.self, from: Data(json)) else { throw PostgresError(.unreadable, "a definition in limits is not what this program writes") }
        return document.definition
    }

    package func define(_ subject: TenantSubject, _ definition: LimitDefinition) async throws -> Bool {
        let end = ContinuousClock.now + patience, key = SubjectKey(subject.tenant, subject.subject), most = limits.definitions
        let json = String(decoding: StoredText.json(jsonOctets(LimitDocument(definition))), as: UTF8.self)
        // Nothing is kept that cannot be read again.
        guard (try? Self.definition(Array(json.utf8)[...])) != nil else { throw StoreTrouble.refused("the definition cannot be kept as it is") }
        let isNew: Bool? = try await asStoreTrouble {
            try await pool.inTurn(.limits, of: key.tenant, by: end) { connection in
                let changed = try connection.execute("UPDATE limits SET definition = $4::json, changed_at = now() WHERE tenant_id = $1 AND scope = $2::smallint AND subject = $3", key.values + [.text(json)], by: end).affected
                if changed > 0 { return false }
                let room = try connection.execute("""
                    INSERT INTO limited_tenants AS t (tenant_id, definitions) VALUES ($1, 1) ON CONFLICT (tenant_id) DO UPDATE SET definitions = t.definitions + 1 WHERE t.definitions < $2::bigint
                    """, [.text(key.tenant), .integer(Int64(most))], by: end).affected
                if room == 0 { return nil }
                try connection.execute("INSERT INTO limits (tenant_id, scope, subject, definition) VALUES ($1, $2::smallint, $3, $4::json)", key.values + [.text(json)], by: end)
                return true
            }
        }
        guard let isNew else { throw TenantLimitReached(limit: most) }
        return isNew
    }

    package func remove(_ subject: TenantSubject) async throws -> Bool {
        let end = ContinuousClock.now + patience, key = SubjectKey(subject.tenant, subject.subject)
        return try await asStoreTrouble {
            try await pool.inTurn(.limits, of: key.tenant, by: end) { connection in
                guard try connection.execute("DELETE FROM limits WHERE tenant_id = $1 AND scope = $2::smallint AND subject = $3", key.values, by: end).affected > 0 else { return false }
                try connection.execute("UPDATE limited_tenants SET definitions = greatest(definitions - 1, 0) WHERE tenant_id = $1", [.text(key.tenant)], by: end)
                return true
            }
        }
    }

    package func page(tenant: String?, scope: LimitScope?, after: TenantSubject?, limit: Int) async throws -> [KeptDefinition] {
        let limit = min(max(limit, 1), 1000)
        var found: [KeptDefinition] = [], place: [PostgresValue] = after.map { SubjectKey($0.tenant, $0.subject).values } ?? [.null, .null, .null]
        // A row that cannot be read is left out, and another takes its place.
        while found.count < limit {
            let values = [tenant.map { .text(StoredText.key($0)) } ?? .null, scope.map { .integer(Int64($0.place)) } ?? .null] + place + [.integer(Int64(limit - found.count))]
            let rows = try await asStoreTrouble { try await pool.execute(Self.paging, values, by: .now + patience) }
            for row in rows {
                guard let tenant = row.text(0), let scope = row.integer(1), let name = row.text(2) else { continue }
                place = [.text(tenant), .integer(Int64(scope)), .text(name)]
                guard LimitScope.allCases.indices.contains(scope), let subject = try? LimitSubject(LimitScope.allCases[scope], name), let definition = try? Self.definition(row.octets(3)) else { continue }
                found.append(KeptDefinition(of: TenantSubject(tenant: tenant, subject), definition))
            }
            if rows.isEmpty { break }
        }
        return found
    }

    private static let paging = """
        SELECT tenant_id, scope, subject, definition FROM limits
        WHERE ($1::text IS NULL OR tenant_id = $1) AND ($2::smallint IS NULL OR scope = $2::smallint) AND ($3::text IS NULL OR (tenant_id, scope, subject) > ($3::text, $4::smallint, $5::text))
        ORDER BY tenant_id, scope, subject LIMIT $6::bigint
        """
}

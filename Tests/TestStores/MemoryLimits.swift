package import Limiting
package import RateLimits
internal import Synchronization
internal import Verdicts

/// The twin of what is said of subjects, in memory.
package final class MemoryLimits: LimitStore {
    private let most: Int
    private let said = Mutex<[TenantSubject: LimitDefinition]>([:])

    package init(limits: AllowanceLimits = AllowanceLimits()) { most = limits.definitions }

    package func definitions(of subjects: [TenantSubject], by deadline: ContinuousClock.Instant) async throws -> [TenantSubject: LimitDefinition] {
        said.withLock { said in said.filter { subjects.contains($0.key) } }
    }

    package func define(_ subject: TenantSubject, _ definition: LimitDefinition) async throws -> Bool {
        try said.withLock { said in
            if said[subject] == nil, said.keys.count(where: { $0.tenant == subject.tenant }) >= most { throw TenantLimitReached(limit: most) }
            return said.updateValue(definition, forKey: subject) == nil
        }
    }

    package func remove(_ subject: TenantSubject) async throws -> Bool { said.withLock { $0.removeValue(forKey: subject) != nil } }

    package func page(tenant: String?, scope: LimitScope?, after: TenantSubject?, limit: Int) async throws -> [KeptDefinition] {
        said.withLock { said in
            let all = said.filter { (tenant == nil || $0.key.tenant == tenant) && (scope == nil || $0.key.subject.scope == scope) }
                .sorted { ($0.key.tenant, $0.key.subject) < ($1.key.tenant, $1.key.subject) }
                .filter { each in after.map { ($0.tenant, $0.subject) < (each.key.tenant, each.key.subject) } ?? true }
            return all.prefix(limit).map { KeptDefinition(of: $0.key, $0.value) }
        }
    }
}

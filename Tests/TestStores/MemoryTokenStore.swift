package import Verdicts
import Synchronization

/// The in-memory twin of where tokens are kept.
package final class MemoryTokenStore: TokenStore {
    private let kept = Mutex<[String: AccessToken]>([:])

    private let limits: TenantLimits

    package init(limits: TenantLimits = TenantLimits()) { self.limits = limits }

    package func save(_ token: AccessToken) async throws {
        try kept.withLock { kept in
            if let tenant = token.tenant, kept[token.id]?.tenant != tenant, kept.values.count(where: { $0.tenant == tenant }) >= limits.tokens {
                throw TenantLimitReached(limit: limits.tokens)
            }
            kept[token.id] = token
        }
    }
    package func token(_ id: String) async throws -> AccessToken? { kept.withLock { $0[id] } }
    package func tokens() async throws -> [AccessToken] { kept.withLock { $0.values.sorted { $0.createdAt < $1.createdAt } } }
    package func remove(_ id: String) async throws -> Bool { kept.withLock { $0.removeValue(forKey: id) != nil } }
}

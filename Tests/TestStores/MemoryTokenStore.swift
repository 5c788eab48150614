package import Verdicts
import Synchronization

/// The in-memory twin of where tokens are kept.
package final class MemoryTokenStore: TokenStore {
    private let kept = Mutex<[String: AccessToken]>([:])

    package init() {}

    package func save(_ token: AccessToken) async throws { kept.withLock { $0[token.id] = token } }
    package func token(_ id: String) async throws -> AccessToken? { kept.withLock { $0[id] } }
    package func tokens() async throws -> [AccessToken] { kept.withLock { $0.values.sorted { $0.createdAt < $1.createdAt } } }
    package func remove(_ id: String) async throws -> Bool { kept.withLock { $0.removeValue(forKey: id) != nil } }
}

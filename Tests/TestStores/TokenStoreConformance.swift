import Testing
package import Verdicts

/// What every place where tokens are kept must do.
/// - Parameter store: an empty one.
package func checkTokenStore(_ store: some TokenStore) async throws {
    func token(_ id: String, tenant: String? = nil, seconds: Int, scopes: [Scope] = [.judge], expires: Int? = nil) -> AccessToken {
        AccessToken(id: id, tenant: tenant, name: "hook's \"token\"", scopes: scopes, digest: [UInt8](repeating: 0xa5, count: 32),
                    createdAt: Timestamp(microseconds: 1_800_000_000_123_456).adding(seconds: seconds),
                    expiresAt: expires.map { Timestamp(microseconds: 1_800_000_000_000_001).adding(seconds: $0) })
    }
    #expect(try await store.tokens().isEmpty)
    let first = token("00000000000000aa", seconds: 5), second = token("00000000000000bb", tenant: "acme", seconds: 1, scopes: Scope.allCases, expires: 60)
    try await store.save(first)
    try await store.save(second)
    #expect(try await store.token(first.id) == first)
    #expect(try await store.token(second.id) == second)
    #expect(try await store.token("00000000000000cc") == nil)
    #expect(try await store.tokens() == [second, first], "the oldest first")
    let renewed = token(first.id, tenant: "acme", seconds: 0, scopes: [])
    try await store.save(renewed)
    #expect(try await store.tokens() == [renewed, second])
    #expect(try await store.remove(first.id))
    #expect(try await store.remove(first.id) == false)
    #expect(try await store.tokens() == [second])
}

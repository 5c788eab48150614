import Testing
package import Verdicts

/// What every place where tokens are kept must do.
/// - Parameters:
///   - store: an empty one.
///   - limits: those of the store; few tokens for a tenant, but at least 2.
package func checkTokenStore(_ store: some TokenStore, limits: TenantLimits) async throws {
    func token(_ id: String, tenant: String? = nil, seconds: Int = 0, scopes: [Scope] = [.judge], expires: Int? = nil) -> AccessToken {
        AccessToken(id: id, tenant: tenant, name: "hook's \"token\"", scopes: scopes, digest: [UInt8](repeating: 0xa5, count: 32),
                    createdAt: Timestamp(microseconds: 4_000_000_000_123_456).adding(seconds: seconds),
                    expiresAt: expires.map { Timestamp(microseconds: 4_000_000_000_000_001).adding(seconds: $0) })
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

    // One for each caller at the same moment, and no more of them than there may be; then one of them again, and others'.
    let kept = try await withThrowingTaskGroup(of: AccessToken?.self) { group in
        for place in 0..<(limits.tokens + 8) {
            let token = token("0000000000001\(100 + place)", tenant: "crowd")
            group.addTask {
                do { try await store.save(token) } catch let full as TenantLimitReached {
                    #expect(full.limit == limits.tokens)
                    return nil
                }
                return token
            }
        }
        return try await group.reduce(into: [AccessToken]()) { if let token = $1 { $0.append(token) } }
    }
    #expect(kept.count == limits.tokens)
    #expect(Set(try await store.tokens().filter { $0.tenant == "crowd" }.map(\.id)) == Set(kept.map(\.id)))
    let one = try #require(kept.first)
    try await store.save(token(one.id, tenant: "crowd", seconds: 9))
    try await store.save(token("00000000000000dd"))
    try await store.save(token("00000000000000ee", tenant: "acme"))
    #expect(try await store.remove(one.id))
    try await store.save(token("00000000000000ff", tenant: "crowd"))
    await #expect(throws: TenantLimitReached(limit: limits.tokens)) { try await store.save(token("0000000000000100", tenant: "crowd")) }
    for place in 0..<(limits.tokens + 3) { try await store.save(token("0000000000002\(100 + place)")) }
}

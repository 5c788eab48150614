internal import Cryptography
internal import Verdicts
internal import Synchronization

/// Who shows a token, and whether it is one: asked for every request, so that what is kept is asked at most every half minute.
final class TokenDesk: Sendable {
    private let store: any TokenStore
    private let memory: Duration
    private let capacity: Int
    private let seen = Mutex<[String: Seen]>([:])

    private struct Seen {
        /// nil: there is none with that id.
        let token: AccessToken?
        let until: ContinuousClock.Instant
    }

    /// Compared with where there is no token, so that an unknown id takes as long as a wrong secret.
    private static let nobody = [UInt8](repeating: 0, count: 32)

    init(store: any TokenStore, memory: Duration, capacity: Int) {
        self.store = store
        self.memory = memory
        self.capacity = max(1, capacity)
    }

    /// - Returns: the token, or nil when the text is not that of a token that counts now.
    /// - Throws: what the store throws.
    func token(_ shown: TokenText, at time: Timestamp) async throws -> AccessToken? {
        let kept: AccessToken?
        let now = ContinuousClock.now
        if let known = seen.withLock({ $0[shown.id] }), known.until > now {
            kept = known.token
        } else {
            kept = try await store.token(shown.id)
            remember(Seen(token: kept, until: now + memory), as: shown.id)
        }
        let isEqual = equalInConstantTime(shown.digest, kept?.digest ?? Self.nobody)
        guard let kept, isEqual else { return nil }
        if let end = kept.expiresAt, end <= time { return nil }
        return kept
    }

    /// Forgets a token that was changed or removed.
    func forget(_ id: String) { seen.withLock { _ = $0.removeValue(forKey: id) } }

    private func remember(_ one: Seen, as id: String) {
        seen.withLock { seen in
            if seen.count >= capacity {
                let now = ContinuousClock.now
                seen = seen.filter { $0.value.until > now }
                // Ids that do not exist make room first: whoever tries many must not push out those that do.
                if seen.count >= capacity { seen = seen.filter { $0.value.token != nil } }
                if seen.count >= capacity { seen.removeAll(keepingCapacity: true) }
            }
            seen[id] = one
        }
    }
}

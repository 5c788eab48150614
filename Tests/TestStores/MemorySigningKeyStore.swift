package import DKIM
package import DNS
package import Verdicts
import Synchronization

/// The in-memory twin of where signing keys are kept.
package final class MemorySigningKeyStore: SigningKeyStore {
    private struct State {
        var kept: [SealedSigningKey] = []
        var revision: Int64 = 0
    }

    private let state = Mutex(State())
    private let limits: TenantLimits

    package init(limits: TenantLimits = TenantLimits()) { self.limits = limits }

    package func add(_ keys: [SealedSigningKey]) async throws {
        try state.withLock { state in
            guard let tenant = keys.first?.key.tenant else { return }
            guard state.kept.count(where: { $0.key.tenant == tenant && $0.key.state != .retired }) + keys.count <= limits.signingKeys else { throw TenantLimitReached(limit: limits.signingKeys) }
            for one in keys where state.kept.contains(where: { $0.key.place == one.key.place && $0.key.selector == one.key.selector }) { throw SelectorTaken(selector: one.key.selector) }
            state.revision += 1
            for var one in keys {
                one.key.revision = state.revision
                state.kept.append(one)
            }
        }
    }

    package func keys(tenant: String?, domain: DomainName?) async throws -> [SigningKey] {
        state.withLock { $0.kept.map(\.key) }.filter { (tenant == nil || $0.tenant == tenant) && (domain == nil || $0.domain == domain) }
            .sorted { ($0.place, $0.createdAt, $0.selector.text) < ($1.place, $1.createdAt, $1.selector.text) }
    }

    package func replace(_ changes: [(was: SigningKey, is: SigningKey)]) async throws -> Bool {
        state.withLock { state in
            var next = state.kept
            let revision = state.revision + 1
            for change in changes {
                guard let place = next.firstIndex(where: { $0.key.place == change.was.place && $0.key.selector == change.was.selector && $0.key.revision == change.was.revision }) else { return false }
                next[place].key = change.is
                next[place].key.revision = change.is.saysOther(than: change.was) ? revision : change.was.revision
                if change.is.state == .retired { next[place].sealed = [] }
            }
            if next.contains(where: { $0.key.revision == revision }) { state.revision = revision }
            state.kept = next
            return true
        }
    }

    package func claim(dueAt now: Int, lease: Int, limit: Int) async throws -> [KeyPlace] {
        state.withLock { state in
            var due: [KeyPlace: Int] = [:]
            for one in state.kept { if let next = one.key.nextCheckAt, next <= now { due[one.key.place] = min(due[one.key.place] ?? next, next) } }
            let places = due.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(min(max(limit, 1), 1000)).map(\.key)
            for place in state.kept.indices where places.contains(state.kept[place].key.place) {
                if let next = state.kept[place].key.nextCheckAt { state.kept[place].key.nextCheckAt = max(next, now + max(1, lease)) }
            }
            return places
        }
    }

    package func changes(since revision: Int64) async throws -> (keys: [SealedSigningKey], revision: Int64) {
        state.withLock { state in (state.kept.filter { $0.key.revision > revision && (revision > 0 || $0.key.state != .retired) }, state.revision) }
    }
}

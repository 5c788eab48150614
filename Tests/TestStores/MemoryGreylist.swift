import Synchronization
package import Verdicts

/// The in-memory twin of the greylist, with a clock that tests move.
package final class MemoryGreylist: GreylistStore {
    private struct Name: Hashable { let tenant: String, key: [UInt8] }
    private struct Row { var first: Int, expires: Int, messages = 0 }
    private struct State {
        /// Seconds.
        var now = 1_000_000_000
        var rows: [Name: Row] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Lets time pass.
    package func age(by seconds: Int) { state.withLock { $0.now += seconds } }

    package var count: Int { state.withLock { $0.rows.count } }

    package func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer {
        try visit.checkFitness()
        return state.withLock { state in
            let now = state.now, client = Name(tenant: visit.tenant, key: visit.client)
            func row(_ key: [UInt8]?) -> Row? { key.flatMap { state.rows[Name(tenant: visit.tenant, key: $0)] }.flatMap { $0.expires > now ? $0 : nil } }
            if row(visit.client) != nil { state.rows[client]?.expires = now + terms.knownFor; return .known }
            if row(visit.author)?.messages ?? 0 >= terms.history { return .trusted }
            let isFull = state.rows.keys.count(where: { $0.tenant == visit.tenant }) >= terms.tenantKeys
            let met = visit.tries.filter { !isFull || state.rows[Name(tenant: visit.tenant, key: $0)] != nil }
            guard !met.isEmpty else { return .full }
            let first = met.map { row($0)?.first ?? now }.min() ?? now, isFirst = met.allSatisfy { row($0) == nil }
            for key in met where row(key) == nil { state.rows[Name(tenant: visit.tenant, key: key)] = Row(first: now, expires: now + terms.retryWithin) }
            if now - first >= terms.wait {
                state.rows[client] = Row(first: now, expires: now + terms.knownFor)
                return .passed(after: now - first)
            }
            return isFirst ? .first(wait: terms.wait) : .early(wait: terms.wait - (now - first))
        }
    }

    package func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {
        state.withLock { state in
            for credit in credits {
                let name = Name(tenant: credit.tenant, key: credit.author)
                guard state.rows[name] != nil || state.rows.keys.count(where: { $0.tenant == credit.tenant }) < terms.tenantKeys else { continue }
                let had = state.rows[name].flatMap { $0.expires > state.now ? $0.messages : nil } ?? 0
                state.rows[name] = Row(first: state.now, expires: state.now + terms.historyWithin, messages: min(had + credit.messages, terms.history))
            }
        }
    }
}

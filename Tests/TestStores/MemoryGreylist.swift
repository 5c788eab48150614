import Synchronization
package import Verdicts

/// The in-memory twin of the greylist, with a clock that tests move.
package final class MemoryGreylist: GreylistStore {
    private struct Row { var first: Int, expires: Int, messages = 0 }
    private struct State {
        /// Seconds.
        var now = 1_000_000_000
        var rows: [GreylistName: Row] = [:]

        func row(_ name: GreylistName) -> Row? { rows[name].flatMap { $0.expires > now ? $0 : nil } }
    }

    private let state = Mutex(State())

    package init() {}

    /// Lets time pass.
    package func age(by seconds: Int) { state.withLock { $0.now += seconds } }

    package var count: Int { state.withLock { $0.rows.count } }

    package func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer {
        try visit.checkFitness()
        return state.withLock { state in
            let now = state.now, client = GreylistName(tenant: visit.tenant, key: visit.client), tries = visit.tries.map { GreylistName(tenant: visit.tenant, key: $0) }
            if let known = state.row(client) {
                if visit.prolongs { state.rows[client]?.expires = max(known.expires, min(now + terms.knownFor, known.first + terms.knownAtMost)) }
                return .known
            }
            if let author = visit.author.flatMap({ state.row(GreylistName(tenant: visit.tenant, key: $0)) }), author.messages >= terms.history, now - author.first >= terms.historyAge { return .trusted }
            let isFull = state.rows.keys.count(where: { $0.tenant == visit.tenant }) >= terms.tenantKeys
            let met = tries.filter { !isFull || state.rows[$0] != nil }
            guard !met.isEmpty else { return .full }
            let first = met.map { state.row($0)?.first ?? now }.min() ?? now, isFirst = met.allSatisfy { state.row($0) == nil }
            for key in met where state.row(key) == nil { state.rows[key] = Row(first: now, expires: now + terms.retryWithin) }
            if now - first >= terms.wait {
                state.rows[client] = Row(first: now, expires: now + terms.knownFor)
                return .passed(after: now - first)
            }
            return isFirst ? .first(wait: terms.wait) : .early(wait: terms.wait - (now - first))
        }
    }

    package func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {
        try GreylistName.checkFitness(credits.map(\.author))
        state.withLock { state in
            for credit in credits {
                guard state.rows[credit.author] != nil || state.rows.keys.count(where: { $0.tenant == credit.author.tenant }) < terms.tenantKeys else { continue }
                let had = state.row(credit.author)
                state.rows[credit.author] = Row(first: had?.first ?? state.now, expires: state.now + terms.historyWithin, messages: min((had?.messages ?? 0) + credit.messages, terms.history))
            }
        }
    }

    package func end(_ authors: [GreylistName], by deadline: ContinuousClock.Instant) async throws {
        try GreylistName.checkFitness(authors)
        state.withLock { state in for author in authors { state.rows[author]?.messages = 0 } }
    }

    package func prolong(_ clients: [GreylistName], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {
        try GreylistName.checkFitness(clients)
        state.withLock { state in
            for client in clients where state.row(client) != nil { state.rows[client] = Row(first: state.now, expires: state.now + terms.knownFor) }
        }
    }
}

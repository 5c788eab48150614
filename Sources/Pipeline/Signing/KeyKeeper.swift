package import DKIM
package import Verdicts

/// Looks for the records of keys when it is time, and rotates where the schedule wants it. Of several nodes each takes on other domains.
package struct KeyKeeper: Sendable {
    private let desk: KeyDesk
    private let clock: @Sendable () -> Timestamp

    package init(_ desk: KeyDesk, clock: @escaping @Sendable () -> Timestamp) { self.desk = desk; self.clock = clock }

    /// What one round did.
    package struct Round: Sendable {
        /// Domains that were taken on.
        package var domains = 0
        package var changes: [KeyChange] = []
        /// Keys that the schedule had made.
        package var made: [SigningKey] = []
        /// Domains that could not be looked at, and why; they come again when their lease is over.
        package var troubles: [(place: KeyPlace, reason: String)] = []

        package init() {}
    }

    /// Takes on the domains that are due and looks at them, all at once.
    /// - Throws: `StoreTrouble` when not even that can be known.
    package func round() async throws -> Round {
        let places = try await desk.store.claim(dueAt: clock().seconds, lease: desk.limits.lease, limit: desk.limits.domainsAtOnce)
        return await withTaskGroup(of: Round.self) { group in
            for place in places { group.addTask { await look(at: place) } }
            var all = Round()
            all.domains = places.count
            for await one in group { all.changes += one.changes; all.made += one.made; all.troubles += one.troubles }
            return all
        }
    }

    private func look(at place: KeyPlace) async -> Round {
        var round = Round()
        do {
            round.changes = try await desk.look(at: place, at: clock())
            let family = KeyFamily(try await desk.store.keys(tenant: place.tenant, domain: place.domain))
            if desk.seal != nil, family.wantsRotation(at: clock().seconds, schedule: desk.schedule) {
                do { round.made = try await desk.rotate(place, by: "schedule", at: clock()) } catch KeyTrouble.nothingToRotate {}   // somebody was quicker
            }
        } catch { round.troubles.append((place, "\(error)")) }
        return round
    }

    /// Does rounds until the task is cancelled.
    /// - Parameters:
    ///   - pause: between two rounds, when nothing is due.
    ///   - report: gets what each round did, or why it did nothing; but nothing of one that was cancelled.
    package func run(every pause: Duration = .seconds(5), report: @Sendable (Result<Round, any Error>) -> Void) async {
        while !Task.isCancelled {
            var isMore = false
            do {
                let round = try await round()
                if Task.isCancelled { return }
                report(.success(round))
                isMore = round.domains >= desk.limits.domainsAtOnce
            } catch is CancellationError { return } catch { report(.failure(error)) }
            if !isMore { do { try await Task.sleep(for: pause) } catch { return } }
        }
    }
}

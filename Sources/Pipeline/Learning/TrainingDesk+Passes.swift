internal import SpamFilter
internal import Verdicts

/// What a layer learned is learned once more when enough of it has changed, in the order of the digests, which is none.
///
/// Nodes share a pass: each portion moves on the place in the store, and of those who do the same portion one comes first.
extension TrainingDesk {
    /// How long nobody has taught before a pass begins or goes on, and how long at most it waits for that.
    static let quiet = Duration.seconds(5), mostPatience = Duration.seconds(600)

    /// Learns one portion of one layer in memory once more whose pass is due or under way: of several the one that waits longest.
    /// - Parameter now: no earlier than in the call before.
    /// - Returns: whether there is more to do.
    /// - Throws: `StoreTrouble`; that layer is left alone for a while, and goes on then where it ended.
    package func rehearse(at now: ContinuousClock.Instant = .now) async throws -> Bool {
        let ready = residents.filter { isReady($0.key, $0.value, at: now) }.map { (layer: $0.key, resident: $0.value, at: paces[$0.key]?.passedAt) }
        guard let (layer, resident, _) = ready.first(where: { $0.at == nil }) ?? ready.min(by: { $0.at ?? now < $1.at ?? now }) else { return false }
        paces[layer, default: Pace()].passedAt = .now
        do {
            let goesOn = try await rehearsePortion(of: layer, resident)
            paces[layer]?.troubles = 0
            return goesOn || ready.count > 1
        } catch TrainingTrouble.contended {
            // Another node does the same, or something was taken back: that goes on first.
            paces[layer, default: Pace()].restsUntil = now + .milliseconds(Int.random(in: 1_000...10_000))
            return ready.count > 1
        } catch {
            paces[layer, default: Pace()].restsUntil = now + .seconds(min(600, 5 << min(paces[layer]?.troubles ?? 0, 10)))
            paces[layer]?.troubles += 1
            throw error
        }
    }

    /// Whether a layer's pass may be due or under way, as far as that is known here, and nothing speaks against it now.
    private func isReady(_ layer: TrainingLayer, _ resident: Resident, at now: ContinuousClock.Instant) -> Bool {
        let learned = resident.model.learned
        let isDue = resident.pass.map { pass in pass.left > 0 || LearningPass.rounds(spam: learned.spam, ham: learned.ham, changes: pass.changes + resident.rowsSincePass) > 0 } ?? true
        guard isDue else { paces[layer]?.dueSince = nil; return false }
        var pace = paces[layer] ?? Pace()
        let since = pace.dueSince ?? now
        pace.dueSince = since
        paces[layer] = pace
        return pace.restsUntil.map { now >= $0 } ?? true && (pace.taughtAt.map { now - $0 >= Self.quiet } ?? true || now - since >= Self.mostPatience)
    }

    /// - Returns: whether the pass goes on.
    private func rehearsePortion(of layer: TrainingLayer, _ resident: Resident) async throws -> Bool {
        let before = resident.rowsSincePass, pass = try await store.pass(of: layer), learned = resident.model.learned
        // What came while the store answered may not be in its answer.
        (resident.pass, resident.rowsSincePass) = (pass, resident.rowsSincePass - before)
        let round = pass.left > 0 ? pass : TrainingPass(left: LearningPass.rounds(spam: learned.spam, ham: learned.ham, changes: pass.changes)), size = min(limits.messagesAtOnce, 1_000)
        if round.left == 0 { return false }
        let events = try await store.events(after: round.after, in: layer, limit: size)
        // Another node may have learned one of them a moment ago.
        try await follow()
        guard residents[layer] === resident else { return true }
        let isEnd = events.count < size, next = TrainingPass(changes: round.changes, left: isEnd ? round.left - 1 : round.left, after: isEnd ? [] : events.last?.digest ?? [])
        var rehearsals: [TrainingRehearsal] = [], echoes: [Int] = []
        for event in events where event.rehearsals < limits.passRehearsals && Double.random(in: 0..<1) < LearningPass.share(isSpam: event.isSpam, spam: learned.spam, ham: learned.ham) {
            rehearsals.append(rehearse(event, for: nil, in: resident, &echoes))
        }
        do {
            let places = try await store.rehearse(rehearsals, in: layer, from: pass, to: next)
            guard places.count == echoes.count else { throw StoreTrouble.refused("\(places.count) answers to \(echoes.count) rehearsals") }
            for (position, echo) in zip(places, echoes) { settle(echo, at: position, in: resident) }
        } catch {
            // Should it stand all the same, the log tells.
            for echo in echoes.reversed() { settle(echo, at: nil, in: resident) }
            throw error
        }
        resident.pass = next
        return next.left > 0
    }
}

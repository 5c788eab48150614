internal import SpamFilter
internal import Verdicts

/// What a layer learned is learned once more when it has doubled, in the order of the digests, which is none.
///
/// Nodes share a pass: each portion moves on the place in the store, and of those who do the same portion one comes first.
extension TrainingDesk {
    /// How long nobody has taught before a pass begins or goes on, and how long at most it waits for that.
    static let quiet = Duration.seconds(5), mostPatience = Duration.seconds(600)

    /// Learns one portion of each layer in memory once more whose pass is due or under way.
    /// - Parameter now: no earlier than in the call before.
    /// - Returns: whether there is more to do.
    /// - Throws: `StoreTrouble`; the next call goes on where this one ended.
    package func rehearse(at now: ContinuousClock.Instant = .now) async throws -> Bool {
        var isMore = false
        for (layer, resident) in residents {
            let learned = resident.model.learned
            guard resident.passLeft > 0 || LearningPass.isDue(spam: learned.spam, ham: learned.ham, last: resident.passed) else { resident.dueSince = nil; continue }
            let since = resident.dueSince ?? now
            resident.dueSince = since
            guard resident.restsUntil.map({ now >= $0 }) ?? true, resident.taughtAt.map({ now - $0 >= Self.quiet }) ?? true || now - since >= Self.mostPatience else { continue }
            do { isMore = try await rehearsePortion(of: layer, resident) || isMore } catch TrainingTrouble.contended {
                // Another node does the same, or something was taken back: that goes on first.
                resident.restsUntil = now + .milliseconds(Int.random(in: 1_000...10_000))
            }
        }
        return isMore
    }

    /// - Returns: whether the pass goes on.
    private func rehearsePortion(of layer: TrainingLayer, _ resident: Resident) async throws -> Bool {
        let pass = try await store.pass(of: layer), learned = resident.model.learned
        // Another node may have made the pass.
        (resident.passed, resident.passLeft) = (pass.learned, pass.left)
        guard pass.left > 0 || LearningPass.isDue(spam: learned.spam, ham: learned.ham, last: pass.learned) else { return false }
        let round = pass.left > 0 ? pass : TrainingPass(learned: learned.spam + learned.ham, left: LearningPass.rounds)
        let events = try await store.events(after: round.after, in: layer, limit: limits.messagesAtOnce)
        // Another node may have learned one of them a moment ago.
        try await follow()
        guard residents[layer] === resident else { return true }
        let isEnd = events.count < limits.messagesAtOnce, next = TrainingPass(learned: round.learned, left: isEnd ? round.left - 1 : round.left, after: isEnd ? [] : events.last?.digest ?? [])
        var rehearsals: [TrainingRehearsal] = [], echoes: [Int] = []
        for event in events where event.rehearsals < limits.rehearsals { rehearsals.append(rehearse(event, in: resident, &echoes)) }
        do {
            let places = try await store.rehearse(rehearsals, in: layer, from: pass, to: next)
            guard places.count == echoes.count else { throw StoreTrouble.refused("\(places.count) answers to \(echoes.count) rehearsals") }
            for (position, echo) in zip(places, echoes) { settle(echo, at: position, in: resident) }
        } catch {
            // Should it stand all the same, the log tells.
            for echo in echoes.reversed() { settle(echo, at: nil, in: resident) }
            throw error
        }
        (resident.passed, resident.passLeft) = (next.learned, next.left)
        return next.left > 0
    }
}

import Learning
import SpamFilter
import Testing
import Verdicts

extension TrainingStoreConformance {
    private func again(_ first: Int32) throws -> LearningStep { try #require(LearningStep(isSpam: true, isCounted: false, weights: [first, 2, 3, 4, 5])) }

    /// Of those who move a pass on from the same place one does it, and nothing of the others stands.
    func aPassMovesOn() async throws {
        let layer = TrainingLayer(tenant: "pass"), events = try [3, 1, 2].map { try event($0, layer) }, step = try again(1), note = TrainingNote(by: "me", at: now)
        #expect(try await store.pass(of: layer) == TrainingPass())
        await #expect(throws: TrainingTrouble.contended) { try await store.rehearse([], in: layer, from: TrainingPass(), to: TrainingPass(left: 2)) }
        _ = try await store.append(events.map { TrainingAddition($0) }, in: layer)
        _ = try await store.append([TrainingAddition(try event(4, TrainingLayer(tenant: "pass2")))], in: TrainingLayer(tenant: "pass2"))
        let ordered = [events[1], events[2], events[0]], digests = ordered.map(\.digest)
        let start = TrainingPass(changes: 3), first = TrainingPass(left: 2, after: digests[0]), second = TrainingPass(left: 2, after: digests[1])
        #expect(try await store.pass(of: layer) == start)
        #expect(try await other.events(after: [], in: layer, limit: 10) == ordered)
        #expect(try await other.events(after: digests[0], in: layer, limit: 1) == [ordered[1]])
        #expect(try await other.events(after: digests[2], in: layer, limit: 10) == [])
        let before = try await store.log(after: 0, of: layer, known: [], limit: 10).end
        let places = try await store.rehearse([ordered[0], ordered[1]].map { TrainingRehearsal(event: $0.id, step: step) }, in: layer, from: start, to: first)
        #expect(try await other.pass(of: layer) == first)
        let log = try await other.log(after: before, of: layer, known: [], limit: 10)
        #expect(log.rows.map(\.position) == places && log.rows.map(\.change) == [ordered[0], ordered[1]].map { .learned(Contribution(features: $0.contribution.features, step: step)) })
        // Elsewhere by its changes, by its rounds, by its place; and what is not in force, or is no rehearsal.
        for from in [start, TrainingPass(changes: 1, left: 2, after: digests[0]), TrainingPass(left: 1, after: digests[0]), TrainingPass(left: 2, after: digests[1]), TrainingPass(left: 2)] {
            await #expect(throws: TrainingTrouble.contended) { try await other.rehearse([TrainingRehearsal(event: ordered[2].id, step: step)], in: layer, from: from, to: second) }
        }
        await #expect(throws: TrainingTrouble.contended) { try await other.rehearse([TrainingRehearsal(event: VerdictID(at: now), step: step)], in: layer, from: first, to: second) }
        await #expect(throws: StoreTrouble.self) { try await other.rehearse([TrainingRehearsal(event: ordered[2].id, step: ordered[2].contribution.step)], in: layer, from: first, to: second) }
        #expect(try await store.pass(of: layer) == first, "what is refused leaves nothing")
        #expect(try await store.log(after: before, of: layer, known: [], limit: 10).rows.count == 2)
        // What is learned and unlearned meanwhile is counted, and keeps nobody from going on.
        _ = try await store.append([TrainingAddition(try event(9, layer))], in: layer)
        #expect(try await other.rehearse([], in: layer, from: first, to: second) == [])
        #expect(try await store.pass(of: layer) == TrainingPass(changes: 1, left: 2, after: digests[1]))
        _ = try await store.unlearn(TrainingChoice(.digest(digests[2]), layer: layer), by: note, limit: 10)
        #expect(try await other.rehearse([], in: layer, from: TrainingPass(changes: 2, left: 2, after: digests[1]), to: TrainingPass(changes: 2, left: 1)) == [])
        #expect(try await store.pass(of: layer) == TrainingPass(changes: 2, left: 1))
        #expect(try await store.pass(of: TrainingLayer(tenant: "pass2")) == TrainingPass(changes: 1))
        #expect(try await store.events(after: [], in: layer, limit: 10).map(\.rehearsals) == [1, 1, 0])
        let turned = try event(1, layer, isSpam: false)
        _ = try await store.append([TrainingAddition(turned, replaces: ordered[0].id, rehearsals: 1)], rehearsals: [], in: layer)
        #expect(try await store.pass(of: layer).changes == 4)
        _ = try await other.replace(layer, with: [0, 1, 255], learned: (7, 8), by: note)
        #expect(try await store.pass(of: layer) == TrainingPass())
        #expect(try await store.events(after: [], in: layer, limit: 10) == [])
    }

    /// What others were rehearsed for the sake of a message goes with it.
    func whatWasForItsSakeGoesWithIt() async throws {
        let layer = TrainingLayer(tenant: "sake"), note = TrainingNote(by: "me", at: now), good = try [1, 2, 3].map { try event($0, layer) }, bad = try [5, 6].map { try event($0, layer, isSpam: false, source: "bad") }
        let steps = try (10...13).map { try again($0) }
        _ = try await store.append(good.map { TrainingAddition($0) }, in: layer)
        _ = try await store.append([TrainingAddition(bad[0])], rehearsals: [TrainingRehearsal(event: good[0].id, step: steps[0], cause: bad[0].id), TrainingRehearsal(event: good[1].id, step: steps[1], cause: bad[0].id)], in: layer)
        _ = try await store.append([TrainingAddition(bad[1])], rehearsals: [TrainingRehearsal(event: good[0].id, step: steps[2], cause: bad[1].id), TrainingRehearsal(event: bad[0].id, step: steps[3], cause: bad[1].id)], in: layer)
        // Who goes first takes with it what it was rehearsed, whatever for.
        _ = try await other.unlearn(TrainingChoice(.event(good[1].id)), by: note, limit: 10)
        let begin = try await store.log(after: 0, of: layer, known: [], limit: 100).end
        #expect(try await other.unlearn(TrainingChoice(.source("bad"), layer: layer), by: note, limit: 10) == 2)
        let log = try await store.log(after: begin, of: layer, known: [], limit: 100).rows.map(\.change)
        func gone(_ event: TrainingEvent, _ step: LearningStep) -> TrainingLog.Change { .unlearned(Contribution(features: event.contribution.features, step: step)) }
        let whole = try #require(bad[0].contribution.step.with([steps[3].weights])), wanted = [gone(bad[0], whole), gone(bad[1], bad[1].contribution.step), gone(good[0], steps[0]), gone(good[0], steps[2])]
        #expect(log.count == 4 && wanted.allSatisfy { log.contains($0) }, "\(log.count) rows")
        let left = try #require(try await store.standing([good[0].digest], in: layer).first ?? nil)
        #expect(left.contribution == good[0].contribution && left.rehearsals == 4, "nothing of them is left, and that something was is known")
        #expect(try await count(layer) == LayerCount(layer: layer, spam: 2, ham: 0, events: 5))
        // All that the log tells adds up to what is in force.
        var sums: [[UInt8]: [Int]] = [:]
        for change in try await other.log(after: 0, of: layer, known: [], limit: 100).rows.map(\.change) {
            switch change {
            case .learned(let one): for (place, weight) in one.step.weights.enumerated() { sums[one.features.octets, default: [0, 0, 0, 0, 0]][place] += Int(weight) }
            case .unlearned(let one): for (place, weight) in one.step.weights.enumerated() { sums[one.features.octets, default: [0, 0, 0, 0, 0]][place] -= Int(weight) }
            case .known, .replaced: Issue.record("nothing is known and nothing replaced")
            }
        }
        for one in good + bad { #expect(sums[one.contribution.features.octets] == (one.id == good[0].id || one.id == good[2].id ? one.contribution.step.weights.map(Int.init) : [0, 0, 0, 0, 0])) }
    }
}

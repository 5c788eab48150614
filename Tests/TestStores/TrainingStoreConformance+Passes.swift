import Learning
import SpamFilter
import Testing
import Verdicts

extension TrainingStoreConformance {
    /// Of those who move a pass on from the same place one does it, and nothing of the others stands.
    func aPassMovesOn() async throws {
        let layer = TrainingLayer(tenant: "pass"), events = try [3, 1, 2].map { try event($0, layer) }, step = try #require(LearningStep(isSpam: true, isCounted: false, weights: [1, 2, 3, 4, 5]))
        let start = TrainingPass(), first = TrainingPass(learned: 3, left: 2, after: try event(1, layer).digest), second = TrainingPass(learned: 3, left: 1)
        #expect(try await store.pass(of: layer) == start)
        await #expect(throws: TrainingTrouble.contended) { try await store.rehearse([], in: layer, from: start, to: first) }
        _ = try await store.append(events.map { TrainingAddition($0) }, in: layer)
        _ = try await store.append([TrainingAddition(try event(4, TrainingLayer(tenant: "pass2")))], in: TrainingLayer(tenant: "pass2"))
        let ordered = [events[1], events[2], events[0]]
        #expect(try await other.events(after: [], in: layer, limit: 10) == ordered)
        #expect(try await other.events(after: ordered[0].digest, in: layer, limit: 1) == [ordered[1]])
        #expect(try await other.events(after: ordered[2].digest, in: layer, limit: 10) == [])
        let before = try await store.log(after: 0, of: layer, known: [], limit: 10).end
        let places = try await store.rehearse([ordered[0], ordered[1]].map { TrainingRehearsal(event: $0.id, step: step) }, in: layer, from: start, to: first)
        #expect(try await other.pass(of: layer) == first)
        let log = try await other.log(after: before, of: layer, known: [], limit: 10)
        #expect(log.rows.map(\.position) == places && log.rows.map(\.change) == [ordered[0], ordered[1]].map { .learned(Contribution(features: $0.contribution.features, step: step)) })
        await #expect(throws: TrainingTrouble.contended) { try await other.rehearse([TrainingRehearsal(event: ordered[2].id, step: step)], in: layer, from: start, to: second) }
        await #expect(throws: TrainingTrouble.contended) { try await other.rehearse([TrainingRehearsal(event: VerdictID(at: now), step: step)], in: layer, from: first, to: second) }
        await #expect(throws: StoreTrouble.self) { try await other.rehearse([TrainingRehearsal(event: ordered[2].id, step: ordered[2].contribution.step)], in: layer, from: first, to: second) }
        #expect(try await store.pass(of: layer) == first, "what is refused leaves nothing")
        #expect(try await store.log(after: before, of: layer, known: [], limit: 10).rows.count == 2)
        #expect(try await other.rehearse([], in: layer, from: first, to: second) == [])
        #expect(try await store.pass(of: layer) == second)
        #expect(try await store.pass(of: TrainingLayer(tenant: "pass2")) == start)
        #expect(try await store.events(after: [], in: layer, limit: 10).map(\.rehearsals) == [1, 1, 0])
        // What is unlearned need not come again to make the next pass due, and an import has nothing to rehearse.
        _ = try await store.unlearn(TrainingChoice(.digest(ordered[2].digest), layer: layer), by: TrainingNote(by: "me", at: now), limit: 10)
        #expect(try await other.pass(of: layer) == TrainingPass(learned: 2, left: 1))
        _ = try await other.replace(layer, with: [0, 1, 255], learned: (7, 8), by: TrainingNote(by: "me", at: now))
        #expect(try await store.pass(of: layer) == TrainingPass(learned: 15))
        #expect(try await store.events(after: [], in: layer, limit: 10) == [])
    }
}

import Learning
import SpamFilter
import TestStores
import Testing
import Verdicts

/// Classes that are taught one after the other, as people do.
@Suite struct RehearsalTests {
    private static let limits = { var limits = TrainingLimits(); limits.globalBits = 18; limits.layerBits = 14; limits.rowsAtOnce = 50; return limits }()
    private let note = TrainingNote(by: "test", at: Timestamp(microseconds: 1_795_428_000_000_000), source: "first")

    private func started(_ store: any TrainingStore) async throws -> TrainingDesk {
        let desk = TrainingDesk(store)
        try await desk.start()
        return desk
    }

    /// How many of 200 of each class, ham first, the model does not tell with a probability of 0.9.
    private func missed(_ model: SpamModel) -> [Int] {
        var missed = [0, 0]
        for item in SamplePost.items(200, seed: 99) where model.judge(item.features.features).logit * (item.isSpam ? 1 : -1) < 2.2 { missed[item.isSpam ? 1 : 0] += 1 }
        return missed
    }

    @Test(arguments: [true, false]) func bothAreRemembered(spamFirst: Bool) async throws {
        let desk = try await started(MemoryTraining(limits: Self.limits)), items = SamplePost.items(400, seed: 1), rows = [items.filter { $0.isSpam == spamFirst }, items.filter { $0.isSpam != spamFirst }]
        for row in rows { _ = try await desk.learn(row, in: .global, by: note) }
        let plain = SpamModel(bits: Self.limits.globalBits)
        for item in rows.flatMap({ $0 }) { _ = plain.learn(item.features.features, isSpam: item.isSpam) }
        let model = try #require(desk.shelf.model(of: .global)), found = missed(model)
        #expect(found.allSatisfy { $0 <= 4 }, "ham and spam that are missed: \(found), without rehearsals \(missed(plain))")
        #expect(missed(plain).contains { $0 > 20 }, "the posts of this test are too easy")
        #expect(model.learned == (400, 400))
    }

    /// Rehearsals are in every node's model, and go with their messages.
    @Test func nodesAgreeAndNothingIsLeft() async throws {
        let store = MemoryTraining(limits: Self.limits), one = try await started(store), other = try await started(store), items = SamplePost.items(60, seed: 3), note = note
        let spam = items.filter(\.isSpam), ham = items.filter { !$0.isSpam }
        _ = try await one.learn(spam, in: .global, by: note)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, desk) in [one, other].enumerated() {
                group.addTask { _ = try await desk.learn(number == 0 ? Array(ham.prefix(30)) : Array(ham.suffix(30)), in: .global, by: TrainingNote(by: "test", at: note.at, source: "ham")) }
                group.addTask { for _ in 0..<10 { try await desk.follow() } }
                group.addTask { for place in 0..<5 { _ = try await other.unlearn(TrainingChoice(.digest(spam[place].digest)), by: note) } }
            }
            try await group.waitForAll()
        }
        #expect(try await store.log(after: 0, of: .global, known: [], limit: 1_000).rows.count > 120 + 5, "nothing was rehearsed")
        // One that was rehearsed is learned as the other class.
        let turned = spam.suffix(20).map { TrainingItem(digest: $0.digest, features: $0.features, isSpam: false, origin: .message) }
        _ = try await other.learn(turned, in: .global, by: note)
        let late = try await started(store), wanted = try await late.export(.global)
        #expect(try await one.export(.global) == wanted)
        #expect(try await other.export(.global) == wanted)
        try await one.writeSnapshots(after: 1)
        #expect(try await started(store).export(.global) == wanted)
        for source in ["ham", "first"] { _ = try await other.unlearn(TrainingChoice(.source(source)), by: note) }
        #expect(try await one.export(.global) == ModelFile.octets(of: SpamModel(bits: Self.limits.globalBits)))
    }
}

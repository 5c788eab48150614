import DNS
import Learning
import SpamFilter
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite struct TrainingDeskTests {
    private static let limits = { var limits = TrainingLimits(); limits.globalBits = 16; limits.layerBits = 14; limits.layersInMemory = 3; limits.rowsAtOnce = 20; return limits }()
    private let note = TrainingNote(by: "test", at: Timestamp(microseconds: 1_795_428_000_000_000), source: "first")
    private let blue = TrainingLayer(tenant: "blue"), red = TrainingLayer(tenant: "red")

    private func started(_ store: any TrainingStore) async throws -> TrainingDesk {
        let desk = TrainingDesk(store)
        try await desk.start()
        return desk
    }

    private func octets(_ desk: TrainingDesk, _ layer: TrainingLayer = .global) async throws -> [UInt8] { try await desk.export(layer) }

    private func learned(_ desk: TrainingDesk, _ layer: TrainingLayer) -> [Int] { desk.learned(layer).map { [$0.spam, $0.ham] } ?? [] }

    /// The model that comes of messages by themselves.
    private func plain(_ items: [TrainingItem], bits: Int = limits.globalBits) -> [UInt8] {
        let model = SpamModel(bits: bits)
        for item in items { _ = model.learn(item.features.features, isSpam: item.isSpam) }
        return ModelFile.octets(of: model)
    }

    @Test func learnsEachMessageOnce() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), items = SamplePost.items(50, seed: 1)
        let first = try await desk.learn(items, in: .global, by: note), again = try await desk.learn(items.shuffled(), in: .global, by: note)
        #expect(first.allSatisfy { if case .learned = $0 { true } else { false } })
        #expect(again.allSatisfy { if case .known = $0 { true } else { false } } && Set(again.map(\.event)) == Set(first.map(\.event)))
        #expect(try await octets(desk) == plain(items))
        #expect(learned(desk, .global) == [50, 50])
        let twice = try await desk.learn([items[0], items[0]], in: blue, by: note)
        #expect(twice[0] == .learned(twice[0].event) && twice[1] == .known(twice[0].event))
    }

    @Test func theOtherClassTakesItsPlace() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), other = try await started(store), items = SamplePost.items(10, seed: 2)
        _ = try await desk.learn(items, in: .global, by: note)
        let turned = TrainingItem(digest: items[3].digest, features: items[3].features, isSpam: !items[3].isSpam, origin: .message)
        let results = try await other.learn([turned, items[3], turned], in: .global, by: note)
        #expect(results.map { if case .changed = $0 { true } else { false } } == [true, true, true])
        #expect(try await octets(desk) == octets(other))
        #expect(try await octets(desk) != plain(items))
        #expect(learned(desk, .global) == [11, 9] || learned(desk, .global) == [9, 11])
        #expect(try await store.layers(tenant: nil, limit: 9).first?.events == 23)
    }

    /// Two nodes that learn at the same moment, a third that follows, and one that starts later: all have the same model.
    @Test func nodesAgree() async throws {
        let store = MemoryTraining(limits: Self.limits), desks = [try await started(store), try await started(store), try await started(store)], note = note
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                let desk = desks[number % 2], items = SamplePost.items(12, seed: UInt64(number / 2)), layer = number % 4 < 3 ? TrainingLayer.global : blue
                group.addTask { _ = try await desk.learn(items, in: layer, by: note) }
                group.addTask { for _ in 0..<10 { try await desks[2].follow(); try await desk.follow() } }
                if number == 3 { group.addTask { for desk in desks { try await desk.writeSnapshots(after: 1) } } }
            }
            try await group.waitForAll()
        }
        let late = try await started(store)
        for layer in [.global, blue] {
            let wanted = try await octets(late, layer)
            for desk in desks { #expect(try await octets(desk, layer) == wanted) }
            let counts = try #require(try await store.layers(tenant: layer.tenant, limit: 9).first { $0.layer == layer })
            #expect(learned(late, layer) == [counts.spam, counts.ham])
        }
    }

    /// The store fails before and after it did what it was asked for: whatever stands is in the model once, and nothing else.
    @Test func aBrokenStoreLeavesNoTrace() async throws {
        let mood = Mutex(0)
        let broken = { (number: Int) in { @Sendable () throws in if mood.withLock({ $0 }) == number { throw StoreTrouble.unavailable("test") } } }
        let store = MemoryTraining(limits: Self.limits, before: broken(1), after: broken(2)), desk = try await started(store), items = SamplePost.items(30, seed: 3)
        _ = try await desk.learn(Array(items[0..<20]), in: .global, by: note)
        mood.withLock { $0 = 1 }
        await #expect(throws: StoreTrouble.unavailable("test")) { try await desk.learn(Array(items[20..<40]), in: .global, by: note) }
        #expect(try await octets(desk) == plain(Array(items[0..<20])))
        mood.withLock { $0 = 2 }
        await #expect(throws: StoreTrouble.unavailable("test")) { try await desk.learn(Array(items[20..<40]), in: .global, by: note) }
        mood.withLock { $0 = 0 }
        #expect(try await octets(desk) == plain(Array(items[0..<40])), "it stood all the same")
        #expect(try await desk.learn(items, in: .global, by: note).count { if case .known = $0 { true } else { false } } == 40)
        #expect(try await octets(desk) == plain(items))
        #expect(try await octets(try await started(store)) == plain(items))
    }

    @Test func aStartNeedsTheLastPieceOnly() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), items = SamplePost.items(60, seed: 4)
        _ = try await desk.learn(Array(items[0..<70]), in: .global, by: note)
        try await desk.follow()
        try await desk.writeSnapshots(after: 1)
        let snapshot = try #require(try await store.snapshot(of: .global, contents: true))
        #expect(snapshot.position == 70 && snapshot.octets == plain(Array(items[0..<70])))
        _ = try await desk.learn(Array(items[70...]), in: .global, by: note)
        try await desk.writeSnapshots(after: 100)
        #expect(try await store.snapshot(of: .global, contents: false)?.position == 70, "too little changed")
        #expect(try await octets(try await started(store)) == plain(items))
    }

    /// What is being learned is not in the table that is written down before the log has it.
    @Test func snapshotsAreOfTheLog() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), items = SamplePost.items(20, seed: 5)
        _ = try await desk.learn(Array(items[0..<10]), in: .global, by: note)
        try await desk.follow()
        _ = try await desk.learn(Array(items[10...]), in: .global, by: note)
        try await desk.writeSnapshots(after: 1)
        let snapshot = try #require(try await store.snapshot(of: .global, contents: true))
        #expect(snapshot.position == 10 && snapshot.octets == plain(Array(items[0..<10])))
        #expect(try await octets(desk) == plain(items))
    }

    @Test func unlearningRestoresTheWeights() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), other = try await started(store), good = SamplePost.items(40, seed: 6), bad = SamplePost.items(15, seed: 7)
        _ = try await desk.learn(good, in: .global, by: note)
        let before = try await octets(desk)
        let batch = TrainingNote(by: "test", at: note.at, source: "bad")
        _ = try await desk.learn(bad, in: .global, by: batch)
        _ = try await desk.learn(bad, in: blue, by: batch)
        #expect(try await octets(desk) != before)
        #expect(try await store.count(TrainingChoice(.source("bad"))) == 60)
        #expect(try await desk.unlearn(TrainingChoice(.source("bad"), layer: .global), by: note) == 30)
        for desk in [desk, other] { #expect(try await octets(desk) == before) }
        #expect(try await desk.unlearn(TrainingChoice(.digest(bad[0].digest)), by: note) == 1)
        #expect(try await desk.unlearn(TrainingChoice(.source("bad")), by: note) == 29)
        #expect(try await octets(desk, blue) == plain([], bits: Self.limits.layerBits))
    }

    @Test func modelsGoOutAndIn() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), other = try await started(store), items = SamplePost.items(20, seed: 8)
        _ = try await desk.learn(items, in: .global, by: note)
        let model = try await octets(desk)
        let fresh = try await started(MemoryTraining(limits: Self.limits))
        _ = try await fresh.learn(SamplePost.items(5, seed: 9), in: .global, by: note)
        try await fresh.replace(.global, with: model, by: note)
        #expect(try await octets(fresh) == model && learned(fresh, .global) == [20, 20])
        // Here it comes in between.
        try await other.replace(.global, with: plain([]), by: note)
        _ = try await desk.learn(Array(items[0..<6]), in: .global, by: note)
        #expect(try await octets(desk) == octets(other))
        #expect(try await octets(try await started(store)) == octets(desk))
        await #expect(throws: TrainingTrouble.self) { try await desk.replace(blue, with: model, by: note) }
    }

    @Test func layersComeAndGo() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), other = try await started(store)
        let layers = (0..<5).map { TrainingLayer(tenant: "t\($0)") }
        for (place, layer) in layers.enumerated() { _ = try await desk.learn(SamplePost.items(2 + place, seed: 10), in: layer, by: note) }
        #expect(layers.map { desk.learned($0) != nil } == [false, false, true, true, true])
        try await other.follow()
        let missed = other.shelf.models(tenant: "t0", domains: [])
        #expect(missed.models.map(\.layer) == [.global] && missed.missing == 1)
        #expect(other.shelf.models(tenant: "nobody", domains: []).missing == 0)
        try await other.fulfilWishes()
        #expect(other.shelf.models(tenant: "t0", domains: []).models.map(\.layer) == [.global, layers[0]])
        for layer in layers { #expect(try await octets(desk, layer) == octets(other, layer)) }
    }

    // MARK: - Who is heard by whom

    private func figures(_ desk: TrainingDesk, tenant: String) async throws -> [Double] {
        var generator = SeededGenerator(77), figures: [Double] = []
        try await desk.follow()
        for place in 0..<40 {
            let features = FeatureReader().features(of: SamplePost.message(isSpam: place.isMultiple(of: 2), &generator))
            figures.append(try #require(desk.opinion(features, tenant: tenant, domains: []).probability))
        }
        return figures
    }

    private func wrong(_ figures: [Double]) -> Int { figures.enumerated().count { ($1 > 0.5) != $0.isMultiple(of: 2) } }

    /// One in twenty labels of an account is wrong, and then all of them: others' figures do not move by a bit.
    @Test func poisonStaysWhereItIs() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store)
        _ = try await desk.learn(SamplePost.items(220, seed: 20), in: .global, by: note)
        _ = try await desk.learn(SamplePost.items(210, seed: 21), in: red, by: note)
        let redBefore = try await figures(desk, tenant: "red"), greenBefore = try await figures(desk, tenant: "green"), blueBefore = try await figures(desk, tenant: "blue")
        _ = try await desk.learn(SamplePost.items(300, seed: 22, flipped: 0.05), in: blue, by: note)
        #expect(try await figures(desk, tenant: "red") == redBefore)
        #expect(try await figures(desk, tenant: "green") == greenBefore)
        let poisoned = try await figures(desk, tenant: "blue")
        #expect(poisoned != blueBefore && wrong(poisoned) <= 2, "one in twenty does little harm at home either")
        _ = try await desk.learn(SamplePost.items(300, seed: 23, flipped: 1), in: blue, by: TrainingNote(by: "test", at: note.at, source: "bad"))
        #expect(try await figures(desk, tenant: "red") == redBefore)
        #expect(try await figures(desk, tenant: "green") == greenBefore)
        #expect(try await figures(desk, tenant: "blue") != poisoned)
        _ = try await desk.unlearn(TrainingChoice(.source("bad"), tenant: "blue"), by: note)
        #expect(try await figures(desk, tenant: "blue") == poisoned)
    }

    @Test func abstainsUntilItKnowsEnough() async throws {
        let desk = try await started(MemoryTraining(limits: Self.limits)), items = SamplePost.items(200, seed: 30)
        var generator = SeededGenerator(1)
        let features = FeatureReader().features(of: SamplePost.message(isSpam: true, &generator))
        _ = try await desk.learn(Array(items.dropLast()), in: .global, by: note)
        let before = desk.opinion(features, tenant: "blue", domains: [])
        #expect(before.probability == nil && before.abstained != nil)
        _ = try await desk.learn(items, in: .global, by: note)
        let after = desk.opinion(features, tenant: "blue", domains: [])
        #expect(after.probability ?? 0 > 0.9 && after.abstained == nil && after.layers.first?.weight == 1)
    }
}

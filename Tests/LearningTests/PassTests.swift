import Learning
import SpamFilter
import Synchronization
import TestStores
import Testing
import Verdicts

/// What was learned is learned once more when enough of it has changed.
@Suite struct PassTests {
    private static let limits = { var limits = TrainingLimits(); limits.globalBits = 18; limits.layerBits = 14; limits.rowsAtOnce = 50; return limits }()
    private let note = TrainingNote(by: "test", at: Timestamp(microseconds: 1_795_428_000_000_000), source: "first")
    private let bad = TrainingNote(by: "test", at: Timestamp(microseconds: 1_795_428_000_000_000), source: "bad")
    private let later = ContinuousClock.now + .seconds(3_600)

    private func started(_ store: any TrainingStore) async throws -> TrainingDesk {
        let desk = TrainingDesk(store)
        try await desk.start()
        return desk
    }

    /// Rehearses until there is no more to do.
    /// - Returns: how many portions there were.
    private func pass(_ desk: TrainingDesk, at moment: ContinuousClock.Instant) async throws -> Int {
        try await desk.follow()
        for count in 1...1_000 where try await !desk.rehearse(at: moment) { return count }
        return 1_000
    }

    private func rehearsals(_ store: any TrainingStore, _ layer: TrainingLayer) async throws -> [Int] { try await store.events(after: [], in: layer, limit: 1_000).map(\.rehearsals) }

    /// How many of 200 of each class, ham first, the model does not tell with a probability of 0.9.
    private func missed(_ desk: TrainingDesk) throws -> [Int] {
        let model = try #require(desk.shelf.model(of: .global))
        var missed = [0, 0]
        for item in SamplePost.items(200, seed: 99) where model.judge(item.features.features).logit * (item.isSpam ? 1 : -1) < 2.2 { missed[item.isSpam ? 1 : 0] += 1 }
        return missed
    }

    @Test func eachMessageIsRehearsedTwiceAndOnceMoreWhenAnEighthIsNew() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), items = SamplePost.items(450, seed: 5)
        _ = try await desk.learn(Array(items.prefix(398)), in: .global, by: note)
        #expect(try await pass(desk, at: later) == 1)
        #expect(try await rehearsals(store, .global).allSatisfy { $0 == 0 }, "199 of each class are too few")
        _ = try await desk.learn(Array(items[398..<410]), in: .global, by: note)
        #expect(try await !desk.rehearse(at: .now), "somebody teaches")
        #expect(try await rehearsals(store, .global).allSatisfy { $0 == 0 })
        #expect(try await pass(desk, at: later) == 14)
        #expect(try await rehearsals(store, .global) == [Int](repeating: 2, count: 410))
        #expect(desk.learned(.global).map { [$0.spam, $0.ham] } == [205, 205], "a rehearsal is no message")
        _ = try await desk.learn(Array(items[410..<466]), in: .global, by: note)
        #expect(try await pass(desk, at: later) == 1)
        #expect(try await rehearsals(store, .global).reduce(0, +) == 820, "56 of 466 are less than an eighth")
        _ = try await desk.learn(Array(items[466..<470]), in: .global, by: note)
        #expect(try await pass(desk, at: later) == 8)
        #expect(try await rehearsals(store, .global).sorted() == [Int](repeating: 1, count: 60) + [Int](repeating: 3, count: 410))
    }

    /// Who teaches all the time cannot put it off for ever.
    @Test func patienceEnds() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), items = SamplePost.items(210, seed: 6), now = ContinuousClock.now
        _ = try await desk.learn(items, in: .global, by: note)
        #expect(try await !desk.rehearse(at: now - .seconds(700)))
        #expect(try await !desk.rehearse(at: now - .seconds(150)))
        #expect(try await desk.rehearse(at: now - .seconds(90)))
    }

    /// Two nodes share a pass: nothing is done twice, and both have the same model; what is taken back leaves nothing, and what comes next is rehearsed by who runs on.
    @Test func nodesShareIt() async throws {
        let store = MemoryTraining(limits: Self.limits), desks = [try await started(store), try await started(store)], items = SamplePost.items(210, seed: 7)
        _ = try await desks[0].learn(items, in: .global, by: note)
        try await desks[1].follow()
        let base = later
        for round in 0..<200 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for desk in desks { group.addTask { _ = try await desk.rehearse(at: base + .seconds(20 * round)) } }
                try await group.waitForAll()
            }
            if try await store.pass(of: .global).left == 0 { break }
        }
        #expect(try await store.pass(of: .global) == TrainingPass())
        #expect(try await rehearsals(store, .global) == [Int](repeating: 2, count: 420))
        let late = try await started(store), wanted = try await late.export(.global)
        for desk in desks { #expect(try await desk.export(.global) == wanted) }
        #expect(try await desks[1].unlearn(TrainingChoice(.source("first")), by: note) == 420)
        #expect(try await desks[0].export(.global) == ModelFile.octets(of: SpamModel(bits: Self.limits.globalBits)))
        _ = try await desks[1].learn(SamplePost.items(205, seed: 17), in: .global, by: note)
        try await desks[0].follow()
        #expect(try await pass(desks[0], at: base + .seconds(10_000)) == 14)
        #expect(try await rehearsals(store, .global) == [Int](repeating: 2, count: 410))
    }

    /// A portion that the store refuses leaves the model as it was; one whose answer is lost is in it once. The layer rests meanwhile.
    @Test(arguments: [true, false]) func troubleLeavesNothing(isBefore: Bool) async throws {
        let isDown = Mutex(false), fail = { @Sendable in if isDown.withLock({ $0 }) { throw StoreTrouble.unavailable("down") } }
        let store = isBefore ? MemoryTraining(limits: Self.limits, before: fail) : MemoryTraining(limits: Self.limits, after: fail), desk = try await started(store)
        _ = try await desk.learn(SamplePost.items(210, seed: 8), in: .global, by: note)
        let before = try await desk.export(.global)
        isDown.withLock { $0 = true }
        await #expect(throws: StoreTrouble.self) { try await desk.rehearse(at: later) }
        #expect((try await desk.export(.global) == before) == isBefore)
        #expect(try await desk.export(.global) == started(store).export(.global))
        isDown.withLock { $0 = false }
        #expect(try await !desk.rehearse(at: later + .seconds(1)), "it rests")
        #expect(try await pass(desk, at: later + .seconds(60)) == (isBefore ? 14 : 13))
        #expect(try await rehearsals(store, .global) == [Int](repeating: 2, count: 420))
        #expect(try await desk.export(.global) == started(store).export(.global))
    }

    /// The layer of a tenant is passed where it is in memory, and nobody else's model moves.
    @Test func layersAreApart() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), layer = TrainingLayer(tenant: "one")
        _ = try await desk.learn(SamplePost.items(210, seed: 9), in: layer, by: note)
        _ = try await desk.learn(SamplePost.items(20, seed: 10), in: .global, by: note)
        let before = try await desk.export(.global)
        _ = try await pass(desk, at: later)
        #expect(try await rehearsals(store, layer) == [Int](repeating: 2, count: 420))
        #expect(try await desk.export(.global) == before)
    }

    /// Junk that was taught as ham, and is taken back: nothing of it is left, neither of what others were rehearsed for its sake. (Few enough that no weight meets its bound.)
    @Test func aWrongBatchLeavesNothing() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store)
        _ = try await desk.learn(SamplePost.items(300, seed: 11), in: .global, by: note)
        let before = try await desk.export(.global), junk = SamplePost.items(60, seed: 12).filter(\.isSpam).map { TrainingItem(digest: $0.digest, features: $0.features, isSpam: false, origin: .message) }
        #expect(try missed(desk) == [0, 0])
        _ = try await desk.learn(junk, in: .global, by: bad)
        #expect(try await rehearsals(store, .global).contains { $0 > 0 }, "nothing was rehearsed for its sake")
        #expect(try await desk.export(.global) != before)
        #expect(try await desk.unlearn(TrainingChoice(.source("bad")), by: bad) == 60)
        #expect(try await desk.export(.global) == before)
    }

    /// What a pass over both did to the others is not taken back; the next one, which the undoing makes due, heals it.
    @Test func aPassHealsWhatAWrongBatchLeft() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store)
        _ = try await desk.learn(SamplePost.items(200, seed: 13), in: .global, by: note)
        _ = try await pass(desk, at: later)
        _ = try await desk.learn(SamplePost.items(410, seed: 14).filter(\.isSpam).map { TrainingItem(digest: $0.digest, features: $0.features, isSpam: false, origin: .message) }, in: .global, by: bad)
        #expect(try await pass(desk, at: later) == 26)
        _ = try await desk.unlearn(TrainingChoice(.source("bad")), by: bad)
        #expect(try missed(desk).contains { $0 > 20 }, "there is nothing to heal")
        #expect(try await pass(desk, at: later) == 14)
        #expect(try missed(desk).allSatisfy { $0 <= 2 })
    }

    @Test(arguments: [(200, 200, 400, 2), (200, 199, 399, 0), (200, 200, 49, 0), (200, 200, 50, 1), (200, 200, 200, 2), (10, 4_000, 4_010, 0), (5_000, 5_000, 1_250, 1), (25_000, 25_000, 6_249, 0), (25_000, 25_000, 6_250, 1),
                      (50_000, 50_000, 24_999, 0), (50_000, 50_000, 25_000, 1), (1_000_000, 1_000_000, 999_999, 0), (1_000_000, 1_000_000, 1_000_000, 2), (100_000, 100_000, 100_000, 2), (1 << 40, 1 << 40, 1, 0), (1 << 61, 1 << 61, 1, 0)])
    func roundsAreDue(_ row: (Int, Int, Int, Int)) { #expect(LearningPass.rounds(spam: row.0, ham: row.1, changes: row.2) == row.3) }

    /// Of a class with many some are drawn, and others the next time.
    @Test func classesStayInProportion() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), items = SamplePost.items(1_000, seed: 15)
        _ = try await desk.learn(Array(items.filter { !$0.isSpam }.prefix(200)), in: .global, by: note)
        _ = try await desk.learn(items.filter(\.isSpam), in: .global, by: note)
        let before = try await store.events(after: [], in: .global, limit: 1_000) + store.events(after: store.events(after: [], in: .global, limit: 1_000).last?.digest ?? [], in: .global, limit: 1_000)
        _ = try await pass(desk, at: later)
        let after = try await store.events(after: [], in: .global, limit: 1_000) + store.events(after: store.events(after: [], in: .global, limit: 1_000).last?.digest ?? [], in: .global, limit: 1_000)
        let passed = zip(before, after).map { (isSpam: $0.isSpam, count: $1.rehearsals - $0.rehearsals) }, spam = passed.filter(\.isSpam), ham = passed.filter { !$0.isSpam }
        #expect(passed.count == 1_200 && ham.allSatisfy { $0.count == 2 })
        #expect((1_050...1_350).contains(spam.reduce(0) { $0 + $1.count }), "1,200 of 2,000 are wanted, where 200 of 1,200 are ham")
        #expect(Set(spam.map(\.count)) == [0, 1, 2])
        #expect(LearningPass.share(isSpam: true, spam: 600, ham: 200) == 1 && LearningPass.share(isSpam: false, spam: 4_000, ham: 200) == 1)
    }
}

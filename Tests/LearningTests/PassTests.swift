import Learning
import SpamFilter
import Synchronization
import TestStores
import Testing
import Verdicts

/// What was learned is learned once more when it has doubled.
@Suite struct PassTests {
    private static let limits = { var limits = TrainingLimits(); limits.globalBits = 18; limits.layerBits = 14; limits.rowsAtOnce = 50; return limits }()
    private let note = TrainingNote(by: "test", at: Timestamp(microseconds: 1_795_428_000_000_000), source: "first")

    private func started(_ store: any TrainingStore) async throws -> TrainingDesk {
        let desk = TrainingDesk(store)
        try await desk.start()
        return desk
    }

    /// Rehearses until there is no more to do.
    /// - Returns: how many portions there were.
    private func pass(_ desk: TrainingDesk, at moment: ContinuousClock.Instant) async throws -> Int {
        for count in 1...1_000 where try await !desk.rehearse(at: moment) { return count }
        return 1_000
    }

    private func rehearsals(_ store: any TrainingStore, _ layer: TrainingLayer) async throws -> [Int] { try await store.events(after: [], in: layer, limit: 1_000).map(\.rehearsals) }

    private let later = ContinuousClock.now + .seconds(3_600)

    @Test func eachMessageIsRehearsedTwiceAndThenNotUntilThereAreTwiceAsMany() async throws {
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
        _ = try await desk.learn(Array(items[410..<818]), in: .global, by: note)
        #expect(try await pass(desk, at: later) == 1)
        #expect(try await rehearsals(store, .global).reduce(0, +) == 820)
        _ = try await desk.learn(Array(items[818..<822]), in: .global, by: note)
        _ = try await pass(desk, at: later)
        #expect(Set(try await rehearsals(store, .global)) == [2, 4])
    }

    /// Who teaches all the time cannot put it off for ever.
    @Test func patienceEnds() async throws {
        let store = MemoryTraining(limits: Self.limits), desk = try await started(store), items = SamplePost.items(210, seed: 6), now = ContinuousClock.now
        _ = try await desk.learn(items, in: .global, by: note)
        #expect(try await !desk.rehearse(at: now - .seconds(700)))
        #expect(try await !desk.rehearse(at: now - .seconds(150)))
        #expect(try await desk.rehearse(at: now - .seconds(90)))
    }

    /// Two nodes share a pass: nothing is done twice, and both have the same model; what is taken back leaves nothing.
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
        #expect(try await store.pass(of: .global) == TrainingPass(learned: 420))
        #expect(try await rehearsals(store, .global) == [Int](repeating: 2, count: 420))
        let late = try await started(store), wanted = try await late.export(.global)
        for desk in desks { #expect(try await desk.export(.global) == wanted) }
        #expect(try await desks[1].unlearn(TrainingChoice(.source("first")), by: note) == 420)
        #expect(try await desks[0].export(.global) == ModelFile.octets(of: SpamModel(bits: Self.limits.globalBits)))
        #expect(try await store.pass(of: .global).learned == 0, "what comes next is rehearsed as if nothing had been before")
    }

    /// A portion that the store refuses leaves the model as it was, and is done later.
    @Test func troubleLeavesNothing() async throws {
        let isDown = Mutex(false)
        let store = MemoryTraining(limits: Self.limits, before: { if isDown.withLock({ $0 }) { throw StoreTrouble.unavailable("down") } }), desk = try await started(store)
        _ = try await desk.learn(SamplePost.items(210, seed: 8), in: .global, by: note)
        let before = try await desk.export(.global)
        isDown.withLock { $0 = true }
        await #expect(throws: StoreTrouble.self) { try await desk.rehearse(at: later) }
        #expect(try await desk.export(.global) == before)
        isDown.withLock { $0 = false }
        #expect(try await pass(desk, at: later) == 14)
        #expect(try await desk.export(.global) != before)
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
}

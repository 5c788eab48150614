import DNS
package import Learning
import SpamFilter
import Testing
import TestSupport
import Verdicts

/// What every place where what was learned is kept must do.
package struct TrainingStoreConformance {
    /// The limits that the store under test has.
    package static let limits = { var limits = TrainingLimits(); limits.tenantEvents = 40; limits.globalEvents = 60; return limits }()

    let store: any TrainingStore
    /// The same place, reached from another node.
    let other: any TrainingStore
    let now = Timestamp(microseconds: 1_795_428_000_123_456)

    /// - Parameter store: an empty one with ``limits``.
    package init(_ store: any TrainingStore, _ other: any TrainingStore) { self.store = store; self.other = other }

    package func run() async throws {
        try await whatIsLearnedComesBack()
        try await whatIsRehearsedGoesWithIt()
        try await aPassMovesOn()
        try await whatWasForItsSakeGoesWithIt()
        try await nothingIsLearnedTwice()
        try await theOtherClassTakesItsPlace()
        try await manyAtOnceAreOne()
        try await theLogTellsAllInOrder()
        try await aSourceIsUnlearned()
        try await layersAreApart()
        try await thereIsRoomForSoMany()
        try await tablesAreKept()
        try await aTableIsReplaced()
        try await featuresAreKeptForAWhile()
        try await whatIsUnfitIsRefused()
    }

    static func event(_ number: Int, _ layer: TrainingLayer, isSpam: Bool = true, source: String = "", at: Timestamp) throws -> TrainingEvent {
        var generator = SeededGenerator(UInt64(number + 1))
        let features = try #require(MessageFeatures(hashes: (0..<20).map { _ in UInt32.random(in: 1...UInt32.max, using: &generator) }, ends: [4, 4, 10, 19, 20]))
        let step = try #require(LearningStep(isSpam: isSpam, weights: [Int32(number), -1, 48 * 32_768, -48 * 32_768, 0]))
        let digest = (0..<32).map { UInt8(truncatingIfNeeded: $0 < 2 ? number >> (8 * $0) : $0) }
        return TrainingEvent(id: VerdictID(at: at), layer: layer, digest: digest, contribution: Contribution(features: PackedFeatures(features), step: step),
                             origin: number % 2 == 0 ? .message : .verdict(VerdictID(at: at)), note: TrainingNote(by: "token 'a\" \\", at: at, source: source))
    }

    func event(_ number: Int, _ layer: TrainingLayer, isSpam: Bool = true, source: String = "") throws -> TrainingEvent {
        try Self.event(number, layer, isSpam: isSpam, source: source, at: now)
    }

    private func domain(_ tenant: String, _ name: String) throws -> TrainingLayer { TrainingLayer(tenant: tenant, domain: try #require(DomainName(name))) }

    func count(_ layer: TrainingLayer) async throws -> LayerCount? { try await other.layers(tenant: layer.tenant, limit: 1_000).first { $0.layer == layer } }

    private func whatIsLearnedComesBack() async throws {
        for layer in [.global, TrainingLayer(tenant: "back"), try domain("back", "xn--bcher-kva.example")] {
            let events = [try event(1, layer, source: "'); -- \"🚪"), try event(2, layer, isSpam: false)]
            let places = try await store.append(events.map { TrainingAddition($0) }, in: layer)
            #expect(places.count == 2 && places[0].position < places[1].position && places.allSatisfy { $0.removal == nil })
            #expect(try await other.standing([events[1].digest, [UInt8](repeating: 9, count: 32), events[0].digest], in: layer) == [events[1], nil, events[0]])
            #expect(try await count(layer) == LayerCount(layer: layer, spam: 1, ham: 1, events: 2))
            let log = try await other.log(after: places[0].position - 1, of: layer, known: [], limit: 10)
            #expect(log.rows == zip(places, events).map { TrainingLog.Row(position: $0.position, layer: layer, change: .learned($1.contribution)) })
            #expect(log.end == places[1].position && !log.isCut)
            let known = try await other.log(after: places[0].position - 1, of: nil, known: [places[1].position], limit: 10)
            #expect(known.rows.map(\.change) == [.learned(events[0].contribution), .known])
        }
        #expect(try await store.append([], in: .global) == [])
        #expect(try await store.standing([], in: .global) == [])
        #expect(try await store.layers(tenant: "nobody", limit: 10) == [])
    }

    /// What is rehearsed is told once more, and goes with what was learned.
    private func whatIsRehearsedGoesWithIt() async throws {
        let layer = TrainingLayer(tenant: "again"), elsewhere = TrainingLayer(tenant: "again2"), first = try event(1, layer), second = try event(2, layer, isSpam: false), third = try event(3, layer)
        let again = try #require(LearningStep(isSpam: true, isCounted: false, weights: [48 * 32_768, 3, 48 * 32_768, -7, 0])), once = try #require(LearningStep(isSpam: true, isCounted: false, weights: [1, 2, 3, 4, 5]))
        #expect(try await store.some(10, ofSpam: true, in: layer) == [])
        let begin = try #require(try await store.append([TrainingAddition(first)], in: layer).first).position
        _ = try await store.append([TrainingAddition(try event(1, elsewhere))], in: elsewhere)
        let places = try await store.append([TrainingAddition(second)], rehearsals: [TrainingRehearsal(event: first.id, step: again)], in: layer)
        #expect(places.additions.count == 1 && places.rehearsals.count == 1)
        let more = try await other.append([TrainingAddition(third)], rehearsals: [TrainingRehearsal(event: first.id, step: once)], in: layer)
        func contribution(_ step: LearningStep) -> TrainingLog.Change { .learned(Contribution(features: first.contribution.features, step: step)) }
        let log = try await other.log(after: begin, of: layer, known: [], limit: 10)
        #expect(log.rows.map(\.change) == [.learned(second.contribution), contribution(again), .learned(third.contribution), contribution(once)])
        #expect(log.rows.map(\.position) == places.additions.map(\.position) + places.rehearsals + more.additions.map(\.position) + more.rehearsals)
        #expect(try await other.log(after: begin, of: layer, known: places.rehearsals, limit: 2).rows.last?.change == .known)
        let whole = try #require(first.contribution.step.with([again.weights, once.weights])), standing = try #require(try await store.standing([first.digest], in: layer).first ?? nil)
        #expect(standing.contribution.step == whole && whole.weights[0] == 1 + 48 * 32_768 + 1 && whole.isCounted && standing.rehearsals == 2)
        #expect(try await count(layer) == LayerCount(layer: layer, spam: 2, ham: 1, events: 3), "a rehearsal is no message")
        #expect(Set(try await other.some(900, ofSpam: true, in: layer).map(\.id)) == [first.id, third.id])
        #expect(try await other.some(900, ofSpam: false, in: layer).map(\.id) == [second.id])
        #expect(try await other.some(1, ofSpam: true, in: layer).count <= 1)
        // Whoever takes it back must know all of it; what is not in force is not rehearsed, in another layer neither.
        let changed = try event(1, layer, isSpam: false), fresh = try event(4, layer)
        await #expect(throws: TrainingTrouble.contended) { try await store.append([TrainingAddition(changed, replaces: first.id, rehearsals: 1)], rehearsals: [], in: layer) }
        await #expect(throws: TrainingTrouble.contended) { try await store.append([TrainingAddition(try event(5, elsewhere))], rehearsals: [TrainingRehearsal(event: first.id, step: once)], in: elsewhere) }
        for steps in [[(first.id, once), (first.id, once)], [(first.id, first.contribution.step)]] {
            await #expect(throws: StoreTrouble.self) { try await store.append([TrainingAddition(fresh)], rehearsals: steps.map { TrainingRehearsal(event: $0.0, step: $0.1) }, in: layer) }
        }
        _ = try await store.append([TrainingAddition(changed, replaces: first.id, rehearsals: 2)], rehearsals: [], in: layer)
        await #expect(throws: TrainingTrouble.contended) { try await store.append([TrainingAddition(fresh)], rehearsals: [TrainingRehearsal(event: first.id, step: once)], in: layer) }
        let gone = try await other.log(after: more.rehearsals[0], of: layer, known: [], limit: 10)
        #expect(gone.rows.map(\.change) == [.unlearned(Contribution(features: first.contribution.features, step: whole)), .learned(changed.contribution)])
        #expect(try await store.some(900, ofSpam: true, in: layer).map(\.id) == [third.id])
    }

    private func nothingIsLearnedTwice() async throws {
        let layer = TrainingLayer(tenant: "twice"), first = try event(1, layer)
        _ = try await store.append([TrainingAddition(first)], in: layer)
        for isSpam in [true, false] {
            let again = try event(1, layer, isSpam: isSpam), fresh = try event(2, layer)
            await #expect(throws: TrainingTrouble.contended) { try await other.append([TrainingAddition(fresh), TrainingAddition(again)], in: layer) }
            await #expect(throws: TrainingTrouble.contended) { try await other.append([TrainingAddition(again, replaces: fresh.id)], in: layer) }
        }
        await #expect(throws: TrainingTrouble.contended) { try await store.append([TrainingAddition(try event(3, layer), replaces: first.id)], in: layer) }
        #expect(try await store.standing([first.digest, try event(2, layer).digest], in: layer) == [first, nil], "all or none")
        #expect(try await count(layer) == LayerCount(layer: layer, spam: 1, ham: 0, events: 1))
    }

    private func theOtherClassTakesItsPlace() async throws {
        let layer = TrainingLayer(tenant: "class"), first = try event(1, layer), second = try event(1, layer, isSpam: false)
        let before = try await store.append([TrainingAddition(first)], in: layer)
        let place = try #require(try await other.append([TrainingAddition(second, replaces: first.id)], in: layer).first), removal = try #require(place.removal)
        #expect(before[0].position < removal && removal < place.position)
        #expect(try await store.log(after: before[0].position, of: layer, known: [], limit: 10).rows.map(\.change) == [.unlearned(first.contribution), .learned(second.contribution)])
        #expect(try await store.standing([first.digest], in: layer) == [second])
        #expect(try await count(layer) == LayerCount(layer: layer, spam: 0, ham: 1, events: 2))
    }

    private func manyAtOnceAreOne() async throws {
        let layer = TrainingLayer(tenant: "many")
        let won = try await withThrowingTaskGroup(of: Int.self) { group in
            for place in 0..<20 {
                let store = place % 2 == 0 ? store : other, event = try event(7, layer, isSpam: place % 3 == 0)
                group.addTask { do { return try await store.append([TrainingAddition(event)], in: layer).count } catch TrainingTrouble.contended { return 0 } }
            }
            return try await group.reduce(0, +)
        }
        #expect(won == 1)
        let found = try #require(try await count(layer))
        #expect(found.spam + found.ham == 1 && found.events == 1)
    }

    /// Readers beside writers: whoever saw a position saw all before it.
    private func theLogTellsAllInOrder() async throws {
        let layers = (0..<4).map { TrainingLayer(tenant: "order-\($0)") }, begin = try await store.log(after: .max - 1, of: nil, known: [], limit: 1).end
        #expect(begin == .max - 1, "the end is never before where one stands")
        let start = try await store.log(after: 0, of: nil, known: [], limit: 1_000).end
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, layer) in layers.enumerated() {
                let store = number % 2 == 0 ? store : other, now = now
                group.addTask { for place in 0..<10 { _ = try await store.append([TrainingAddition(try Self.event(place, layer, at: now)), TrainingAddition(try Self.event(100 + place, layer, at: now))], in: layer) } }
            }
            for reader in [store, other] {
                group.addTask {
                    var last = start, seen = 0
                    while seen < 80 {
                        let page = try await reader.log(after: last, of: nil, known: [], limit: 7)
                        #expect(page.rows.map(\.position) == page.rows.map(\.position).sorted() && page.rows.allSatisfy { $0.position > last && $0.position <= page.end })
                        seen += page.rows.count
                        last = page.end
                    }
                    #expect(seen == 80)
                }
            }
            try await group.waitForAll()
        }
    }

    private func aSourceIsUnlearned() async throws {
        let layer = TrainingLayer(tenant: "source"), inner = try domain("source", "a.example"), elsewhere = TrainingLayer(tenant: "source-2")
        for layer in [layer, inner, elsewhere] {
            _ = try await store.append([TrainingAddition(try event(1, layer, source: "bad")), TrainingAddition(try event(2, layer, isSpam: false, source: "bad")), TrainingAddition(try event(3, layer, source: "good"))], in: layer)
        }
        let of = { (tenant: String?) in try await other.sources(tenant: tenant, limit: 100).filter { $0.source == "bad" } }
        #expect(try await of("source").count == 2)
        #expect(try await of("source").allSatisfy { $0.spam == 1 && $0.ham == 1 && $0.latest == now })
        let note = TrainingNote(by: "me", at: now)
        #expect(try await store.count(TrainingChoice(.source("bad"), tenant: "source")) == 4)
        #expect(try await store.count(TrainingChoice(.source("bad"), layer: inner)) == 2)
        #expect(try await store.count(TrainingChoice(.source("bad"))) == 6)
        #expect(try await store.count(TrainingChoice(.source("worse"))) == 0)
        #expect(try await store.unlearn(TrainingChoice(.source("bad"), layer: inner), by: note, limit: 1) == 1)
        #expect(try await other.unlearn(TrainingChoice(.source("bad"), tenant: "source"), by: note, limit: 100) == 3)
        #expect(try await other.unlearn(TrainingChoice(.source("bad"), tenant: "source"), by: note, limit: 100) == 0)
        for one in [layer, inner] { #expect(try await count(one) == LayerCount(layer: one, spam: 1, ham: 0, events: 3)) }
        #expect(try await count(elsewhere) == LayerCount(layer: elsewhere, spam: 2, ham: 1, events: 3))
        let changes = try await store.log(after: 0, of: layer, known: [], limit: 100).rows.map(\.change)
        let gone = TrainingLog.Change.unlearned(try event(1, layer).contribution)
        #expect(changes.count == 5 && changes.suffix(2).contains(gone))
        // By its digest, and by its id.
        #expect(try await store.unlearn(TrainingChoice(.digest(try event(3, layer).digest), tenant: "source"), by: note, limit: 10) == 2)
        let last = try #require(try await store.standing([try event(3, elsewhere).digest], in: elsewhere).first ?? nil)
        #expect(try await store.unlearn(TrainingChoice(.event(last.id), tenant: "source"), by: note, limit: 10) == 0, "another tenant's")
        #expect(try await store.unlearn(TrainingChoice(.event(last.id), tenant: "source-2"), by: note, limit: 10) == 1)
        _ = try await store.append([TrainingAddition(try event(1, layer))], in: layer)
        #expect(try await count(layer)?.spam == 1, "it may be learned again")
    }

    private func layersAreApart() async throws {
        let layers = [.global, TrainingLayer(tenant: "apart"), try domain("apart", "a.example"), try domain("apart", "b.example"), try domain("apart-2", "a.example")]
        for layer in layers { _ = try await store.append([TrainingAddition(try event(30, layer))], in: layer) }
        for layer in layers { #expect(try await other.standing([try event(30, layer).digest], in: layer).first??.layer == layer) }
        #expect(try await store.layers(tenant: "apart", limit: 10).map(\.layer) == Array(layers[1...3]))
        #expect(try await store.layers(tenant: nil, limit: 1_000).contains { $0.layer == .global })
        #expect(try await store.layers(tenant: nil, limit: 2).count == 2)
    }

    private func thereIsRoomForSoMany() async throws {
        let layer = TrainingLayer(tenant: "room"), inner = try domain("room", "a.example")
        _ = try await store.append(try (0..<30).map { TrainingAddition(try event($0, layer)) }, in: layer)
        _ = try await store.append(try (0..<9).map { TrainingAddition(try event($0, inner)) }, in: inner)
        await #expect(throws: TrainingTrouble.tooManyEvents(limit: 40)) { try await other.append([TrainingAddition(try event(50, layer)), TrainingAddition(try event(51, layer))], in: layer) }
        #expect(try await store.append([TrainingAddition(try event(50, inner))], in: inner).count == 1)
        await #expect(throws: TrainingTrouble.tooManyEvents(limit: 40)) { try await other.append([TrainingAddition(try event(51, inner))], in: inner) }
    }

    private func tablesAreKept() async throws {
        let layer = TrainingLayer(tenant: "table")
        #expect(try await store.snapshot(of: layer, contents: true) == nil)
        for position in [5, 9, 7, 9, 6] as [Int64] { try await store.save(TrainingSnapshot(position: position, octets: [UInt8](repeating: UInt8(position), count: 10_000)), of: layer) }
        #expect(try await other.snapshot(of: layer, contents: true) == TrainingSnapshot(position: 9, octets: [UInt8](repeating: 9, count: 10_000)))
        #expect(try await other.snapshot(of: layer, contents: false) == TrainingSnapshot(position: 9, octets: []))
    }

    private func aTableIsReplaced() async throws {
        let layer = TrainingLayer(tenant: "replaced"), note = TrainingNote(by: "me", at: now)
        _ = try await store.append([TrainingAddition(try event(1, layer))], in: layer)
        try await store.save(TrainingSnapshot(position: 1, octets: [1]), of: layer)
        let position = try await other.replace(layer, with: [0, 1, 255], learned: (7, 8), by: note)
        #expect(try await store.snapshot(of: layer, contents: true) == TrainingSnapshot(position: position, octets: [0, 1, 255]))
        #expect(try await store.log(after: 0, of: layer, known: [], limit: 9).rows.last == TrainingLog.Row(position: position, layer: layer, change: .replaced))
        #expect(try await store.standing([try event(1, layer).digest], in: layer) == [nil])
        _ = try await store.append([TrainingAddition(try event(1, layer))], in: layer)
        #expect(try await count(layer) == LayerCount(layer: layer, spam: 8, ham: 8, events: 2))
    }

    private func featuresAreKeptForAWhile() async throws {
        let packed = try event(5, .global).contribution.features, id = VerdictID(at: now)
        let one = VerdictFeatures(id: id, tenant: "kept", digest: [UInt8](repeating: 3, count: 32), features: packed, keptAt: now)
        try await store.keep([])
        try await store.keep([one, VerdictFeatures(id: VerdictID(at: now), tenant: "kept", digest: one.digest, features: packed, keptAt: now.adding(seconds: 10))])
        try await other.keep([VerdictFeatures(id: id, tenant: "kept", digest: [UInt8](repeating: 4, count: 32), features: packed, keptAt: now.adding(seconds: 9))])
        for tenant in ["kept", nil] { #expect(try await other.features(of: id, tenant: tenant) == one) }
        #expect(try await other.features(of: id, tenant: "x") == nil)
        #expect(try await store.forgetFeatures(keptBefore: now.adding(seconds: 1)) == 1)
        #expect(try await store.features(of: id, tenant: "kept") == nil)
        #expect(try await store.forgetFeatures(keptBefore: now.adding(seconds: 20)) == 1)
    }

    private func whatIsUnfitIsRefused() async throws {
        let layer = TrainingLayer(tenant: "unfit"), good = try event(1, layer)
        let short = TrainingEvent(id: good.id, layer: layer, digest: [1], contribution: good.contribution, origin: .message, note: good.note)
        let long = try event(1, layer, source: String(repeating: "x", count: 129))
        for (events, into) in [([short], layer), ([good], .global), ([good, good], layer), ([long], layer), ([try event(1, TrainingLayer(tenant: ""))], TrainingLayer(tenant: ""))] {
            await #expect(throws: StoreTrouble.self) { try await store.append(events.map { TrainingAddition($0) }, in: into) }
        }
        #expect(try await count(layer) == nil)
    }
}

extension TrainingStore {
    /// Learns without rehearsing.
    package func append(_ additions: [TrainingAddition], in layer: TrainingLayer) async throws -> [TrainingPlace] { try await append(additions, rehearsals: [], in: layer).additions }
}

import Cryptography
import DKIM
import DNS
import Testing
package import Verdicts

/// What every place where signing keys are kept must do.
package struct SigningKeyStoreConformance {
    private let store: any SigningKeyStore
    private let limits: TenantLimits
    private let schedule = KeySchedule()

    /// - Parameters:
    ///   - store: an empty one.
    ///   - limits: those of the store; few keys for a tenant, but at least 4.
    package init(_ store: any SigningKeyStore, limits: TenantLimits) { self.store = store; self.limits = limits }

    package func run() async throws {
        try await whatIsKeptComesBack()
        try await allOrNone()
        try await changesAreTakenOnce()
        try await whoCopiesMissesNothing()
        try await aDomainIsTakenOnByOne()
        try await aTenantHasSoMany()
    }

    private func key(_ selector: String, tenant: String, domain: String = "example.org", at: Int = 1_800_000_000, kind: KeyKind = .rsa) -> SealedSigningKey {
        SealedSigningKey(SigningKey(tenant: tenant, domain: DomainName(trusted: domain), selector: DomainName(trusted: selector), kind: kind, bits: 2048, publicKey: [0, 1, 0xff],
                                    isImported: kind == .ed25519, createdAt: at, createdBy: "00aa's \"token\""), sealed: [0xde, 0xad, 0])
    }

    private func retire(_ keys: [SigningKey], at now: Int = 1_900_000_000) async throws {
        let changes = keys.filter { $0.state != .retired }.map { (was: $0, is: $0.after(.withdrawn, at: now, schedule: schedule)) }
        #expect(try await store.replace(changes))
    }

    private func bare(_ keys: [SigningKey]) -> [SigningKey] { keys.map { key in var key = key; key.revision = 0; return key } }

    private func whatIsKeptComesBack() async throws {
        #expect(try await store.keys(tenant: nil, domain: nil).isEmpty)
        let first = key("a", tenant: "kept"), second = key("b._x", tenant: "kept", at: 1_700_000_000, kind: .ed25519), third = key("a", tenant: "kept", domain: "example.net")
        try await store.add([first])
        try await store.add([second])
        try await store.add([third])
        try await store.add([key("a", tenant: "other")])
        #expect(bare(try await store.keys(tenant: "kept", domain: first.key.domain)) == [second.key, first.key], "in the order of their making")
        #expect(bare(try await store.keys(tenant: "kept", domain: nil)) == [third.key, second.key, first.key])
        #expect(try await store.keys(tenant: nil, domain: first.key.domain).count == 3)
        #expect(try await store.keys(tenant: "nobody", domain: nil).isEmpty)

        // Everything that a key can have.
        let was = try #require(try await store.keys(tenant: "kept", domain: third.key.domain).first)
        var now = was
        now.state = .retiring
        (now.publishedAt, now.activatedAt, now.retiringAt, now.faultSince, now.nextCheckAt) = (1_800_000_001, 1_800_000_002, 1_800_000_003, 1_800_000_004, 1_800_000_006)
        now.check = .init(at: 1_800_000_005, sighting: .other("p= has another \u{0} key"))
        (now.changedAt, now.changedBy) = (1_800_000_007, "schedule")
        #expect(try await store.replace([(was, now)]))
        var kept = try #require(try await store.keys(tenant: "kept", domain: third.key.domain).first)
        #expect(kept.revision > was.revision)
        #expect(kept.check?.sighting.word == "other")
        (kept.revision, kept.check, now.check) = (now.revision, nil, nil)
        #expect(kept == now)
        try await retire(try await store.keys(tenant: "kept", domain: nil) + (try await store.keys(tenant: "other", domain: nil)))
        let gone = try #require(try await store.keys(tenant: "kept", domain: third.key.domain).first)
        #expect(gone.state == .retired && gone.retiredAt == 1_900_000_000 && gone.nextCheckAt == nil)
    }

    private func allOrNone() async throws {
        try await store.add([key("one", tenant: "pair")])
        await #expect(throws: SelectorTaken(selector: DomainName(trusted: "one"))) { try await store.add([key("two", tenant: "pair"), key("one", tenant: "pair")]) }
        #expect(try await store.keys(tenant: "pair", domain: nil).map(\.selector.text) == ["one"])
        try await retire(try await store.keys(tenant: "pair", domain: nil))
        await #expect(throws: SelectorTaken.self, "a name is never used again") { try await store.add([key("one", tenant: "pair")]) }
    }

    private func changesAreTakenOnce() async throws {
        try await store.add([key("a", tenant: "race"), key("b", tenant: "race")])
        let read = try await store.keys(tenant: "race", domain: nil)
        let seen = read.map { (was: $0, is: $0.after(.sighted(.matches), at: 1_800_000_100, schedule: schedule)) }
        let done = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 { group.addTask { try await store.replace(seen) } }
            return try await group.reduce(into: 0) { if $1 { $0 += 1 } }
        }
        #expect(done == 1)
        let after = try await store.keys(tenant: "race", domain: nil)
        #expect(after.allSatisfy { $0.state == .published && $0.revision > read[0].revision })
        // One that is out of date spoils all.
        #expect(try await store.replace([(after[0], after[0].after(.withdrawn, at: 1_800_000_200, schedule: schedule)), (read[1], read[1])]) == false)
        #expect(try await store.keys(tenant: "race", domain: nil) == after)
        // A look that shows the same is no change.
        let again = after.map { (was: $0, is: $0.after(.sighted(.matches), at: 1_800_000_150, schedule: schedule)) }
        #expect(try await store.replace(again))
        #expect(try await store.keys(tenant: "race", domain: nil).map(\.revision) == after.map(\.revision))
        #expect(try await store.keys(tenant: "race", domain: nil).allSatisfy { $0.check?.at == 1_800_000_150 })
        #expect(try await store.replace([]))
        try await retire(try await store.keys(tenant: "race", domain: nil))
    }

    private func whoCopiesMissesNothing() async throws {
        var (keys, revision) = try await store.changes(since: 0)
        #expect(keys.isEmpty, "nobody needs to know of keys that are retired already")
        #expect(try await store.changes(since: revision).keys.isEmpty)
        try await store.add([key("a", tenant: "copy"), key("b", tenant: "copy")])
        (keys, revision) = try await store.changes(since: revision)
        #expect(Set(keys.map(\.key.selector.text)) == ["a", "b"] && keys.allSatisfy { $0.sealed == [0xde, 0xad, 0] })
        #expect(try await store.changes(since: 0).keys.count == 2)
        let last = revision
        let one = try #require(keys.first { $0.key.selector.text == "a" }).key
        #expect(try await store.replace([(one, one.after(.withdrawn, at: 1_800_000_000, schedule: schedule))]))
        (keys, revision) = try await store.changes(since: revision)
        #expect(keys.map(\.key.state) == [.retired] && keys.first?.sealed == [] && revision > last, "the private half is gone")
        #expect(try await store.changes(since: 0).keys.map(\.key.selector.text) == ["b"])

        // Many change at once; a copy that follows step by step ends as the whole.
        let many = (0..<3).map { key("m\($0)", tenant: "copy") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for one in many { group.addTask { try await store.add([one]) } }
            try await group.waitForAll()
        }
        #expect(Set(try await store.changes(since: revision).keys.map(\.key.selector.text)) == ["m0", "m1", "m2"])
        try await retire(try await store.keys(tenant: "copy", domain: nil))
    }

    private func aDomainIsTakenOnByOne() async throws {
        let start = 1_800_000_000
        try await store.add([key("a", tenant: "due", domain: "a.example", at: start), key("a2", tenant: "due", domain: "a.example", at: start + 50)])
        try await store.add([key("b", tenant: "due", domain: "b.example", at: start + 10), key("c", tenant: "due", domain: "c.example", at: start + 1000)])
        func claim(_ now: Int, limit: Int = 10) async throws -> [String] { try await store.claim(dueAt: now, lease: 60, limit: limit).map(\.domain.text) }
        #expect(try await claim(start - 1).isEmpty)
        #expect(try await claim(start + 10, limit: 1) == ["a.example"])
        #expect(try await claim(start + 60) == ["b.example"], "the other is somebody's, with all of its keys")
        #expect(try await claim(start + 60).isEmpty)
        let together = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<6 { group.addTask { try await claim(start + 1000) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(together.sorted() == ["a.example", "b.example", "c.example"], "each once")
        try await retire(try await store.keys(tenant: "due", domain: nil))
        #expect(try await claim(start + 1_000_000).isEmpty)
    }

    private func aTenantHasSoMany() async throws {
        let kept = try await withThrowingTaskGroup(of: Int.self) { group in
            for place in 0..<(limits.signingKeys + 4) {
                group.addTask {
                    do { try await store.add([key("k\(place)", tenant: "crowd")]) } catch let full as TenantLimitReached {
                        #expect(full.limit == limits.signingKeys)
                        return 0
                    }
                    return 1
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(kept == limits.signingKeys)
        let one = try #require(try await store.keys(tenant: "crowd", domain: nil).first)
        try await retire([one])
        await #expect(throws: TenantLimitReached(limit: limits.signingKeys), "two do not fit where one does") { try await store.add([key("x", tenant: "crowd"), key("y", tenant: "crowd")]) }
        try await store.add([key("x", tenant: "crowd")])
        try await store.add([key("x", tenant: "neighbour")])
        try await retire(try await store.keys(tenant: nil, domain: nil))
    }
}

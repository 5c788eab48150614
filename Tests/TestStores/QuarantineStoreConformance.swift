import DNS
import Testing
package import Verdicts

/// What every place where messages in quarantine are kept must do.
package struct QuarantineStoreConformance {
    /// The limits that the store under test has.
    package static let limits = { var limits = QuarantineLimits(); limits.tenantMessages = 30; limits.tenantOctets = 10_000; limits.acts = 8; limits.actsShown = 5; return limits }()

    let store: any QuarantineStore
    /// The same place, reached from another node.
    let other: any QuarantineStore
    let now = Timestamp(microseconds: 1_795_428_000_123_456)
    let sealed: [UInt8] = [0, 0xff, 0x5c, 0x27, 0x1f, 0x8b]

    /// - Parameters:
    ///   - store: an empty one with ``limits``.
    ///   - other: another way to the same place.
    package init(_ store: any QuarantineStore, _ other: any QuarantineStore) { self.store = store; self.other = other }

    package func run() async throws {
        try await whatIsKeptComesBack()
        try await aSecondTimeIsNoFault()
        try await whatIsTakenBackWasNeverThere()
        try await whatIsExchangedIsAnother()
        try await manyAtOnceAreOne()
        try await everyTouchIsNoted()
        try await aTrailHasAnEnd()
        try await ofReleaseAndDeleteOneWins()
        try await whatIsInfectedIsHeldBack()
        try await aTenantHasSoMuch()
        try await pagesFollowEachOther()
        try await filtersFindWhatTheyName()
        try await whatExpiredIsRemoved()
        try await whatIsUnfitIsRefused()
    }

    private func note(_ by: String = "00aa's \"token\"", _ seconds: Int = 0, reason: String? = nil) -> QuarantineNote {
        QuarantineNote(by: by, at: now.adding(seconds: seconds), reason: reason)
    }

    private func each(of all: [any QuarantineStore], times: Int) -> [any QuarantineStore] { (0..<times).map { all[$0 % all.count] } }

    private func whatIsKeptComesBack() async throws {
        var full = KeptMessage.sample(tenant: "kept", at: now), bare = KeptMessage.sample(tenant: "kept", at: now.adding(seconds: -1), isInfected: true)
        full.subject = #"'); DROP TABLE quarantine; -- \ " {a,"b"} NULL %s 🚪"#
        full.recipients = [#"a"b\c@example.net"#, "{,}@example.net", "null", "", "Ünï@example.net"].map { HistoryPath($0) }
        (bare.mailFrom, bare.recipients, bare.from, bare.subject, bare.messageID, bare.codes) = (nil, [], nil, nil, nil, [])
        bare.clientIP = try #require(IPAddress("2001:db8::25"))
        bare.score = -0.1
        for one in [full, bare] {
            #expect(try await store.keep(one, sealed))
            let found = try #require(try await other.message(one.id, tenant: "kept", noting: nil))
            #expect(found.message == one && found.sealed == sealed)
            #expect(try await store.message(one.id, tenant: nil, noting: nil)?.message == one)
            #expect(try await store.message(one.id, tenant: "somebody else", noting: nil) == nil)
        }
        #expect(try await store.message(VerdictID(at: now), tenant: nil, noting: QuarantineAct(.looked, note())) == nil)
        var filter = QuarantineFilter()
        filter.tenant = "kept"
        #expect(try await store.messages(matching: filter, before: nil, limit: 10) == [full, bare])
        #expect(try await store.usage(tenant: "kept") == QuarantineUsage(messages: 2, octets: 12))
        #expect(try await store.usage(tenant: "nobody") == QuarantineUsage(messages: 0, octets: 0))
    }

    private func whatIsTakenBackWasNeverThere() async throws {
        let one = KeptMessage.sample(tenant: "back", at: now)
        #expect(try await store.keep(one, sealed))
        #expect(try await other.withdraw(one.id, tenant: "somebody else") == false)
        for tenant in ["back", nil] { #expect(try await store.row(one.id, tenant: tenant) == one) }
        #expect(try await store.row(one.id, tenant: "x") == nil)
        #expect(try await other.withdraw(one.id, tenant: "back"))
        #expect(try await store.withdraw(one.id, tenant: "back") == false, "a second time")
        #expect(try await store.row(one.id, tenant: "back") == nil)
        #expect(try await store.usage(tenant: "back") == QuarantineUsage(messages: 0, octets: 0))
        #expect(try await store.keep(one, sealed), "its id is free again")
        _ = try await store.message(one.id, tenant: "back", noting: QuarantineAct(.looked, note()))
        #expect(try await store.withdraw(one.id, tenant: "back") == false, "somebody saw it")
        let gone = KeptMessage.sample(tenant: "back", at: now.adding(seconds: -1))
        #expect(try await store.keep(gone, sealed))
        _ = try await store.delete(gone.id, tenant: "back", seenAs: .kept, noting: note())
        #expect(try await store.withdraw(gone.id, tenant: "back") == false, "deleted")
        #expect(try await store.row(gone.id, tenant: "back")?.state == .deleted)
        #expect(try await store.usage(tenant: "back") == QuarantineUsage(messages: 1, octets: sealed.count))
    }

    private func whatIsExchangedIsAnother() async throws {
        let one = KeptMessage.sample(tenant: "exchange", at: now), more = sealed + sealed
        var other = KeptMessage.sample(tenant: "exchange", at: now.adding(seconds: 9), isInfected: true)
        other.id = one.id
        #expect(try await store.exchange(other, more) == false, "there is none")
        #expect(try await store.keep(one, sealed))
        _ = try await store.message(one.id, tenant: nil, noting: QuarantineAct(.looked, note()))
        #expect(try await self.other.exchange(other, more))
        let found = try await store.message(one.id, tenant: "exchange", noting: nil)
        #expect(found?.message == other && found?.sealed == more)
        #expect(try await store.usage(tenant: "exchange") == QuarantineUsage(messages: 1, octets: more.count))
        #expect(try await store.acts(of: one.id, tenant: "exchange").map(\.kind) == [.looked])
        _ = try await store.release(one.id, tenant: "exchange", evenInfected: true, noting: note())
        #expect(try await store.exchange(one, sealed) == false, "it was released")
    }

    private func aSecondTimeIsNoFault() async throws {
        let first = KeptMessage.sample(tenant: "twice", at: now)
        var second = first
        second.subject = "another"
        second.state = .deleted
        #expect(try await store.keep(second, sealed), "its state does not count")
        #expect(try await other.keep(first, sealed + sealed) == false)
        second.state = .kept
        let found = try #require(try await store.message(first.id, tenant: "twice", noting: nil))
        #expect(found.message == second && found.sealed == sealed)
        #expect(try await store.usage(tenant: "twice") == QuarantineUsage(messages: 1, octets: 6))
        #expect(try await store.delete(first.id, tenant: "twice", seenAs: .kept, noting: note()) == .done({ var one = second; one.state = .deleted; return one }()))
        #expect(try await store.keep(first, sealed) == false, "what was deleted does not come back")
        #expect(try await store.message(first.id, tenant: "twice", noting: nil)?.message.state == .deleted)
        var elsewhere = first
        elsewhere.tenant = "twice-2"
        #expect(try await store.keep(elsewhere, sealed), "of another tenant")
        #expect(try await store.usage(tenant: "twice") == QuarantineUsage(messages: 0, octets: 0))
    }

    private func manyAtOnceAreOne() async throws {
        for round in 0..<10 {
            let message = KeptMessage.sample(tenant: "same", at: now.adding(seconds: -round))
            let new = try await withThrowingTaskGroup(of: Bool.self) { group in
                for store in each(of: [store, other], times: 6) { group.addTask { try await store.keep(message, sealed) } }
                return try await group.reduce(into: 0) { if $1 { $0 += 1 } }
            }
            #expect(new == 1)
        }
        #expect(try await store.usage(tenant: "same") == QuarantineUsage(messages: 10, octets: 60))
    }

    private func everyTouchIsNoted() async throws {
        let message = KeptMessage.sample(tenant: "trail", at: now)
        #expect(try await store.keep(message, sealed))
        #expect(try await store.acts(of: message.id, tenant: "trail").isEmpty)
        let looked = QuarantineAct(.looked, note("eve", 5)), fetched = QuarantineAct(.fetched, note("mallory", 6, reason: "to see \\ whether it's \"spam\"; --"))
        #expect(try await store.message(message.id, tenant: "trail", noting: looked)?.sealed == sealed)
        #expect(try await store.message(message.id, tenant: nil, noting: fetched)?.sealed == sealed)
        #expect(try await store.message(message.id, tenant: "other", noting: looked) == nil)
        #expect(try await store.release(message.id, tenant: "other", evenInfected: false, noting: note()) == .isMissing)
        #expect(try await store.delete(message.id, tenant: "other", seenAs: .kept, noting: note()) == .isMissing)
        let released = note("ann", 7, reason: ""), deleted = note("bob", 4)
        #expect(try await store.release(message.id, tenant: "trail", evenInfected: false, noting: released) == .done({ var one = message; one.state = .released; return one }()))
        #expect(try await store.message(message.id, tenant: "trail", noting: nil)?.sealed == sealed, "so that it can be sent on once more")
        #expect(try await store.usage(tenant: "trail").messages == 1)
        #expect(try await store.release(message.id, tenant: "trail", evenInfected: false, noting: note()) == .isNow(.released))
        #expect(try await store.delete(message.id, tenant: "trail", seenAs: .kept, noting: note()) == .isNow(.released), "nobody who saw it kept deletes it")
        #expect(try await store.delete(message.id, tenant: nil, seenAs: .released, noting: deleted) == .done({ var one = message; one.state = .deleted; return one }()))
        for state in KeptMessage.State.allCases { #expect(try await store.delete(message.id, tenant: "trail", seenAs: state, noting: note()) == .isNow(.deleted)) }
        #expect(try await store.release(message.id, tenant: "trail", evenInfected: true, noting: note()) == .isNow(.deleted))
        let gone = try #require(try await store.message(message.id, tenant: "trail", noting: looked))
        #expect(gone.sealed == nil && gone.message.state == .deleted && gone.message.subject == message.subject)
        let trail = [looked, QuarantineAct(.deleted, deleted), QuarantineAct(.released, released), fetched, looked]
        #expect(try await other.acts(of: message.id, tenant: "trail") == trail, "in the order in which it was done")
        #expect(try await store.acts(of: message.id, tenant: nil).count == 5)
        #expect(try await store.acts(of: message.id, tenant: "other").isEmpty)
        #expect(try await store.usage(tenant: "trail") == QuarantineUsage(messages: 0, octets: 0))
    }

    private func aTrailHasAnEnd() async throws {
        let message = KeptMessage.sample(tenant: "end", at: now), act = QuarantineAct(.fetched, note())
        #expect(try await store.keep(message, sealed))
        let looks = try await withThrowingTaskGroup(of: Int.self) { group in
            for store in each(of: [store, other], times: 12) {
                group.addTask {
                    do { return try await store.message(message.id, tenant: "end", noting: act) == nil ? 0 : 1 } catch QuarantineTrouble.trailFull(let limit) {
                        #expect(limit == Self.limits.acts)
                        return 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(looks == Self.limits.acts)
        #expect(try await store.acts(of: message.id, tenant: "end").count == Self.limits.actsShown)
        guard case .done = try await store.delete(message.id, tenant: "end", seenAs: .kept, noting: note()) else { Issue.record("it is noted beyond"); return }
        #expect(try await store.acts(of: message.id, tenant: "end").first?.kind == .deleted)
    }

    private func ofReleaseAndDeleteOneWins() async throws {
        for round in 0..<20 {
            let message = KeptMessage.sample(tenant: "race", at: now.adding(seconds: -round))
            #expect(try await store.keep(message, sealed))
            let answers = try await withThrowingTaskGroup(of: QuarantineAnswer.self) { group in
                for (place, store) in each(of: [store, other], times: 6).enumerated() {
                    // Each node does both.
                    group.addTask {
                        (place / 2 + round) % 2 == 0 ? try await store.release(message.id, tenant: "race", evenInfected: false, noting: note("r"))
                            : try await store.delete(message.id, tenant: "race", seenAs: .kept, noting: note("d"))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let won = answers.compactMap { if case .done(let message) = $0 { message } else { nil } }
            #expect(won.count == 1)
            let state = try #require(won.first).state
            #expect(answers.filter { $0 == .isNow(state) }.count == 5, "the others hear what it is now")
            let found = try #require(try await store.message(message.id, tenant: "race", noting: nil))
            #expect(found.message.state == state && (found.sealed == nil) == (state == .deleted))
            #expect(try await store.acts(of: message.id, tenant: "race").map(\.kind.rawValue) == [state.rawValue])
            if state == .released { _ = try await store.delete(message.id, tenant: "race", seenAs: .released, noting: note()) }
        }
        #expect(try await store.usage(tenant: "race") == QuarantineUsage(messages: 0, octets: 0))
    }

    private func whatIsInfectedIsHeldBack() async throws {
        let message = KeptMessage.sample(tenant: "infected", at: now, isInfected: true)
        #expect(try await store.keep(message, sealed))
        #expect(try await store.release(message.id, tenant: nil, evenInfected: false, noting: note()) == .isInfected)
        #expect(try await store.acts(of: message.id, tenant: nil).isEmpty)
        guard case .done = try await store.release(message.id, tenant: nil, evenInfected: true, noting: note()) else { Issue.record("it was allowed"); return }
        #expect(try await store.release(message.id, tenant: nil, evenInfected: false, noting: note()) == .isNow(.released))
    }

    private func aTenantHasSoMuch() async throws {
        let limits = Self.limits
        func crowd(_ tenant: String, _ octets: Int, _ expected: QuarantineTrouble) async throws -> [VerdictID] {
            try await withThrowingTaskGroup(of: VerdictID?.self) { group in
                for store in each(of: [store, other], times: limits.tenantMessages + 6) {
                    group.addTask {
                        let message = KeptMessage.sample(tenant: tenant, at: now)
                        do { return try await store.keep(message, [UInt8](repeating: 1, count: octets)) ? message.id : nil } catch let trouble as QuarantineTrouble {
                            #expect(trouble == expected)
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: []) { if let id = $1 { $0.append(id) } }
            }
        }
        let many = try await crowd("crowd", 1, .tooManyMessages(limit: limits.tenantMessages)), large = try await crowd("large", 900, .tooManyOctets(limit: limits.tenantOctets))
        #expect(many.count == limits.tenantMessages && large.count == 11, "never more, and never fewer")
        #expect(try await store.usage(tenant: "crowd") == QuarantineUsage(messages: many.count, octets: many.count))
        #expect(try await store.usage(tenant: "large") == QuarantineUsage(messages: 11, octets: 9900))
        #expect(try await store.keep(.sample(tenant: "neighbour", at: now), sealed))
        var known = KeptMessage.sample(tenant: "crowd", at: now)
        known.id = many[0]
        #expect(try await store.keep(known, sealed) == false, "it is there already")
        _ = try await store.release(many[0], tenant: "crowd", evenInfected: false, noting: note())
        await #expect(throws: QuarantineTrouble.tooManyMessages(limit: limits.tenantMessages)) { try await store.keep(.sample(tenant: "crowd", at: now), sealed) }
        _ = try await store.delete(many[1], tenant: "crowd", seenAs: .kept, noting: note())
        #expect(try await store.keep(.sample(tenant: "crowd", at: now), sealed), "there is room where one was deleted")
        #expect(try await store.keep(.sample(tenant: "large", at: now), [UInt8](repeating: 1, count: 100)), "up to the last octet")
        await #expect(throws: QuarantineTrouble.tooManyOctets(limit: limits.tenantOctets)) { try await store.keep(.sample(tenant: "large", at: now), [1]) }
        await #expect(throws: QuarantineTrouble.tooManyOctets(limit: limits.tenantOctets), "the first one, too") {
            try await store.keep(.sample(tenant: "huge", at: now), [UInt8](repeating: 1, count: limits.tenantOctets + 1))
        }
    }
}

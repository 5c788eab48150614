import Limiting
import RateLimits
import Synchronization
import TestStores
import Testing
import Verdicts

@Suite struct SendingLimitsTests {
    private let now = Clock()

    private final class Clock: Sendable {
        let time = Mutex(1_800_000_000_000)
        var milliseconds: Int { time.withLock { $0 } }
        func pass(_ some: Int) { time.withLock { $0 += some } }
    }

    private static func limit(_ most: Int) throws -> [RateLimit] { [try RateLimit(counts: .recipients, most: most, window: #require(LimitWindow("1h")))] }

    private func desk(_ store: MemoryAllowances, _ definitions: any LimitStore = MemoryLimits(), freshness: Duration = .zero) throws -> SendingLimits {
        SendingLimits(store, definitions, LimitHierarchy(defaults: [.mailbox: try Self.limit(5)]), freshness: freshness)
    }

    private func send(_ desk: SendingLimits, _ subjects: [String], _ name: UInt8, _ recipients: Int = 1) async throws -> RateLimitEvidence {
        let message = SendingLimits.Message(tenant: "t", name: [UInt8](repeating: name, count: 32), subjects: try subjects.map { try LimitSubject(path: $0) }, amounts: Amounts(recipients: recipients, octets: 1))
        return await desk.count(message, at: Timestamp(milliseconds: now.milliseconds), by: .now + .seconds(60)).evidence
    }

    @Test func countedByWhatIsSaid() async throws {
        let store = MemoryAllowances { [now] in now.milliseconds }, desk = try desk(store)
        #expect(try await send(desk, ["domain/example.org"], 1).result == .unlimited)
        let first = try await send(desk, ["domain/example.org", "mailbox/a@example.org"], 2, 4)
        #expect(first.result == .counted && first.subjects == ["mailbox/a@example.org"])
        #expect(first.near?.map(\.used) == [4])
        #expect(try await send(desk, ["mailbox/a@example.org"], 2, 4).result == .countedBefore)
        let refused = try await send(desk, ["mailbox/a@example.org"], 3, 2)
        #expect(refused.result == .exceeded && refused.exceeded?.needs == 2 && refused.exceeded?.retryAt == Timestamp(milliseconds: now.milliseconds + 3_600_001))
        #expect(try await send(desk, ["mailbox/a@example.org"], 3, 6).result == .tooLarge)
        #expect(try await desk.define(TenantSubject(tenant: "t", LimitSubject(.domain, "example.org")), LimitDefinition(parent: try LimitSubject(.customer, "acme"))))
        #expect(try await desk.define(TenantSubject(tenant: "t", LimitSubject(.customer, "acme")), LimitDefinition(limits: try Self.limit(3), defaults: [.mailbox: try Self.limit(100)])))
        let more = try await send(desk, ["domain/example.org", "mailbox/a@example.org"], 3, 3)
        #expect(more.result == .counted && more.subjects == ["customer/acme", "mailbox/a@example.org"])
        let capped = try await send(desk, ["domain/example.org", "mailbox/b@example.org"], 4)
        #expect(capped.exceeded?.scope == .customer && capped.exceeded?.subject == "acme")
        #expect(try await desk.remove(TenantSubject(tenant: "t", LimitSubject(.domain, "example.org"))))
        #expect(try await send(desk, ["domain/example.org", "mailbox/b@example.org"], 4).result == .counted)
    }

    /// The language of the nearest one of whom one is said, else the tenant's, else that of the settings.
    @Test func whatIsSaidToWhoSentIt() async throws {
        let store = MemoryAllowances { [now] in now.milliseconds }, ru = try ReplySample.template("ru"), en = try ReplySample.template("en")
        let desk = SendingLimits(store, MemoryLimits(), LimitHierarchy(defaults: [.mailbox: try Self.limit(1)]), replies: try LimitReplies(["en": en, "ru": ru], language: "en"), freshness: .zero)
        func language(_ name: UInt8) async throws -> String? { try await send(desk, ["domain/example.org", "mailbox/a@example.org"], name).message?.language }
        func say(_ path: String, _ definition: LimitDefinition) async throws { _ = try await desk.define(TenantSubject(tenant: "t", try LimitSubject(path: path)), definition) }
        #expect(try await language(1) == nil, "it goes")
        #expect(try await language(2) == "en")
        try await say("customer/acme", LimitDefinition(language: LanguageTag("ru")))
        #expect(try await language(2) == "en")
        try await say("domain/example.org", LimitDefinition(parent: try LimitSubject(.customer, "acme")))
        #expect(try await language(2) == "ru", "the customer's")
        #expect(try await send(desk, ["domain/example.org", "mailbox/a@example.org"], 2).message?.text == "почтового ящика a@example.org: 1 получатель в час, использовано 1. Снова 15 января 2027 г. в 09:01 UTC.")
        try await say("mailbox/a@example.org", LimitDefinition(language: LanguageTag("en-GB")))
        #expect(try await language(2) == "en", "the mailbox's own")
        await #expect(throws: LimitFault("language", "is fr, in which there are no replies; there are en, ru")) { try await say("mailbox/a@example.org", LimitDefinition(language: LanguageTag("fr"))) }
        desk.replace(replies: try LimitReplies(["ru": ru], language: "ru"))
        #expect(try await language(2) == "ru", "of a language that is gone nobody is told")
        #expect(try await send(desk, ["mailbox/b@example.org"], 3, 2).message?.text == "Нужно 2, лимит 1 получатель в час.")
    }

    @Test func anOverrideEnds() async throws {
        let store = MemoryAllowances { [now] in now.milliseconds }, desk = try desk(store), anna = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "a@example.org"))
        _ = try await desk.define(anna, LimitDefinition(limits: try Self.limit(1), override: .init(limits: try Self.limit(10), until: now.milliseconds + 1000)))
        #expect(try await send(desk, ["mailbox/a@example.org"], 1, 7).result == .counted)
        now.pass(1000)
        #expect(try await send(desk, ["mailbox/a@example.org"], 2).result == .exceeded)
        await #expect(throws: LimitFault.self) { try await desk.define(anna, LimitDefinition(defaults: [.domain: []])) }
    }

    /// What ends by itself is in the way until then, and a message that is more than it by itself is put off where that is soon.
    @Test func whatEndsByItself() async throws {
        let store = MemoryAllowances { [now] in now.milliseconds }, desk = try desk(store), anna = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "a@example.org")), day = AllowanceLimits().longestHold
        func override(_ most: Int, for milliseconds: Int) async throws { _ = try await desk.define(anna, LimitDefinition(override: .init(limits: try Self.limit(most), until: now.milliseconds + milliseconds))) }
        try await override(2, for: 15_000)
        #expect(try await send(desk, ["mailbox/a@example.org"], 1, 2).result == .counted)
        var told = try await send(desk, ["mailbox/a@example.org"], 2)
        #expect(told.result == .exceeded && told.exceeded?.retryAt == Timestamp(milliseconds: now.milliseconds + 15_000))
        told = try await send(desk, ["mailbox/a@example.org"], 2, 3)
        #expect(told.result == .exceeded && told.exceeded?.retryAt == Timestamp(milliseconds: now.milliseconds + 15_000), "more than the limit by itself")
        now.pass(15_000)
        #expect(try await send(desk, ["mailbox/a@example.org"], 2, 3).result == .counted)
        try await override(1, for: day + 1)
        told = try await send(desk, ["mailbox/a@example.org"], 3, 2)
        #expect(told.result == .tooLarge && told.exceeded?.retryAt == nil, "nobody waits that long")
        try await override(1, for: day)
        #expect(try await send(desk, ["mailbox/a@example.org"], 3, 2).result == .exceeded)
        // One that is more than what holds then is refused at once, and one that has no room then either waits until it has.
        let ben = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "b@example.org"))
        _ = try await desk.define(ben, LimitDefinition(override: .init(limits: try Self.limit(10), until: now.milliseconds + 300_000)))
        #expect(try await send(desk, ["mailbox/b@example.org"], 11, 12).result == .tooLarge)
        #expect(try await send(desk, ["mailbox/b@example.org"], 12, 10).result == .counted)
        told = try await send(desk, ["mailbox/b@example.org"], 13)
        #expect(told.result == .exceeded && told.exceeded?.retryAt == Timestamp(milliseconds: now.milliseconds + 3_600_001))
        // What frees itself before the limit ends frees itself then.
        told = try await send(desk, ["mailbox/a@example.org"], 3)
        #expect(told.exceeded?.retryAt == Timestamp(milliseconds: now.milliseconds + 3_600_001))
    }

    /// What cannot be known says so: it is neither within the limits nor beyond them.
    @Test func troubleIsTold() async throws {
        let store = MemoryAllowances { [now] in now.milliseconds }, limits = FailingLimits(), desk = try desk(store, limits)
        #expect(try await send(desk, ["mailbox/a@example.org"], 1).result == .counted)
        store.fail(.unavailable("gone"))
        let unknown = try await send(desk, ["mailbox/a@example.org"], 2)
        #expect(unknown.result == .unknown && unknown.reason?.contains("gone") == true)
        store.fail(nil)
        limits.fails.withLock { $0 = true }
        #expect(try await send(desk, ["mailbox/a@example.org"], 3).result == .counted, "what was said a while ago still holds")
        #expect(try await send(desk, ["mailbox/b@example.org"], 4).result == .unknown, "nothing was ever known of it")
    }

    /// What is said is asked once for a while; a change on this node is followed at once.
    @Test func whatIsSaidIsRemembered() async throws {
        let store = MemoryAllowances { [now] in now.milliseconds }, limits = FailingLimits(), desk = try desk(store, limits, freshness: .seconds(3600))
        for number in 0..<3 { #expect(try await send(desk, ["mailbox/a@example.org"], UInt8(number)).result == .counted) }
        #expect(limits.asked.withLock { $0 } == 1)
        _ = try await desk.define(TenantSubject(tenant: "t", LimitSubject(.mailbox, "a@example.org")), LimitDefinition(limits: try Self.limit(3)))
        #expect(try await send(desk, ["mailbox/a@example.org"], 9).result == .exceeded)
    }
}

/// A store that can be made to fail, and tells how often it was asked.
private final class FailingLimits: LimitStore {
    let fails = Mutex(false), asked = Mutex(0)
    private let inner = MemoryLimits()

    func definitions(of subjects: [TenantSubject], by deadline: ContinuousClock.Instant) async throws -> [TenantSubject: LimitDefinition] {
        asked.withLock { $0 += 1 }
        if fails.withLock({ $0 }) { throw StoreTrouble.unavailable("gone") }
        return try await inner.definitions(of: subjects, by: deadline)
    }

    func define(_ subject: TenantSubject, _ definition: LimitDefinition) async throws -> Bool { try await inner.define(subject, definition) }
    func remove(_ subject: TenantSubject) async throws -> Bool { try await inner.remove(subject) }
    func page(tenant: String?, scope: LimitScope?, after: TenantSubject?, limit: Int) async throws -> [KeptDefinition] { try await inner.page(tenant: tenant, scope: scope, after: after, limit: limit) }
}

import Cryptography
package import Limiting
import RateLimits
import Synchronization
import TestSupport
import Testing
package import Verdicts

/// What every place where is kept what was sent must do.
package struct AllowanceStoreConformance: Sendable {
    private let stores: [any AllowanceStore]
    private let verdicts: any VerdictStore
    private let pass: @Sendable (Int) async throws -> Void
    /// Subjects of a tenant.
    private let most: Int

    /// - Parameters:
    ///   - stores: an empty one, as two nodes see it, for `most` subjects of a tenant.
    ///   - verdicts: where the verdicts are kept with what is counted.
    ///   - pass: lets so many milliseconds pass.
    package init(_ first: any AllowanceStore, _ second: any AllowanceStore, verdicts: any VerdictStore, most: Int, pass: @escaping @Sendable (Int) async throws -> Void) {
        stores = [first, second]
        self.verdicts = verdicts
        self.most = most
        self.pass = pass
    }

    package func run() async throws {
        try await asMuchAsTheLimit()
        try await onceForAMessage()
        try await allSubjectsOrNone()
        try await manyAtTheSameMoment()
        try await whatWasSentIsTold()
        try await whatCountsNoMoreIsRemoved()
        try await noRoom()
        try await whatIsRefusedLeavesNoTrace()
        try await manyWindows()
        try await whatDoesNotFit()
        try await aVerdictWithEachCount()
    }

    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    private func limit(_ most: Int, _ window: String, youth: Int? = nil) throws -> RateLimit {
        try RateLimit(counts: .recipients, most: most, window: #require(LimitWindow(window)), youth: youth)
    }

    private func subject(_ scope: LimitScope, _ name: String, _ limits: [RateLimit]) throws -> LimitedSubject { LimitedSubject(try LimitSubject(scope, name), limits) }

    private func count(_ tenant: String, _ name: String, _ subjects: [LimitedSubject], node: Int = 0) async throws -> Admission { try await count(tenant, name, 1, subjects, node: node) }

    private func count(_ tenant: String, _ name: String, _ recipients: Int, _ subjects: [LimitedSubject], node: Int = 0) async throws -> Admission {
        try await stores[node].count(CountedMessage(tenant: tenant, name: SHA256.digest(name.utf8), amounts: Amounts(recipients: recipients, octets: 1000), subjects: subjects), by: soon).admission
    }

    /// What counting comes to is in the verdict, and an earlier one stands: also of what comes at the same moment.
    private func aVerdictWithEachCount() async throws {
        let tenant = "v\(UInt32.random(in: 0...UInt32.max))", anna = try subject(.mailbox, "anna@example.org", [limit(2, "1m")])
        @Sendable func counted(_ queueID: String, node: Int = 0) async throws -> (Counting, VerdictRecord) {
            let made = Made(), id = VerdictID(at: .present)
            let message = CountedMessage(tenant: tenant, name: SHA256.digest("\(tenant) \(queueID)".utf8), amounts: Amounts(recipients: 1, octets: 1000), subjects: [anna], verdict: CountedVerdict(id: id) { admission in
                var record = VerdictRecord.sample(tenant: tenant, at: id.time, queueID: queueID)
                record.id = id
                record.action = if case .exceeded = admission { .defer } else { .accept }
                made.record.withLock { $0 = record }
                return record
            })
            let counting = try await stores[node].count(message, by: soon)
            return (counting, try #require(made.record.withLock { $0 }))
        }
        for queueID in ["1", "2"] {
            let (counting, record) = try await counted(queueID)
            #expect(goes(counting.admission) && counting.earlier == nil)
            #expect(try await verdicts.verdict(record.id, tenant: tenant)?.action == .accept)
        }
        let (refused, record) = try await counted("3", node: 1)
        guard case .exceeded = refused.admission else { Issue.record("it goes"); return }
        #expect(refused.earlier == nil)
        #expect(try await verdicts.verdict(record.id, tenant: tenant)?.action == .defer)
        try await pass(60_001)
        let (again, other) = try await counted("3")
        #expect(goes(again.admission) && again.earlier == EarlierVerdict(id: record.id, action: .defer), "it is counted, and who asks replaces the earlier verdict")
        #expect(try await verdicts.verdict(other.id, tenant: tenant) == nil)
        let earlier = try await withThrowingTaskGroup(of: (Counting, VerdictRecord).self) { group in
            for node in 0..<8 { group.addTask { try await counted("4", node: node % 2) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let kept = earlier.filter { $0.0.earlier == nil }
        #expect(kept.count == 1 && earlier.filter { goes($0.0.admission) }.count == 1)
        #expect(earlier.allSatisfy { $0.0.earlier == nil || $0.0.earlier?.id == kept.first?.1.id })
    }

    private final class Made: Sendable { let record = Mutex<VerdictRecord?>(nil) }

    private func goes(_ answer: Admission) -> Bool { if case .counted = answer { true } else { false } }

    private func asMuchAsTheLimit() async throws {
        let anna = try subject(.mailbox, "anna@example.org", [limit(3, "1m"), limit(5, "1h")])
        for number in 0..<3 { #expect(goes(try await count("a", "1.\(number)", [anna], node: number % 2))) }
        guard case .exceeded(let who, let obstacle) = try await count("a", "1.3", [anna], node: 1) else { Issue.record("it goes"); return }
        #expect(who == anna.subject)
        #expect(obstacle.used == 3 && obstacle.limit == anna.limits[0])
        #expect(goes(try await count("b", "1.3", [anna])), "of another tenant")
        try await pass(60_001)
        #expect(goes(try await count("a", "1.3", [anna])), "what was refused may come again")
        #expect(goes(try await count("a", "1.4", [anna], node: 1)))
        guard case .exceeded(_, let hour) = try await count("a", "1.5", [anna]) else { Issue.record("it goes"); return }
        #expect(hour.limit == anna.limits[1])
    }

    private func onceForAMessage() async throws {
        let anna = try subject(.mailbox, "once@example.org", [limit(2, "1h")])
        #expect(goes(try await count("a", "2.0", [anna])))
        for node in 0...1 { #expect(try await count("a", "2.0", [anna], node: node) == .countedBefore) }
        #expect(goes(try await count("a", "2.1", [anna])))
        #expect(try await count("a", "2.0", [anna]) == .countedBefore, "also when nothing is left")
        #expect(!goes(try await count("a", "2.2", [anna])))
    }

    private func allSubjectsOrNone() async throws {
        let domain = try subject(.domain, "all.example", [limit(4, "1h")]), anna = try subject(.mailbox, "anna@all.example", [limit(3, "1h")]), ben = try subject(.mailbox, "ben@all.example", [limit(3, "1h")])
        #expect(goes(try await count("a", "3.0", 3, [domain, anna])))
        #expect(!goes(try await count("a", "3.1", 1, [domain, anna])))
        guard case .exceeded(let who, let obstacle) = try await count("a", "3.2", 2, [domain, ben]) else { Issue.record("it goes"); return }
        #expect(who == domain.subject && obstacle.used == 3)
        #expect(goes(try await count("a", "3.3", 1, [domain, ben])))
        let states = try await stores[1].states(of: [ben.subject], tenant: "a", by: soon)
        #expect(states.states[ben.subject]?.usage(ben.limits, at: states.now).map(\.used) == [1])
    }

    /// Never more than the limit, never fewer, and each message once, also when it comes to both nodes at the same moment.
    private func manyAtTheSameMoment() async throws {
        let server = try subject(.server, "mx1", [limit(150, "1h")]), users = try (0..<5).map { try subject(.mailbox, "user\($0)@many.example", [limit(40, "1h")]) }
        let answers = try await withThrowingTaskGroup(of: (Int, Admission).self) { group in
            for number in 0..<400 {
                group.addTask { (number / 2, try await count("many", "4.\(number / 2)", [server, users[number / 2 % 5]], node: number % 2)) }
            }
            return try await group.reduce(into: [(Int, Admission)]()) { $0.append($1) }
        }
        let counted = answers.filter { goes($0.1) }.map(\.0)
        #expect(counted.count == 150 && Set(counted).count == 150)
        let before = Set(answers.filter { $0.1 == .countedBefore }.map(\.0))
        #expect(before.isSubset(of: counted))
        #expect(answers.count(where: { if case .exceeded = $0.1 { true } else { false } }) + counted.count + answers.count(where: { $0.1 == .countedBefore }) == 400)
    }

    private func whatWasSentIsTold() async throws {
        let anna = try subject(.mailbox, "told@example.org", [limit(10, "1m"), limit(100, "1h")])
        let none = try await stores[0].states(of: [anna.subject], tenant: "a", by: soon)
        #expect(none.states.isEmpty && none.now > 1_700_000_000_000)
        guard case .counted(let at, let near) = try await count("a", "5.0", 8, [anna]) else { Issue.record("it does not go"); return }
        #expect(near.map(\.usage.limit) == [anna.limits[0]])
        var told = try await stores[1].states(of: [anna.subject, LimitSubject(.mailbox, "nobody@example.org")], tenant: "a", by: soon)
        #expect(told.states.count == 1)
        let usage = try #require(told.states[anna.subject]).usage(anna.limits, at: told.now)
        #expect(usage.map(\.used) == [8, 8])
        #expect(usage[0].resetsAt == at + 60_001)
        #expect(usage[0].retryAt == told.now && usage[0].remaining == 2)
        #expect(try await stores[1].reset(anna.subject, tenant: "b", by: soon) == false, "of another tenant")
        #expect(try await stores[1].reset(anna.subject, tenant: "a", by: soon))
        #expect(try await stores[0].reset(anna.subject, tenant: "a", by: soon) == false)
        told = try await stores[0].states(of: [anna.subject], tenant: "a", by: soon)
        #expect(told.states.isEmpty)
        #expect(goes(try await count("a", "5.1", 10, [anna])))
        let young = try subject(.mailbox, "young@example.org", [limit(1, "1h", youth: 86_400), limit(5, "1h")])
        #expect(goes(try await count("a", "5.2", [young])))
        try await pass(86_400_001)
        #expect(goes(try await count("a", "5.3", 5, [young])))
        #expect(try await stores[0].reset(young.subject, tenant: "a", by: soon))
        #expect(goes(try await count("a", "5.4", 5, [young])), "who is reset is not new again")
    }

    private func whatCountsNoMoreIsRemoved() async throws {
        try await pass(40 * 86_400_000)
        _ = try await stores[0].removeOld(by: soon)
        let short = try subject(.mailbox, "short@example.org", [limit(10, "1m")]), long = try subject(.mailbox, "long@example.org", [limit(10, "1d")])
        let new = try subject(.mailbox, "new@example.org", [limit(10, "1m", youth: 86_400)])
        for (number, each) in [short, long, new].enumerated() { #expect(goes(try await count("old", "6.\(number)", [each]))) }
        #expect(try await stores[0].removeOld(by: soon).subjects == 0)
        try await pass(60_002)
        #expect(try await stores[1].removeOld(by: soon).subjects == 1)
        #expect(Set(try await stores[0].states(of: [short.subject, long.subject, new.subject], tenant: "old", by: soon).states.keys) == [long.subject, new.subject])
        try await pass(86_400_000)
        #expect(try await stores[0].removeOld(by: soon).subjects == 1, "who sent something a while ago is not new again")
        try await pass(60 * 86_400_000)
        #expect(try await stores[0].removeOld(by: soon).subjects == 2, "with the young one of before")
        #expect(goes(try await count("old", "6.9", [short])), "and may begin anew")
    }

    private func noRoom() async throws {
        let some = try limit(5, "1h")
        for number in 0..<most { #expect(goes(try await count("full", "7.\(number)", [subject(.client, "192.0.2.\(number)", [some])]))) }
        let one = try subject(.client, "192.0.2.0", [some]), more = try subject(.client, "198.51.100.1", [some])
        await #expect(throws: StoreTrouble.self) { try await count("full", "7.more", [one, more]) }
        #expect(goes(try await count("full", "7.again", 4, [one])), "those that are there are counted, and nothing was taken from them")
        #expect(goes(try await count("roomy", "7.more", [more])))
        try await pass(2 * 3_600_000)
        #expect(try await stores[0].removeOld(by: soon).subjects >= most)
        #expect(goes(try await count("full", "7.late", [one])))
    }

    /// Names that nobody knew before are not remembered for a message that does not go.
    private func whatIsRefusedLeavesNoTrace() async throws {
        let client = try subject(.client, "192.0.2.9", [limit(1, "1d")])
        #expect(goes(try await count("trace", "9.first", [client])))
        for number in 0..<most * 2 { #expect(!goes(try await count("trace", "9.\(number)", [client, subject(.mailbox, "made\(number)@example.org", [limit(5, "1h")])]))) }
        #expect(try await stores[0].states(of: [client.subject, LimitSubject(.mailbox, "made1@example.org")], tenant: "trace", by: soon).states.count == 1)
        #expect(goes(try await count("trace", "9.other", [subject(.mailbox, "other@example.org", [limit(5, "1h")])])), "there is room for who sends")
    }

    /// As many windows as can be, each as full as can be.
    private func manyWindows() async throws {
        let windows = try (0..<16).map { try RateLimit(counts: .octets, most: RateLimit.greatest, window: #require(LimitWindow(seconds: 96 + $0 * 16))) }
        let full = LimitedSubject(try LimitSubject(.server, "full"), windows)
        for number in 0..<200 {
            let message = CountedMessage(tenant: "wide", name: SHA256.digest("10.\(number)".utf8), amounts: Amounts(recipients: 1, octets: 1_000_000_000_000 + number), subjects: [full])
            #expect(goes(try await stores[number % 2].count(message, by: soon).admission))
            try await pass(800)
        }
        let told = try await stores[0].states(of: [full.subject], tenant: "wide", by: soon)
        #expect(try #require(told.states[full.subject]).usage(windows, at: told.now).allSatisfy { $0.used > 0 })
    }

    private func whatDoesNotFit() async throws {
        let one = try subject(.client, "192.0.2.1", [limit(5, "1h")])
        await #expect(throws: StoreTrouble.self) { try await count("a", "8", []) }
        let many = try (0...LimitHierarchy.subjectLimit).map { try subject(.client, "192.0.2.\($0)", [limit(5, "1h")]) }
        await #expect(throws: StoreTrouble.self) { try await count("a", "8", many) }
        await #expect(throws: StoreTrouble.self) { try await stores[0].count(CountedMessage(tenant: "a", name: [1], amounts: Amounts(recipients: 1, octets: 1), subjects: [one]), by: soon) }
    }
}

/// What every place where is kept what is said of subjects must do.
package struct LimitStoreConformance {
    private let store: any LimitStore
    private let most: Int

    /// - Parameter store: an empty one, for `most` definitions of a tenant.
    package init(_ store: any LimitStore, most: Int) { self.store = store; self.most = most }

    package func run() async throws {
        let window = try #require(LimitWindow("90m")), soon = ContinuousClock.now + .seconds(60)
        let limits = [try RateLimit(counts: .octets, most: 7, window: window, burst: 3, youth: 86_400), try RateLimit(counts: .messages, most: RateLimit.greatest, window: window)]
        let full = LimitDefinition(parent: try LimitSubject(.plan, "Gold / 1"), limits: limits, defaults: [.mailbox: limits, .client: []], override: .init(limits: [], until: 1_800_000_000_123, reason: "Ümlaut \"quoted\" \u{0}"), since: 1_700_000_000_000, language: LanguageTag("de-AT"))
        let acme = TenantSubject(tenant: "a", try LimitSubject(.customer, "Acme")), domain = TenantSubject(tenant: "a", try LimitSubject(.domain, "example.org")), other = TenantSubject(tenant: "b", acme.subject)
        #expect(try await store.definitions(of: [], by: soon).isEmpty)
        #expect(try await store.definitions(of: [acme], by: soon).isEmpty)
        #expect(try await store.define(acme, full))
        #expect(try await store.define(acme, full) == false)
        #expect(try await store.define(domain, LimitDefinition(limits: [])))
        #expect(try await store.define(other, LimitDefinition(parent: try LimitSubject(.server, "mx"))))
        let found = try await store.definitions(of: [acme, domain, acme, TenantSubject(tenant: "c", acme.subject)], by: soon)
        #expect(found.count == 2)
        #expect(found[domain] == LimitDefinition(limits: []))
        var kept = try #require(found[acme])
        #expect(kept.override?.reason?.hasPrefix("Ümlaut \"quoted\" ") == true)
        kept.override?.reason = full.override?.reason
        #expect(kept == full && kept.language?.description == "de-AT")
        let all = try await store.page(tenant: nil, scope: nil, after: nil, limit: 10)
        #expect(all.map(\.of) == [acme, domain, other])
        #expect(try await store.page(tenant: nil, scope: nil, after: acme, limit: 1).map(\.of) == [domain])
        #expect(try await store.page(tenant: "a", scope: .customer, after: nil, limit: 10).map(\.of) == [acme])
        #expect(try await store.page(tenant: "b", scope: nil, after: other, limit: 10).isEmpty)
        #expect(try await store.remove(acme))
        #expect(try await store.remove(acme) == false)
        #expect(try await store.definitions(of: [acme, other], by: soon).count == 1)
        for number in 1..<most { #expect(try await store.define(TenantSubject(tenant: "a", try LimitSubject(.site, "\(number)")), LimitDefinition())) }
        await #expect(throws: TenantLimitReached(limit: most)) { try await store.define(acme, full) }
        #expect(try await store.define(domain, full) == false, "one that is there may change")
        #expect(try await store.define(TenantSubject(tenant: "c", acme.subject), full), "the room of another tenant")
    }
}

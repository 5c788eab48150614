import Limiting
import RateLimits
import Synchronization
import TestStores
import Testing
import Verdicts

@Suite struct RestraintTests {
    private final class Clock: Sendable {
        let time = Mutex(1_800_000_000_000)
        var now: Timestamp { Timestamp(milliseconds: time.withLock { $0 }) }
        func pass(_ seconds: Int) { time.withLock { $0 += seconds * 1000 } }
    }

    private let clock = Clock()
    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    private static func limits(_ most: Int, _ excess: RateLimit.Excess = .defer) throws -> [RateLimit] { [try RateLimit(counts: .recipients, most: most, window: #require(LimitWindow("1h")), excess: excess)] }

    private struct House {
        let store: MemoryAllowances, watch: MemoryWatch, limits: SendingLimits
        let clock: Clock

        func send(_ subjects: [String], _ name: UInt8, _ recipients: Int = 1, isHeld: Bool = false) async throws -> RateLimitEvidence {
            let keeper = isHeld ? SendingLimits.Keeper(server: "mx", queueID: "\(name)", mailFrom: "a@example.org") : nil
            return await limits.count(.init(tenant: "t", name: [UInt8](repeating: name, count: 32), subjects: try subjects.map { try LimitSubject(path: $0) }, amounts: Amounts(recipients: recipients, octets: 1), keeper: keeper), at: clock.now, by: .now + .seconds(60)).evidence
        }

        func restrain(_ path: String, _ state: Restraint.State, for seconds: Int? = nil) async throws { _ = try await limits.restrain(TenantSubject(tenant: "t", try LimitSubject(path: path)), state, for: seconds, reason: "x", by: .now + .seconds(60)) }
        func lift(_ path: String) async throws -> Bool { try await limits.lift(TenantSubject(tenant: "t", try LimitSubject(path: path)), trust: 0, by: .now + .seconds(60)) != nil }
    }

    private func house(_ excess: RateLimit.Excess = .defer, throttle: Int = 2) throws -> House {
        let store = MemoryAllowances { [clock] in clock.time.withLock { $0 } }, watch = MemoryWatch { [clock] in clock.now }
        let limits = SendingLimits(store, MemoryLimits(), LimitHierarchy(defaults: [.mailbox: try Self.limits(5, excess)]), holds: store, restraints: RestraintBook(watch, throttle: try Self.limits(throttle)), freshness: .zero)
        return House(store: store, watch: watch, limits: limits, clock: clock)
    }

    @Test func whoIsFrozenSendsNothing() async throws {
        let house = try house()
        _ = try await house.limits.define(TenantSubject(tenant: "t", LimitSubject(.domain, "example.org")), LimitDefinition(parent: try LimitSubject(.customer, "acme")))
        #expect(try await house.send(["mailbox/a@example.org"], 1).result == .counted)
        try await house.restrain("mailbox/a@example.org", .frozen, for: 60)
        let frozen = try await house.send(["domain/example.org", "mailbox/a@example.org"], 2)
        #expect(frozen.result == .frozen && frozen.restraint?.subject == "a@example.org" && frozen.restraint?.state == "frozen" && frozen.restraint?.reason == "x")
        #expect(try await house.send(["domain/example.org", "mailbox/b@example.org"], 3).result == .counted)
        clock.pass(61)
        #expect(try await house.send(["mailbox/a@example.org"], 2).result == .counted, "its time is over")
        // Who is above counts as well, also where only the definition says who that is.
        try await house.restrain("customer/acme", .frozen)
        let above = try await house.send(["domain/example.org", "mailbox/b@example.org"], 4)
        #expect(above.result == .frozen && above.restraint?.scope == .customer)
        #expect(try await house.lift("customer/acme"))
        #expect(try await house.send(["domain/example.org", "mailbox/b@example.org"], 4).result == .counted)
        #expect(try await !house.lift("customer/acme"))
    }

    @Test func whoIsThrottledHasLess() async throws {
        let house = try house()
        try await house.restrain("mailbox/a@example.org", .throttled, for: 7200)
        #expect(try await house.send(["mailbox/a@example.org"], 1, 2).result == .counted)
        let more = try await house.send(["mailbox/a@example.org"], 2)
        #expect(more.result == .exceeded && more.exceeded?.limit == 2 && more.restraint?.state == "throttled")
        let much = try await house.send(["mailbox/a@example.org"], 3, 3)
        #expect(much.result == .exceeded && much.exceeded?.retryAt == clock.now.adding(seconds: 7200), "more than that by itself is not refused")
        // One without limits of its own has those at least.
        try await house.restrain("site/web1/uid:33", .throttled)
        #expect(try await house.send(["site/web1/uid:33"], 5, 2).result == .counted)
        #expect(try await house.send(["site/web1/uid:33"], 6).result == .exceeded)
        #expect(try await house.lift("site/web1/uid:33"))
        #expect(try await house.send(["site/web1/uid:33"], 6).result == .unlimited)
    }

    /// Restraints and overrides end one before the other: what is told is when a message goes by all of it.
    @Test func throttledBesideAnOverride() async throws {
        let house = try house(throttle: 20), anna = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "a@example.org"))
        func at(_ seconds: Int) -> Timestamp { Timestamp(milliseconds: clock.now.milliseconds + seconds * 1000) }
        _ = try await house.limits.define(anna, LimitDefinition(limits: try Self.limits(100), override: .init(limits: try Self.limits(5), until: clock.now.milliseconds + 7_200_000)))
        for seconds in [600, nil, 259_200] {
            try await house.restrain("mailbox/a@example.org", .throttled, for: seconds)
            let told = try await house.send(["mailbox/a@example.org"], 1, 10)
            #expect(told.result == .exceeded && told.exceeded?.retryAt == at(7200), "\(seconds ?? 0): \(told)")
        }
        // More than the throttle lets go, and then more than anything does.
        try await house.restrain("mailbox/a@example.org", .throttled, for: 10_000)
        #expect(try await house.send(["mailbox/a@example.org"], 2, 30).exceeded?.retryAt == at(10_000))
        try await house.restrain("mailbox/a@example.org", .throttled)
        let unknown = try await house.send(["mailbox/a@example.org"], 3, 30)
        #expect(unknown.result == .exceeded && unknown.exceeded?.retryAt == nil, "nobody knows when")
        #expect(try await house.send(["mailbox/a@example.org"], 4, 101).result == .tooLarge)
    }

    /// Where the policy only shows that somebody is frozen, who is throttled below him is put off as else, and not refused.
    @Test func throttledBelowAFrozenOneOnProbation() async throws {
        let house = try house()
        try await house.restrain("mailbox/a@example.org", .throttled, for: 7200)
        try await house.restrain("domain/example.org", .frozen)
        let message = SendingLimits.Message(tenant: "t", name: [UInt8](repeating: 9, count: 32), subjects: try ["domain/example.org", "mailbox/a@example.org"].map { try LimitSubject(path: $0) }, amounts: Amounts(recipients: 3, octets: 1), freezes: false)
        let evidence = await house.limits.count(message, at: clock.now, by: soon).evidence
        #expect(evidence.result == .exceeded && evidence.exceeded?.retryAt == clock.now.adding(seconds: 7200) && evidence.restraint?.state == "frozen")
    }

    /// Where it cannot be known who is restrained, nobody is taken for free; what was known holds on.
    @Test func whereItCannotBeRead() async throws {
        let house = try house()
        house.watch.fail(.unavailable("away"))
        #expect(try await house.send(["mailbox/a@example.org"], 1).result == .unknown)
        house.watch.fail(nil)
        try await house.restrain("mailbox/a@example.org", .frozen)
        #expect(try await house.send(["mailbox/b@example.org"], 1).result == .counted)
        house.watch.fail(.unavailable("away"))
        await #expect(throws: StoreTrouble.self) { try await house.limits.refreshRestraints(by: soon) }
        #expect(try await house.send(["mailbox/a@example.org"], 2).result == .frozen)
    }

    /// What limits keep back of a sender who is frozen waits on, keeps nobody else waiting, and goes when that is undone.
    @Test func whatWaitsOfAFrozenSender() async throws {
        let house = try house(.hold), desk = HoldDesk(house.store, house.limits) { [clock] in clock.now }, agent = HoldAgent(tenant: nil, server: "mx")
        #expect(try await desk.due(at: agent, limit: 10, wait: .zero).isEmpty)
        for sender in ["a", "b"] {
            let base: UInt8 = sender == "a" ? 0 : 100
            #expect(try await house.send(["mailbox/\(sender)@example.org"], base, 5, isHeld: true).result == .counted)
            for number in 1...3 { #expect(try await house.send(["mailbox/\(sender)@example.org"], base + UInt8(number), isHeld: true).result == .held) }
        }
        try await house.restrain("mailbox/a@example.org", .frozen)
        clock.pass(3601)
        // More than a page of those of the frozen one is no wall.
        #expect(try await desk.due(at: agent, limit: 2, wait: .seconds(10)).map(\.queueID) == ["101"])
        #expect(try await desk.due(at: agent, limit: 10, wait: .zero).map(\.queueID) == ["102", "103"])
        try await desk.putInOrder("t")
        #expect(try await desk.due(at: agent, limit: 10, wait: .zero).isEmpty)
        #expect(try await house.lift("mailbox/a@example.org"))
        try await desk.putInOrder()
        #expect(try await desk.due(at: agent, limit: 10, wait: .zero).map(\.queueID) == ["1", "2", "3"])
    }
}

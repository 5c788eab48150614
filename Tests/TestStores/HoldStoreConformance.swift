import Cryptography
package import Limiting
import RateLimits
import Testing
import Verdicts

/// What every place where messages wait must do.
package struct HoldStoreConformance: Sendable {
    private let counting: [any AllowanceStore]
    private let stores: [any HoldStore]
    private let pass: @Sendable (Int) async throws -> Void
    /// Messages of a tenant.
    private let most: Int
    private var soon: ContinuousClock.Instant { .now + .seconds(60) }
    private let lease = 60_000

    /// - Parameters:
    ///   - counting: an empty one, as two nodes see it, for `most` messages of a tenant that wait.
    ///   - pass: lets so many milliseconds pass.
    package init(_ counting: [any AllowanceStore], _ stores: [any HoldStore], most: Int, pass: @escaping @Sendable (Int) async throws -> Void) {
        self.counting = counting; self.stores = stores; self.most = most; self.pass = pass
    }

    package func run() async throws {
        try await whoWaitsGoesAtItsTime()
        try await onlyWhereSomebodyReleases()
        try await whatIsLentComesBack()
        try await aLimitThatEnds()
        try await nobodyIsOvertaken()
        try await theOrderIsFair()
        try await aServerWithoutAgentKeepsNobodyWaiting()
        try await cancelledAndReleasedByHand()
        try await noMoreThanThereMayBe()
        try await aLineThatBecomesLonger()
        try await pagesAndWhatIsOld()
    }

    private func limit(_ most: Int, _ window: String = "1m") throws -> RateLimit { try RateLimit(counts: .recipients, most: most, window: #require(LimitWindow(window)), excess: .hold) }
    private func subject(_ scope: LimitScope, _ name: String, _ limits: RateLimit...) throws -> LimitedSubject { LimitedSubject(try LimitSubject(scope, name), limits) }

    private func message(_ tenant: String, _ name: String, _ subjects: [LimitedSubject], recipients: Int = 1, server: String = "mx", longest: Int = 86_400_000) -> CountedMessage {
        let all = subjects.map(\.subject)
        return CountedMessage(tenant: tenant, name: SHA256.digest(name.utf8), amounts: Amounts(recipients: recipients, octets: 1000), subjects: subjects,
                              hold: HoldRequest(wish: HoldWish(lane: HoldLane(of: all), longest: longest), server: server, queueID: "Q-\(name)", mailFrom: "a@example.org", subjects: all))
    }

    private func id(_ name: String, _ tenant: String) -> VerdictID { Hold.id(of: SHA256.digest(name.utf8), tenant: tenant) }

    /// - Returns: milliseconds from now to when it goes: 0 for at once; nil where it neither goes nor waits.
    private func send(_ message: CountedMessage, node: Int = 0) async throws -> Int? {
        let now = try await counting[node].states(of: [], tenant: "a", by: soon).now
        switch try await counting[node].count(message, by: soon).admission {
        case .counted: return 0
        case .held(_, _, let until), .heldBefore(let until): return until - now
        case .countedBefore, .exceeded: return nil
        }
    }

    /// What goes now, with the limits that are given for everybody.
    private func fetch(_ server: String = "mx", _ tenant: String? = nil, _ limits: [LimitSubject: LimitedSubject], limit: Int = 1000, node: Int = 0) async throws -> [String] {
        let found = try await stores[node].due(at: HoldAgent(tenant: tenant, server: server), lease: lease, limit: limit, by: soon)
        let granted = try await stores[node].grant(found.due.map { hold in (hold, hold.subjects.compactMap { limits[$0] }) }, lease: lease, by: soon)
        return (found.lent + granted).map(\.queueID)
    }

    private func table(_ subjects: LimitedSubject...) -> [LimitSubject: LimitedSubject] { Dictionary(subjects.map { ($0.subject, $0) }) { one, _ in one } }

    private func order(_ tenant: String, _ limits: [LimitSubject: LimitedSubject], node: Int = 0) async throws {
        let line = try await stores[node].line(of: tenant, by: soon), holds = line.holds.filter { line.servers.contains($0.server) }
        let states = try await counting[node].states(of: Array(limits.keys), tenant: tenant, by: soon).states
        let plan = HoldPlan(holds.map { hold in WaitingMessage(lane: hold.lane, amounts: hold.amounts, subjects: hold.subjects.compactMap { limits[$0] }, blocker: hold.blocker) }, states: states, turns: line.turns, at: line.now)
        let moves = holds.indices.map { HoldOrder.Move(id: holds[$0].id, releaseAt: Timestamp(milliseconds: plan.times[$0]), blocker: plan.blockers[$0]) }
        try await stores[node].order(tenant, HoldOrder(moves: moves, tails: plan.tails, begins: plan.begins, changes: line.changes, took: 1), by: soon)
    }

    private func whoWaitsGoesAtItsTime() async throws {
        let anna = try subject(.mailbox, "anna@example.org", limit(2)), limits = table(anna)
        #expect(try await fetch("mx", nil, limits).isEmpty)
        #expect(try await send(message("a", "1.0", [anna])) == 0)
        #expect(try await send(message("a", "1.1", [anna])) == 0)
        let first = try #require(try await send(message("a", "1.2", [anna]))), second = try #require(try await send(message("a", "1.3", [anna]), node: 1)), third = try #require(try await send(message("a", "1.4", [anna])))
        #expect((59_000...60_001).contains(first) && (59_000...60_001).contains(second) && (119_000...120_002).contains(third), "\(first) \(second) \(third)")
        #expect(abs((try await send(message("a", "1.2", [anna]), node: 1) ?? 0) - first) < 2000, "who asks again waits in the same place")
        #expect(try await fetch("mx", nil, limits).isEmpty, "not before its time")
        let next = try #require(try await stores[0].due(at: HoldAgent(tenant: nil, server: "mx"), lease: lease, limit: 10, by: soon).next)
        #expect((50_000...60_001).contains(next))
        try await pass(60_002)
        #expect(try await fetch("other", nil, limits).isEmpty, "only of its server")
        #expect(try await fetch("mx", "b", limits).isEmpty, "only of its tenant")
        #expect(try await fetch("mx", "a", limits, limit: 1) == ["Q-1.2"])
        #expect(try await fetch("mx", nil, limits, node: 1) == ["Q-1.3"])
        #expect(try await fetch("mx", nil, limits).isEmpty, "nothing twice")
        guard case .countedBefore = try await counting[1].count(message("a", "1.2", [anna]), by: soon).admission else { Issue.record("it is counted once"); return }
        let states = try await counting[0].states(of: [anna.subject], tenant: "a", by: soon)
        #expect(try #require(states.states[anna.subject]).usage(anna.limits, at: states.now).map(\.used) == [2])
        for name in ["1.2", "1.3"] {
            let id = id(name, "a")
            #expect(try await stores[0].hold(id, tenant: "a", by: soon)?.state == .granted)
            #expect(try await stores[1].end(id, tenant: "b", .released, by: soon) == nil, "of another tenant")
            for _ in 0..<2 { #expect(try await stores[1].end(id, tenant: nil, .released, by: soon)?.state == .released) }
        }
        try await pass(60_002)
        #expect(try await fetch("mx", nil, limits) == ["Q-1.4"])
        #expect(try await stores[0].end(id("1.4", "a"), tenant: "a", .missing, by: soon)?.outcome == .missing)
    }

    private func onlyWhereSomebodyReleases() async throws {
        let ben = try subject(.mailbox, "ben@example.org", limit(1))
        #expect(try await send(message("a", "2.0", [ben], server: "nobody")) == 0)
        guard case .exceeded = try await counting[0].count(message("a", "2.1", [ben], server: "nobody"), by: soon).admission else { Issue.record("it waits for nobody"); return }
        _ = try await fetch("nobody", "a", table(ben))
        guard case .held = try await counting[0].count(message("a", "2.1", [ben], server: "nobody"), by: soon).admission else { Issue.record("it does not wait"); return }
        guard case .counted = try await counting[0].count(message("b", "2.0", [ben], server: "nobody"), by: soon).admission else { Issue.record("not counted"); return }
        guard case .exceeded = try await counting[0].count(message("b", "2.1", [ben], server: "nobody"), by: soon).admission else { Issue.record("the agent is another tenant's"); return }
        try await pass(11 * 60_000)
        guard case .counted = try await counting[0].count(message("a", "2.3", [ben], server: "nobody"), by: soon).admission else { Issue.record("one that may not wait goes where there is room"); return }
        guard case .exceeded = try await counting[0].count(message("a", "2.4", [ben], server: "nobody"), by: soon).admission else { Issue.record("the agent is away"); return }
        try await pass(60_002)
        #expect(try await fetch("nobody", "a", table(ben)) == ["Q-2.1"], "until it comes back")
    }

    /// An agent that dies loses nothing.
    private func whatIsLentComesBack() async throws {
        let carl = try subject(.mailbox, "carl@example.org", limit(1)), limits = table(carl)
        _ = try await fetch("lent", nil, limits)
        #expect(try await send(message("a", "3.0", [carl], server: "lent")) == 0)
        #expect(try await send(message("a", "3.1", [carl], server: "lent")) != nil)
        try await pass(60_002)
        #expect(try await fetch("lent", nil, limits) == ["Q-3.1"])
        try await pass(lease - 1000)
        #expect(try await fetch("lent", nil, limits, node: 1).isEmpty)
        try await pass(1001)
        #expect(try await fetch("lent", nil, limits, node: 1) == ["Q-3.1"], "another agent has it")
        let states = try await counting[0].states(of: [carl.subject], tenant: "a", by: soon)
        #expect((states.states[carl.subject]?.usage(carl.limits, at: states.now).first?.used ?? 0) <= 1, "and it is counted once")
        #expect(try await stores[0].end(id("3.1", "a"), tenant: nil, .released, by: soon)?.state == .released)
        try await pass(lease + 1)
        #expect(try await fetch("lent", nil, limits).isEmpty)
    }

    /// One for which there is no room when its time comes is looked at again when its limit ends, not when that would have room. Who may not wait is not told that he does.
    private func aLimitThatEnds() async throws {
        let gina = try subject(.mailbox, "gina@example.org", limit(1), limit(5, "1h"))
        _ = try await fetch("ends", nil, table(gina))
        #expect(try await send(message("a", "11.0", [gina], server: "ends")) == 0)
        #expect(try await send(message("a", "11.1", [gina], server: "ends")) != nil)
        try await pass(60_002)
        let now = try await counting[0].states(of: [], tenant: "a", by: soon).now
        #expect(try await fetch("ends", nil, table(LimitedSubject(gina.subject, [limit(1), limit(1, "1h")], next: [.init(at: now + 50_000, [])]))).isEmpty)
        let hold = try #require(try await stores[1].hold(id("11.1", "a"), tenant: "a", by: soon))
        #expect(hold.state == .waiting && hold.releaseAt == Timestamp(milliseconds: now + 50_000), "\(hold.releaseAt)")
        let again = message("a", "11.1", [gina], server: "ends")
        guard case .exceeded = try await counting[1].count(CountedMessage(tenant: "a", name: again.name, amounts: again.amounts, subjects: [gina]), by: soon).admission else { Issue.record("who may not wait is told that he waits"); return }
        try await pass(50_001)
        #expect(try await fetch("ends", nil, table(gina)) == ["Q-11.1"])
        #expect(try await stores[0].end(id("11.1", "a"), tenant: nil, .released, by: soon)?.state == .released)
    }

    private func nobodyIsOvertaken() async throws {
        let dora = try subject(.mailbox, "dora@example.org", limit(10)), limits = table(dora)
        _ = try await fetch("mx", nil, limits)
        #expect(try await send(message("a", "4.0", [dora], recipients: 6)) == 0)
        #expect(try await send(message("a", "4.1", [dora], recipients: 8)) != 0)
        #expect(try await send(message("a", "4.2", [dora]), node: 1) != 0, "somebody waits for what is left")
        try await pass(60_002)
        #expect(try await fetch("mx", nil, limits) == ["Q-4.1", "Q-4.2"])
        #expect(try await send(message("a", "4.3", [dora]), node: 1) == 0, "nobody waits any more")
    }

    private func theOrderIsFair() async throws {
        let server = try subject(.server, "fair", limit(4, "10s")), one = try subject(.customer, "one"), two = try subject(.customer, "two")
        let eve = try subject(.mailbox, "eve@example.org"), finn = try subject(.mailbox, "finn@example.org"), limits = table(server)
        _ = try await fetch("fair", nil, limits)
        func mine(_ name: String, _ customer: LimitedSubject, _ who: LimitedSubject, node: Int = 0) async throws -> Int? {
            let all = [server, customer, who].map(\.subject)
            return try await send(CountedMessage(tenant: "f", name: SHA256.digest(name.utf8), amounts: Amounts(recipients: 1, octets: 1), subjects: [server],
                                                 hold: HoldRequest(wish: HoldWish(lane: HoldLane(of: all), longest: 86_400_000), server: "fair", queueID: name, mailFrom: nil, subjects: all)), node: node)
        }
        for number in 0..<24 { #expect(try await mine("e\(number)", one, eve, node: number % 2) != nil) }
        for number in 0..<4 { #expect(try await mine("f\(number)", two, finn) != nil) }
        #expect(try await stores[0].disordered(by: soon).isEmpty, "not at every message")
        try await pass(1500)
        #expect(try await stores[0].disordered(by: soon) == ["f"])
        #expect(try await stores[1].disordered(by: soon).isEmpty, "by one node")
        try await order("f", limits)
        try await pass(10_001)
        #expect(Set(try await fetch("fair", nil, limits)) == ["e4", "e5", "f0", "f1"], "half of it each")
        try await order("f", limits, node: 1)
        #expect(try await mine("f4", two, finn) != nil)
        try await pass(1500)
        try await order("f", limits)
        try await pass(10_001)
        let second = Set(try await fetch("fair", nil, limits))
        #expect(second == ["e6", "e7", "f2", "f3"], "\(second)")
        try await pass(10_001)
        try await order("f", limits)
        let third = Set(try await fetch("fair", nil, limits))
        #expect(third == ["e8", "e9", "e10", "f4"], "\(third)")
        #expect(try await stores[0].holds(matching: HoldFilter(), before: nil, limit: 1000, by: soon).count { $0.tenant == "f" && $0.state == .waiting } == 24 + 5 - 4 - 12)
    }

    private func aServerWithoutAgentKeepsNobodyWaiting() async throws {
        let shared = try subject(.customer, "shared", limit(1)), limits = table(shared)
        _ = try await fetch("dead", nil, limits)
        _ = try await fetch("live", nil, limits)
        #expect(try await send(message("d", "6.0", [shared], server: "dead")) == 0)
        for number in 1...3 { #expect(try await send(message("d", "6.\(number)", [shared], server: "dead")) != nil) }
        #expect(try await send(message("d", "6.4", [shared], server: "live")) != nil)
        try await pass(130_000)
        #expect(try await fetch("live", nil, limits).isEmpty)
        try await order("d", limits)
        let live = try await fetch("live", nil, limits)
        let waiting = try await stores[0].line(of: "d", by: soon)
        #expect(live == ["Q-6.4"], "\(live) \(waiting)")
        try await pass(60_002)
        #expect(try await fetch("dead", nil, limits) == ["Q-6.1"], "and nothing of it is lost")
    }

    private func cancelledAndReleasedByHand() async throws {
        let gina = try subject(.mailbox, "gina@example.org", limit(1)), limits = table(gina)
        _ = try await fetch("mx", nil, limits)
        for number in 0..<4 { _ = try await send(message("g", "7.\(number)", [gina])) }
        let first = id("7.1", "g"), second = id("7.2", "g"), third = id("7.3", "g")
        #expect(try await stores[0].cancel(first, tenant: "x", by: soon) == nil)
        #expect(try await stores[0].cancel(first, tenant: "g", by: soon)?.state == .cancelled)
        #expect(try await stores[1].end(first, tenant: "g", .released, by: soon)?.state == .cancelled, "it stays so")
        #expect(try await stores[0].end(second, tenant: "g", .missing, by: soon)?.state == .released)
        try await pass(1500)
        #expect(try await stores[0].disordered(by: soon).contains("g"))
        try await order("g", limits)
        try await pass(60_002)
        #expect(try await fetch("mx", "g", limits) == ["Q-7.3"], "who was behind them moves up")
        #expect(try await stores[0].cancel(third, tenant: "g", by: soon)?.state == .granted)
        #expect(try await send(message("g", "7.1", [gina])) != nil, "a message that was cancelled may come again")
        #expect(try await stores[1].hold(first, tenant: "g", by: soon)?.state == .waiting)
    }

    private func noMoreThanThereMayBe() async throws {
        let hans = try subject(.mailbox, "hans@example.org", limit(1))
        _ = try await fetch("mx", nil, table(hans))
        #expect(try await send(message("full", "8", [hans])) == 0)
        for number in 0..<most { #expect(try await send(message("full", "8.\(number)", [hans])) != nil) }
        #expect(try await send(message("full", "8.more", [hans])) == nil, "as many as there may be")
        #expect(try await send(message("roomy", "8", [hans])) == 0)
        #expect(try await send(message("roomy", "8.1", [hans], longest: 30_000)) == nil, "longer than it may be kept")
        #expect(try await send(message("roomy", "8.2", [hans], recipients: 2)) == nil, "more than the limit by itself")
    }

    /// Who comes while others are put in order is not lost, and is put in order the next time.
    private func aLineThatBecomesLonger() async throws {
        let ida = try subject(.mailbox, "ida@example.org", limit(1)), limits = table(ida)
        _ = try await fetch("mx", nil, limits)
        for number in 0..<3 { _ = try await send(message("l", "9.\(number)", [ida])) }
        let line = try await stores[0].line(of: "l", by: soon), states = try await counting[0].states(of: [ida.subject], tenant: "l", by: soon).states
        let plan = HoldPlan(line.holds.map { WaitingMessage(lane: $0.lane, amounts: $0.amounts, subjects: [ida], blocker: $0.blocker) }, states: states, turns: line.turns, at: line.now)
        let promised = try #require(try await send(message("l", "9.3", [ida]), node: 1))
        try await stores[0].order("l", HoldOrder(moves: [], tails: plan.tails, begins: plan.begins, changes: line.changes, took: 1), by: soon)
        try await pass(1500)
        #expect(try await stores[0].disordered(by: soon).contains("l"))
        let next = try #require(try await send(message("l", "9.4", [ida])))
        #expect(next > promised + 50_000, "it waits behind who came meanwhile")
    }

    private func pagesAndWhatIsOld() async throws {
        var filter = HoldFilter()
        filter.tenant = "full"
        let first = try await stores[0].holds(matching: filter, before: nil, limit: most - 1, by: soon), rest = try await stores[1].holds(matching: filter, before: first.last?.place, limit: 10, by: soon)
        #expect(first.count == most - 1 && rest.count == 1 && first.map(\.place) == first.map(\.place).sorted(by: >))
        #expect(first.first?.mailFrom == "a@example.org" && first.first?.lane.sender == "mailbox/hans@example.org" && first.first?.blocker.name == "hans@example.org")
        filter.queueID = "Q-8.0"
        #expect(try await stores[0].holds(matching: filter, before: nil, limit: 10, by: soon).count == 1)
        filter.state = .released
        #expect(try await stores[0].holds(matching: filter, before: nil, limit: 10, by: soon).isEmpty)
        #expect(try await stores[0].usage(by: soon).waiting > most)
        _ = try await stores[0].removeEnded(by: soon)
        try await pass(7 * 86_400_000 + 1)
        #expect(try await stores[0].removeEnded(by: soon) > 0)
        #expect(try await stores[0].usage(by: soon).lateness > 86_400_000)
    }
}

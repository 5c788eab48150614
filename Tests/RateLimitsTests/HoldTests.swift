import RateLimits
import TestSupport
import Testing

private let start = 1_800_000_000_000

private func limit(_ most: Int, _ window: String, burst: Int? = nil, excess: RateLimit.Excess = .hold) throws -> RateLimit {
    try RateLimit(counts: .recipients, most: most, window: #require(LimitWindow(window)), burst: burst, excess: excess)
}

private func subject(_ scope: LimitScope, _ name: String, _ limits: [RateLimit]) throws -> LimitedSubject { LimitedSubject(try LimitSubject(scope, name), limits) }

/// A place where messages wait, with a clock of its own.
private struct Place {
    struct Waiting { let name: Int, message: WaitingMessage; var promised: Int }

    var allowances = Allowances([:])
    var waiting: [Waiting] = []
    var turns = HoldTurns()
    var gone: [(name: Int, at: Int, promised: Int)] = []

    /// - Returns: milliseconds from `start` to when it goes; nil where it does not.
    mutating func send(_ name: Int, recipients: Int = 1, _ subjects: [LimitedSubject], at time: Int, longest: Int = 86_400_000) -> Int? {
        let lane = HoldLane(of: subjects.map(\.subject))
        switch allowances.admit(Amounts(recipients: recipients, octets: 1), subjects, at: start + time, wish: HoldWish(lane: lane, longest: longest)) {
        case .counted: return time
        case .held(let blocker, _, let until):
            waiting.append(Waiting(name: name, message: WaitingMessage(lane: lane, amounts: Amounts(recipients: recipients, octets: 1), subjects: subjects, blocker: blocker), promised: until - start))
            return until - start
        case .exceeded, .countedBefore, .heldBefore: return nil
        }
    }

    mutating func plan(at time: Int) {
        let plan = HoldPlan(waiting.map(\.message), states: allowances.states, turns: turns, at: start + time)
        for (place, at) in plan.times.enumerated() { waiting[place].promised = at - start }
        allowances = allowances.with(tails: plan.tails)
    }

    /// Lets go what is due, in the order of what was promised, and plans anew where something is in its way.
    mutating func release(at time: Int) {
        for each in waiting.filter({ $0.promised <= time }).sorted(by: { $0.promised < $1.promised }) {
            turns.enter([each.message.lane])
            guard case .counted = allowances.admit(each.message.amounts, each.message.subjects, at: start + time, wasPromised: true) else { continue }
            turns.serve(each.message.lane, each.message.amounts.recipients)
            gone.append((each.name, time, each.promised))
            waiting.removeAll { $0.name == each.name }
            turns.keep(waiting.map(\.message.lane))
        }
        if waiting.contains(where: { $0.promised <= time }) || waiting.isEmpty { plan(at: time) }
    }

    /// Until nobody waits.
    mutating func releaseAll(from time: Int) {
        var time = time
        while let next = waiting.map(\.promised).min() {
            time = max(time, next)
            release(at: time)
        }
    }
}

@Suite struct HoldTests {
    /// Ten thousand of one sender against sixty a minute: each is told when it goes, and goes then.
    @Test(arguments: [nil, 1, 10] as [Int?]) func aBurstOfOneSender(burst: Int?) throws {
        let anna = try subject(.mailbox, "anna@example.org", [limit(60, "1m", burst: burst)])
        var place = Place(), promised: [Int: Int] = [:]
        for name in 0..<10_000 { promised[name] = place.send(name, [anna], at: name / 100) }
        #expect(promised.count == 10_000)
        place.plan(at: 200)
        for each in place.waiting { #expect(promised[each.name] == each.promised, "a plan made anew says the same") }
        place.releaseAll(from: 200)
        #expect(place.gone.count + 60 >= 10_000 && Set(place.gone.map(\.name)).count == place.gone.count)
        #expect(place.gone.map(\.name) == place.gone.map(\.name).sorted(), "the one that came first goes first")
        for each in place.gone { #expect(abs(each.at - (promised[each.name] ?? 0)) <= 1, "\(each)") }
    }

    @Test func nobodyIsOvertaken() throws {
        let anna = try subject(.mailbox, "anna@example.org", [limit(10, "1m")])
        var place = Place()
        #expect(place.send(0, recipients: 6, [anna], at: 0) == 0)
        #expect(place.send(1, recipients: 8, [anna], at: 1000) == 60_001)
        #expect(place.send(2, [anna], at: 2000) == 60_001, "there is room, but somebody waits for it")
        #expect(place.send(3, recipients: 2, [anna], at: 3000) == 120_002)
        place.releaseAll(from: 3000)
        #expect(place.gone.map(\.name) == [1, 2, 3])
        #expect(place.send(4, [anna], at: 500_000) == 500_000)
    }

    /// A sender of few messages does not wait behind another's ten thousand, nor a customer.
    @Test func roomIsShared() throws {
        let server = try subject(.server, "mx", [limit(10, "1s")])
        var place = Place(), lanes: [Int: String] = [:]
        func from(_ customer: String, _ mailbox: String) throws -> [LimitedSubject] { [server, try subject(.customer, customer, [limit(1_000_000, "1d")]), try subject(.mailbox, mailbox, [limit(1_000_000, "1d")])] }
        for name in 0..<1000 { lanes[name] = "a1"; #expect(place.send(name, try from("a", "a1@example.org"), at: 0) != nil) }
        for name in 1000..<1050 { lanes[name] = "a2"; #expect(place.send(name, try from("a", "a2@example.org"), at: 10) != nil) }
        for name in 1050..<1100 { lanes[name] = "b"; #expect(place.send(name, try from("b", "b@example.org"), at: 20) != nil) }
        place.plan(at: 30)
        place.releaseAll(from: 30)
        #expect(place.gone.count == 1090)
        let order = place.gone.compactMap { lanes[$0.name] }
        #expect(order.prefix(100).count { $0 == "b" } == 50, "half goes to the other customer as long as it has something")
        #expect(order.prefix(150).count { $0 == "a2" } >= 45, "and half of the rest to the other mailbox: \(order.prefix(150).count { $0 == "a2" })")
        for lane in ["a1", "a2", "b"] {
            let names = place.gone.map(\.name).filter { lanes[$0] == lane }
            #expect(names == names.sorted())
        }
    }

    /// Who is at his own limit keeps nobody else waiting.
    @Test func onlyWhoIsConcernedWaits() throws {
        let customer = try subject(.customer, "acme", [limit(100, "1h")])
        let anna = try subject(.mailbox, "anna@example.org", [limit(5, "1h")]), ben = try subject(.mailbox, "ben@example.org", [limit(50, "1h")])
        var place = Place()
        for name in 0..<20 { _ = place.send(name, [customer, anna], at: name) }
        #expect(place.waiting.count == 15)
        for name in 100..<150 { #expect(place.send(name, [customer, ben], at: name) == name) }
        place.releaseAll(from: 200)
        #expect(place.gone.map(\.name) == Array(5..<20))
    }

    @Test func whoSaysDeferIsDeferred() throws {
        let anna = try subject(.mailbox, "anna@example.org", [limit(2, "1m"), limit(4, "1h", excess: .defer)])
        var place = Place()
        #expect((0..<6).map { place.send($0, [anna], at: $0) } == [0, 1, 60_001, 60_002, nil, nil])
        var short = Place()
        let ben = try subject(.mailbox, "ben@example.org", [limit(1, "1h")])
        #expect((0..<3).map { short.send($0, [ben], at: 0, longest: 4_000_000) } == [0, 3_600_001, nil], "what would be kept too long is deferred")
        #expect(short.send(9, recipients: 2, [ben], at: 0) == nil, "more than the limit by itself")
    }

    @Test func whatWasPromisedGoesAlsoUnderALowerLimit() throws {
        let wide = try subject(.mailbox, "anna@example.org", [limit(10, "1m")]), narrow = try subject(.mailbox, "anna@example.org", [limit(3, "1m")])
        var place = Place()
        #expect(place.send(0, recipients: 8, [wide], at: 0) == 0)
        #expect(place.send(1, recipients: 5, [wide], at: 0) == 60_001)
        place.waiting = place.waiting.map { .init(name: $0.name, message: WaitingMessage(lane: $0.message.lane, amounts: $0.message.amounts, subjects: [narrow], blocker: $0.message.blocker), promised: $0.promised) }
        place.releaseAll(from: 1)
        #expect(place.gone.map(\.name) == [1])
    }

    /// Who throttles an account does not set its line free.
    @Test func aLowerLimitHoldsForWhoWaits() throws {
        let server = try subject(.server, "mx", [limit(60, "1m")]), wide = try subject(.mailbox, "anna@example.org", [limit(60, "1m")]), narrow = try subject(.mailbox, "anna@example.org", [limit(1, "1m")])
        var place = Place()
        for name in 0..<100 { _ = place.send(name, recipients: 2, [server, wide], at: 0) }
        place.waiting = place.waiting.map { .init(name: $0.name, message: WaitingMessage(lane: $0.message.lane, amounts: $0.message.amounts, subjects: [server, narrow], blocker: $0.message.blocker), promised: $0.promised) }
        place.plan(at: 1)
        #expect(place.waiting.map(\.promised) == (1...70).map { $0 * 60_001 }, "one a minute, though each is more than the limit")
    }

    /// One that may not wait does not pass those who do.
    @Test func whoMayNotWaitIsPutOffBehindThem() throws {
        let anna = try subject(.mailbox, "anna@example.org", [limit(10, "1m")])
        var place = Place()
        #expect(place.send(0, recipients: 6, [anna], at: 0) == 0)
        #expect(place.send(1, recipients: 8, [anna], at: 0) == 60_001)
        guard case .exceeded(_, let obstacle) = place.allowances.admit(Amounts(recipients: 1, octets: 1), [anna], at: start + 1000) else { Issue.record("it passes"); return }
        #expect(obstacle.retryAt == start + 60_001)
    }

    /// Names that a sender makes up are no turns: who waits longer comes first, and all of a client are one customer.
    @Test func nobodyStarves() throws {
        let server = try subject(.server, "mx", [limit(10, "1s")]), site = try subject(.site, "web1", [limit(1000, "1s")])
        var place = Place(), name = 0
        for _ in 0..<10 { name += 1; _ = place.send(name, [server, try subject(.mailbox, "<s\(name)@x>", [limit(1000, "1s")])], at: 0) }
        #expect(place.send(0, [server, site], at: 1) != nil)
        for second in 1..<40 {
            for _ in 0..<12 { name += 1; _ = place.send(name, [server, try subject(.mailbox, "<s\(name)@x>", [limit(1000, "1s")])], at: second * 1000) }
            place.plan(at: second * 1000 + 500)
            place.release(at: second * 1000 + 900)
        }
        #expect(place.gone.prefix(20).contains { $0.name == 0 }, "\(place.gone.prefix(20).map(\.name))")
        let client = try LimitSubject(.client, "192.0.2.1"), lanes = try ["a", "b"].map { HoldLane(of: [try LimitSubject(.mailbox, "<\($0)@x>"), client]) }
        #expect(lanes[0] != lanes[1] && lanes[0].customer == lanes[1].customer)
    }

    /// Ten thousand senders with a message each, who all wait for the same: a turn costs as much as one of few.
    @Test(arguments: [10, 1000, 10_000]) func anyNumberOfSenders(lanes: Int) throws {
        let server = try subject(.server, "mx", [limit(60, "1m", burst: 1)]), messages = (0..<10_000).map { number in
            WaitingMessage(lane: HoldLane(customer: "customer/\(number % lanes)", sender: "mailbox/\(number % lanes)"), amounts: Amounts(recipients: 1, octets: 1), subjects: [server], blocker: server.subject)
        }
        let plan = HoldPlan(messages, states: [:], turns: HoldTurns(), at: start)
        #expect(Set(plan.times).count == 10_000 && plan.times == plan.times.sorted(), "each a second after the one before, in the order in which they came")
        #expect(plan.tails[server.subject]?.waiting == 10_000)
    }

    /// Property: whatever comes, never more than a limit goes in its window, each once, and each sender's in their order.
    @Test(arguments: 0..<20) func random(seed: Int) throws {
        var random = SeededGenerator(UInt64(seed + 1))
        let server = try subject(.server, "mx", [limit(20 + seed, "10s", burst: seed % 3 == 0 ? 5 : nil)]), users = try (0..<6).map { [server, try subject(.customer, "c\($0 % 3)", [limit(9, "10s"), limit(40, "1m")]), try subject(.mailbox, "u\($0)@example.org", [limit(4, "5s")])] }
        var place = Place(), time = 0, sent: [Int: (user: Int, amount: Int)] = [:], booked: [(user: Int, at: Int, amount: Int)] = []
        for name in 0..<400 {
            time += Int.random(in: 0..<800, using: &random)
            if name % 7 == 0 { place.plan(at: time) }
            let before = place.gone.count
            place.release(at: time)
            for each in place.gone[before...] { booked.append((sent[each.name]?.user ?? 0, each.at, sent[each.name]?.amount ?? 0)) }
            let user = Int.random(in: 0..<6, using: &random), amount = 1 + Int.random(in: 0..<4, using: &random)
            sent[name] = (user, amount)
            if place.send(name, recipients: amount, users[user], at: time) == time, !place.waiting.contains(where: { $0.name == name }) { booked.append((user, time, amount)) }
        }
        let before = place.gone.count
        place.releaseAll(from: time)
        for each in place.gone[before...] { booked.append((sent[each.name]?.user ?? 0, each.at, sent[each.name]?.amount ?? 0)) }
        #expect(place.waiting.isEmpty && Set(place.gone.map(\.name)).count == place.gone.count)
        func most(_ window: Int, _ counts: (Int) -> Bool) -> Int {
            booked.map { end in booked.filter { counts($0.user) && $0.at <= end.at && $0.at > end.at - window }.reduce(0) { $0 + $1.amount } }.max() ?? 0
        }
        #expect(most(10_000) { _ in true } <= 20 + seed)
        for customer in 0..<3 { #expect(most(10_000) { $0 % 3 == customer } <= 9); #expect(most(60_000) { $0 % 3 == customer } <= 40) }
        for user in 0..<6 {
            #expect(most(5000) { $0 == user } <= 4)
            let names = place.gone.map(\.name).filter { sent[$0]?.user == user }
            #expect(names == names.sorted())
        }
    }
}

import DNS
import RateLimits
import Testing
import TestSupport

private func limit(_ most: Int, _ window: String, _ counts: RateLimit.Quantity = .recipients, burst: Int? = nil, youth: Int? = nil) throws -> RateLimit {
    try RateLimit(counts: counts, most: most, window: #require(LimitWindow(window)), burst: burst, youth: youth)
}

private let start = 1_800_000_000_000

/// One subject with limits, to which messages come.
private final class Sender {
    let limits: [RateLimit]
    let subject: LimitSubject
    let since: Int?
    var allowances = Allowances([:])

    init(_ limits: [RateLimit], since: Int? = nil) throws {
        self.limits = limits
        self.since = since
        subject = try LimitSubject(.mailbox, "anna@example.org")
    }

    func send(_ recipients: Int = 1, octets: Int = 1000, at time: Int) -> Admission {
        allowances.admit(Amounts(recipients: recipients, octets: octets), [LimitedSubject(subject, limits, since: since)], at: start + time)
    }

    func goes(_ recipients: Int = 1, octets: Int = 1000, at time: Int) -> Bool {
        if case .counted = send(recipients, octets: octets, at: time) { true } else { false }
    }

    /// Milliseconds from `start` to when it may come again; nil where it never may.
    func retry(_ recipients: Int = 1, at time: Int) throws -> Int? {
        guard case .exceeded(_, let obstacle) = send(recipients, at: time) else { Issue.record("it goes"); return nil }
        return obstacle.retryAt.map { $0 - start }
    }
}

@Suite struct AdmissionTests {
    @Test func asMuchAsTheLimitInAnyWindow() throws {
        let sender = try Sender([limit(100, "1m")])
        #expect((0..<200).filter { sender.goes(at: $0 * 10) }.count == 100)
        let last = try sender.retry(at: 59_999)
        #expect(last == 60_001, "a message counts to the end of its millisecond")
        #expect(!sender.goes(at: 60_000))
        #expect(sender.goes(at: 60_001))
        #expect(!sender.goes(at: 60_002))
        #expect(sender.goes(at: 60_011))
        #expect((0..<2000).filter { sender.goes(at: 60_012 + $0) }.count == 98)
    }

    /// A limit for who is new is in the way for no longer than he is that.
    @Test func aLimitEndsWithYouth() throws {
        let sender = try Sender([limit(1, "1h", youth: 20)])
        #expect(sender.goes(at: 0))
        guard case .exceeded(_, let obstacle) = sender.send(at: 1000), case .exceeded(_, let large) = sender.send(2, at: 1000) else { Issue.record("it goes"); return }
        #expect(obstacle.retryAt == start + 3_600_001 && obstacle.clearsAt == start + 20_000 && !obstacle.isForGood)
        #expect(large.retryAt == nil && large.clearsAt == start + 20_000 && !large.isForGood)
        #expect(!sender.goes(at: 19_999))
        #expect(sender.goes(2, at: 20_000))
    }

    /// When limits end, others hold: what is told is when those have room, or that they never have.
    @Test(arguments: [
        ("nothing holds then", [], 1, 15_000), ("it is empty then", [(9, "1h")], 1, 15_000), ("it is full then", [(1, "10m")], 1, 600_001), ("there is room before", [(1, "1d")], nil, nil), ("more than both", [(2, "1h")], 3, nil),
    ] as [(String, [(Int, String)], Int?, Int?)])
    func whatHoldsThen(name: String, then: [(Int, String)], recipients: Int?, clears: Int?) throws {
        let subject = try LimitSubject(.mailbox, "anna@example.org"), now = recipients == nil ? [try limit(1, "10s")] : [try limit(1, "1h")]
        let limited = LimitedSubject(subject, now, next: [.init(at: start + 15_000, try then.map { try limit($0.0, $0.1) })])
        var allowances = Allowances([:])
        guard case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), [limited], at: start), case .exceeded(_, let obstacle) = allowances.admit(Amounts(recipients: recipients ?? 1, octets: 1), [limited], at: start + 1) else { Issue.record("not as it should be"); return }
        #expect(obstacle.isForGood == (recipients == 3), "\(name)")
        #expect(obstacle.clearsAt == (recipients == nil ? start + 10_001 : clears.map { start + $0 }), "\(name)")
        if recipients == 1, let clears { #expect(allowances.states[subject]?.usage(now, at: start + 1, next: limited.next).map(\.retryAt) == [start + clears]) }
        if let clears {
            // It goes then, and not a millisecond before.
            let after = LimitedSubject(subject, limited.next[0].limits)
            if clears > 15_000, case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), [after], at: start + clears - 1) { Issue.record("too early") }
            guard case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), [after], at: start + clears) else { Issue.record("\(name): not then"); return }
        }
    }

    /// Of several that have no room the one that is in the way for longest is told, whether it has room or ends; a moment that nobody knows is later than any.
    @Test func theLastOneIsTold() throws {
        let hour = try limit(1, "1h"), some = try limit(1, "10m"), anna = try LimitSubject(.mailbox, "anna@example.org"), domain = LimitedSubject(try LimitSubject(.domain, "example.org"), [some])
        func told(_ next: [LimitedSubject.Next]) -> (LimitSubject, Obstacle)? {
            var allowances = Allowances([:])
            let subjects = [domain, LimitedSubject(anna, [hour], next: next)]
            guard case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), subjects, at: start), case .exceeded(let subject, let obstacle) = allowances.admit(Amounts(recipients: 1, octets: 1), subjects, at: start + 1) else { return nil }
            return (subject, obstacle)
        }
        #expect(told([])?.0 == anna && told([])?.1.clearsAt == start + 3_600_001)
        #expect(told([.init(at: start + 15_000, [])])?.0 == domain.subject && told([.init(at: start + 15_000, [])])?.1.clearsAt == start + 600_001)
        #expect(told([.init(at: nil, [])])?.0 == anna && told([.init(at: nil, [])])?.1.clearsAt == start + 3_600_001, "it has room sooner than nobody knows when")
    }

    /// Who has sent nothing yet is new for as long as he sends nothing: what is more than his first limit never goes.
    @Test func whoHasSentNothing() throws {
        let sender = try Sender([limit(20, "1d", youth: 43_200)])
        for hours in [0, 6, 13, 30] {
            guard case .exceeded(_, let obstacle) = sender.send(50, at: hours * 3_600_000) else { Issue.record("it goes"); return }
            #expect(obstacle.isForGood && obstacle.clearsAt == nil)
        }
        let known = try Sender([limit(20, "1d", youth: 43_200)], since: start)
        guard case .exceeded(_, let obstacle) = known.send(50, at: 0) else { Issue.record("it goes"); return }
        #expect(!obstacle.isForGood && obstacle.clearsAt == start + 43_200_000)
    }

    /// Limits may end more than once, the last time at a moment that nobody knows.
    @Test(arguments: [
        ("goes under the last", [(600_000, 5), (7_200_000, 100)], 7_200_000, false), ("goes under the next", [(600_000, 50), (7_200_000, 5)], 600_000, false), ("goes some time", [(600_000, 5), (nil, 100)], nil, false),
        ("goes before that", [(600_000, 50), (nil, 5)], 600_000, false), ("never goes", [(600_000, 5), (nil, 20)], nil, true), ("never goes at a known time", [(600_000, 5), (7_200_000, 20)], nil, true),
    ] as [(String, [(Int?, Int)], Int?, Bool)])
    func severalEnds(name: String, periods: [(Int?, Int)], clears: Int?, isForGood: Bool) throws {
        var allowances = Allowances([:])
        let limited = LimitedSubject(try LimitSubject(.mailbox, "anna@example.org"), [try limit(20, "10m")], next: try periods.map { .init(at: $0.0.map { start + $0 }, [try limit($0.1, "1h")]) })
        guard case .exceeded(_, let obstacle) = allowances.admit(Amounts(recipients: 25, octets: 1), [limited], at: start) else { Issue.record("it goes"); return }
        #expect(obstacle.clearsAt == clears.map { start + $0 } && obstacle.isForGood == isForGood, "\(name): \(obstacle)")
    }

    /// Who has room now may have none when another one has: his limits have ended by then.
    @Test func anotherEndsMeanwhile() throws {
        let domain = LimitedSubject(try LimitSubject(.domain, "example.org"), [try limit(10, "1h")])
        let mailbox = LimitedSubject(try LimitSubject(.mailbox, "anna@example.org"), [try limit(100, "1d", .messages), try limit(100, "1d")], next: [.init(at: start + 1_800_000, [try limit(5, "1d")])])
        var allowances = Allowances([:])
        guard case .counted = allowances.admit(Amounts(recipients: 10, octets: 1), [domain, mailbox], at: start), case .exceeded(let subject, let obstacle) = allowances.admit(Amounts(recipients: 1, octets: 1), [domain, mailbox], at: start + 1) else { Issue.record("not as it should be"); return }
        #expect(subject == domain.subject && obstacle.retryAt == start + 3_600_001 && obstacle.clearsAt == start + 86_400_001)
        guard case .exceeded(_, let large) = allowances.admit(Amounts(recipients: 6, octets: 1), [domain, mailbox], at: start + 1) else { Issue.record("it goes"); return }
        #expect(large.isForGood)
    }

    /// A line is as long as its limit makes it, though that may end before.
    @Test func aLineWhoseLimitEnds() throws {
        let subject = try LimitSubject(.mailbox, "anna@example.org"), hold = try RateLimit(counts: .recipients, most: 10, window: #require(LimitWindow("1h")), excess: .hold)
        func times(_ next: [LimitedSubject.Next]) -> [Int?] {
            var allowances = Allowances([:])
            let limited = LimitedSubject(subject, [hold], next: next), wish = HoldWish(lane: HoldLane(of: [subject]), longest: 7_200_000)
            return (0..<40).map { _ in if case .held(_, _, let until) = allowances.admit(Amounts(recipients: 1, octets: 1), [limited], at: start, wish: wish) { until - start } else { nil } }
        }
        let plain = times([])
        #expect(plain == times([.init(at: start + 900_000, [])]))
        #expect(Set(plain.dropFirst(10).prefix(10)) == [3_600_001] && Set(plain.dropFirst(20).prefix(9)) != [3_600_001] && plain.last == .some(nil), "\(plain)")
    }

    @Test func whatIsRefusedCountsForNothing() throws {
        let sender = try Sender([limit(10, "1m"), limit(15, "1h")])
        #expect(sender.goes(10, at: 0))
        for time in 1...1000 { #expect(!sender.goes(at: time)) }
        #expect(sender.goes(5, at: 60_001))
        #expect(try sender.retry(at: 60_002) == 3_600_001)
        #expect(try sender.retry(6, at: 60_002) == 3_600_001)
        #expect(try sender.retry(11, at: 60_002) == nil, "more than the limit of a minute goes never")
    }

    @Test func theGravestLimitTellsWhen() throws {
        let sender = try Sender([limit(5, "1m"), limit(8, "1h"), limit(9000, "1d", .octets)])
        #expect(sender.goes(5, octets: 100, at: 0))
        #expect(try sender.retry(1, at: 10) == 60_001)
        #expect(sender.goes(3, octets: 8900, at: 60_001))
        guard case .exceeded(let subject, let obstacle) = sender.send(1, octets: 1, at: 60_002) else { Issue.record("it goes"); return }
        #expect(subject.description == "mailbox/anna@example.org")
        #expect(obstacle.limit.counts == .octets)
        #expect(obstacle.used == 9000)
        #expect(obstacle.retryAt == start + 86_400_001)
    }

    @Test func allLevelsOrNone() throws {
        let domain = try LimitSubject(.domain, "Example.ORG"), anna = try LimitSubject(.mailbox, "anna@example.org"), ben = try LimitSubject(.mailbox, "BEN@EXAMPLE.org")
        #expect(ben.name == "ben@example.org")
        let ten = try [limit(10, "1h")], six = try [limit(6, "1h")]
        var allowances = Allowances([:])
        func admit(_ who: LimitSubject, _ recipients: Int) -> Admission {
            allowances.admit(Amounts(recipients: recipients, octets: 1), [LimitedSubject(domain, ten), LimitedSubject(who, six)], at: start)
        }
        #expect(admit(anna, 6) == .counted(at: start, near: [.init(anna, Usage(limit: six[0], used: 6, resetsAt: start + 3_600_001, retryAt: start + 3_600_001))]))
        guard case .exceeded(let first, _) = admit(anna, 1) else { Issue.record("it goes"); return }
        #expect(first == anna)
        guard case .exceeded(let second, let obstacle) = admit(ben, 5) else { Issue.record("it goes"); return }
        #expect(second == domain)
        #expect(obstacle.used == 6, "a refused message leaves no trace in the domain")
        #expect(admit(ben, 4) == .counted(at: start, near: [.init(domain, Usage(limit: ten[0], used: 10, resetsAt: start + 3_600_001, retryAt: start + 3_600_001))]))
    }

    @Test func aBurstGoesAndTheRestIsPaced() throws {
        let sender = try Sender([limit(60, "1m", burst: 10)])
        #expect((0..<20).filter { _ in sender.goes(at: 0) }.count == 10)
        let next = try sender.retry(at: 0)
        #expect(next == 1000)
        #expect((0..<50).filter { sender.goes(at: 1000 + $0 * 1000) }.count == 50)
        #expect(!sender.goes(at: 51_500))
        let idle = try Sender([limit(60, "1m", burst: 10)])
        #expect(idle.goes(10, at: 0))
        #expect(!idle.goes(10, at: 9999))
        #expect(idle.goes(10, at: 10_000), "ten come back in ten seconds")
        let large = try Sender([limit(60, "1m", burst: 10)])
        #expect(large.goes(30, at: 0), "what is more than may go at once goes when all may")
        #expect(try large.retry(1, at: 0) == 21_000, "and is paid for afterwards")
    }

    /// A limit that is raised lets go what it would have let go from the beginning.
    @Test func aRaisedPaceHelpsAtOnce() throws {
        let subject = try LimitSubject(.mailbox, "a@example.org")
        var allowances = Allowances([:])
        func goes(_ most: Int, at time: Int) throws -> Bool {
            if case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), [LimitedSubject(subject, [try limit(most, "31d", burst: 1)])], at: start + time) { true } else { false }
        }
        #expect(try goes(2, at: 0) && !goes(2, at: 2_000_000))
        #expect(try goes(2000, at: 2_000_000), "a place every 22 minutes")
    }

    /// However often limits change, the one that is said last holds.
    @Test func anyNumberOfWindows() throws {
        let subject = try LimitSubject(.mailbox, "a@example.org")
        var allowances = Allowances([:])
        func goes(_ limits: [RateLimit]) -> Bool {
            if case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), [LimitedSubject(subject, limits)], at: start) { true } else { false }
        }
        #expect(try goes((1...16).map { try limit(100, "\($0)d") }))
        #expect(try goes((1...16).map { try limit(100, "\($0)h") }))
        #expect(try goes([limit(3, "11m")]))
        #expect(try !goes([limit(3, "11m")]), "three were sent")
        #expect(try #require(allowances.states[subject]).octets.count < 2000)
    }

    @Test func whoIsNewWarmsUp() throws {
        let limits = try [limit(5, "1h", youth: 86_400), limit(100, "1h")]
        let sender = try Sender(limits)
        #expect((0..<10).filter { _ in sender.goes(at: 0) }.count == 5)
        #expect((0..<10).filter { _ in sender.goes(at: 86_399_000) }.count == 5)
        #expect((0..<200).filter { _ in sender.goes(at: 86_401_000) }.count == 95)
        let made = try Sender(limits, since: start - 86_400_000)
        #expect((0..<200).filter { _ in made.goes(at: 0) }.count == 100, "the account is older than its first message")
    }

    @Test func aChangedLimitKnowsWhatWasSent() throws {
        let subject = try LimitSubject(.customer, "acme")
        var allowances = Allowances([:])
        func goes(_ recipients: Int, _ limits: [RateLimit], at time: Int) -> Bool {
            if case .counted = allowances.admit(Amounts(recipients: recipients, octets: 1), [LimitedSubject(subject, limits)], at: start + time) { true } else { false }
        }
        #expect(try goes(50, [limit(100, "1h")], at: 0))
        #expect(try !goes(60, [limit(100, "2h")], at: 1000))
        #expect(try goes(50, [limit(100, "2h")], at: 1000))
        #expect(try !goes(1, [limit(90, "1h")], at: 2000))
        #expect(try !goes(41, [limit(90, "1h")], at: 3_600_500))
        #expect(try goes(40, [limit(90, "1h")], at: 3_600_500), "half of it is an hour old")
        #expect(try !goes(1, [limit(140, "2h")], at: 3_600_500))
    }

    /// What a clock booked that has gone back since counts from now on, for its window and no longer.
    @Test func aClockThatWentBack() throws {
        let sender = try Sender([limit(2, "1m")])
        #expect(sender.goes(at: 100_000))
        #expect(sender.goes(at: 40_000))
        #expect(!sender.goes(at: 40_000))
        #expect(try sender.retry(at: 99_000) == 100_001)
        #expect(sender.goes(at: 100_001))
    }

    @Test func fourFifthsAreToldOnce() throws {
        let sender = try Sender([limit(10, "1h")])
        var told: [Int] = []
        for number in 1...10 { if case .counted(_, let near) = sender.send(at: number), !near.isEmpty { told.append(number) } }
        #expect(told == [8])
        #expect(sender.goes(2, at: 3_600_003) && sender.goes(1, at: 3_600_004))
    }
}

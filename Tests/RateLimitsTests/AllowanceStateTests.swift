import DNS
import RateLimits
import Testing
import TestSupport

@Suite struct AllowanceStateTests {
    /// Against a list of everything that was sent: never more than a limit in any window, and no refusal where there was room but for a part of the window.
    @Test(arguments: [1, 2, 3, 4, 5, 6]) func anySchedule(_ seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let limits = try [RateLimit(counts: .recipients, most: Int.random(in: 1...400, using: &random), window: #require(LimitWindow("1m"))),
                          RateLimit(counts: .recipients, most: Int.random(in: 100...3000, using: &random), window: #require(LimitWindow("10m"))),
                          RateLimit(counts: .messages, most: Int.random(in: 100...2000, using: &random), window: #require(LimitWindow("1h")))]
        let subject = try LimitSubject(.mailbox, "a@example.org")
        var allowances = Allowances([:]), sent: [(at: Int, amounts: Amounts)] = [], now = 1_800_000_000_000, refusals = 0
        for _ in 0..<12_000 {
            now += Int.random(in: 0...10, using: &random) == 0 ? Int.random(in: 0...30_000, using: &random) : Int.random(in: 0...200, using: &random)
            let amounts = Amounts(recipients: Int.random(in: 1...12, using: &random), octets: 1)
            switch allowances.admit(amounts, [LimitedSubject(subject, limits)], at: now) {
            case .counted: sent.append((now, amounts))
            case .countedBefore, .held, .heldBefore: Issue.record("it was not")
            case .exceeded(_, let obstacle):
                refusals += 1
                let limit = obstacle.limit, slack = limit.window.seconds * 1000 / AllowanceState.toldApart + 2
                let earlier = sent.reversed().prefix { $0.at > now - limit.window.seconds * 1000 - slack }.reduce(0) { $0 + $1.amounts[limit.counts] }
                #expect(earlier + amounts[limit.counts] > limit.most)
                if let retry = obstacle.retryAt { #expect(retry > now && retry <= now + limit.window.seconds * 1000 + 1) } else { #expect(amounts[limit.counts] > limit.most) }
            }
            if Int.random(in: 0..<100, using: &random) == 0, let state = allowances.states[subject] {
                let octets = state.octets
                #expect(octets.count < 2000)
                #expect(try AllowanceState(octets: octets) == state)
                allowances = Allowances([subject: try AllowanceState(octets: octets)])
            }
        }
        #expect(refusals > 500 && sent.count > 500)
        for limit in limits {
            var begin = 0, sum = 0
            for end in sent.indices {
                sum += sent[end].amounts[limit.counts]
                while sent[begin].at <= sent[end].at - limit.window.seconds * 1000 { sum -= sent[begin].amounts[limit.counts]; begin += 1 }
                #expect(sum <= limit.most)
            }
        }
    }

    @Test func fewBookingsAreToldApart() throws {
        let limits = try [RateLimit(counts: .recipients, most: 128, window: #require(LimitWindow("1d")))], subject = try LimitSubject(.mailbox, "a@example.org")
        var allowances = Allowances([:])
        for number in 0..<128 {
            guard case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), [LimitedSubject(subject, limits)], at: 1_800_000_000_000 + number * 7) else { Issue.record("\(number)"); return }
        }
        for number in 0..<128 {
            let due = 1_800_000_000_000 + number * 7 + 86_400_001
            #expect(allowances.admit(Amounts(recipients: 1, octets: 1), [LimitedSubject(subject, limits)], at: due - 1) != .counted(at: due - 1, near: []))
            guard case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), [LimitedSubject(subject, limits)], at: due) else { Issue.record("\(number)"); return }
        }
    }

    /// However evenly a window is filled, what is kept of it stays small and can be read again.
    @Test(arguments: [1, 2, 3, 7, 10, 59, 60, 61, 3600]) func evenlyFilled(_ seconds: Int) throws {
        let limits = [try RateLimit(counts: .messages, most: 1_000_000, window: #require(LimitWindow(seconds: seconds)))], subject = try LimitSubject(.mailbox, "a@example.org")
        for step in [1, 2, max(seconds * 1000 / 131, 1), max(seconds * 1000 / 129, 1), max(seconds * 1000 / 127, 1), max(seconds * 1000 / 100, 1)] {
            var allowances = Allowances([:]), now = 1_800_000_000_003, sent: [Int] = []
            for _ in 0..<600 {
                guard case .counted = allowances.admit(Amounts(recipients: 1, octets: 1), [LimitedSubject(subject, limits)], at: now) else { Issue.record("\(step)"); return }
                sent.append(now)
                let state = try #require(allowances.states[subject]), used = state.usage(limits, at: now)[0].used
                #expect(try AllowanceState(octets: state.octets) == state)
                let exact = sent.count { $0 > now - seconds * 1000 }
                #expect(used >= exact && used <= sent.count { $0 > now - seconds * 1000 * 129 / 128 - 2 }, "\(step)")
                now += step
            }
        }
    }

    @Test func theGreatestNumbers() throws {
        let limits = try [RateLimit(counts: .octets, most: RateLimit.greatest, window: #require(LimitWindow("31d")), burst: 1), RateLimit(counts: .recipients, most: 1, window: #require(LimitWindow("1s")), burst: 1)]
        let subject = try LimitSubject(.mailbox, "a@example.org")
        var allowances = Allowances([:])
        for time in [0, 1_800_000_000_000, 253_402_300_000_000] {
            _ = allowances.admit(Amounts(recipients: .max, octets: .max), [LimitedSubject(subject, limits)], at: time)
            _ = allowances.admit(Amounts(recipients: 1, octets: .max), [LimitedSubject(subject, limits)], at: time)
            if let state = allowances.states[subject] { #expect(try AllowanceState(octets: state.octets) == state) }
        }
        // A limit that is far below what was sent before.
        let wide = try limitOfOctets(RateLimit.greatest), narrow = try limitOfOctets(1)
        for number in 0..<140 { _ = allowances.admit(Amounts(recipients: 1, octets: RateLimit.greatest / 150), [LimitedSubject(subject, [wide])], at: 253_402_300_100_000 + number * 20_925_000 / 1000) }
        guard case .exceeded(_, let obstacle) = allowances.admit(Amounts(recipients: 1, octets: 1), [LimitedSubject(subject, [narrow])], at: 253_402_300_200_000) else { Issue.record("it goes"); return }
        #expect(obstacle.retryAt.map { $0 > 253_402_300_200_000 } == true)
        #expect(Amounts(recipients: -1, messages: -1, octets: -1) == Amounts(recipients: 0, messages: 0, octets: 0))
    }

    private func limitOfOctets(_ most: Int) throws -> RateLimit { try RateLimit(counts: .octets, most: most, window: #require(LimitWindow("31d")), burst: 1) }

    /// No octets make it anything but a state or an error, and what they make can be used.
    @Test func foreignOctets() throws {
        let limits = try [RateLimit(counts: .recipients, most: 10, window: #require(LimitWindow("1m")), burst: 2)], subject = try LimitSubject(.mailbox, "a@example.org")
        var allowances = Allowances([:])
        for time in 0..<3 { _ = allowances.admit(Amounts(recipients: 1, octets: 1), [LimitedSubject(subject, limits)], at: 1_800_000_000_000 + time * 20_000) }
        let good = try #require(allowances.states[subject]).octets
        var random = SeededGenerator(7), read = 0
        for length in 0..<good.count { #expect(throws: UnreadableState.self) { try AllowanceState(octets: Array(good.prefix(length))) } }
        for _ in 0..<20_000 {
            var octets = good
            for _ in 0...Int.random(in: 0...3, using: &random) { octets[Int.random(in: octets.indices, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            guard let state = try? AllowanceState(octets: octets) else { continue }
            read += 1
            var others = Allowances([subject: state])
            _ = others.admit(Amounts(recipients: 3, octets: 5), [LimitedSubject(subject, limits)], at: 1_800_000_100_000)
            _ = state.idleFrom(limits)
        }
        #expect(read > 100)
    }
}

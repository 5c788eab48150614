import RateLimits
import Testing

private func limit(_ text: String) throws -> RateLimit { try RateLimit(text: text) }

/// The first moment of an hour.
private let start = 1_800_000_000_000
private let minute = 60_000, hour = 3_600_000, day = 86_400_000

@Suite struct LimitTrialTests {
    private let anna: LimitSubject, ben: LimitSubject

    init() throws {
        anna = try LimitSubject(.mailbox, "anna@example.org")
        ben = try LimitSubject(.mailbox, "ben@example.org")
    }

    /// A message: when it comes, to how many, and what becomes of it; milliseconds from `start`.
    struct Step: Sendable {
        let at: Int, recipients: Int
        let goes: Int?
        let isTooLarge: Bool

        static func goes(_ at: Int, _ recipients: Int = 1) -> Step { Step(at: at, recipients: recipients, goes: at, isTooLarge: false) }
        static func waits(_ at: Int, _ recipients: Int = 1, until: Int?) -> Step { Step(at: at, recipients: recipients, goes: until, isTooLarge: false) }
        static func tooLarge(_ at: Int, _ recipients: Int) -> Step { Step(at: at, recipients: recipients, goes: nil, isTooLarge: true) }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String, limits: [String], steps: [Step]
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "what is within the limit goes", limits: ["messages:2/1h"], steps: [.goes(0), .goes(1), .goes(hour + 1), .goes(hour + 2)]),
        Row(name: "the first that came goes first", limits: ["messages:1/1h"],
            steps: [.goes(0), .waits(10, until: hour + 1), .waits(20, until: 2 * (hour + 1)), .waits(30, until: 3 * (hour + 1)), .waits(3 * hour, until: 4 * (hour + 1)), .goes(6 * hour)]),
        Row(name: "a small one waits behind a large one, and goes as soon as that went", limits: ["recipients:10/1h"],
            steps: [.goes(0, 8), .waits(minute, 5, until: hour + 1), .waits(2 * minute, 1, until: hour + 1)]),
        Row(name: "more than the limit by itself is refused, and keeps nobody waiting", limits: ["recipients:10/1h"], steps: [.tooLarge(0, 11), .goes(1, 10), .tooLarge(2, 11), .waits(3, until: hour + 2)]),
        Row(name: "of two limits the one that lets it go last", limits: ["messages:1/1m", "messages:2/1h"],
            steps: [.goes(0), .waits(1, until: minute + 1), .waits(2, until: hour + 1), .waits(3, until: minute + 1 + hour + 1)]),
        Row(name: "after a burst at an even pace", limits: ["messages:60/1h:burst=2"], steps: [.goes(0), .goes(0), .waits(0, until: minute), .waits(0, until: 2 * minute), .goes(10 * minute)]),
        Row(name: "more than may go at once goes when all may", limits: ["recipients:60/1h:burst=10"], steps: [.goes(0, 5), .waits(0, 20, until: 5 * minute)]),
        Row(name: "who waits for more than 400 days takes no room", limits: ["messages:1/31d"],
            steps: [.goes(0)] + (1...12).map { .waits(0, until: $0 * (31 * day + 1)) } + [.waits(0, until: nil), .waits(1, until: nil)]),
    ]

    @Test(arguments: rows) func whatBecomesOfEach(_ row: Row) throws {
        var trial = LimitTrial(try row.limits.map(limit), since: start, subjects: 1)
        for (number, step) in row.steps.enumerated() {
            let outcome = try trial.send(Amounts(recipients: step.recipients, octets: 100), for: [anna], at: start + step.at)
            switch outcome {
            case .goes: #expect(step.goes == step.at && !step.isTooLarge, "\(number): \(outcome)")
            case .waits(let until): #expect(step.goes != step.at && step.goes == until.map { $0 - start } && !step.isTooLarge, "\(number): \(outcome) \(until.map { $0 - start } ?? -1)")
            case .tooLarge: #expect(step.isTooLarge, "\(number): \(outcome)")
            }
        }
        #expect(trial.total.messages == row.steps.count)
        #expect(trial.total == trial.sum(of: anna))
    }

    /// What a trial lets go is what counting would let go at these moments: each is counted at the moment that the trial says.
    @Test(arguments: ["messages:7/1h", "recipients:40/10m", "recipients:30/1h:burst=5", "octets:9000/1d", "recipients:300/1h:burst=100"]) func agreesWithCounting(_ text: String) throws {
        let limits = [try limit(text), try limit("messages:100/31d")]
        var random = Numbers(seed: 7), trial = LimitTrial(limits, since: 0, subjects: 1), allowances = Allowances([:]), time = start, last = 0
        for _ in 0..<400 {
            time += random.next(below: 2 * minute)
            let amounts = Amounts(recipients: 1 + random.next(below: 6), octets: 1 + random.next(below: 1000))
            let outcome = try trial.send(amounts, for: [anna], at: time)
            guard let goesAt = outcome == .goes ? time : outcome.until else { continue }
            #expect(goesAt >= last, "nobody passes who came later")
            last = goesAt
            guard case .counted = allowances.admit(amounts, [LimitedSubject(anna, limits)], at: goesAt) else { Issue.record("\(goesAt) is too early"); return }
        }
    }

    @Test func whatIsTold() throws {
        var trial = LimitTrial([try limit("recipients:10/1h")], since: start, subjects: 2)
        func send(_ recipients: Int, _ subject: LimitSubject, at time: Int) throws { _ = try trial.send(Amounts(recipients: recipients, octets: 100), for: [subject], at: start + time) }
        // Before what is told of: it counts, and that it had to wait is not told.
        try send(9, anna, at: -30 * minute)
        try send(2, anna, at: -20 * minute)
        try send(1, ben, at: 5 * minute)
        try send(4, anna, at: 10 * minute)      // behind the one before: both at 30 minutes
        try send(6, anna, at: 20 * minute)      // 2 + 4 + 6: an hour after those went
        try send(11, ben, at: 70 * minute)
        let total = trial.total
        #expect(total.messages == 4 && total.recipients == 22 && total.octets == 400)
        #expect(total.putOff == 2 && total.putOffRecipients == 10 && total.tooLarge == 1 && total.hit == 3)
        let one = 20 * minute + 1, other = 70 * minute + 2
        #expect(total.longestWait == other && total.wholeWait == one + other && trial.medianWait == one)
        #expect(total.firstHitAt == start + 10 * minute && total.lastGoesAt == start + 90 * minute + 2)
        #expect(trial.hours.keys.sorted() == [start, start + hour])
        #expect(trial.hours[start]?.putOff == 2 && trial.hours[start]?.messages == 3 && trial.hours[start + hour]?.tooLarge == 1)
        #expect(trial.subjects == 2 && trial.subjectsHit == 2)
        #expect(trial.hit(10).map(\.subject) == [anna, ben] && trial.hit(1).map(\.sum.putOff) == [2])
        #expect(trial.memory == hour)
    }

    @Test func whereNothingCame() throws {
        let trial = LimitTrial([try limit("recipients:10/1h")], since: start, subjects: 2)
        #expect(trial.medianWait == nil && trial.total == TrialSum() && trial.hours.isEmpty && trial.hit(5).isEmpty && trial.sum(of: anna) == TrialSum())
    }

    @Test func eachSubjectForItself() throws {
        var trial = LimitTrial([try limit("messages:1/1h")], since: start, subjects: 2)
        let amounts = Amounts(recipients: 1, octets: 1)
        #expect(try trial.send(amounts, for: [anna], at: start) == .goes)
        #expect(try trial.send(amounts, for: [ben], at: start + 1) == .goes)
        #expect(try trial.send(amounts, for: [anna, ben], at: start + 2) == .waits(until: start + hour + 2), "until both have room for it")
        #expect(trial.total.messages == 3 && trial.sum(of: anna).putOff == 1 && trial.sum(of: ben).putOff == 1)
        let eve = try LimitSubject(.mailbox, "eve@example.org")
        #expect(throws: LimitTrial.Full()) { try trial.send(amounts, for: [anna, eve], at: start + 3) }
        #expect(trial.total.messages == 3 && trial.sum(of: anna).messages == 2, "it counts for nobody then")
    }

    static let texts: [(text: String, read: String?)] = [
        ("recipients:100/1h", "recipients 100 1h -"), ("recipients:100/1h:burst=20", "recipients 100 1h 20"), ("octets:1000000000000000/31d", "octets 1000000000000000 31d -"),
        ("messages:1/60m", "messages 1 1h -"), ("recipients:007/1h", "recipients 7 1h -"),
        ("", nil), ("recipients", nil), ("recipients:100", nil), ("recipients:/1h", nil), ("recipients:100/", nil), ("recipients:0/1h", nil), ("recipients:-1/1h", nil), ("recipients:+1/1h", nil),
        ("recipients:100/32d", nil), ("recipients:100/0s", nil), ("people:100/1h", nil), ("recipients:100/1h:burst=101", nil), ("recipients:100/1h:burst=0", nil), ("recipients:100/1h:burst=", nil),
        ("recipients:100/1h:20", nil), ("recipients:100/1h:burst=1:", nil), ("recipients:1000000000000001/1h", nil), ("recipients:9999999999999999999/1h", nil), ("recipients:1e3/1h", nil), ("recipients: 1/1h", nil), ("Recipients:1/1h", nil),
    ]

    @Test(arguments: texts) func limitsAsText(_ text: String, _ read: String?) throws {
        guard let read else {
            #expect(throws: LimitFault.self) { try RateLimit(text: text) }
            return
        }
        let limit = try RateLimit(text: text)
        #expect("\(limit.counts.rawValue) \(limit.most) \(limit.window) \(limit.burst.map { "\($0)" } ?? "-")" == read)
    }
}

extension LimitTrial.Outcome {
    fileprivate var until: Int? { if case .waits(let until) = self { until } else { nil } }
}

/// The same numbers every time (Knuth's MMIX).
private struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below end: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % end
    }
}

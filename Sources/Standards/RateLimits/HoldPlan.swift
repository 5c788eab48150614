/// A message that waits in line.
package struct WaitingMessage: Sendable, Hashable {
    package let lane: HoldLane
    package let amounts: Amounts
    /// For whom it counts, as limits are now.
    package let subjects: [LimitedSubject]
    /// Who had no room for it when it was last planned.
    package let blocker: LimitSubject

    package init(lane: HoldLane, amounts: Amounts, subjects: [LimitedSubject], blocker: LimitSubject) { self.lane = lane; self.amounts = amounts; self.subjects = subjects; self.blocker = blocker }
}

/// When each of those who wait goes, in fair order.
///
/// Whenever there is room, the customer is next who had least of it while he waited, of him the sender who had least, and of a sender the message that
/// came first. Nobody waits for a limit that is not his, and of those who wait for the same limit none passes the one that is next.
package struct HoldPlan: Sendable {
    /// When each goes, in the order of what was asked: milliseconds since 1970.
    package private(set) var times: [Int]
    /// Who has no room for it till then.
    package private(set) var blockers: [LimitSubject]
    /// What was let go of those that wait, with those who began to wait since it was kept.
    package let begins: HoldTurns
    /// The ends of the lines.
    package private(set) var tails: [LimitSubject: HoldTail] = [:]

    private let messages: [WaitingMessage]
    private var states: [LimitSubject: AllowanceState]
    private var turns: HoldTurns
    /// Places of the messages of each lane, the next one last; where each began.
    private var lines: [HoldLane: [Int]] = [:], since: [HoldLane: Int] = [:], customerSince: [String: Int] = [:]
    /// Lanes of which the next message may go.
    private var ready = TurnQueue()
    /// Lanes of which the next message has no room yet, by who has none; and when each of these has.
    private var parked: [LimitSubject: TurnQueue] = [:], opens: [LimitSubject: Int] = [:]
    /// Who had no room for a lane before it was its turn again: when it is through, the next one is.
    private var called: [HoldLane: LimitSubject] = [:]

    /// - Parameters:
    ///   - messages: those that wait, the one that came first first.
    ///   - states: what their subjects sent.
    ///   - turns: what was let go of each lane while it waited.
    ///   - now: milliseconds since 1970.
    package init(_ messages: [WaitingMessage], states: [LimitSubject: AllowanceState], turns: HoldTurns, at now: Int) {
        self.messages = messages
        times = messages.map { _ in now }
        blockers = messages.map(\.blocker)
        self.states = states
        for place in messages.indices.reversed() {
            let lane = messages[place].lane
            lines[lane, default: []].append(place)
            since[lane] = place
            customerSince[lane.customer] = place
        }
        var turns = turns
        turns.keep(lines.keys)
        self.turns = turns
        begins = turns
        for lane in lines.keys { enter(lane) }
        var time = now
        while !lines.isEmpty {
            if let lane = ready.take(self.turns) { step(lane, at: time) } else { time = reopen(after: time) }
        }
        close()
    }

    private mutating func enter(_ lane: HoldLane) { ready.add(lane, turns, since: since[lane] ?? 0, customerSince: customerSince[lane.customer] ?? 0) }

    /// Tries the next message of a lane.
    private mutating func step(_ lane: HoldLane, at time: Int) {
        guard let place = lines[lane]?.last else { return }
        let message = messages[place], caller = called.removeValue(forKey: lane)
        // What is in the way of another one of the same subject is in its way, too.
        if let closed = message.subjects.first(where: { opens[$0.subject] != nil })?.subject {
            park(lane, place, closed)
        } else if let closed = admit(message, at: time) {
            park(lane, place, closed)
        } else {
            times[place] = time
            turns.serve(lane, max(message.amounts.recipients, 1))
            lines[lane]?.removeLast()
            if lines[lane]?.isEmpty != false { lines[lane] = nil } else { enter(lane) }
        }
        if let caller, opens[caller] == nil { call(caller) }
    }

    /// - Returns: who has no room for a message; nil where it goes.
    private mutating func admit(_ message: WaitingMessage, at time: Int) -> LimitSubject? {
        var allowances = Allowances(Dictionary(message.subjects.compactMap { each in states[each.subject].map { (each.subject, $0) } }) { one, _ in one })
        if case .exceeded(let subject, let obstacle) = allowances.admit(message.amounts, message.subjects, at: time, wasPromised: true) {
            opens[subject] = max(obstacle.retryAt ?? 0, time + 1)
            return subject
        }
        for (subject, state) in allowances.states { states[subject] = state }
        return nil
    }

    private mutating func park(_ lane: HoldLane, _ place: Int, _ subject: LimitSubject) {
        blockers[place] = subject
        parked[subject, default: TurnQueue()].add(lane, turns, since: since[lane] ?? 0, customerSince: customerSince[lane.customer] ?? 0)
    }

    /// Goes on to when the first of those who have no room has some.
    private mutating func reopen(after time: Int) -> Int {
        guard let next = opens.values.min() else { return time + 1 }
        for subject in opens.filter({ $0.value <= next }).keys.sorted() {
            opens[subject] = nil
            call(subject)
        }
        return next
    }

    /// Has the next one try who waits for a subject; the others wait for him.
    private mutating func call(_ subject: LimitSubject) {
        guard let lane = parked[subject]?.take(turns) else { return }
        if parked[subject]?.isEmpty == true { parked[subject] = nil }
        called[lane] = subject
        enter(lane)
    }

    private mutating func close() {
        for (message, blocker) in zip(messages, blockers) {
            guard let state = states[blocker] else { continue }
            var tail = tails[blocker] ?? HoldTail(state: state, waiting: 0, only: message.lane)
            tail.waiting += 1
            if tail.only != message.lane { tail.only = nil }
            tails[blocker] = tail
        }
    }
}

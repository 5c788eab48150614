/// What some limits would have done to messages of the past: each subject by itself, as if no other limit were there.
///
/// A message that has no room waits until those of its subject that came before it have gone, and then for the moment from which on it goes;
/// it takes its room then. So the first that came goes first, and nothing but a state, a moment and a few sums is kept of a subject.
package struct LimitTrial: Sendable {
    package enum Outcome: Sendable, Equatable {
        case goes
        /// It would have been put off, and gone at this moment: milliseconds since 1970; nil where that is more than ``longestWait`` after it came.
        case waits(until: Int?)
        /// It is more than this limit by itself.
        case tooLarge(RateLimit)
    }

    /// More subjects were seen than are told apart.
    package struct Full: Error, Sendable, Equatable { package init() {} }

    private struct Sender {
        var state: AllowanceState
        /// Before this moment nothing of it goes: when the last of its messages went.
        var turnAt = 0
        var sum = TrialSum()
    }

    package let limits: [RateLimit]
    /// What came before is counted, and not told of: milliseconds since 1970.
    package let since: Int
    /// Subjects at most, 1…
    private let most: Int
    private var places: [LimitSubject: Int] = [:]
    private var senders: [Sender] = []
    /// Of all messages, each once.
    package private(set) var total = TrialSum()
    /// By the first moment of an hour: milliseconds since 1970.
    package private(set) var hours: [Int: TrialSum] = [:]
    private var waits: [Int] = []

    /// Milliseconds; 400 days, after which nobody waits.
    package static let longestWait = 400 * 86_400_000
    private static let hour = 3_600_000

    /// - Parameters:
    ///   - limits: without ``RateLimit/youth``: how old a subject was, the past does not tell.
    ///   - since: from when on is told what happens: milliseconds since 1970.
    ///   - most: subjects that are told apart.
    package init(_ limits: [RateLimit], since: Int, subjects most: Int) { self.limits = limits; self.since = since; self.most = max(most, 1) }

    /// When a message has to have come to count for what goes at `since`: milliseconds before.
    package var memory: Int { limits.map(\.window.milliseconds).max() ?? 0 }

    /// How many subjects sent something since ``since``.
    package var subjects: Int { senders.count { $0.sum.messages > 0 } }

    /// Takes the next message.
    /// - Parameters:
    ///   - subjects: those of one scope that it counts for, 1…; each has the limits for itself.
    ///   - time: when it came: milliseconds since 1970, not before the message before.
    /// - Returns: what becomes of it, where several say something the gravest.
    /// - Throws: `Full`; then it counts for nobody.
    package mutating func send(_ amounts: Amounts, for subjects: [LimitSubject], at time: Int) throws(Full) -> Outcome {
        let new = subjects.filter { places[$0] == nil }
        guard senders.count + new.count <= most else { throw Full() }
        for subject in new where places[subject] == nil {
            places[subject] = senders.count
            senders.append(Sender(state: AllowanceState(startingAt: time)))
        }
        var gravest = Outcome.goes
        for place in subjects.compactMap({ places[$0] }) {
            let outcome = admit(amounts, place, at: time)
            if time >= since { senders[place].sum.add(amounts, outcome, at: time) }
            if outcome.isGraver(than: gravest) { gravest = outcome }
        }
        guard time >= since else { return gravest }
        total.add(amounts, gravest, at: time)
        hours[time - time % Self.hour, default: TrialSum()].add(amounts, gravest, at: time)
        if case .waits(let until) = gravest { waits.append((until ?? time + Self.longestWait) - time) }
        return gravest
    }

    private mutating func admit(_ amounts: Amounts, _ place: Int, at time: Int) -> Outcome {
        var now = max(time, senders[place].turnAt)
        // At the moment that a limit says another one may have no room: as often as there are limits, and once more for parts of windows that were joined.
        for _ in 0...(limits.count * 2) {
            // Whoever waits behind one that does not go takes no room either.
            guard now - time < Self.longestWait else { senders[place].turnAt = now; return .waits(until: nil) }
            senders[place].state.advance(to: now, for: limits)
            guard let obstacle = senders[place].state.obstacle(amounts, limits, at: now) else { break }
            guard let retryAt = obstacle.retryAt else { return .tooLarge(obstacle.limit) }
            now = max(retryAt, now + 1)
        }
        guard now - time < Self.longestWait else { senders[place].turnAt = now; return .waits(until: nil) }
        _ = senders[place].state.book(amounts, limits, at: now)
        senders[place].turnAt = now
        return now > time ? .waits(until: now) : .goes
    }

    /// Half of those that had to wait waited no longer: milliseconds; nil where none had to.
    package var medianWait: Int? {
        if waits.isEmpty { return nil }
        return waits.sorted()[(waits.count - 1) / 2]
    }

    /// What is told of one subject; nothing was seen of it where its sum is empty.
    package func sum(of subject: LimitSubject) -> TrialSum { places[subject].map { senders[$0].sum } ?? TrialSum() }

    /// Those who had to wait or were refused, whom it hit most often first.
    package func hit(_ count: Int) -> [(subject: LimitSubject, sum: TrialSum)] {
        let all = places.lazy.map { (subject: $0.key, sum: senders[$0.value].sum) }.filter { $0.sum.hit > 0 }
        return Array(all.sorted { $0.sum.hit == $1.sum.hit ? $0.subject < $1.subject : $0.sum.hit > $1.sum.hit }.prefix(count))
    }

    /// How many had to wait or were refused.
    package var subjectsHit: Int { senders.count { $0.sum.hit > 0 } }
}

extension LimitTrial.Outcome {
    fileprivate func isGraver(than other: LimitTrial.Outcome) -> Bool {
        switch (self, other) {
        case (.goes, _), (_, .tooLarge): false
        case (.tooLarge, _), (_, .goes): true
        case (.waits(nil), _): true
        case (.waits, .waits(nil)): false
        case (.waits(let one?), .waits(let other?)): one > other
        }
    }
}

/// What became of some messages in a trial.
package struct TrialSum: Sendable, Equatable {
    /// Those that came, and what they were together.
    package private(set) var messages = 0, recipients = 0, octets = 0
    /// Those that would have been put off.
    package private(set) var putOff = 0, putOffRecipients = 0
    /// Those that would have been refused, since they are more than a limit by themselves.
    package private(set) var tooLarge = 0
    /// How long those that were put off would have waited, the longest and all together: milliseconds, each at most ``LimitTrial/longestWait``.
    package private(set) var longestWait = 0, wholeWait = 0
    /// When the first came that was put off or refused: milliseconds since 1970.
    package private(set) var firstHitAt: Int?
    /// When the last would have gone of those that were put off: milliseconds since 1970; nil also where one would not have gone for long.
    package private(set) var lastGoesAt: Int?
    private var isStuck = false

    package init() {}

    /// Those that did not go at once.
    package var hit: Int { putOff + tooLarge }

    mutating func add(_ amounts: Amounts, _ outcome: LimitTrial.Outcome, at time: Int) {
        messages += 1
        recipients = Self.sum(recipients, amounts.recipients)
        octets = Self.sum(octets, amounts.octets)
        switch outcome {
        case .goes: return
        case .tooLarge: tooLarge += 1
        case .waits(let until):
            let wait = until.map { $0 - time } ?? LimitTrial.longestWait
            putOff += 1
            putOffRecipients = Self.sum(putOffRecipients, amounts.recipients)
            longestWait = max(longestWait, wait)
            wholeWait = Self.sum(wholeWait, wait)
            if until == nil { isStuck = true }
            lastGoesAt = isStuck ? nil : max(lastGoesAt ?? 0, until ?? 0)
        }
        firstHitAt = min(firstHitAt ?? time, time)
    }

    /// Together at most the greatest number there is.
    private static func sum(_ one: Int, _ other: Int) -> Int {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

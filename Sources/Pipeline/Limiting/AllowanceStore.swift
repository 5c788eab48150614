package import RateLimits
package import Verdicts

/// A message that is to be counted.
package struct CountedMessage: Sendable {
    package let tenant: String
    /// By which it is known when it comes again: 32 octets.
    package let name: [UInt8]
    package let amounts: Amounts
    /// For whom it counts: each once, 1…``LimitHierarchy/subjectLimit``.
    package let subjects: [LimitedSubject]
    /// Of one that may wait; nil for one that may not.
    package let hold: HoldRequest?
    /// The verdict that is kept in the step in which it is counted; nil: none is.
    package let verdict: CountedVerdict?

    package init(tenant: String, name: [UInt8], amounts: Amounts, subjects: [LimitedSubject], hold: HoldRequest? = nil, verdict: CountedVerdict? = nil) {
        self.tenant = tenant; self.name = name; self.amounts = amounts; self.subjects = subjects; self.hold = hold; self.verdict = verdict
    }
}

/// The verdict of a message that is counted.
package struct CountedVerdict: Sendable {
    package let id: VerdictID
    /// Asked at the beginning of each step: whether it still is to be counted. From the first yes on, whether it was counted is known only by the step's answer.
    package let begin: @Sendable () -> Bool
    /// Makes it of what counting came to. It is asked again where a step came to nothing, and its last answer counts.
    package let record: @Sendable (Admission) -> VerdictRecord

    package init(id: VerdictID, begin: @escaping @Sendable () -> Bool = { true }, record: @escaping @Sendable (Admission) -> VerdictRecord) { self.id = id; self.begin = begin; self.record = record }
}

/// What became of a message that was counted.
package struct Counting: Sendable, Equatable {
    /// Where its own verdict stood already, it is ``Admission/countedBefore``, whatever the verdict says.
    package let admission: Admission
    /// The earlier verdict of the same message, which stands; nil where its own was kept, or none was made.
    package let earlier: EarlierVerdict?

    package init(_ admission: Admission, earlier: EarlierVerdict? = nil) { self.admission = admission; self.earlier = earlier }
}

/// The port to where is kept what was sent. Time is the store's own, one for all nodes.
package protocol AllowanceStore: Sendable {
    /// Counts a message for all its subjects in one step, or for none of them. One that may wait, and for which there is no room, begins to wait in the same step, where an agent at its server
    /// releases such messages (one asked in the last ten minutes) and not too many wait already; else it is as one that may not.
    ///
    /// Of several that come at the same moment, on whatever node, each sees what the others took. A message that was counted in the last two days under the same name is not counted again.
    /// The verdict that follows is kept in the same step, as ``VerdictStore/append(_:)`` keeps it, or an earlier one of the same message stands; whether it was counted has nothing to do with that. The earlier one may have the
    /// id of this one: then it was kept by this message, in a step whose answer was lost.
    /// What was counted is durable when this returns, and the verdict with it: of a message that comes for the first time there is never one without the other.
    /// - Throws: `StoreTrouble`; then nothing was counted and no verdict kept, but where the answer was lost, which is not known: it is safe to ask again.
    func count(_ message: CountedMessage, by deadline: ContinuousClock.Instant) async throws -> Counting

    /// What some subjects have sent, and the store's time: milliseconds since 1970. Nothing for those who have sent nothing that counts still.
    /// - Parameter subjects: at most 1000.
    func states(of subjects: [LimitSubject], tenant: String, by deadline: ContinuousClock.Instant) async throws -> (now: Int, states: [LimitSubject: AllowanceState])

    /// Forgets what a subject has sent; when it was new, it is not so again.
    /// - Returns: false when nothing was known.
    func reset(_ subject: LimitSubject, tenant: String, by deadline: ContinuousClock.Instant) async throws -> Bool

    /// Removes what counts no more: subjects that were silent for long, and the names of messages older than two days.
    /// - Returns: how many of both.
    func removeOld(by deadline: ContinuousClock.Instant) async throws -> (subjects: Int, messages: Int)
}

/// How much is kept.
package struct AllowanceLimits: Sendable {
    /// Subjects of a tenant that are counted at a time, 1…; a further one cannot be counted until others were silent for long.
    package var subjects = 1_000_000
    /// Subjects of a tenant of whom something is said, 1…
    package var definitions = 1_000_000
    /// Messages of a tenant that wait at a time, 0…
    package var holds = 100_000
    /// For how long a message is held at most: milliseconds.
    package var longestHold = 86_400_000

    package init() {}
}

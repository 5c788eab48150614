package import RateLimits
package import Verdicts

/// What limits would have done.
package struct SendingTrialReport: Sendable {
    /// Why not all was looked at.
    package enum Stop: String, Sendable, CaseIterable {
        /// More messages than are read.
        case messages
        /// More subjects than are told apart.
        case subjects
        /// It took too long.
        case time
    }

    /// A message that would not have gone at once.
    package struct Example: Sendable, Equatable {
        package let id: VerdictID
        package let subjects: [LimitSubject]
        package let receivedAt: Timestamp
        package let recipients: Int
        package let outcome: LimitTrial.Outcome
    }

    package let question: SendingTrials.Question
    /// From when on messages were counted, without being told of.
    package let warmUpFrom: Timestamp
    /// All before this moment was looked at.
    package let lookedUntil: Timestamp
    /// nil where that is all.
    package let stoppedBy: Stop?
    package let trial: LimitTrial
    /// The first of them.
    package let examples: [Example]
    /// Those who were hit most.
    package let hit: [(subject: LimitSubject, sum: TrialSum)]
}

/// The port by which a door has a message judged.
package protocol Judge: Sendable {
    /// How many messages it takes at once, those in line among them.
    var places: Int { get }

    /// Whether the waiting line is full: asked before a body is read, so that load is shed at the door.
    var isFull: Bool { get }

    /// Counts a message that the door turned away because there was no place for it.
    func turnedAway()

    /// Judges a message and keeps the verdict; the verdict is durable when this returns.
    ///
    /// Never throws for what a message says; a message that cannot be judged in full is judged by what could be known.
    func judge(_ submission: Submission) async throws(JudgeTrouble) -> Judgement
}

/// The verdict that stands for a message, with the JSON text of the answer.
package struct Judgement: Sendable {
    /// As history keeps it: of a message that came again, the earlier verdict.
    package let record: VerdictRecord
    /// The members of the answer as the API contract has them.
    package let answer: [UInt8]

    package init(record: VerdictRecord, answer: [UInt8]) { self.record = record; self.answer = answer }
}

/// Why there is no verdict: the message stays with the MTA, which tries again.
package enum JudgeTrouble: Error, Sendable, Equatable {
    /// The waiting line is full, or the service is about to stop. Try again after so many seconds.
    case full(retryAfter: Int)
    /// The verdict could not be kept.
    case store(StoreTrouble)
}

package import Limiting
package import Verdicts

/// The port to what is usual for senders. Time is the store's own.
package protocol WatchStore: Sendable {
    /// Notes what was seen, and restrains those of whom it is too much, or tells that it would, in the same step in which it is told of.
    /// - Parameters:
    ///   - observations: at most 5000.
    ///   - warnings: told of once in their window.
    /// - Returns: restraints that changed, and how many observations were of senders for whom there is no place any more.
    /// - Throws: `StoreTrouble`; then nothing was noted.
    func note(_ observations: [SenderObservation], _ warnings: [LimitWarning], rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> (changed: [Restraint], passedOver: Int)

    /// Notes what came back for a message. For a recipient it counts once for a sender, whatever he was sent.
    /// - Returns: for how many recipients it counts, and restraints that changed.
    func note(_ feedback: SenderFeedback, rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> (counted: Int, changed: [Restraint])

    /// What is known of a sender; nil where it was never seen, or not for half a year.
    func standing(of sender: TenantSubject, rules: WatchRules, by deadline: ContinuousClock.Instant) async throws -> SenderStanding?

    /// Removes what counts no more.
    /// - Returns: how many senders.
    func removeOld(by deadline: ContinuousClock.Instant) async throws -> Int
}

/// What came back for a message.
package struct SenderFeedback: Sendable, Equatable {
    package enum Kind: String, Sendable, Codable, CaseIterable { case bounce, complaint }

    package var of: TenantSubject
    package var kind: Kind
    package var verdict: VerdictID
    package var sentAt: Timestamp
    /// For which recipients; empty for one that is not named.
    package var contacts: [Contact]

    /// Those for which it counts, once for a sender: of one that is not named one that stands for the message.
    package var countedContacts: [Contact] { contacts.isEmpty ? [Contact("verdict \(verdict)")] : contacts }

    package init(of: TenantSubject, _ kind: Kind, verdict: VerdictID, sentAt: Timestamp, contacts: [Contact]) { self.of = of; self.kind = kind; self.verdict = verdict; self.sentAt = sentAt; self.contacts = contacts }
}

/// What is known of a sender.
package struct SenderStanding: Sendable, Equatable {
    package var since: Timestamp
    /// Recipients, and networks, that are known of it.
    package var contacts: Int, networks: Int
    package var measures: [SignalMeasure]

    package init(since: Timestamp, contacts: Int, networks: Int, measures: [SignalMeasure]) { self.since = since; self.contacts = contacts; self.networks = networks; self.measures = measures }
}

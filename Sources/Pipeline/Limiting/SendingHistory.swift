package import RateLimits
package import Verdicts

/// A message that went out, or would have if no limit had been in its way.
package struct SentMessage: Sendable, Equatable {
    /// Of the verdict on it.
    package var id: VerdictID
    package var receivedAt: Timestamp
    package var amounts: Amounts
    package var party: SendingParty
    /// Whether a limit put it off, or refused it since it is more than the limit by itself: it may have come again.
    package var isPutOff: Bool
    /// SHA-256 of the message: 32 octets.
    package var digest: [UInt8]
    /// The same number for the same recipients in the same order, and for others, as good as always, another.
    package var recipients: Int64

    package init(id: VerdictID, receivedAt: Timestamp, amounts: Amounts, party: SendingParty, isPutOff: Bool, digest: [UInt8], recipients: Int64) {
        self.id = id; self.receivedAt = receivedAt; self.amounts = amounts; self.party = party; self.isPutOff = isPutOff; self.digest = digest; self.recipients = recipients
    }
}

/// The port to what was sent, as the verdicts tell it.
package protocol SendingHistory: Sendable {
    /// A page of a tenant's messages with direction `outbound` that were let go or held, or that a limit put off or refused: the oldest first, in the order of their ids.
    /// - Parameters:
    ///   - since: from this moment on, by the time of the id, which is that of receipt.
    ///   - until: before this moment.
    ///   - accounts: those alone who authenticated with one of these names, letter by letter; nil: all.
    ///   - after: the last of the page before.
    ///   - limit: 1…5000.
    /// - Throws: `StoreTrouble`.
    func sent(by tenant: String, since: Timestamp, until: Timestamp, accounts: [String]?, after: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [SentMessage]

    /// The names with which somebody authenticated for a tenant's messages, letter by letter, each once.
    /// - Parameters:
    ///   - since: from this moment on, by the time of the id; until before `until`.
    ///   - limit: 1…100,000.
    /// - Returns: nil where there are more than `limit`.
    /// - Throws: `StoreTrouble`.
    func accounts(of tenant: String, since: Timestamp, until: Timestamp, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [String]?
}

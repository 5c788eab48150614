package import RateLimits
package import Verdicts

/// A message that went out, or would have if no limit had been in its way.
package struct SentMessage: Sendable, Equatable {
    /// Of the verdict on it.
    package var id: VerdictID
    package var receivedAt: Timestamp
    package var amounts: Amounts
    package var party: SendingParty
    /// Whether a limit put it off, and it had not come again.
    package var isPutOff: Bool
    package var queueID: String?
    /// SHA-256 of the message: 32 octets.
    package var digest: [UInt8]

    package init(id: VerdictID, receivedAt: Timestamp, amounts: Amounts, party: SendingParty, isPutOff: Bool, queueID: String?, digest: [UInt8]) {
        self.id = id; self.receivedAt = receivedAt; self.amounts = amounts; self.party = party; self.isPutOff = isPutOff; self.queueID = queueID; self.digest = digest
    }
}

/// The port to what was sent, as the verdicts tell it.
package protocol SendingHistory: Sendable {
    /// A page of a tenant's messages with direction `outbound` that were let go or held, or that a limit put off: the oldest first, in the order of their ids.
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

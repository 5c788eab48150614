package import DNS

/// Which kept messages are wanted; what is nil is not asked for.
package struct QuarantineFilter: Sendable, Equatable {
    /// nil for every tenant.
    package var tenant: String?
    /// Received from this moment on.
    package var since: Timestamp?
    /// Received before this moment.
    package var until: Timestamp?
    /// The whole reverse-path; the empty one for the null reverse-path.
    package var sender: HistoryPath?
    /// A whole forward-path.
    package var recipient: HistoryPath?
    /// A piece of the Subject, in any case; the empty one for any message that has a Subject.
    package var subject: String?
    package var messageID: String?
    /// The code of a finding.
    package var code: String?
    package var clientNetwork: IPNetwork?
    package var isInfected: Bool?
    package var state: KeptMessage.State?

    package init() {}
}

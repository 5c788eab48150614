import Synchronization
package import Verdicts

/// A relay that keeps what it gets and answers as it is told.
package final class FakeRelay: MailRelay {
    private let mails = Mutex<[OutgoingMail]>([])
    private let outcome: @Sendable (OutgoingMail) -> RelayOutcome

    package init(_ outcome: @escaping @Sendable (OutgoingMail) -> RelayOutcome = { _ in .accepted(RelayReply(stage: .content, code: 250, text: "2.0.0 ok")) }) { self.outcome = outcome }

    package var taken: [OutgoingMail] { mails.withLock { $0 } }

    package func send(_ mail: OutgoingMail, by deadline: ContinuousClock.Instant) async -> RelayOutcome {
        mails.withLock { $0.append(mail) }
        return outcome(mail)
    }
}

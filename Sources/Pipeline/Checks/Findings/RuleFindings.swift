internal import ContentRules
internal import DNS
internal import Mail
internal import Verdicts

/// One finding for each content rule that the message met.
func ruleFindings(_ hits: [ContentHit]) -> [Finding] { hits.map { Finding($0.code, $0.detail) } }

extension ContentSubject {
    /// What rules look at of a submission.
    /// - Parameter own: domains that are ours, beside those of the recipients.
    init(_ message: Message, _ submission: Submission, own: [DomainName], names: ProtectedNames) {
        let envelope = submission.envelope
        self.init(message: message, recipients: envelope.recipients, ownDomains: own, receivedAt: Int(submission.receivedAt.seconds),
                  isSubmission: envelope.authUser != nil || envelope.direction == .outbound, names: names)
    }
}

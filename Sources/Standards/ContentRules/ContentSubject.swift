package import DNS
package import Mail

/// A message, and what is known around it, for rules to look at.
package struct ContentSubject: Sendable {
    package let message: Message
    /// Of the envelope, `local@domain`.
    package let recipients: [String]
    /// Domains whose mail is ours, beside those of the recipients.
    package let ownDomains: [DomainName]
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package let receivedAt: Int
    /// An own user sends it in.
    package let isSubmission: Bool
    package let names: ProtectedNames
    package let limits: RuleLimits

    package init(message: Message, recipients: [String], ownDomains: [DomainName] = [], receivedAt: Int, isSubmission: Bool = false, names: ProtectedNames = ProtectedNames(), limits: RuleLimits = RuleLimits()) {
        self.message = message; self.recipients = recipients; self.ownDomains = ownDomains; self.receivedAt = receivedAt; self.isSubmission = isSubmission
        self.names = names; self.limits = limits
    }
}

package import DNS

/// Who reports: what stands in every report of ours, and on the mail that carries it.
package struct Reporter: Sendable, Equatable {
    package var organization: String
    /// Whom to ask about reports; also the sender of the mail.
    package var email: String
    package var extraContact: String?
    /// Our host: in file names, subjects and Message-IDs.
    package var host: DomainName
    /// The program that made the report.
    package var generator: String?

    package init(organization: String, email: String, extraContact: String? = nil, host: DomainName, generator: String? = nil) {
        self.organization = organization; self.email = email; self.extraContact = extraContact; self.host = host; self.generator = generator
    }
}

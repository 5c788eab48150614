package import DNS

/// What the mail server told of the connection, as far as TLS is concerned.
package struct TransportFacts: Sendable, Equatable {
    /// As the mail server writes it; nil or empty when the connection was not encrypted.
    package var version: String?
    package var cipher: String?
    /// The domain of MAIL FROM; nil for the null sender.
    package var sender: DomainName?
    package var recipients: [DomainName]
    package var isAuthenticated: Bool

    package init(version: String?, cipher: String?, sender: DomainName? = nil, recipients: [DomainName] = [], isAuthenticated: Bool = false) {
        self.version = version
        self.cipher = cipher
        self.sender = sender
        self.recipients = recipients
        self.isAuthenticated = isAuthenticated
    }
}

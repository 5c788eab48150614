internal import JSON

/// What check_host() says, in the words of the IANA registry "Email Authentication Result Names".
/// Source: RFC 7208 §2.6, RFC 8601 §2.7.2.
package enum SPFResult: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    /// The client may send for the domain.
    case pass
    /// The client may not.
    case fail
    /// The client probably may not; the domain does not want to say so firmly.
    case softfail
    /// The domain says nothing of this client.
    case neutral
    /// There is no domain to ask, or the domain has no policy.
    case none
    /// The DNS could not be asked now.
    case temperror
    /// The policy cannot be read; only its owner can mend that.
    case permerror
}

/// Which name of the SMTP session was checked.
/// Source: RFC 7208 §2.3 and §2.4, RFC 8601 §2.7.2.
package enum SPFIdentity: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    case helo, mailfrom
}

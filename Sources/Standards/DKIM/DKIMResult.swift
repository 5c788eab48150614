internal import JSON

/// What verifying one signature says, in the words of the IANA registry "Email Authentication Result Names".
/// Source: RFC 8601 §2.7.1, RFC 6376 §3.9.
package enum DKIMResult: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    /// The message is not signed.
    case none
    /// The signature verifies and is acceptable to us.
    case pass
    /// The signature does not verify.
    case fail
    /// It verifies and is not acceptable to us.
    case policy
    /// It is signed, and the signature holds a syntax error that makes it unusable.
    case neutral
    /// The key could not be fetched now.
    case temperror
    /// It can never be verified: a required tag is missing, the key is revoked or too short, the algorithm is retired.
    case permerror
}

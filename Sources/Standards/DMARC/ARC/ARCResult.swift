internal import JSON

/// What validating a chain says: the words of cv=, which are those of the registry too.
/// Source: RFC 8617 §4.4, RFC 8601 §2.7 (registry).
package enum ARCResult: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    /// There is no chain.
    case none
    /// The chain is whole, its newest message signature and all its seals verify.
    case pass
    /// It is not; a message whose chain fails is to be treated like one without (RFC 8617 §5.2).
    case fail
}

internal import JSON

/// What evaluating a message says, in the words of the IANA registry "Email Authentication Result Names".
/// Source: RFC 9989, RFC 8601 §2.7 (registry).
package enum DMARCResult: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    /// The author's domain has no policy record.
    case none
    /// An aligned identifier passed.
    case pass
    /// There is a policy record, and no aligned identifier passed.
    case fail
    /// Could not be known now.
    case temperror
    /// The record, or the From field, can never be evaluated.
    case permerror
}

internal import JSON

/// What a domain's owner asks to be done with mail that fails; from the mildest to the strictest.
/// Source: RFC 9989 §4.7 (p, sp, np).
package enum DMARCPolicy: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable, Comparable {
    case none, quarantine, reject

    /// One level milder: what a domain that tests its policy expects.
    /// Source: RFC 9989 §4.7 (t).
    package var tested: DMARCPolicy {
        switch self {
        case .reject: .quarantine
        case .quarantine, .none: .none
        }
    }

    private var strictness: Int {
        switch self {
        case .none: 0
        case .quarantine: 1
        case .reject: 2
        }
    }

    package static func < (one: DMARCPolicy, other: DMARCPolicy) -> Bool { one.strictness < other.strictness }
}

/// Which tag of a record the policy was taken from.
/// Source: RFC 9989 §4.10.1.
package enum DMARCPolicyTag: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    case p, sp, np
}

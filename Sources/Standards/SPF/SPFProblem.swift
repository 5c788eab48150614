import DNS

/// What ends a check without an answer from the policy.
/// Source: RFC 7208 §2.6.6 and §2.6.7.
enum SPFProblem: Error, Sendable, Equatable {
    case temporary(String)
    case permanent(String)

    static func lookup(_ type: String, _ name: DomainName, _ trouble: DNSTrouble) -> SPFProblem {
        .temporary("\(name.text): the \(type) look-up failed: \(trouble)")
    }
}

/// How a record, and what it redirects to, ended.
struct SPFEnding: Sendable {
    let result: SPFResult
    /// The record that said so, and whose it is; nil for "none".
    var domain: DomainName?
    var record: SPFRecord?
    /// What matched in that record; nil when nothing did.
    var directive: SPFDirective?
}

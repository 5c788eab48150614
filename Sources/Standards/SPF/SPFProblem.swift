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
    /// Which clients that matches; nil when nothing did, and where `SPFMatch` knows of none.
    var network: IPNetwork?
}

/// A directive that matches the client.
struct SPFMatch: Sendable {
    /// The block of addresses around the client that matches all the same: of `all` its whole family, of an include that of what passed
    /// inside. nil for exists and ptr, which ask the DNS about each client anew.
    let network: IPNetwork?
}

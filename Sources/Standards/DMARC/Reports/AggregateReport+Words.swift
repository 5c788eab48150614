/// The words of the schema.
/// Source: RFC 9990 appendix A; those that only RFC 7489 appendix C has are marked.
extension AggregateReport {
    /// What the owner of a domain asks for.
    package enum Request: String, Sendable, Hashable, CaseIterable { case none, quarantine, reject }

    /// What was done; `pass`: nothing, as DMARC passed under a policy that asks for more than `none`.
    package enum Disposition: String, Sendable, Hashable, CaseIterable { case none, pass, quarantine, reject }

    package enum Aligned: String, Sendable, Hashable, CaseIterable { case pass, fail }

    package enum Alignment: String, Sendable, Hashable, CaseIterable { case relaxed = "r", strict = "s" }

    package enum Discovery: String, Sendable, Hashable, CaseIterable { case publicSuffixList = "psl", treeWalk = "treewalk" }

    package enum Override: String, Sendable, Hashable, CaseIterable {
        case localPolicy = "local_policy", mailingList = "mailing_list", other, policyTestMode = "policy_test_mode", trustedForwarder = "trusted_forwarder"
        /// RFC 7489 only.
        case forwarded, sampledOut = "sampled_out"

        /// Whether RFC 9990 has the word.
        var isCurrent: Bool { self != .forwarded && self != .sampledOut }
    }

    package enum Scope: String, Sendable, Hashable, CaseIterable {
        case mailFrom = "mfrom"
        /// RFC 7489 only.
        case helo
    }

    /// Of a signature (all but softfail) or an SPF check (RFC 8601 §2.7.1 and §2.7.2).
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        case none, pass, fail, softfail, policy, neutral, temperror, permerror

        /// The words of RFC 4408 and RFC 5451, which some receivers still write.
        static func former(_ word: String) -> Outcome? {
            switch word {
            case "hardfail": .fail
            case "error", "tempfail": .temperror
            case "unknown", "permfail": .permerror
            default: nil
            }
        }
    }
}

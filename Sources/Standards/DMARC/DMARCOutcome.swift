package import JSON

/// What DMARC says of a message, and why.
/// Source: RFC 9989 §5.3, RFC 8601 §2.7.
package struct DMARCOutcome: Sendable, Equatable, Decodable {
    package var result: DMARCResult
    /// The author's domain that decided, in lower-case A-labels; nil where the message names none.
    package var domain: String?
    /// Every author's domain, where there is not exactly one.
    package var authors: [String]?
    /// The organizational domain of `domain`; nil where nothing depended on it.
    package var organizationalDomain: String?
    /// Where the record was found: `domain`, its organizational domain or a public suffix domain above.
    package var policyDomain: String?
    /// The record as `DMARCRecord` writes it.
    package var record: String?
    /// What the record asks for mail of `domain` that fails, and the tag that says it.
    package var policy: DMARCPolicy?
    package var policyTag: DMARCPolicyTag?
    /// The record has t=y: what is asked for is one level milder than `policy`.
    package var isTesting: Bool
    /// What the domain's owner asks to be done with this message.
    package var disposition: DMARCPolicy
    /// Whether an aligned domain passed SPF, and one passed DKIM.
    package var spfAligned: Bool
    package var dkimAligned: Bool
    /// What SPF said of MAIL FROM, then what DKIM said of each signature.
    package var identifiers: [DMARCIdentifier]
    /// Why the result is temperror or permerror.
    package var problem: String?

    package init(result: DMARCResult, domain: String? = nil, authors: [String]? = nil, organizationalDomain: String? = nil, policyDomain: String? = nil,
                 record: String? = nil, policy: DMARCPolicy? = nil, policyTag: DMARCPolicyTag? = nil, isTesting: Bool = false, disposition: DMARCPolicy = .none,
                 spfAligned: Bool = false, dkimAligned: Bool = false, identifiers: [DMARCIdentifier] = [], problem: String? = nil) {
        self.result = result; self.domain = domain; self.authors = authors; self.organizationalDomain = organizationalDomain; self.policyDomain = policyDomain
        self.record = record; self.policy = policy; self.policyTag = policyTag; self.isTesting = isTesting; self.disposition = disposition
        self.spfAligned = spfAligned; self.dkimAligned = dkimAligned; self.identifiers = identifiers; self.problem = problem
    }

    private enum CodingKeys: String, CodingKey {
        case result, domain, authors, organizationalDomain = "organizational_domain", policyDomain = "policy_domain", record, policy, policyTag = "policy_tag"
        case isTesting = "testing", disposition, spfAligned = "spf_aligned", dkimAligned = "dkim_aligned", identifiers, problem
    }
}

extension DMARCOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.authors, authors)
        json.member(CodingKeys.organizationalDomain, organizationalDomain)
        json.member(CodingKeys.policyDomain, policyDomain)
        json.member(CodingKeys.record, record)
        json.member(CodingKeys.policy, policy)
        json.member(CodingKeys.policyTag, policyTag)
        json.member(CodingKeys.isTesting, isTesting)
        json.member(CodingKeys.disposition, disposition)
        json.member(CodingKeys.spfAligned, spfAligned)
        json.member(CodingKeys.dkimAligned, dkimAligned)
        json.member(CodingKeys.identifiers, identifiers)
        json.member(CodingKeys.problem, problem)
        json.closeObject()
    }
}

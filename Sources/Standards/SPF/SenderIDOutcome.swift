package import DNS
package import JSON

/// The result for one scope, with its reason.
/// Source: RFC 4406 §4.2 to §4.4; the words are those of SPF, and of the method `sender-id` in the IANA registry "Email Authentication Methods".
package struct SenderIDOutcome: Sendable, Equatable, Decodable {
    package var result: SPFResult
    package var scope: SenderIDScope
    /// The field that names the responsible address: `resent-sender`, `resent-from`, `sender` or `from`; nil in scope mfrom, and of an ill-formed message.
    package var header: String?
    /// The domain that was checked: in lower-case A-labels, or as it was given where it is no domain name; nil of an ill-formed message.
    package var domain: String?
    /// The sender that macros saw: `local-part@domain`; nil of an ill-formed message.
    package var sender: String?
    /// The mechanism that matched, as its owner wrote it; nil when none did.
    package var mechanism: String?
    /// The domain whose record holds `mechanism`: `domain`, or what a redirect led to.
    package var mechanismDomain: String?
    /// The clients that the match holds for, as `SPFOutcome` has it.
    package var matchedNetwork: IPNetwork?
    /// The explanation that the domain gives for a fail: printable ASCII from outside.
    package var explanation: String?
    /// Why the result is temperror or permerror, or a fail without a policy.
    package var problem: String?
    /// Terms that asked the DNS, of which ten are allowed.
    package var lookups: Int
    /// Terms whose question found no records, of which two are allowed.
    package var voidLookups: Int

    package init(result: SPFResult, scope: SenderIDScope, header: String? = nil, domain: String? = nil, sender: String? = nil, mechanism: String? = nil,
                 mechanismDomain: String? = nil, matchedNetwork: IPNetwork? = nil, explanation: String? = nil, problem: String? = nil, lookups: Int = 0, voidLookups: Int = 0) {
        self.result = result
        self.scope = scope
        self.header = header
        self.domain = domain
        self.sender = sender
        self.mechanism = mechanism
        self.mechanismDomain = mechanismDomain
        self.matchedNetwork = matchedNetwork
        self.explanation = explanation
        self.problem = problem
        self.lookups = lookups
        self.voidLookups = voidLookups
    }

    /// What check_host() said in that scope.
    ///
    /// RFC 4406 §4.3: of a responsible domain that does not exist, the answer is a fail.
    init(_ outcome: SPFOutcome, scope: SenderIDScope, header: String?) {
        let isDenied = scope == .pra && outcome.trail.isNoDomain
        self.init(result: isDenied ? .fail : outcome.result, scope: scope, header: header, domain: outcome.domain, sender: outcome.sender,
                  mechanism: outcome.mechanism, mechanismDomain: outcome.mechanismDomain, matchedNetwork: outcome.matchedNetwork,
                  explanation: outcome.explanation, problem: isDenied ? "\(outcome.domain): the domain does not exist" : outcome.problem,
                  lookups: outcome.lookups, voidLookups: outcome.voidLookups)
    }

    /// RFC 4407 §2, step 6: without a responsible address there is nothing to ask; a required field that is missing is a permerror.
    init(illFormed problem: String) { self.init(result: .permerror, scope: .pra, problem: problem) }

    private enum CodingKeys: String, CodingKey {
        case result, scope, header, domain, sender, mechanism, explanation, problem, lookups
        case mechanismDomain = "mechanism_domain"
        case matchedNetwork = "matched_network"
        case voidLookups = "void_lookups"
    }
}

extension SenderIDOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.scope, scope)
        json.member(CodingKeys.header, header)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.sender, sender)
        json.member(CodingKeys.mechanism, mechanism)
        json.member(CodingKeys.mechanismDomain, mechanismDomain)
        json.member(CodingKeys.matchedNetwork, matchedNetwork)
        json.member(CodingKeys.explanation, explanation)
        json.member(CodingKeys.problem, problem)
        json.member(CodingKeys.lookups, lookups)
        json.member(CodingKeys.voidLookups, voidLookups)
        json.closeObject()
    }
}

/// What Sender ID says of a message.
package struct SenderIDEvidence: Sendable, Equatable, Decodable {
    /// Of the purported responsible address.
    package var pra: SenderIDOutcome
    /// Of the reverse-path; of postmaster at the HELO name for the null reverse-path. nil where it is what SPF said of MAIL FROM.
    package var mfrom: SenderIDOutcome?

    package init(pra: SenderIDOutcome, mfrom: SenderIDOutcome?) {
        self.pra = pra
        self.mfrom = mfrom
    }

    /// Without what SPF said already.
    package func beside(_ spf: SPFEvidence) -> SenderIDEvidence {
        let same = mfrom.map { $0 == SenderIDOutcome(spf.mailfrom, scope: .mfrom, header: nil) } ?? true
        return SenderIDEvidence(pra: pra, mfrom: same ? nil : mfrom)
    }

    private enum CodingKeys: String, CodingKey { case pra, mfrom }
}

extension SenderIDEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.pra, pra)
        json.member(CodingKeys.mfrom, mfrom)
        json.closeObject()
    }
}

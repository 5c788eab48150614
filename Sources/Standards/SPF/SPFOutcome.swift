package import DNS
package import JSON

/// The result for one identity, with its reason.
/// Source: RFC 7208 §2.6, §8 and §9.1.
package struct SPFOutcome: Sendable, Equatable, Decodable {
    package var result: SPFResult
    package var identity: SPFIdentity
    /// The domain that was checked: in lower-case A-labels, or as it was given where it is no domain name.
    package var domain: String
    /// The sender that macros saw: `local-part@domain`.
    package var sender: String
    /// The mechanism that matched, as its owner wrote it; nil when none did.
    package var mechanism: String?
    /// The domain whose record holds `mechanism`: `domain`, or what a redirect led to.
    package var mechanismDomain: String?
    /// The clients that the match holds for, ours among them: `0.0.0.0/0` or `::/0` where it holds for everybody of its family. Of an include,
    /// those of the mechanism that passed inside of it. nil without a match, and for exists and ptr, which look at each client anew.
    package var matchedNetwork: IPNetwork?
    /// The explanation that the domain gives for a fail: printable ASCII from outside.
    package var explanation: String?
    /// Why the result is temperror or permerror, naming the domain and the term.
    package var problem: String?
    /// Terms that asked the DNS, of which ten are allowed (RFC 7208 §4.6.4).
    package var lookups: Int
    /// Terms whose question found no records, of which two are allowed (RFC 7208 §4.6.4).
    package var voidLookups: Int
    /// How it came to that; not written into documents.
    package var trail = SPFTrail()

    package init(result: SPFResult, identity: SPFIdentity, domain: String, sender: String, mechanism: String? = nil,
                 mechanismDomain: String? = nil, matchedNetwork: IPNetwork? = nil, explanation: String? = nil, problem: String? = nil, lookups: Int = 0, voidLookups: Int = 0) {
        self.result = result
        self.identity = identity
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

    private enum CodingKeys: String, CodingKey {
        case result, identity, domain, sender, mechanism, explanation, problem, lookups
        case mechanismDomain = "mechanism_domain"
        case matchedNetwork = "matched_network"
        case voidLookups = "void_lookups"
    }
}

extension SPFOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.identity, identity)
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

/// What SPF says of a message.
package struct SPFEvidence: Sendable, Equatable, Decodable {
    /// RFC 7208 §2.3; nil when the client gave no name.
    package var helo: SPFOutcome?
    /// RFC 7208 §2.4; of postmaster at the HELO name for the null reverse-path.
    package var mailfrom: SPFOutcome

    package init(helo: SPFOutcome?, mailfrom: SPFOutcome) {
        self.helo = helo
        self.mailfrom = mailfrom
    }

    private enum CodingKeys: String, CodingKey { case helo, mailfrom }
}

extension SPFEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.helo, helo)
        json.member(CodingKeys.mailfrom, mailfrom)
        json.closeObject()
    }
}

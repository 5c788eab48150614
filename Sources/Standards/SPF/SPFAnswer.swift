package import DNS
internal import JSON

/// What check_host() said, of whichever identity or scope it was asked.
/// Source: RFC 7208 §2.6, §4.6.4 and §6.2.
package struct SPFAnswer: Sendable, Equatable, Decodable {
    package var result: SPFResult
    /// The mechanism that matched, as its owner wrote it; nil when none did.
    package var mechanism: String?
    /// The domain whose record holds `mechanism`: the one that was checked, or what a redirect led to.
    package var mechanismDomain: String?
    /// The clients that the match holds for, ours among them: `0.0.0.0/0` or `::/0` where it holds for everybody of its family. Of an include,
    /// those of the mechanism that passed inside of it. nil without a match, and for exists and ptr, which look at each client anew.
    package var matchedNetwork: IPNetwork?
    /// The explanation that the domain gives for a fail: printable ASCII from outside.
    package var explanation: String?
    /// Why the result is temperror or permerror, naming the domain and the term; of Sender ID also why it is a fail without a policy.
    package var problem: String?
    /// Terms that asked the DNS, of which ten are allowed (RFC 7208 §4.6.4).
    package var lookups: Int
    /// Terms whose question found no records, of which two are allowed (RFC 7208 §4.6.4).
    package var voidLookups: Int

    package init(_ result: SPFResult, mechanism: String? = nil, mechanismDomain: String? = nil, matchedNetwork: IPNetwork? = nil, explanation: String? = nil,
                 problem: String? = nil, lookups: Int = 0, voidLookups: Int = 0) {
        self.result = result; self.mechanism = mechanism; self.mechanismDomain = mechanismDomain; self.matchedNetwork = matchedNetwork
        self.explanation = explanation; self.problem = problem; self.lookups = lookups; self.voidLookups = voidLookups
    }

    private enum CodingKeys: String, CodingKey {
        case result, mechanism, mechanismDomain = "mechanism_domain", matchedNetwork = "matched_network", explanation, problem, lookups, voidLookups = "void_lookups"
    }

    /// Writes the members into the object of whoever was asked, behind the result.
    func writeMembers(to json: inout JSONWriter) {
        json.member(CodingKeys.mechanism, mechanism)
        json.member(CodingKeys.mechanismDomain, mechanismDomain)
        json.member(CodingKeys.matchedNetwork, matchedNetwork)
        json.member(CodingKeys.explanation, explanation)
        json.member(CodingKeys.problem, problem)
        json.member(CodingKeys.lookups, lookups)
        json.member(CodingKeys.voidLookups, voidLookups)
    }
}

package import DNS
package import JSON

/// The result for one identity, with its reason.
/// Source: RFC 7208 §2.6, §8 and §9.1.
@dynamicMemberLookup package struct SPFOutcome: Sendable, Equatable, Decodable {
    package var answer: SPFAnswer
    package var identity: SPFIdentity
    /// The domain that was checked: in lower-case A-labels, or as it was given where it is no domain name.
    package var domain: String
    /// The sender that macros saw: `local-part@domain`.
    package var sender: String
    /// How it came to that; not written into documents.
    package var trail = SPFTrail()

    package init(result: SPFResult, identity: SPFIdentity, domain: String, sender: String, mechanism: String? = nil,
                 mechanismDomain: String? = nil, matchedNetwork: IPNetwork? = nil, explanation: String? = nil, problem: String? = nil, lookups: Int = 0, voidLookups: Int = 0) {
        answer = SPFAnswer(result, mechanism: mechanism, mechanismDomain: mechanismDomain, matchedNetwork: matchedNetwork, explanation: explanation, problem: problem,
                           lookups: lookups, voidLookups: voidLookups)
        self.identity = identity
        self.domain = domain
        self.sender = sender
    }

    package subscript<Value>(dynamicMember member: WritableKeyPath<SPFAnswer, Value>) -> Value {
        get { answer[keyPath: member] }
        set { answer[keyPath: member] = newValue }
    }

    private enum CodingKeys: String, CodingKey { case result, identity, domain, sender }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        answer = try SPFAnswer(from: decoder)
        identity = try members.decode(SPFIdentity.self, forKey: .identity)
        domain = try members.decode(String.self, forKey: .domain)
        sender = try members.decode(String.self, forKey: .sender)
    }
}

extension SPFOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, answer.result)
        json.member(CodingKeys.identity, identity)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.sender, sender)
        answer.writeMembers(to: &json)
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

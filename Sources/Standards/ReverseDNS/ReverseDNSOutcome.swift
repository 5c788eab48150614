package import DNS
package import JSON

/// The result words of the `iprev` method (RFC 8601 §2.7.3).
package enum IPRevResult: String, Decodable, JSONWritable, Sendable, Hashable {
    /// A PTR name leads back to the client address.
    case pass
    /// PTR names exist, and none leads back.
    case fail
    /// A look-up that could have changed the result had no answer.
    case temperror
    /// No PTR record is published for the client address.
    case permerror
}

/// Whether the client address has PTR records. Having none and having one that is not confirmed are different facts.
package enum PointerState: String, Decodable, JSONWritable, Sendable, Hashable {
    case exists, none, unknown
}

/// What the reverse DNS says of the client address.
/// Source: RFC 8601 §2.7.3 and §3 (iprev), RFC 1912 §2.1, RFC 2505 §2.5.
package struct ReverseDNSOutcome: Decodable, Sendable, Equatable {
    package var client: IPAddress
    /// nil when the check was skipped.
    package var result: IPRevResult?
    package var pointer: PointerState
    /// The PTR names that were looked at, in the order of the answer, each once.
    package var names: [DomainName]
    /// PTR names beyond the limit.
    package var namesLeftOut: Int
    /// Those of `names` whose A or AAAA records hold the client address.
    package var confirmed: [DomainName]
    /// How the confirmed names relate to the HELO name; nil when either is missing.
    package var helo: NameRelation?
    /// How the confirmed names relate to the author's domains; nil when either is missing.
    package var author: NameRelation?
    /// Why every name looks made by rule from the address; nil when one does not.
    package var generic: GenericName?
    /// Why nothing was asked: the address is no host's on the public Internet.
    package var skipped: String?
    /// What could not be known, or what is wrong; for people.
    package var problem: String?

    package init(client: IPAddress, result: IPRevResult? = nil, pointer: PointerState = .unknown, names: [DomainName] = [],
                 namesLeftOut: Int = 0, confirmed: [DomainName] = [], helo: NameRelation? = nil, author: NameRelation? = nil,
                 generic: GenericName? = nil, skipped: String? = nil, problem: String? = nil) {
        self.client = client
        self.result = result
        self.pointer = pointer
        self.names = names
        self.namesLeftOut = namesLeftOut
        self.confirmed = confirmed
        self.helo = helo
        self.author = author
        self.generic = generic
        self.skipped = skipped
        self.problem = problem
    }

    private enum CodingKeys: String, CodingKey {
        case client, result, pointer, names, namesLeftOut = "names_left_out", confirmed, helo, author, generic, skipped, problem
    }
}

extension ReverseDNSOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.client, client)
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.pointer, pointer)
        json.member(CodingKeys.names, names)
        json.member(CodingKeys.namesLeftOut, namesLeftOut)
        json.member(CodingKeys.confirmed, confirmed)
        json.member(CodingKeys.helo, helo)
        json.member(CodingKeys.author, author)
        json.member(CodingKeys.generic, generic)
        json.member(CodingKeys.skipped, skipped)
        json.member(CodingKeys.problem, problem)
        json.closeObject()
    }
}

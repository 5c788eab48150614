package import JSON

/// The form of the HELO or EHLO argument (RFC 5321 §4.1.1.1, §4.1.3, §4.1.4).
package enum HELOForm: String, Decodable, JSONWritable, Sendable, Hashable {
    /// A host name of at least two labels.
    case fqdn
    /// `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
    case addressLiteral = "address_literal"
    /// Brackets around something that is no address in the required form.
    case badLiteral = "bad_literal"
    /// An address without brackets, which RFC 5321 §4.1.4 does not allow.
    case bareAddress = "bare_address"
    case singleLabel = "single_label"
    /// `localhost`, with or without something below or behind it.
    case localhost
    /// Octets that no host name has, an empty label, a label of more than 63 octets, or a numeric top label.
    case invalidCharacters = "invalid_characters"
    /// One of our own host names.
    case ownName = "own_name"
    /// No argument, or no HELO at all.
    case missing
}

/// What the HELO argument says and where it leads.
package struct HELOOutcome: Decodable, Sendable, Equatable {
    /// As the client sent it, at most `ReverseDNSLimits.heloOctets` octets; other octets than printable ASCII are `?`.
    package var text: String
    package var form: HELOForm
    /// Whether the name has an A, AAAA or MX record; nil when there is no name to ask for or the client is internal.
    package var resolves: Known?
    /// Whether the name's addresses, or the literal, hold the client address; nil as above.
    package var leadsToClient: Known?
    /// What could not be known; for people.
    package var problem: String?

    package init(text: String, form: HELOForm, resolves: Known? = nil, leadsToClient: Known? = nil, problem: String? = nil) {
        self.text = text
        self.form = form
        self.resolves = resolves
        self.leadsToClient = leadsToClient
        self.problem = problem
    }

    private enum CodingKeys: String, CodingKey {
        case text, form, resolves, leadsToClient = "leads_to_client", problem
    }
}

extension HELOOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.text, text)
        json.member(CodingKeys.form, form)
        json.member(CodingKeys.resolves, resolves)
        json.member(CodingKeys.leadsToClient, leadsToClient)
        json.member(CodingKeys.problem, problem)
        json.closeObject()
    }
}

package import DNS
package import JSON
package import SPF

/// Whether receivers will be able to tell that what goes out is ours; who signed it stands in ``SigningEvidence``.
package struct OwnDomainEvidence: Sendable, Equatable, Decodable {
    /// A domain of the From field.
    package struct Author: Sendable, Equatable, Decodable {
        /// In lower-case A-labels.
        package var domain: String
        /// Why it is taken for one of ours; nil where nothing says that it is.
        package var ours: String?

        package init(domain: String, ours: String?) { self.domain = domain; self.ours = ours }

        private enum CodingKeys: String, CodingKey { case domain, ours }
    }

    /// What a receiver's SPF would say of one address from which our mail goes out.
    /// Source: RFC 7208 §2.6.
    package struct Server: Sendable, Equatable, Decodable {
        package var address: IPAddress
        package var result: SPFResult
        package var mechanism: String?
        package var problem: String?

        package init(address: IPAddress, result: SPFResult, mechanism: String? = nil, problem: String? = nil) {
            self.address = address; self.result = result; self.mechanism = mechanism; self.problem = problem
        }

        private enum CodingKeys: String, CodingKey { case address, result, mechanism, problem }
    }

    /// The SPF record of MAIL FROM's domain, held against our own addresses.
    package struct SenderPolicy: Sendable, Equatable, Decodable {
        package var domain: String
        /// In the order of the settings; one that could not be known is the last.
        package var servers: [Server]

        package init(domain: String, servers: [Server]) { self.domain = domain; self.servers = servers }

        private enum CodingKeys: String, CodingKey { case domain, servers }
    }

    /// The mail address that is the authenticated user's name, in lower case; nil where nobody logged in, or by another name.
    package var account: String?
    package var authors: [Author]
    /// Whether anything says which domains are ours: an account with a domain, or the local list. If not, an author that is not ours is an
    /// author of whom nothing is known.
    package var isKnown: Bool
    /// The first mailbox of From that is not the account's; nil where there is none, or no account to compare with.
    package var otherAuthor: String?
    /// MAIL FROM, where it is not the account's.
    package var otherSender: String?
    /// nil where it was not asked: no addresses in the settings, no MAIL FROM, or one whose domain is not ours.
    package var spf: SenderPolicy?

    package init(account: String? = nil, authors: [Author] = [], isKnown: Bool = false, otherAuthor: String? = nil, otherSender: String? = nil, spf: SenderPolicy? = nil) {
        self.account = account; self.authors = authors; self.isKnown = isKnown; self.otherAuthor = otherAuthor; self.otherSender = otherSender; self.spf = spf
    }

    private enum CodingKeys: String, CodingKey { case account, authors, isKnown = "known", otherAuthor = "other_author", otherSender = "other_sender", spf }
}

extension OwnDomainEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.account, account)
        json.member(CodingKeys.authors, authors)
        json.member(CodingKeys.isKnown, isKnown)
        json.member(CodingKeys.otherAuthor, otherAuthor)
        json.member(CodingKeys.otherSender, otherSender)
        json.member(CodingKeys.spf, spf)
        json.closeObject()
    }
}

extension OwnDomainEvidence.Author: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.ours, ours)
        json.closeObject()
    }
}

extension OwnDomainEvidence.Server: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.address, address)
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.mechanism, mechanism)
        json.member(CodingKeys.problem, problem)
        json.closeObject()
    }
}

extension OwnDomainEvidence.SenderPolicy: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.servers, servers)
        json.closeObject()
    }
}

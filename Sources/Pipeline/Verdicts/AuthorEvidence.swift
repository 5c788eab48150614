package import JSON

/// Whether the one whom the reader sees as author stands behind the message.
///
/// DMARC says so for domains that publish a policy; this is for every domain, and remembers what only we know: that a domain is ours.
package struct AuthorEvidence: Sendable, Equatable, Decodable {
    package enum Standing: String, Sendable, Decodable, JSONWritable, CaseIterable {
        /// A domain that SPF or DKIM passed is the author's, or related to it as DMARC has it.
        case aligned
        /// None is.
        case unaligned
        /// Could not be known now.
        case unknown
        /// There is no From field, or nothing is in it.
        case absent
    }

    /// Why nothing is made of a message that is not proved: somebody whom we believe saw it before it was changed on the way.
    /// Source: RFC 8617 §7.2.2, RFC 9990 (PolicyOverrideReason).
    package struct Override: Sendable, Equatable, Decodable {
        /// As in aggregate reports: `local_policy`.
        package var type: String
        /// Who saw what.
        package var comment: String

        package init(type: String, comment: String) { self.type = type; self.comment = comment }

        private enum CodingKeys: String, CodingKey { case type, comment }
    }

    package var standing: Standing
    /// The author's domain in lower-case A-labels; of several that of which least is known.
    package var domain: String?
    /// What aligned: `spf` or `dkim`, and the domain.
    package var alignedBy: String?
    /// Why the author's domain is taken for one of ours; nil where it is not.
    package var ours: String?
    package var override: Override?

    package init(standing: Standing, domain: String? = nil, alignedBy: String? = nil, ours: String? = nil, override: Override? = nil) {
        self.standing = standing; self.domain = domain; self.alignedBy = alignedBy; self.ours = ours; self.override = override
    }

    private enum CodingKeys: String, CodingKey { case standing, domain, alignedBy = "aligned_by", ours, override }
}

extension AuthorEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.standing, standing)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.alignedBy, alignedBy)
        json.member(CodingKeys.ours, ours)
        json.member(CodingKeys.override, override)
        json.closeObject()
    }
}

extension AuthorEvidence.Override: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.type, type)
        json.member(CodingKeys.comment, comment)
        json.closeObject()
    }
}

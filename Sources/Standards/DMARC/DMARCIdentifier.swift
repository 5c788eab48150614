package import JSON

/// Which mechanism speaks for a domain.
/// Source: RFC 9989 §4.3.
package enum DMARCMechanism: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    case spf, dkim
}

/// A domain that SPF or DKIM spoke of, and how it stands to the author's.
/// Source: RFC 9989 §4.4 and §5.3.4.
package struct DMARCIdentifier: Sendable, Equatable, Decodable {
    package var mechanism: DMARCMechanism
    /// The domain of MAIL FROM, or d= of a signature.
    package var domain: String
    /// s= of a signature.
    package var selector: String?
    /// The mechanism's own result, in its own words.
    package var result: String
    package var mode: DMARCAlignmentMode
    /// nil where it made no difference, and where it could not be known.
    package var isAligned: Bool?

    package init(mechanism: DMARCMechanism, domain: String, selector: String? = nil, result: String, mode: DMARCAlignmentMode, isAligned: Bool? = nil) {
        self.mechanism = mechanism; self.domain = domain; self.selector = selector; self.result = result; self.mode = mode; self.isAligned = isAligned
    }

    private enum CodingKeys: String, CodingKey { case mechanism, domain, selector, result, mode, isAligned = "aligned" }
}

extension DMARCIdentifier: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.mechanism, mechanism)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.selector, selector)
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.mode, mode)
        json.member(CodingKeys.isAligned, isAligned)
        json.closeObject()
    }
}

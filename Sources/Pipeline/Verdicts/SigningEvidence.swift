package import JSON

/// Who signed a message of ours, and who did not and why.
/// Source: RFC 6376 §5.
package struct SigningEvidence: Sendable, Equatable, Decodable {
    package struct Signed: Sendable, Equatable, Decodable {
        package var domain: String
        package var selector: String
        package var algorithm: String

        package init(domain: String, selector: String, algorithm: String) { self.domain = domain; self.selector = selector; self.algorithm = algorithm }

        private enum CodingKeys: String, CodingKey { case domain, selector, algorithm }
    }

    package struct Unsigned: Sendable, Equatable, Decodable {
        /// nil where the message names no author's domain.
        package var domain: String?
        /// `no_key`, `key_pending`, … as signing says it.
        package var reason: String
        package var detail: String

        package init(domain: String?, reason: String, detail: String) { self.domain = domain; self.reason = reason; self.detail = detail }

        private enum CodingKeys: String, CodingKey { case domain, reason, detail }
    }

    /// A key that should sign and does not, since its record is wrong.
    package struct Wrong: Sendable, Equatable, Decodable {
        package var domain: String
        package var selector: String
        package var detail: String

        package init(domain: String, selector: String, detail: String) { self.domain = domain; self.selector = selector; self.detail = detail }

        private enum CodingKeys: String, CodingKey { case domain, selector, detail }
    }

    package var signed: [Signed]
    package var unsigned: [Unsigned]
    package var wrongRecords: [Wrong]

    package init(signed: [Signed], unsigned: [Unsigned], wrongRecords: [Wrong]) { self.signed = signed; self.unsigned = unsigned; self.wrongRecords = wrongRecords }

    private enum CodingKeys: String, CodingKey { case signed, unsigned, wrongRecords = "wrong_records" }
}

extension SigningEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.signed, signed)
        json.member(CodingKeys.unsigned, unsigned)
        json.member(CodingKeys.wrongRecords, wrongRecords)
        json.closeObject()
    }
}

extension SigningEvidence.Signed: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.selector, selector)
        json.member(CodingKeys.algorithm, algorithm)
        json.closeObject()
    }
}

extension SigningEvidence.Unsigned: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.reason, reason)
        json.member(CodingKeys.detail, detail)
        json.closeObject()
    }
}

extension SigningEvidence.Wrong: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.selector, selector)
        json.member(CodingKeys.detail, detail)
        json.closeObject()
    }
}

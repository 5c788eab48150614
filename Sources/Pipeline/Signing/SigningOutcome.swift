package import JSON

/// Why a message has no signature of a domain.
package enum UnsignedReason: String, Sendable, Hashable, Codable, CaseIterable, JSONWritable {
    /// The message names no author whose domain could sign.
    case noAuthor = "no_author"
    /// Neither the domain nor one above it has a key of this tenant.
    case noKey = "no_key"
    /// There is a key, and its record has not been seen in the DNS, or not for long enough.
    case keyPending = "key_pending"
    /// No key has a record in the DNS that matches (any more).
    case recordWrong = "record_wrong"
    /// The keys are sealed, and the service has no master key.
    case noMasterKey = "no_master_key"
    /// The private key does not open under the service's master key.
    case keyUnreadable = "key_unreadable"
    /// The message is not fit to be signed, or the key refused.
    case notSignable = "not_signable"
}

/// What signing a message came to: fields to put on top of it, and for whom there is none, and why.
package struct SigningOutcome: Sendable, Equatable {
    /// One signature that was made.
    package struct Signature: Sendable, Equatable {
        package let domain: String
        package let selector: String
        /// As in a=.
        package let algorithm: String
        /// The value of the field DKIM-Signature, folded with CRLF, without white space or a line break at its ends.
        package let field: String

        package init(domain: String, selector: String, algorithm: String, field: String) {
            self.domain = domain; self.selector = selector; self.algorithm = algorithm; self.field = field
        }
    }

    /// An author's domain without a signature.
    package struct Unsigned: Sendable, Equatable {
        /// nil where there is no author.
        package let domain: String?
        package let reason: UnsignedReason
        /// For people: which key, and what about it.
        package let detail: String

        package init(domain: String?, reason: UnsignedReason, detail: String) { self.domain = domain; self.reason = reason; self.detail = detail }
    }

    /// A key that should sign and does not, since its record is wrong; an older one may have signed in its place.
    package struct Wrong: Sendable, Equatable {
        package let domain: String
        package let selector: String
        package let detail: String

        package init(domain: String, selector: String, detail: String) { self.domain = domain; self.selector = selector; self.detail = detail }
    }

    /// In the order in which the fields go on top of the message.
    package var signatures: [Signature] = []
    package var unsigned: [Unsigned] = []
    package var wrong: [Wrong] = []

    package init() {}

    package static let fieldName = "DKIM-Signature"
}

extension SigningOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key("signatures"); signatures.write(to: &json)
        json.key("unsigned"); unsigned.write(to: &json)
        json.key("wrong_records"); wrong.write(to: &json)
        json.closeObject()
    }
}

extension SigningOutcome.Signature: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key("name"); json.string(SigningOutcome.fieldName)
        json.key("value"); json.string(field)
        json.key("domain"); json.string(domain)
        json.key("selector"); json.string(selector)
        json.key("algorithm"); json.string(algorithm)
        json.closeObject()
    }
}

extension SigningOutcome.Unsigned: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        if let domain { json.key("domain"); json.string(domain) }
        json.key("reason"); reason.write(to: &json)
        json.key("detail"); json.string(detail)
        json.closeObject()
    }
}

extension SigningOutcome.Wrong: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key("domain"); json.string(domain)
        json.key("selector"); json.string(selector)
        json.key("detail"); json.string(detail)
        json.closeObject()
    }
}

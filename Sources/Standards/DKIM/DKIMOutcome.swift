package import JSON

/// The result of one signature, with its reason.
/// Source: RFC 6376 §3.5 and §6.1, RFC 8601 §2.7.1, RFC 6008 §4.
package struct DKIMOutcome: Sendable, Equatable, Decodable {
    package var result: DKIMResult
    /// The SDID (d=) in lower-case A-labels; nil where the signature could not be read that far.
    package var domain: String?
    /// The selector (s=) in lower-case A-labels.
    package var selector: String?
    /// The AUID (i=); where the signature has none, `@` and the SDID.
    package var identity: String?
    /// As written in a=: `rsa-sha256`, `ed25519-sha256`, or what we refuse.
    package var algorithm: String?
    /// Header and body: `relaxed/simple`.
    package var canonicalization: String?
    /// The first eight characters of b=, by which one signature of many is named (header.b).
    package var signatureHead: String?
    /// Octets of the canonical body that l= covers; nil where the whole body is signed.
    package var bodyLength: Int?
    /// Octets of the canonical body that l= leaves unsigned.
    package var bodyUnsigned: Int?
    /// Bits of the key; nil where it was not read.
    package var keyBits: Int?
    /// The key record has t=y: the domain is testing DKIM.
    package var isTesting: Bool
    /// t= and x=, in seconds since 1970-01-01T00:00:00Z.
    package var signedAt: Int?
    package var expiresAt: Int?
    /// Why the result is not pass.
    package var problem: String?

    package init(result: DKIMResult, domain: String? = nil, selector: String? = nil, identity: String? = nil, algorithm: String? = nil,
                 canonicalization: String? = nil, signatureHead: String? = nil, bodyLength: Int? = nil, bodyUnsigned: Int? = nil, keyBits: Int? = nil,
                 isTesting: Bool = false, signedAt: Int? = nil, expiresAt: Int? = nil, problem: String? = nil) {
        self.result = result; self.domain = domain; self.selector = selector; self.identity = identity; self.algorithm = algorithm
        self.canonicalization = canonicalization; self.signatureHead = signatureHead; self.bodyLength = bodyLength; self.bodyUnsigned = bodyUnsigned
        self.keyBits = keyBits; self.isTesting = isTesting; self.signedAt = signedAt; self.expiresAt = expiresAt; self.problem = problem
    }

    private enum CodingKeys: String, CodingKey {
        case result, domain, selector, identity, algorithm, canonicalization, signatureHead = "signature_head", bodyLength = "body_length"
        case bodyUnsigned = "body_unsigned", keyBits = "key_bits", isTesting = "testing", signedAt = "signed_at", expiresAt = "expires_at", problem
    }
}

extension DKIMOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.selector, selector)
        json.member(CodingKeys.identity, identity)
        json.member(CodingKeys.algorithm, algorithm)
        json.member(CodingKeys.canonicalization, canonicalization)
        json.member(CodingKeys.signatureHead, signatureHead)
        json.member(CodingKeys.bodyLength, bodyLength)
        json.member(CodingKeys.bodyUnsigned, bodyUnsigned)
        json.member(CodingKeys.keyBits, keyBits)
        json.member(CodingKeys.isTesting, isTesting)
        json.member(CodingKeys.signedAt, signedAt)
        json.member(CodingKeys.expiresAt, expiresAt)
        json.member(CodingKeys.problem, problem)
        json.closeObject()
    }
}

/// What DKIM says of a message: each signature by itself.
package struct DKIMEvidence: Sendable, Equatable, Decodable {
    /// In the order of the fields, topmost first; empty where the message is not signed.
    package var signatures: [DKIMOutcome]
    /// Signatures beyond the limit that were not looked at.
    package var leftOut: Int

    package init(signatures: [DKIMOutcome], leftOut: Int = 0) { self.signatures = signatures; self.leftOut = leftOut }

    private enum CodingKeys: String, CodingKey { case signatures, leftOut = "left_out" }
}

extension DKIMEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.signatures, signatures)
        json.member(CodingKeys.leftOut, leftOut)
        json.closeObject()
    }
}

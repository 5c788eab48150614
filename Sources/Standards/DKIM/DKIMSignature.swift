package import DNS
package import Mail

/// A DKIM-Signature, read and found usable.
/// Source: RFC 6376 §3.5 and §6.1.1, RFC 8301, RFC 8463, RFC 8616 §4.
package struct DKIMSignature: Sendable {
    package let algorithm: DKIMAlgorithm
    /// b=, decoded.
    package let signature: [UInt8]
    /// Where the value of b= lies with the white space around it, in the indices of what was read: it is left out of what is signed.
    package let signaturePlace: Range<Int>
    /// bh=, decoded.
    package let bodyHash: [UInt8]
    package let canonicalization: CanonicalizationPair
    /// l=: octets of the canonical body that are signed; nil for all.
    package let bodyLength: Int?
    /// d= and s=, in A-labels.
    package let domain: DomainName
    package let selector: DomainName
    /// The local-part of i=, decoded, and its domain.
    package let identityLocalPart: [UInt8]
    package let identityDomain: DomainName
    /// h=, in lower case, in order.
    package let fieldNames: [HeaderName]
    /// t= and x=, in seconds since 1970-01-01T00:00:00Z.
    package let signedAt: Int?
    package let expiresAt: Int?

    /// Reads the value of a field.
    /// - Parameters:
    ///   - value: without the last line break.
    ///   - seen: takes what could be read, also where the whole is not usable.
    /// - Throws: neutral for a syntax error; permerror where a required tag is missing or the signature can never be acceptable.
    /// - Limits: `signatureOctets`, `tags`, `signedFields`.
    package init(_ value: ArraySlice<UInt8>, limits: DKIMLimits = DKIMLimits(), seen: inout DKIMOutcome) throws(DKIMFault) {
        guard value.count <= limits.signatureOctets else { throw .permanent("the field is longer than \(limits.signatureOctets) octets") }
        let tags: TagList
        do throws(TagListFault) { tags = try TagList(value, most: limits.tags) } catch { throw .syntax(error.description) }
        if let tag = tags["b"] { seen.signatureHead = SignatureValues.head(tag.value) }
        if let tag = tags["a"] { seen.algorithm = shown(tag.value) }
        domain = try SignatureValues.domain(SignatureValues.required("d", in: tags), "d")
        seen.domain = domain.text
        selector = try SignatureValues.domain(SignatureValues.required("s", in: tags), "s")
        seen.selector = selector.text
        let version = try SignatureValues.required("v", in: tags)
        guard version.elementsEqual("1".utf8) else { throw .permanent("v=\(shown(version)) is not version 1") }
        algorithm = try DKIMAlgorithm(SignatureValues.required("a", in: tags))
        canonicalization = try tags["c"].map { (tag) throws(DKIMFault) in try SignatureValues.canonicalizations(tag.value) }
            ?? CanonicalizationPair(header: .simple, body: .simple)
        seen.canonicalization = canonicalization.text
        (identityLocalPart, identityDomain) = try Self.identity(tags["i"]?.value, domain)
        seen.identity = String(decoding: identityLocalPart, as: UTF8.self) + "@" + identityDomain.text
        bodyLength = try tags["l"].map { (tag) throws(DKIMFault) in try SignatureValues.number(tag.value, "l", digits: 76) }
        seen.bodyLength = bodyLength
        signedAt = try tags["t"].map { (tag) throws(DKIMFault) in try SignatureValues.number(tag.value, "t", digits: 12) }
        seen.signedAt = signedAt
        expiresAt = try tags["x"].map { (tag) throws(DKIMFault) in try SignatureValues.number(tag.value, "x", digits: 12) }
        seen.expiresAt = expiresAt
        bodyHash = try SignatureValues.base64(SignatureValues.required("bh", in: tags), "bh")
        guard bodyHash.count == 32 else { throw .permanent("bh= is not a hash of SHA-256") }
        let encoded = try SignatureValues.required("b", in: tags)
        signature = try SignatureValues.base64(encoded, "b")
        signaturePlace = tags["b"]?.place ?? encoded.indices
        fieldNames = try SignatureValues.fieldNames(SignatureValues.required("h", in: tags), most: limits.signedFields)
        if let methods = tags["q"], !SignatureValues.words(methods.value).contains(where: { $0.elementsEqual("dns/txt".utf8) }) {
            throw .permanent("q=\(shown(methods.value)) has no way to fetch keys that is known here")
        }
        if let signedAt, let expiresAt, expiresAt <= signedAt { throw .permanent("x= is not after t=") }
    }

    private static func identity(_ value: ArraySlice<UInt8>?, _ domain: DomainName) throws(DKIMFault) -> ([UInt8], DomainName) {
        guard let value else { return ([], domain) }
        guard let octets = SignatureValues.unquoted(value), let at = octets.lastIndex(of: ASCII.at), !octets.contains(where: { $0 < 32 || $0 == 127 }) else {
            throw .syntax("i=\(shown(value)) is not an identity")
        }
        let name = try SignatureValues.domain(octets[(at + 1)...], "i")
        guard name.isWithin(domain) else { throw .permanent("i=\(shown(value)) is not within d=\(domain.text)") }
        return (Array(octets[..<at]), name)
    }

    /// Whether the time lets the signature count.
    /// - Parameter seconds: now, since 1970-01-01T00:00:00Z.
    /// - Throws: permerror for one that has expired or is not valid yet.
    package func checkTime(_ seconds: Int, limits: DKIMLimits) throws(DKIMFault) {
        if let expiresAt, seconds > expiresAt { throw .permanent("the signature expired (x=\(expiresAt))") }
        if let signedAt, signedAt > seconds &+ limits.clockSkew { throw .permanent("the signature is of the future (t=\(signedAt))") }
    }
}

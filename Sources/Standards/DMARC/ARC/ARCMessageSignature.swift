package import DKIM
package import DNS
package import Mail

/// An ARC-Message-Signature: the message as its sealer passed it on.
/// Source: RFC 8617 §4.1.2, RFC 6376 §3.5.
package struct ARCMessageSignature: Sendable {
    package let instance: Int
    package let algorithm: DKIMAlgorithm
    package let canonicalization: CanonicalizationPair
    package let domain: DomainName
    package let selector: DomainName
    /// h= without its empty names, in lower case.
    package let fieldNames: [HeaderName]
    package let bodyHash: [UInt8]
    /// l=: octets of the canonical body that are signed; nil for all.
    package let bodyLength: Int?
    /// x=, in seconds since 1970-01-01T00:00:00Z.
    package let expiresAt: Int?
    package let signature: [UInt8]
    /// Where the value of b= lies, in the indices of `field`.
    let signaturePlace: Range<Int>
    /// The field as it stands in the message, and its place among the fields of the header.
    package let field: ArraySlice<UInt8>
    let place: Int

    static let name = "ARC-Message-Signature"

    /// Reads a field. h= may be empty, and need not cover From: RFC 8617 does not ask for it.
    /// - Parameter place: of the field in its header.
    /// - Limits: `sets`, `fieldOctets`, `tags`, `signedFields`.
    package init(_ field: HeaderField, at place: Int = 0, limits: ARCLimits = ARCLimits()) throws(ARCFault) {
        let (instance, tags) = try ARCTags.read(field, Self.name, limits)
        self.instance = instance
        self.place = place
        self.field = field.octets
        do throws(DKIMFault) {
            algorithm = try DKIMAlgorithm(SignatureValues.required("a", in: tags))
            domain = try SignatureValues.domain(SignatureValues.required("d", in: tags), "d")
            selector = try SignatureValues.domain(SignatureValues.required("s", in: tags), "s")
            canonicalization = try tags["c"].map { (tag) throws(DKIMFault) in try SignatureValues.canonicalizations(tag.value) }
                ?? CanonicalizationPair(header: .simple, body: .simple)
            bodyLength = try tags["l"].map { (tag) throws(DKIMFault) in try SignatureValues.number(tag.value, "l", digits: 76) }
            expiresAt = try tags["x"].map { (tag) throws(DKIMFault) in try SignatureValues.number(tag.value, "x", digits: 12) }
            if let tag = tags["t"] { _ = try SignatureValues.number(tag.value, "t", digits: 12) }
            bodyHash = try SignatureValues.base64(SignatureValues.required("bh", in: tags), "bh")
            (signature, signaturePlace) = try ARCTags.signature(tags)
        } catch { throw ARCFault(instance, Self.name, error) }
        guard let list = tags["h"] else { throw ARCFault(instance, "\(Self.name) \(instance): h= is missing") }
        fieldNames = SignatureValues.words(list.value).filter { !$0.isEmpty }.map { HeaderName($0) }
        guard fieldNames.count <= limits.signedFields else { throw ARCFault(instance, "\(Self.name) \(instance): h= has more than \(limits.signedFields) names") }
        // A seal covers the message signature, so none can be covered by it.
        guard !fieldNames.contains(where: { $0.octets.elementsEqual("arc-seal".utf8) }) else { throw ARCFault(instance, "\(Self.name) \(instance): h= covers ARC-Seal") }
    }

    var coverage: BodyCoverage { BodyCoverage(canonicalization.body, length: bodyLength) }
}

/// The tags that ARC's two signatures share.
enum ARCTags {
    static func read(_ field: HeaderField, _ name: String, _ limits: ARCLimits) throws(ARCFault) -> (Int, TagList) {
        guard field.octets.count <= limits.fieldOctets else { throw ARCFault(nil, "\(name): longer than \(limits.fieldOctets) octets") }
        let tags: TagList
        do throws(TagListFault) { tags = try TagList(field.rawValue, most: limits.tags) } catch { throw ARCFault(nil, "\(name): \(error.description)") }
        return (try ARCInstance.read(tags["i"]?.value ?? [], in: name, limits), tags)
    }

    static func signature(_ tags: TagList) throws(DKIMFault) -> ([UInt8], Range<Int>) {
        let text = try SignatureValues.required("b", in: tags)
        return (try SignatureValues.base64(text, "b"), tags["b"]?.place ?? text.indices)
    }
}

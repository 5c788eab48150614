package import DKIM
package import DNS
package import Mail

/// An ARC-Seal: the chain up to its set, and what its sealer found of the chain before.
/// Source: RFC 8617 §4.1.3.
package struct ARCSeal: Sendable {
    package let instance: Int
    package let algorithm: DKIMAlgorithm
    package let domain: DomainName
    package let selector: DomainName
    /// cv=
    package let validation: ARCResult
    package let signature: [UInt8]
    /// Where the value of b= lies, in the indices of `field`.
    let signaturePlace: Range<Int>
    /// The field as it stands in the message.
    package let field: ArraySlice<UInt8>

    static let name = "ARC-Seal"

    /// Reads a field.
    /// - Limits: `sets`, `fieldOctets`, `tags`.
    package init(_ field: HeaderField, limits: ARCLimits = ARCLimits()) throws(ARCFault) {
        let (instance, tags) = try ARCTags.read(field, Self.name, limits)
        self.instance = instance
        self.field = field.octets
        do throws(DKIMFault) {
            algorithm = try DKIMAlgorithm(SignatureValues.required("a", in: tags))
            domain = try SignatureValues.domain(SignatureValues.required("d", in: tags), "d")
            selector = try SignatureValues.domain(SignatureValues.required("s", in: tags), "s")
            if let tag = tags["t"] { _ = try SignatureValues.number(tag.value, "t", digits: 12) }
            (signature, signaturePlace) = try ARCTags.signature(tags)
            guard let word = ARCResult(rawValue: ASCII.text(try SignatureValues.required("cv", in: tags))) else { throw DKIMFault(.permerror, "cv= is not none, pass or fail") }
            validation = word
        } catch { throw ARCFault(instance, Self.name, error) }
        // RFC 8617 §4.1.3: a seal chooses its fields itself; that of the body hash would say the same as h=.
        guard tags["h"] == nil else { throw ARCFault(instance, "\(Self.name) \(instance): h= is not allowed") }
    }
}

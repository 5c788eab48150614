import DKIM
import DNS
import Mail

/// What must hold for the reading of any octets as a signature, and for their canonical forms.
struct DKIMSignatureTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        for canonicalization in Canonicalization.allCases {
            let whole = body(canonicalization, [octets[...]]), third = octets.count / 3
            precondition(whole == body(canonicalization, [octets[..<third], octets[third...]]), "a body is another one in pieces")
            precondition(whole == body(canonicalization, [whole[...]]), "a canonical body has another canonical form")
            let field = header(canonicalization, [octets[...]])
            precondition(field == header(canonicalization, [octets[..<third], octets[third...]]), "a field is another one in pieces")
        }
        var seen = DKIMOutcome(result: .none)
        do throws(DKIMFault) {
            let signature = try DKIMSignature(octets[...], seen: &seen)
            precondition(signature.signaturePlace.upperBound <= octets.count && signature.bodyHash.count == 32 && !signature.signature.isEmpty)
            precondition(signature.identityDomain.isWithin(signature.domain) && seen.domain == signature.domain.text)
            var again = DKIMOutcome(result: .none)
            guard let tags = try? TagList(octets[...]), let other = try? DKIMSignature(tags.text[...], seen: &again) else { preconditionFailure("what was written cannot be read") }
            precondition(again == seen && other.signature == signature.signature && other.bodyHash == signature.bodyHash
                && other.fieldNames.map(\.octets) == signature.fieldNames.map(\.octets), "a signature changes when it is written and read")
        } catch {
            precondition((error.result == .neutral || error.result == .permerror) && !error.why.isEmpty)
        }
    }

    private func body(_ canonicalization: Canonicalization, _ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var canonicalizer = BodyCanonicalizer(canonicalization), output: [UInt8] = []
        for piece in pieces { canonicalizer.add(piece, to: &output) }
        canonicalizer.finish(to: &output)
        return output
    }

    private func header(_ canonicalization: Canonicalization, _ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var canonicalizer = HeaderCanonicalizer(canonicalization), output: [UInt8] = []
        for piece in pieces { canonicalizer.add(piece, to: &output) }
        canonicalizer.finish(lineEnd: true, to: &output)
        return output
    }
}

internal import Cryptography
internal import Mail

/// The hash over fields of a header, the signature itself at the end with the value of its b= left out.
/// Source: RFC 6376 §3.7; RFC 8617 §5.1.1 and §5.1.2 for ARC.
package struct HeaderHasher: Sendable {
    private let canonicalization: Canonicalization
    /// The canonical fields: what is hashed.
    package private(set) var octets: [UInt8] = []

    package init(_ canonicalization: Canonicalization) {
        self.canonicalization = canonicalization
        octets.reserveCapacity(8_192)
    }

    /// Adds a field, with or without its last line break.
    package mutating func add(_ field: ArraySlice<UInt8>) {
        var canonicalizer = HeaderCanonicalizer(canonicalization)
        canonicalizer.add(field, to: &octets)
        canonicalizer.finish(lineEnd: true, to: &octets)
    }

    /// Adds the signature field, which has no line end.
    /// - Parameters:
    ///   - place: of the value of b= with all white space around it, in the indices of `field`; what lies outside the field is not left out.
    /// - Returns: the 32 octets of the SHA-256.
    package mutating func finish(_ field: ArraySlice<UInt8>, leavingOut place: Range<Int>) -> [UInt8] {
        let place = place.clamped(to: field.startIndex..<field.endIndex)
        var canonicalizer = HeaderCanonicalizer(canonicalization)
        canonicalizer.add(field[..<place.lowerBound], to: &octets)
        canonicalizer.add(field[place.upperBound...], to: &octets)
        canonicalizer.finish(lineEnd: false, to: &octets)
        var hash = SHA256()
        hash.update(octets)
        return hash.finish()
    }
}

package import Cryptography
internal import Mail

/// The algorithms that signatures may have.
/// Source: RFC 6376 §3.3, RFC 8301 §3.1, RFC 8463 §3.
package enum DKIMAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rsaSHA256 = "rsa-sha256", ed25519SHA256 = "ed25519-sha256"

    package var kind: KeyKind { self == .rsaSHA256 ? .rsa : .ed25519 }

    /// - Throws: permerror for an algorithm that is retired or that nobody here knows.
    package init(_ value: ArraySlice<UInt8>) throws(DKIMFault) {
        if let known = DKIMAlgorithm(rawValue: ASCII.text(value)) { self = known; return }
        if ASCII.text(value) == "rsa-sha1" { throw .permanent("rsa-sha1 must not be used to sign or to verify (RFC 8301 §3.1)") }
        throw .permanent("a=\(shown(value)) is not an algorithm known here")
    }
}

package import Cryptography
package import DNS

/// A published key, made ready once.
package struct DKIMKey: Sendable {
    package let record: DKIMKeyRecord
    private let publicKey: Result<PublicKey, DKIMFault>

    /// Bits of the key; nil where it could not be read.
    package var bits: Int? { if case .success(let key) = publicKey { key.bits } else { nil } }

    /// - Limits: `rsaBits`, at each use.
    package init(_ record: DKIMKeyRecord) {
        self.record = record
        guard !record.isRevoked else { publicKey = .failure(.permanent("the key is revoked")); return }
        switch record.kind {
        case .rsa:
            do throws(KeyFault) { publicKey = .success(try PublicKey.rsa(record.key)) } catch { publicKey = .failure(.permanent("key record: p= \(error)")) }
        case .ed25519: publicKey = PublicKey.ed25519(record.key).map { .success($0) } ?? .failure(.permanent("key record: p= is not an Ed25519 key"))
        }
    }

    /// The key, where such a signature may be verified with it.
    /// Source: RFC 6376 §6.1.2, RFC 8301 §3.2.
    /// - Parameters:
    ///   - identity: the domain of i=, and that of d=; nil where there is no i= (ARC).
    /// - Throws: permerror.
    package func usable(for algorithm: DKIMAlgorithm, identity: (domain: DomainName, of: DomainName)? = nil, limits: DKIMLimits) throws(DKIMFault) -> PublicKey {
        if let services = record.services, !services.contains("*"), !services.contains("email") { throw .permanent("the key is not for mail (s=)") }
        if let hashes = record.hashes, !hashes.contains("sha256") { throw .permanent("the key does not allow SHA-256 (h=)") }
        let key = try publicKey.get()
        guard record.kind == algorithm.kind else { throw .permanent("the key is \(record.kind.rawValue), the signature is \(algorithm.rawValue)") }
        if key.kind == .rsa {
            guard key.bits >= limits.rsaBits.lowerBound else {
                throw .permanent("an RSA key of \(key.bits) bits is too short (RFC 8301 §3.2 asks for \(limits.rsaBits.lowerBound))")
            }
            guard key.bits <= limits.rsaBits.upperBound else { throw .permanent("an RSA key of \(key.bits) bits is longer than \(limits.rsaBits.upperBound)") }
        }
        if record.isStrict, let identity, identity.domain != identity.of {
            throw .permanent("the key is for i= with the domain \(identity.of.text) only (t=s)")
        }
        return key
    }
}

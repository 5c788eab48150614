internal import COpenSSL

/// A private key, used by any number of threads at once.
@safe package final class PrivateKey: @unchecked Sendable {   // the key is never changed after the start
    package let kind: KeyKind
    /// Bits of the modulus; 256 for Ed25519.
    package let bits: Int
    private let key: OpaquePointer

    private init(taking key: OpaquePointer, kind: KeyKind) {
        unsafe self.key = key
        self.kind = kind
        bits = Int(unsafe EVP_PKEY_get_bits(key))
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Takes a key of one of our kinds; frees any other.
    private static func take(_ key: OpaquePointer?) -> PrivateKey? {
        defer { ERR_clear_error() }
        guard let key = unsafe key else { return nil }
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: return unsafe PrivateKey(taking: key, kind: .rsa)
        case EVP_PKEY_ED25519: return unsafe PrivateKey(taking: key, kind: .ed25519)
        default:
            unsafe EVP_PKEY_free(key)
            return nil
        }
    }

    /// Makes a new key.
    /// - Parameters:
    ///   - kind: its kind.
    ///   - bits: of an RSA modulus, 1024…4096; without meaning for Ed25519.
    /// - Throws: `NoRandomness` when the generator has not enough entropy.
    package static func generate(_ kind: KeyKind, bits: Int = 2048) throws(NoRandomness) -> PrivateKey {
        guard let context = unsafe EVP_PKEY_CTX_new_id(kind == .rsa ? EVP_PKEY_RSA : EVP_PKEY_ED25519, nil) else { throw NoRandomness() }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_keygen_init(context) == 1 else { throw NoRandomness() }
        if kind == .rsa, unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(min(max(bits, 1024), 4096))) != 1 { throw NoRandomness() }
        var key: OpaquePointer? = nil
        guard unsafe EVP_PKEY_keygen(context, &key) == 1, let made = unsafe take(key) else { throw NoRandomness() }
        return made
    }

    /// Reads a key in DER, of any of the usual forms.
    /// Source: RFC 5208 §5, RFC 8017 A.1.2, RFC 8410 §7.
    /// - Returns: nil for anything else than a key of RSA or Ed25519.
    package static func der(_ octets: [UInt8]) -> PrivateKey? {
        unsafe octets.withUnsafeBufferPointer { octets in
            var at: UnsafePointer<UInt8>? = octets.baseAddress
            return unsafe take(d2i_AutoPrivateKey(nil, &at, octets.count))
        }
    }

    /// Reads a key in PEM, without pass phrase.
    /// Source: RFC 7468 §10.
    /// - Returns: nil for anything else than a key of RSA or Ed25519.
    package static func pem(_ octets: [UInt8]) -> PrivateKey? {
        unsafe octets.withUnsafeBytes { octets in
            guard octets.count <= 65_536, let bio = unsafe BIO_new_mem_buf(octets.baseAddress, Int32(octets.count)) else { return nil }
            defer { unsafe BIO_free(bio) }
            // An empty pass phrase: without one OpenSSL would ask at the terminal.
            var passphrase: CChar = 0
            return unsafe take(PEM_read_bio_PrivateKey(bio, nil, nil, &passphrase))
        }
    }

    /// The key in DER as PKCS #8, not encrypted: a secret.
    /// Source: RFC 5208 §5.
    package var der: [UInt8] {
        guard let info = unsafe EVP_PKEY2PKCS8(key) else { return [] }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        return unsafe Self.encoded { unsafe i2d_PKCS8_PRIV_KEY_INFO(info, $0) }
    }

    /// What verifiers are told: SubjectPublicKeyInfo in DER for RSA (RFC 6376 §3.6.1), 32 octets for Ed25519 (RFC 8463 §4.2).
    package var publicOctets: [UInt8] {
        switch kind {
        case .rsa: return unsafe Self.encoded { unsafe i2d_PUBKEY(key, $0) }
        case .ed25519:
            var octets = [UInt8](repeating: 0, count: 32), count = 32
            guard unsafe octets.withUnsafeMutableBufferPointer({ unsafe EVP_PKEY_get_raw_public_key(key, $0.baseAddress, &count) }) == 1, count == 32 else { return [] }
            return octets
        }
    }

    /// The public half.
    package var publicKey: PublicKey? { kind == .rsa ? try? PublicKey.rsa(publicOctets) : PublicKey.ed25519(publicOctets) }

    /// Signs a digest and verifies it: a key that somebody gives may be put together of parts that do not belong together.
    /// - Throws: why nobody could verify what it signs, or why anybody could forge it.
    /// - Limits: all parts of an RSA key together are at most five times as long as its modulus, which signing costs by (RFC 8017 A.1.2: four and a half).
    package func prove() throws(KeyFault) {
        if kind == .rsa {
            _ = try PublicKey.rsa(publicOctets)
            guard der.count <= (bits + 7) / 8 * 5 + 256 else { throw .length }
        }
        let digest = SHA256.digest(Array("postern".utf8))
        guard let signature = signature(of: digest), let publicKey, publicKey.verifies(signature, of: digest) else { throw .halves }
    }

    /// The signature over a digest.
    /// - Parameter digest: 32 octets of SHA-256. RSA signs them by PKCS #1 v1.5 (RFC 8017 §8.2); Ed25519 takes them for its message (RFC 8463 §3).
    /// - Returns: nil when OpenSSL refuses, which it does for keys that are too small.
    package func signature(of digest: [UInt8]) -> [UInt8]? {
        defer { ERR_clear_error() }
        var signature = [UInt8](repeating: 0, count: max(64, Int(unsafe EVP_PKEY_get_size(key)))), count = signature.count
        let status = unsafe signature.withUnsafeMutableBufferPointer { signature in
            unsafe digest.withUnsafeBufferPointer { digest in
                switch kind {
                case .rsa:
                    guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return Int32(0) }
                    defer { unsafe EVP_PKEY_CTX_free(context) }
                    guard unsafe EVP_PKEY_sign_init(context) == 1, unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
                          unsafe EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 else { return 0 }
                    return unsafe EVP_PKEY_sign(context, signature.baseAddress, &count, digest.baseAddress, digest.count)
                case .ed25519:
                    guard let context = unsafe EVP_MD_CTX_new() else { return 0 }
                    defer { unsafe EVP_MD_CTX_free(context) }
                    guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return 0 }
                    return unsafe EVP_DigestSign(context, signature.baseAddress, &count, digest.baseAddress, digest.count)
                }
            }
        }
        return status == 1 ? Array(signature.prefix(count)) : nil
    }

    /// The octets that one of OpenSSL's encoders writes: asked for their number first, then written.
    private static func encoded(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8] {
        let count = write(nil)
        guard count > 0 else { return [] }
        var octets = [UInt8](repeating: 0, count: Int(count))
        unsafe octets.withUnsafeMutableBufferPointer { buffer in
            var at = buffer.baseAddress
            _ = unsafe write(&at)
        }
        return octets
    }
}

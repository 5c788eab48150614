internal import COpenSSL

/// The two kinds of key that sign mail.
/// Source: RFC 8301 §3.1, RFC 8463 §3.
package enum KeyKind: String, Sendable, Hashable {
    case rsa, ed25519
}

/// A public key, read once and then used by any number of threads at once.
@safe package final class PublicKey: @unchecked Sendable {   // the key and the context are never changed after the start
    package let kind: KeyKind
    /// Bits of the modulus; 256 for Ed25519.
    package let bits: Int
    /// What one verification costs, in those of an RSA key of 1,024 bits and the usual exponent 65,537; 1 or more.
    package let cost: Int
    private let key: OpaquePointer
    /// Made ready once: making a context ready costs a good part of a verification. It is copied for each, never used itself.
    private let prepared: OpaquePointer?

    private init(taking key: OpaquePointer, kind: KeyKind, exponentBits: Int = 0, prepared: OpaquePointer?) {
        unsafe self.key = key
        unsafe self.prepared = prepared
        self.kind = kind
        bits = Int(unsafe EVP_PKEY_get_bits(key))
        // RSA squares a number as long as the modulus for each bit of the exponent. Of Ed25519 it was measured.
        let size = (bits + 1_023) / 1_024
        cost = kind == .rsa ? max(1, (size * size * exponentBits + 16) / 17) : 20
    }

    deinit {
        unsafe EVP_PKEY_CTX_free(prepared)
        unsafe EVP_PKEY_free(key)
    }

    /// Reads an RSA key in DER, as SubjectPublicKeyInfo (which is what everybody publishes) or as RSAPublicKey (which is what the text asks for).
    /// Source: RFC 6376 §3.6.1 (p=) and its erratum 3017; RFC 8017 A.1.1.
    /// - Throws: for anything else, and for an exponent that nobody signs with.
    /// - Limits: the public exponent is odd and 3…2⁶⁴-1.
    package static func rsa(_ der: [UInt8]) throws(KeyFault) -> PublicKey {
        guard let key = unsafe decoded(der) else { throw .notRSA }
        guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, let context = unsafe EVP_PKEY_CTX_new(key, nil) else {
            unsafe EVP_PKEY_free(key)
            throw .notRSA
        }
        guard let exponentBits = unsafe usualExponentBits(key) else {
            unsafe EVP_PKEY_CTX_free(context)
            unsafe EVP_PKEY_free(key)
            throw .exponent
        }
        guard unsafe EVP_PKEY_verify_init(context) == 1, unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
              unsafe EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 else {
            unsafe EVP_PKEY_CTX_free(context)
            unsafe EVP_PKEY_free(key)
            throw .notRSA
        }
        return unsafe PublicKey(taking: key, kind: .rsa, exponentBits: exponentBits, prepared: context)
    }

    /// An exponent as long as the modulus makes a verification a hundred times as long; with 1 everybody signs.
    /// Source: NIST FIPS 186-5 §5.4 (e) wants it odd, above 2¹⁶ and below 2²⁵⁶; 3 is in use, and OpenSSL itself takes 64 bits at most of keys above 3,072 bits.
    /// - Returns: its bits; nil where it is not one of these.
    private static func usualExponentBits(_ key: OpaquePointer) -> Int? {
        var exponent: OpaquePointer? = nil
        defer { unsafe BN_free(exponent); ERR_clear_error() }
        guard unsafe EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1, let exponent = unsafe exponent else { return nil }
        let bits = Int(unsafe BN_num_bits(exponent))
        return unsafe BN_is_negative(exponent) == 0 && BN_is_odd(exponent) == 1 && (2...64).contains(bits) ? bits : nil
    }

    /// Reads an Ed25519 key of 32 octets.
    /// Source: RFC 8463 §4.2, RFC 8032 §5.1.5.
    /// - Returns: nil where the octets are not 32.
    package static func ed25519(_ octets: [UInt8]) -> PublicKey? {
        guard octets.count == 32 else { return nil }
        guard let key = unsafe octets.withUnsafeBufferPointer({ unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, $0.baseAddress, 32) }) else {
            ERR_clear_error()
            return nil
        }
        return unsafe PublicKey(taking: key, kind: .ed25519, prepared: nil)
    }

    /// Whether the signature is that of this key over the digest.
    /// - Parameters:
    ///   - signature: as it stands in the message, decoded.
    ///   - digest: 32 octets of SHA-256. RSA signs them by PKCS #1 v1.5 (RFC 8017 §8.2); Ed25519 takes them for its message (RFC 8463 §3).
    package func verifies(_ signature: [UInt8], of digest: [UInt8]) -> Bool {
        let status = unsafe signature.withUnsafeBufferPointer { signature in
            unsafe digest.withUnsafeBufferPointer { digest in
                switch kind {
                case .rsa:
                    guard let prepared = unsafe prepared, let context = unsafe EVP_PKEY_CTX_dup(prepared) else { return Int32(0) }
                    defer { unsafe EVP_PKEY_CTX_free(context) }
                    return unsafe EVP_PKEY_verify(context, signature.baseAddress, signature.count, digest.baseAddress, digest.count)
                case .ed25519:
                    guard let context = unsafe EVP_MD_CTX_new() else { return 0 }
                    defer { unsafe EVP_MD_CTX_free(context) }
                    guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return 0 }
                    return unsafe EVP_DigestVerify(context, signature.baseAddress, signature.count, digest.baseAddress, digest.count)
                }
            }
        }
        if status != 1 { ERR_clear_error() }
        return status == 1
    }

    private static func decoded(_ der: [UInt8]) -> OpaquePointer? {
        defer { ERR_clear_error() }
        return unsafe der.withUnsafeBufferPointer { octets in
            guard let base = octets.baseAddress else { return nil }
            var at: UnsafePointer<UInt8>? = unsafe base
            if let key = unsafe d2i_PUBKEY(nil, &at, octets.count) {
                if unsafe at == base + octets.count { return unsafe key }
                unsafe EVP_PKEY_free(key)
                return nil
            }
            unsafe at = unsafe base
            guard let key = unsafe d2i_PublicKey(EVP_PKEY_RSA, nil, &at, octets.count) else { return nil }
            if unsafe at == base + octets.count { return unsafe key }
            unsafe EVP_PKEY_free(key)
            return nil
        }
    }
}

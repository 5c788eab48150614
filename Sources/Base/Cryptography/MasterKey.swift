internal import COpenSSL

/// Secrets at rest: AES-256-GCM under a master key.
/// Source: NIST SP 800-38D; a nonce of 96 random bits each time, so that one key seals at most 2³² texts (§8.3).
package struct MasterKey: Sendable {
    private let octets: [UInt8]

    /// - Parameter octets: exactly 32.
    /// - Returns: nil for any other number.
    package init?(_ octets: [UInt8]) {
        guard octets.count == 32 else { return nil }
        self.octets = octets
    }

    /// Encrypts, and binds to what the text is for.
    /// - Parameter context: what opening has to name again; not secret.
    /// - Returns: nonce (12 octets), ciphertext, tag (16 octets).
    /// - Throws: `NoRandomness` when there is no nonce, or when OpenSSL refuses.
    package func seal(_ plain: [UInt8], for context: [UInt8]) throws(NoRandomness) -> [UInt8] {
        let nonce = try randomOctets(12)
        guard let (sealed, tag) = crypt(plain, nonce: nonce, context: context, tag: nil) else { throw NoRandomness() }
        return nonce + sealed + tag
    }

    /// Decrypts what ``seal(_:for:)`` made.
    /// - Returns: nil where the key is another one, the context is another one, or an octet was changed.
    package func open(_ sealed: [UInt8], for context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= 28 else { return nil }
        return crypt(Array(sealed[12..<(sealed.count - 16)]), nonce: Array(sealed[..<12]), context: context, tag: Array(sealed.suffix(16)))?.0
    }

    /// - Parameter tag: nil to encrypt.
    private func crypt(_ text: [UInt8], nonce: [UInt8], context: [UInt8], tag: [UInt8]?) -> ([UInt8], tag: [UInt8])? {
        guard let cipher = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(cipher); ERR_clear_error() }
        var result = [UInt8](repeating: 0, count: text.count), seal = tag ?? [UInt8](repeating: 0, count: 16), written: Int32 = 0
        guard let textCount = Int32(exactly: text.count), let contextCount = Int32(exactly: context.count),
              unsafe EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), nil, octets, nonce, tag == nil ? 1 : 0) == 1,
              unsafe EVP_CipherUpdate(cipher, nil, &written, context, contextCount) == 1 else { return nil }
        if !text.isEmpty {
            guard unsafe result.withUnsafeMutableBufferPointer({ unsafe EVP_CipherUpdate(cipher, $0.baseAddress, &written, text, textCount) }) == 1 else { return nil }
        }
        if tag != nil {
            guard unsafe seal.withUnsafeMutableBytes({ unsafe EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, 16, $0.baseAddress) }) == 1 else { return nil }
        }
        var last = [UInt8](repeating: 0, count: 16)
        guard unsafe last.withUnsafeMutableBufferPointer({ unsafe EVP_CipherFinal_ex(cipher, $0.baseAddress, &written) }) == 1 else { return nil }
        if tag == nil {
            guard unsafe seal.withUnsafeMutableBytes({ unsafe EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, $0.baseAddress) }) == 1 else { return nil }
        }
        return (result, seal)
    }
}

internal import Cryptography

/// The text that its bearer shows: `ptn_`, 16 hexadecimal digits of the id, `_`, the secret.
package struct TokenText: Sendable {
    package let id: String
    /// SHA-256 of the secret.
    package let digest: [UInt8]

    private static let prefix = Array("ptn_".utf8)
    private static let idDigits = 16
    /// Longer secrets are not looked at.
    private static let longestSecret = 128

    /// Makes a new token.
    /// - Returns: the text, shown once, and what is kept of it.
    /// - Throws: `NoRandomness`.
    package static func make() throws -> (text: String, token: TokenText) {
        let id = try randomOctets(idDigits / 2).hexadecimal, secret = try randomOctets(32).hexadecimal
        return ("ptn_\(id)_\(secret)", TokenText(id: id, digest: SHA256.digest(secret.utf8)))
    }

    /// Reads a token's text; nil when it has not that form.
    package init?(_ text: some StringProtocol) {
        let octets = Array(text.utf8), start = Self.prefix.count, end = start + Self.idDigits
        guard octets.count > end + 1, octets.count <= end + 1 + Self.longestSecret, octets.starts(with: Self.prefix), octets[end] == UInt8(ascii: "_"),
              octets[start..<end].allSatisfy({ ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) }) else { return nil }
        id = String(decoding: octets[start..<end], as: UTF8.self)
        digest = SHA256.digest(octets[(end + 1)...])
    }

    private init(id: String, digest: [UInt8]) { self.id = id; self.digest = digest }
}

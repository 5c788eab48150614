internal import Cryptography
internal import Mail

/// The secret that a webhook's receiver knows too; it shows itself to nobody.
package struct WebhookSecret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// Octets that a secret has at least.
    /// Source: Standard Webhooks, "Signature scheme" (24 to 64 octets).
    package static let least = 24
    /// Octets of the longest text that is read.
    package static let longest = 4096

    private let key: [UInt8]

    /// - Parameter text: `whsec_` and base64, of which the octets are the secret; or anything else, which is the secret as it stands.
    /// - Returns: nil where the secret has less than ``least`` octets, or what follows `whsec_` is no base64.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        if text.hasPrefix("whsec_") {
            let digits = Array(text.utf8.dropFirst(6)), decoded = Base64.decode(digits[...])
            guard decoded.invalid == 0, !decoded.truncated, !decoded.continued, !digits.contains(where: { $0 <= 0x20 }) else { return nil }
            key = decoded.octets
        } else {
            key = Array(text.utf8)
        }
        guard key.count >= Self.least else { return nil }
    }

    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }

    package static func == (one: WebhookSecret, other: WebhookSecret) -> Bool { equalInConstantTime(one.key, other.key) }

    /// The value of `webhook-signature`.
    /// Source: Standard Webhooks, "Signature scheme": `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
    /// - Parameter time: seconds since 1970.
    /// - Returns: nil where there is no memory for it.
    package func signature(id: String, time: Int, body: [UInt8]) -> String? {
        HMACSHA256.code(of: Array("\(id).\(time).".utf8) + body, key: key).map { "v1," + String(decoding: Base64.encode($0), as: UTF8.self) }
    }
}

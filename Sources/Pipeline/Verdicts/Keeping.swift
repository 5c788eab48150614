package import JSON

/// That the message itself is kept in quarantine here, so that nobody else has to keep it.
package struct Keeping: Sendable, Equatable, Decodable {
    /// From then on it may be removed.
    package let expiresAt: Timestamp

    package init(expiresAt: Timestamp) { self.expiresAt = expiresAt }

    private enum CodingKeys: String, CodingKey { case expiresAt = "expires_at" }
}

extension Keeping: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key(CodingKeys.expiresAt.rawValue); json.string(expiresAt.description)
        json.closeObject()
    }
}

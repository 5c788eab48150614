package import Cryptography
package import DNS
internal import Mail

/// A private key, and where its public half is published.
package struct DKIMSigningKey: Sendable {
    package let key: PrivateKey
    package let domain: DomainName
    package let selector: DomainName

    package init(_ key: PrivateKey, selector: DomainName, domain: DomainName) {
        self.key = key
        self.selector = selector
        self.domain = domain
    }

    package var algorithm: DKIMAlgorithm { key.kind == .rsa ? .rsaSHA256 : .ed25519SHA256 }

    /// The text of the key record to publish at `selector._domainkey.domain`.
    /// Source: RFC 6376 §3.6.1, RFC 8463 §4.
    package var record: String { "v=DKIM1; k=\(key.kind.rawValue); p=" + String(decoding: Base64.encode(key.publicOctets), as: UTF8.self) }
}

/// A name that signatures cover, and how often.
/// Source: RFC 6376 §5.4, §8.15.
package struct DKIMCoveredName: Sendable, Hashable {
    package enum Rule: Sendable, Hashable {
        /// Once more than it is there, so that none can be added.
        case oversigned
        /// The same, where it is there at all: what servers on the way add when it is missing.
        case oversignedIfPresent
        /// As often as it is there: what others add on the way by right.
        case asPresent
    }

    /// In lower case.
    package let name: String
    package let rule: Rule

    package init(_ name: String, _ rule: Rule) {
        self.name = name
        self.rule = rule
    }
}

/// How messages are signed.
package struct DKIMSigningOptions: Sendable, Hashable {
    package var canonicalization = CanonicalizationPair(header: .relaxed, body: .relaxed)
    /// What is covered, in the order of h=; From must be among it.
    package var covered = DKIMSigningOptions.usualCover
    /// x= after t=, in seconds, 1 or more; nil for a signature that does not expire.
    package var lifetime: Int?
    /// The local-part of i=, without quoting; nil for no i=. Its domain is that of the key.
    package var identityLocalPart: String?

    package init() {}

    /// What rspamd signs by default, in spirit: what people see and answer to cannot be added, nor can a second of what steers a reader.
    package static let usualCover: [DKIMCoveredName] =
        ["from", "reply-to", "subject", "to", "cc"].map { DKIMCoveredName($0, .oversigned) }
        + ["sender", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding", "in-reply-to", "references"]
            .map { DKIMCoveredName($0, .oversignedIfPresent) }
        + ["resent-from", "resent-sender", "resent-to", "resent-cc", "resent-date", "resent-message-id", "list-id", "list-help", "list-owner",
           "list-unsubscribe", "list-unsubscribe-post", "list-subscribe", "list-post", "feedback-id"].map { DKIMCoveredName($0, .asPresent) }
}

/// Why a message is not signed.
package struct DKIMSigningFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

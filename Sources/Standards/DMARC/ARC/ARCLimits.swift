/// How much of a chain is looked at.
package struct ARCLimits: Sendable, Hashable {
    /// Sets of one chain; a higher instance is a fail. RFC 8617 §4.2.1: fifty.
    package var sets = 50
    /// Octets of one field; a longer one is a fail.
    package var fieldOctets = 16_384
    /// Tags of one field; more are a fail.
    package var tags = 64
    /// Names in h=; more are a fail.
    package var signedFields = 1_000
    /// Different keys that one chain makes us look up; more are a fail. RFC 8617 §9.2.
    package var keys = 50
    /// What the verifications of one chain cost together, in those of an RSA key of 1,024 bits, longer keys being worth more: as much as two
    /// signatures of Ed25519 in each of fifty sets. What needs more is a fail; of message signatures below the newest, which need not hold, it is not found out.
    package var verifications = 2_000
    /// Octets of header fields that the message signatures of one chain cover together; beyond it as above.
    package var signedOctets = 4_194_304
    /// Octets of authentication results that are told of each set; the rest is cut off.
    package var resultsOctets = 4_096

    package init() {}
}

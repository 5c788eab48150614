/// How much of a message's signatures is looked at, and what is kept between messages.
package struct DKIMLimits: Sendable, Hashable {
    /// Signatures of one message that are verified, topmost first; the others are counted. RFC 6376 §6.1 leaves the number to us.
    package var signatures = 10
    /// Octets of a signature field; a longer one is a permerror.
    package var signatureOctets = 16_384
    /// Names in h=; more are a permerror.
    package var signedFields = 1_000
    /// Tags of one signature or key record; more are a syntax error.
    package var tags = 64
    /// Octets of a key record; a longer one is a permerror.
    package var keyRecordOctets = 8_192
    /// Key records of one name that are tried, as they come. RFC 6376 §6.1.2 lets us choose.
    package var keyRecords = 3
    /// What the verifications of one message's signatures cost together, in those of an RSA key of 1,024 bits, longer keys being worth more (2,048 bits are 4,
    /// 4,096 are 16, Ed25519 is 20): as much as two of Ed25519 for each of ten signatures. What would take more is a permerror.
    package var verifications = 400
    /// Bits of an RSA modulus that are taken. RFC 8301 §3.2: below 1024 never; what is above costs too much time.
    package var rsaBits = 1_024...8_192
    /// Seconds that t= may lie in the future: clocks differ.
    package var clockSkew = 300
    /// Parsed key records kept for the next message.
    package var cachedKeys = 4_096

    package init() {}
}

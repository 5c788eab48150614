/// What a check of RFC 7208 met on its way that a check of Sender ID would not have met alike: without such a thing, both come to the same.
///
/// It is no part of what an outcome says, so trails are all equal, and documents do not hold it.
package struct SPFTrail: Sendable, Equatable {
    /// False for an outcome that was read from a document.
    var isKnown = false
    /// Scopes of the spf2.0 records that stood beside those that were read, of every domain on the way.
    var scopes: SenderIDScopes = []
    /// Whether the sender's local part was asked for.
    var usesLocalPart = false
    /// Whether the DNS denied that the domain itself exists.
    var isNoDomain = false

    package init() {}

    package static func == (one: SPFTrail, other: SPFTrail) -> Bool { true }
}

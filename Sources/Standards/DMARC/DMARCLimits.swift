/// The limits of reading a record and of evaluating one message.
package struct DMARCLimits: Sendable, Hashable {
    /// Octets of a record; a longer one is no record.
    package var recordOctets = 8192
    /// URIs read of one list (rua, ruf); the rest is ignored.
    package var reportURIs = 16
    /// Octets of one URI; a longer one is ignored.
    package var uriOctets = 1024
    /// Labels that are left after the first step of a walk that starts with more, so that it asks one question more than this at most.
    /// RFC 9989 §4.10: seven, for eight questions.
    package var walkLabels = 7
    /// Domains of authors that are evaluated; with more of them a message cannot pass. RFC 9989 §11.5.
    package var authors = 4
    /// Authenticated domains of one message for which the tree is walked; alignment of further ones is decided without questions. RFC 9989 §11.5.
    package var walkedIdentifiers = 8

    package init() {}
}

/// How much of a message rules look at; what lies beyond is passed over. Each is 0 or more.
package struct RuleLimits: Sendable, Hashable {
    /// Octets of all shown texts together that are folded and searched; each text has its share, of which a quarter is its end.
    package var textOctets = 131_072
    /// Octets of the subject.
    package var subjectOctets = 1_024
    /// URLs, and links of HTML.
    package var urls = 200
    /// Octets of a link that are searched.
    package var linkOctets = 2_048
    /// Recipients of the envelope and of the To and Cc fields, each.
    package var recipients = 200
    /// Received fields, nearest first.
    package var received = 30
    /// Attachments.
    package var attachments = 50
    /// Octets of attached and hidden texts together that are looked at.
    package var fileOctets = 65_536
    /// Own domains, protected people and brands.
    package var names = 1_000
    /// Characters of what was seen.
    package var detail = 160

    package init() {}
}

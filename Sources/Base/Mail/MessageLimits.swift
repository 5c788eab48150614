/// How much of a message is looked at, in all its readings together; what lies beyond a limit stays in the octets, unparsed, and the defects name the limit.
/// Each is a count or a number of octets, 0 or more.
package struct MessageLimits: Sendable, Hashable {
    /// Octets of one header section (one for the message, one for each part) that are read as fields.
    package var headerOctets = 1_048_576
    /// Fields of one header section.
    package var headerFields = 2_000
    /// Fields of all header sections together.
    package var allHeaderFields = 20_000
    /// Octets of one field that are unfolded, decoded and interpreted.
    package var headerFieldOctets = 65_536
    /// Parts of all kinds, the root included.
    package var parts = 2_000
    /// Containers inside containers.
    package var nesting = 50
    /// Messages inside the message.
    package var nestedMessages = 100
    /// Parameters of one Content-Type or Content-Disposition.
    package var parameters = 64
    /// Segments of one parameter (RFC 2231 §3).
    package var continuations = 64
    /// Encoded words of one field (RFC 2047 §2).
    package var encodedWords = 2_000
    /// Octets of a boundary; RFC 2046 §5.1.1 allows 70, readers of mail take longer ones.
    package var boundaryOctets = 8_192
    /// Different lines that begin with two hyphens, of which is known whether they are a boundary; asked for where a line only begins with one.
    package var delimiterLines = 20_000
    /// Ways to read a part that are looked at beside its first one, of all parts together.
    package var otherReadings = 500
    /// Octets of the bodies that are read in those ways, each time counted.
    package var otherReadingOctets = 104_857_600
    /// The same as a multiple of the message's octets, beside 64 KiB: a small message must not cost as much as a large one.
    package var otherReadingTimes = 8
    /// Of the readings of those who look further, whose octets are counted like those, by themselves.
    package var further = FurtherReadingLimits()
    /// Addresses of one field.
    package var addresses = 2_000
    /// Received fields, nearest first.
    package var receivedFields = 200
    /// Distinct URLs.
    package var urls = 1_000
    /// Octets of one URL.
    package var urlOctets = 4_096
    /// HTML elements inside each other.
    package var htmlDepth = 256
    /// HTML tags of one part.
    package var htmlTags = 50_000
    /// Attributes of one HTML tag.
    package var htmlAttributes = 64
    /// Octets of all texts together, after decoding.
    package var textOctets = 4_194_304
    /// Attachments.
    package var attachments = 500
    /// Octets of all parts together, after the transfer encoding is undone.
    package var decodedOctets = 268_435_456
    /// Octets of a file name.
    package var fileNameOctets = 1_024

    package init() {}
}

/// The name of a limit that a message met.
package enum MessageLimit: String, Sendable, Hashable, CaseIterable {
    case headerOctets = "header-octets", headerFields = "header-fields", allHeaderFields = "all-header-fields"
    case headerFieldOctets = "header-field-octets", parts, nesting, nestedMessages = "nested-messages", parameters, continuations
    case encodedWords = "encoded-words", boundaryOctets = "boundary-octets", delimiterLines = "delimiter-lines", otherReadings = "other-readings"
    case otherReadingOctets = "other-reading-octets", addresses, receivedFields = "received-fields"
    case urls, urlOctets = "url-octets", htmlDepth = "html-depth", htmlTags = "html-tags", htmlAttributes = "html-attributes"
    case textOctets = "text-octets", attachments, decodedOctets = "decoded-octets", fileNameOctets = "file-name-octets"
}

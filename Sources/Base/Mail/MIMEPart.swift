/// One part of a message: a text, a file, a container of parts, a message inside the message.
/// Source: RFC 2045, RFC 2046 §5, RFC 5335/6532 (message/global).
package struct MIMEPart: Sendable {
    /// What `range`s are counted in: the message, or the decoded octets of an encoded message inside it.
    private(set) var source: [UInt8]
    /// The place in ``Message/parts``.
    package internal(set) var index: Int
    /// The container's place in ``Message/parts``; nil for the root.
    package internal(set) var parent: Int?
    /// Places in ``Message/parts``, in order; one at most for a message inside the message.
    package internal(set) var children: [Int] = []
    /// 0 for the root.
    package internal(set) var depth: Int
    /// `1` for the root, `1.2` for its second child.
    package internal(set) var path: String
    package let header: HeaderSection
    package internal(set) var contentType: ContentType
    /// The part has a Content-Type field that can be read; else the type is the default of its place.
    package let isTypeDeclared: Bool
    package let disposition: ContentDisposition?
    package internal(set) var transferEncoding: TransferEncoding
    /// The decoded file name: of Content-Disposition, else the name of Content-Type; at most ``MessageLimits/fileNameOctets``.
    package internal(set) var fileName: String?
    /// Whether the ranges are places in the message's own octets; false inside a message that was base64 or quoted-printable.
    package private(set) var isInMessage: Bool
    package private(set) var headerRange: Range<Int>
    /// Without the line break that belongs to the delimiter after it.
    package internal(set) var bodyRange: Range<Int>
    /// A part of a multipart/digest, which is a message where it does not say what it is (RFC 2046 §5.1.5).
    var isInDigest = false
    /// Where readers differ, see ``otherReadings(most:limits:log:)``. Of its header: how often a field is there that should be once, and
    /// a line that is no field. Of its body: lines that only begin with the boundary, and whether they are delimiters in this reading.
    var repetitions = 1, stray: HeaderReader.Stray? = nil, hasLongerLines = false, takesLongerLines = false
    /// It was found in a part by those who look further than readers of mail that show it.
    var isFurther = false
    /// In this reading a CR alone ends a line: lines of headers that are no fields tell of no other one.
    var passesStray = false
    /// It was opened as a multipart or a message, and has children.
    package var isContainer: Bool { !children.isEmpty }

    package var headerOctets: ArraySlice<UInt8> { source[headerRange] }
    /// The body as it travels.
    package var body: ArraySlice<UInt8> { source[bodyRange] }

    /// The part with its body, which is `source`, and without its header.
    func moved(to source: [UInt8]) -> MIMEPart {
        var part = self
        part.source = source
        part.isInMessage = false
        part.headerRange = 0..<0
        part.bodyRange = 0..<source.count
        return part
    }

    /// The body with its transfer encoding undone; made anew at each call.
    /// - Returns: the body itself for a container. Faults are among the message's defects.
    package var decoded: [UInt8] {
        if isContainer { return Array(body) }
        var log = DefectLog()
        return transferEncoding.decode(body, log: &log)
    }

    /// The decoded body as text of its charset, unbounded and made anew at each call; octets that are not of the charset become U+FFFD.
    /// A body that says it is base64, is none and is text as it stands is taken as it stands.
    package var decodedText: String {
        let decoded = self.decoded
        return ASCII.text(Charset.utf8(isPlain(decoded) ? body : decoded[...], label: contentType.charset).octets[...])
    }
}

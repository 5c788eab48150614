/// What the header of a part says about its body.
/// Source: RFC 2045 §5–§6, RFC 2183.
struct PartHeader {
    var contentType: ContentType
    var isTypeDeclared = true
    var disposition: ContentDisposition?
    var transferEncoding: TransferEncoding
    var fileName: String?

    /// - Parameter digest: the part is a child of multipart/digest, whose parts are messages by default (RFC 2046 §5.1.5).
    init(_ header: HeaderSection, digest: Bool, limits: MessageLimits, log: inout DefectLog) {
        if let field = header.first(.contentType) {
            if let parsed = ContentType.parse(field.unfolded, limits: limits, log: &log) {
                contentType = parsed
                if parsed.subtype.isEmpty { log.note(.malformedContentType, ASCII.text(field.unfolded.prefix(80))) }
            } else {
                log.note(.malformedContentType, ASCII.text(field.unfolded.prefix(80)))
                contentType = .plainText
                isTypeDeclared = false
            }
        } else {
            contentType = digest ? .message : .plainText
            isTypeDeclared = false
        }
        disposition = header.first(.disposition).flatMap { ContentDisposition.parse($0.unfolded, limits: limits, log: &log) }
        transferEncoding = .sevenBit
        if let field = header.first(.transferEncoding) {
            transferEncoding = TransferEncoding.parse(field.unfolded, limits: limits)
            if transferEncoding == .unknown { log.note(.unknownTransferEncoding, ASCII.text(field.unfolded.prefix(80))) }
        }
        fileName = Self.bounded(disposition?.parameters["filename"] ?? contentType.parameters["name"], limits.fileNameOctets, &log)
    }

    private static func bounded(_ name: String?, _ limit: Int, _ log: inout DefectLog) -> String? {
        guard let name, !name.isEmpty else { return nil }
        guard name.utf8.count > limit else { return name }
        log.met(.fileNameOctets)
        var cut = limit   // not inside a character
        let octets = Array(name.utf8)
        while cut > 0, octets[cut] & 0xc0 == 0x80 { cut -= 1 }
        return ASCII.text(octets[..<cut])
    }
}

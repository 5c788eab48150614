/// What the header of a part says about its body.
/// Source: RFC 2045 §5–§6, RFC 2183.
struct PartHeader {
    var contentType: ContentType
    var isTypeDeclared: Bool
    var disposition: ContentDisposition?
    var transferEncoding: TransferEncoding
    var fileName: String?

    /// How often the field is there that is there most often, 1 or more: readers differ in which one counts.
    var repetitions = 1

    /// Of two fields the first counts; but a multipart beats what is none, or its parts would be unseen.
    /// - Parameters:
    ///   - digest: the part is a child of multipart/digest, whose parts are messages by default (RFC 2046 §5.1.5).
    ///   - choice: which field of a name counts, whatever the others say, from 0; the last one where there are less. Nil for the rule above.
    init(_ header: HeaderSection, digest: Bool, choice: Int? = nil, limits: MessageLimits, log: inout DefectLog) {
        var type: HeaderField?, last: HeaderField?, encoding: HeaderField?, shown: HeaderField?, types = 0, encodings = 0, dispositions = 0
        for field in header.fields {
            if field.isNamed(.contentType) {
                if types <= choice ?? 0 { type = field } else { last = field }
                types += 1
            } else if field.isNamed(.transferEncoding) {
                if encodings <= choice ?? 0 { encoding = field }
                encodings += 1
            } else if field.isNamed(.disposition) {
                if dispositions <= choice ?? 0 { shown = field }
                dispositions += 1
            }
        }
        repetitions = max(types, encodings, dispositions, 1)
        contentType = digest ? .message : .plainText
        isTypeDeclared = false
        if let type {
            if let parsed = ContentType.parse(type.unfolded, limits: limits, log: &log) {
                contentType = parsed
                isTypeDeclared = true
                if parsed.subtype.isEmpty { log.note(.malformedContentType, ASCII.text(type.unfolded.prefix(80))) }
            } else {
                log.note(.malformedContentType, ASCII.text(type.unfolded.prefix(80)))
                contentType = .plainText
            }
        }
        if let last, choice == nil, contentType.type != "multipart", let other = ContentType.parse(last.unfolded, limits: limits, log: &log),
           other.type == "multipart", other.parameters["boundary"] != nil {
            contentType = other
            isTypeDeclared = true
        }
        disposition = shown.flatMap { ContentDisposition.parse($0.unfolded, limits: limits, log: &log) }
        transferEncoding = .sevenBit
        if let encoding {
            transferEncoding = TransferEncoding.parse(encoding.unfolded, limits: limits)
            if transferEncoding == .unknown { log.note(.unknownTransferEncoding, ASCII.text(encoding.unfolded.prefix(80))) }
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

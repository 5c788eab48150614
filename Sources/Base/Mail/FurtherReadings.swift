/// What parts hold to programs that go further than to show them: files are opened, and encodings undone that are forbidden or broken.
///
/// It is there for those who look for harm: none of it is among a message's parts, texts or attachments. What is found has the index and the path of its part.
extension MIMEPart {
    /// How a body is decoded where the first way is not the only one.
    private enum Decoding { case first, asItTravels, base64(Base64.Reading), quotedPrintable }

    /// - Parameters:
    ///   - mayBeFaulty: something may be wrong with the part's encoding; else no more of the part is decoded for that.
    ///   - mayLook: told how many octets one more reading takes; false where that is too much.
    /// - Returns: each with octets of its own, its parts not found yet; empty for nearly all parts.
    func furtherReadings(mayBeFaulty: Bool, limits: MessageLimits, mayLook: (Int) -> Bool) -> [MIMEPart] {
        var readings: [MIMEPart] = []
        if hasBareCRInHeader, mayLook(headerRange.count &+ body.count) {
            let all = Array(source[headerRange.lowerBound..<max(bodyRange.upperBound, headerRange.upperBound)])
            readings.append(reading(LineEndings.withoutBareCR(all), as: .message))
        }
        if bodyRange.isEmpty { return readings }
        if contentType.type == "multipart", !transferEncoding.isIdentity, mayLook(bodyRange.count) { readings.append(reading(decode(.first))) }
        if !isContainer, let boundary = trimmedBoundary, mayLook(bodyRange.count) {
            var reading = reading(decode(.first))
            reading.contentType.parameters.boundary = boundary
            readings.append(reading)
        }
        for way in otherDecodings(mayBeFaulty, limits) {
            guard mayLook(bodyRange.count) else { return readings }
            readings.append(reading(decode(way)))
        }
        return isContainer ? readings : readings + filesInside(limits, mayLook)
    }

    /// What programs find in the decoded body.
    private func filesInside(_ limits: MessageLimits, _ mayLook: (Int) -> Bool) -> [MIMEPart] {
        var readings: [MIMEPart] = [], log = DefectLog()
        let head = transferEncoding.decode(body.prefix(Self.headOctets), log: &log), isUUEncoded = transferEncoding == .uuencode
        let mayBeMail = mayBeMail(head, limits), isWrapped = WrappedFile.isLikely(head), isText = contentType.type == "text" || isUUEncoded || Self.isText(head)
        guard mayBeMail || isWrapped || isText else { return [] }
        let octets = decode(.first)
        if mayBeMail, let mail = mail(octets, limits), mayLook(mail.count) { readings.append(reading(mail, as: .message)) }
        if isWrapped, let content = WrappedFile.content(octets), mayLook(content.count) { readings.append(reading(content, as: .file)) }
        guard isText else { return readings }
        var files = isUUEncoded ? EmbeddedFiles(source, bodyRange) : EmbeddedFiles(octets, octets.indices)
        while let file = files.next() {
            if isUUEncoded, file.octets == octets { continue }
            guard mayLook(file.octets.count) else { break }
            var found = reading(file.octets, as: .file)
            if let name = file.name, !name.isEmpty { found.fileName = name }
            readings.append(found)
        }
        if files.isCut { _ = mayLook(.max) }
        return readings
    }

    private func reading(_ octets: [UInt8], as type: ContentType? = nil) -> MIMEPart {
        var part = moved(to: octets)
        part.children = []
        part.depth &+= 1
        part.transferEncoding = .binary
        (part.repetitions, part.stray, part.hasLongerLines, part.takesLongerLines, part.isFurther) = (1, nil, false, false, true)
        if let type { part.contentType = type }
        return part
    }

    // MARK: - Encodings

    private func decode(_ way: Decoding) -> [UInt8] {
        var log = DefectLog()
        return switch way {
        case .first: transferEncoding.decode(body, log: &log)
        case .asItTravels: Array(body)
        case .base64(let reading): Base64.decode(body, reading)
        case .quotedPrintable: QuotedPrintable.decode(body, takesBareCR: true).octets
        }
    }

    private func otherDecodings(_ mayBeFaulty: Bool, _ limits: MessageLimits) -> [Decoding] {
        var ways: [Decoding] = []
        switch transferEncoding {
        case .unknown:
            if !Base64.hasStrangeFirstLine(body) { ways.append(.base64(.whole)) }
            if body.contains(ASCII.equals) { ways.append(.quotedPrintable) }
        case .base64 where mayBeFaulty:
            let decoded = Base64.decode(body)
            if Base64.hasStrangeFirstLine(body) { ways.append(.asItTravels) }
            if decoded.truncated { ways.append(.base64(.whole)) }
            if decoded.continued { ways += [.base64(.passingPadding), .base64(.endingAtPadding)] }
            if decoded.invalid > 0, body.contains(where: { $0 == ASCII.hyphen || $0 == 95 }) { ways.append(.base64(.withURLLetters)) }
        case .quotedPrintable where mayBeFaulty && body.contains(ASCII.cr):
            if QuotedPrintable.decode(body).invalid > 0 { ways.append(.quotedPrintable) }
        default: break
        }
        // RFC 2046 §5.2.1 forbids the encoding, so that some readers do not look for it.
        if contentType.isMessage, !transferEncoding.isIdentity, HeaderReader(source: source, limits: limits, fieldsLeft: 0).beginsHeader(bodyRange.lowerBound) {
            ways.append(.asItTravels)
        }
        return ways
    }

    /// The boundary without the blanks at its end, which RFC 2046 §5.1.1 forbids; nil where it has none there.
    private var trimmedBoundary: [UInt8]? {
        guard contentType.type == "multipart" else { return nil }
        let boundary = contentType.parameters.boundary ?? Array((contentType.parameters["boundary"] ?? "").utf8)
        guard let last = boundary.last, ASCII.isBlank(last) else { return nil }
        let end = boundary.lastIndex { !ASCII.isBlank($0) } ?? -1
        return end < 0 ? nil : Array(boundary[...end])
    }

    // MARK: - Mails

    /// Of the body as it travels, those that tell what it is.
    private static var headOctets: Int { 16_384 }

    /// Whether a program may open the part as a mail: by its name or type, or since it begins with fields that tell of content.
    private func mayBeMail(_ head: [UInt8], _ limits: MessageLimits) -> Bool {
        if contentType.isMessage, transferEncoding.isIdentity, Self.start(head) == 0 { return false }   // it was tried
        if isCalledMail { return true }
        let lines = LineEndings.withoutBareCR(head)
        return Self.mail(lines, limits, atOnce: true) != nil
    }

    private var isCalledMail: Bool {
        if contentType.type == "message" { return true }
        guard let fileName, let dot = fileName.utf8.lastIndex(of: ASCII.dot) else { return false }
        let ending = ASCII.text(ASCII.lowercased(ASCII.trimmed(Array(fileName.utf8[dot...].dropFirst())[...]))[...])
        return ["eml", "emlx", "mht", "mhtml", "nws", "mbox", "mbx", "mail", "email", "msg"].contains(ending)
    }

    /// Behind the byte order mark and the empty lines that programs pass over before a mail.
    private static func start(_ octets: [UInt8]) -> Int {
        var at = octets.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        while at < octets.count, ASCII.isSpace(octets[at]) { at &+= 1 }
        return at
    }

    /// Where a mail begins: at a field, so that each mail inside another one is smaller.
    private static func mail(_ octets: [UInt8], _ limits: MessageLimits, atOnce: Bool) -> Int? {
        var reader = HeaderReader(source: octets, limits: limits, fieldsLeft: limits.headerFields)
        return reader.startTellingOfContent(from: start(octets), atOnce: atOnce)
    }

    /// The mail that the file is; nil where it is none.
    private func mail(_ octets: [UInt8], _ limits: MessageLimits) -> [UInt8]? {
        for octets in [octets, LineEndings.withoutBareCR(octets)] {
            if let start = Self.mail(octets, limits, atOnce: !isCalledMail) { return start == 0 ? octets : Array(octets[start...]) }
        }
        return nil
    }

    /// Whether it may be text: only in that, programs look for files.
    private static func isText(_ head: [UInt8]) -> Bool { !head.prefix(512).contains { $0 < 9 || $0 > 13 && $0 < 27 || $0 > 27 && $0 < 32 } }

    // MARK: - Line ends

    /// To some readers a CR alone ends a line.
    private var hasBareCRInHeader: Bool {
        var at = headerRange.lowerBound
        let end = min(headerRange.upperBound, source.count)
        while at < end {
            if source[at] == ASCII.cr, at &+ 1 >= source.count || source[at &+ 1] != ASCII.lf { return true }
            at &+= 1
        }
        return false
    }
}

extension ContentType {
    /// What no field tells of.
    fileprivate static let file = ContentType(type: "application", subtype: "octet-stream", parameters: Parameters())
}

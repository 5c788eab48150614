/// What parts hold to programs that go further than to show them: files are opened, and encodings undone that are forbidden or broken.
///
/// It is there for those who look for harm: none of it is among a message's parts, texts or attachments. What is found has the index and the path of its part.
extension MIMEPart {
    /// How a body is decoded where the first way is not the only one.
    private enum Decoding { case first, asItTravels, base64(Base64.Reading), quotedPrintable }

    /// What may be wrong with a part; what is not needs not be looked for.
    struct Faults {
        /// Something with its encoding; a CR alone in the octets as they travel.
        var ofEncoding = true, bareCR = true
    }

    /// - Parameter budget: what may still be looked at.
    /// - Returns: each with octets of its own, its parts not found yet; empty for nearly all parts. And the text in which there may be files.
    func furtherReadings(_ faults: Faults, limits: MessageLimits, budget: inout ReadingBudget, log: inout DefectLog) -> (readings: [MIMEPart], files: FilesOfText?) {
        var readings: [MIMEPart] = []
        if faults.bareCR, hasBareCRInHeader {
            let all = source[headerRange.lowerBound..<max(bodyRange.upperBound, headerRange.upperBound)]
            if budget.takeReading(all.count &+ LineEndings.bareCRs(all), log: &log) { readings.append(reading(LineEndings.withoutBareCR(all), as: .message, passesStray: true)) }
        } else if faults.bareCR, contentType.type == "multipart", transferEncoding.isIdentity, budget.take(octets: body.count, log: &log), hasBareCRAtDelimiter,
                  budget.takeReading(body.count &+ LineEndings.bareCRs(body), log: &log) {
            readings.append(reading(LineEndings.withoutBareCR(body), passesStray: true))
        }
        if bodyRange.isEmpty { return (readings, nil) }
        if contentType.type == "multipart", !transferEncoding.isIdentity, budget.takeReading(bodyRange.count, log: &log) { readings.append(reading(decode(.first))) }
        if !isContainer, let boundary = trimmedBoundary, budget.takeReading(bodyRange.count, log: &log) {
            var reading = reading(decode(.first))
            reading.contentType.parameters.boundary = boundary
            readings.append(reading)
        }
        for way in otherDecodings(faults.ofEncoding, limits) {
            guard budget.takeReading(bodyRange.count, log: &log) else { return (readings, nil) }
            readings.append(reading(decode(way)))
        }
        let files = isContainer ? nil : addFilesInside(&readings, mayHaveBareCR: faults.bareCR || !transferEncoding.isIdentity, limits, &budget, &log)
        return (readings, files)
    }

    /// What programs find in the decoded body.
    private func addFilesInside(_ readings: inout [MIMEPart], mayHaveBareCR: Bool, _ limits: MessageLimits, _ budget: inout ReadingBudget, _ log: inout DefectLog) -> FilesOfText? {
        // Programs do not open a header.
        if contentType.type == "text", contentType.subtype == "rfc822-headers", transferEncoding.isIdentity, !isCalledMail, endsWithHeader(limits) { return nil }
        let head = head(limits), isUUEncoded = transferEncoding == .uuencode, mayBeMail = mayBeMail(head, limits), isWrapped = WrappedFile.isLikely(head)
        let unicode = unicodeLabel(head), isText = contentType.type == "text" || isUUEncoded || isCalledText || Self.isText(head)
        guard mayBeMail || isWrapped || isText || unicode != nil else { return nil }
        let octets = decode(.first)
        if mayBeMail, let mail = mail(octets, limits, &budget, &log) { readings.append(mail) }
        if isWrapped, let content = WrappedFile.content(octets, limits: limits.further), budget.takeReading(content.octets.count, log: &log) {
            readings.append(reading(content.octets, as: content.isMail ? .signedContent : .file))
        }
        if let unicode, budget.takeReading(octets.count, log: &log) { readings.append(reading(Charset.utf8(octets[...], label: unicode).octets, as: .file)) }
        guard isText else { return nil }
        let text = isUUEncoded ? Array(body) : octets
        if mayHaveBareCR || isUUEncoded, EmbeddedFiles.mayBeginAtBareCR(text), budget.takeReading(text.count &+ LineEndings.bareCRs(text[...]), log: &log) {
            readings.append(reading(LineEndings.withoutBareCR(text[...]), as: .file))
        }
        return FilesOfText(part: self, own: isUUEncoded ? octets : nil, text: text, limits: limits.further)
    }

    /// - Parameter passesStray: lines of its headers that are no fields tell of no other reading.
    func reading(_ octets: [UInt8], as type: ContentType? = nil, passesStray: Bool = false) -> MIMEPart {
        var part = moved(to: octets)
        part.children = []
        part.depth &+= 1
        part.transferEncoding = .binary
        (part.repetitions, part.stray, part.hasLongerLines, part.takesLongerLines, part.isFurther) = (1, nil, false, false, true)
        part.passesStray = self.passesStray || passesStray
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

    /// The octets that tell what the body is.
    private func head(_ limits: MessageLimits) -> [UInt8] {
        var log = DefectLog()
        let head = transferEncoding.decode(body.prefix(limits.further.headOctets), log: &log)
        if body.count <= limits.further.headOctets || isCalledMail { return head }
        let start = Self.start(head), end = min(LineEndings.end(head, start), head.count)
        guard HeaderReader.name(head, start, end) != nil || HeaderReader.isMboxLine(head, start, end) else { return head }
        return transferEncoding.decode(body.prefix(limits.further.headerHeadOctets), log: &log)
    }

    /// Whether the body is a header without a fault, and nothing else.
    private func endsWithHeader(_ limits: MessageLimits) -> Bool {
        let octets = Array(body)
        var reader = HeaderReader(source: octets, limits: limits, fieldsLeft: limits.headerFields), log = DefectLog()
        let found = reader.read(from: 0, boundaries: BoundaryStack(octets, from: 0, limits: limits), log: &log)
        return found.stray == nil && log.defects.isEmpty && ASCII.trimmed(octets[min(found.bodyStart, octets.count)...]).isEmpty && !LineEndings.hasBareCR(body)
    }

    /// Whether a program may open the part as a mail: by its name or type, or since it begins with fields that tell of content.
    private func mayBeMail(_ head: [UInt8], _ limits: MessageLimits) -> Bool {
        if contentType.isMessage, transferEncoding.isIdentity, Self.start(head) == 0 { return false }   // it was tried
        if isCalledMail || Self.mail(head, limits, atOnce: true) != nil { return true }
        return LineEndings.hasBareCR(head[...]) && Self.mail(LineEndings.withoutBareCR(head[...]), limits, atOnce: true) != nil
    }

    var isCalledMail: Bool {
        if contentType.type == "message" { return true }
        return ["eml", "emlx", "mht", "mhtml", "nws", "mbox", "mbx", "mail", "email", "msg"].contains(nameEnding)
    }

    /// In lower case, without dots and blanks behind it, which Windows takes off; empty where the name has none.
    private var nameEnding: String {
        guard let fileName else { return "" }
        let octets = Array(fileName.utf8), last = octets.lastIndex { !ASCII.isSpace($0) && $0 != ASCII.dot } ?? -1
        guard last >= 0, let dot = octets[...last].lastIndex(of: ASCII.dot) else { return "" }
        return ASCII.text(ASCII.lowercased(ASCII.trimmed(octets[(dot &+ 1)...last]))[...])
    }

    /// Whether programs open the part as a text with files in it, by its type or name.
    private var isCalledText: Bool {
        ["x-uuencode", "uuencode", "x-uue", "mac-binhex40", "mac-binhex", "x-binhex", "x-binhex40", "x-yenc", "yenc", "ics", "x-vcalendar"].contains(contentType.subtype)
            || ["uu", "uue", "hqx", "yenc", "ync", "ics", "vcs"].contains(nameEnding)
    }

    /// The charset of a text in two or more octets a letter; nil for another one.
    private func unicodeLabel(_ head: [UInt8]) -> String? {
        if head.starts(with: [0xff, 0xfe]) { return "utf-16le" }
        if head.starts(with: [0xfe, 0xff]) { return "utf-16be" }
        guard contentType.type == "text", let charset = contentType.charset?.lowercased(), charset.hasPrefix("utf-16") || charset.hasPrefix("utf-32") else { return nil }
        return charset
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
    private func mail(_ octets: [UInt8], _ limits: MessageLimits, _ budget: inout ReadingBudget, _ log: inout DefectLog) -> MIMEPart? {
        if let start = Self.mail(octets, limits, atOnce: !isCalledMail), budget.takeReading(octets.count &- start, log: &log) {
            return reading(start == 0 ? octets : Array(octets[start...]), as: .message)
        }
        guard LineEndings.hasBareCR(octets[...]), budget.take(octets: octets.count &+ LineEndings.bareCRs(octets[...]), log: &log) else { return nil }
        let lines = LineEndings.withoutBareCR(octets[...])
        guard let start = Self.mail(lines, limits, atOnce: !isCalledMail), budget.takeReading(0, log: &log) else { return nil }
        return reading(start == 0 ? lines : Array(lines[start...]), as: .message, passesStray: true)
    }

    /// Whether it may be text: only in that, programs look for files.
    private static func isText(_ head: [UInt8]) -> Bool { !head.prefix(512).contains { $0 < 9 || $0 > 13 && $0 < 27 || $0 > 27 && $0 < 32 } }

    // MARK: - Line ends

    /// To some readers a CR alone ends a line.
    private var hasBareCRInHeader: Bool { LineEndings.hasBareCR(source[min(headerRange.lowerBound, source.count)..<min(headerRange.upperBound, source.count)]) }

    /// Whether a line of the body that begins with two hyphens does so behind a CR alone, or ends with one.
    private var hasBareCRAtDelimiter: Bool {
        let end = bodyRange.upperBound
        var at = bodyRange.lowerBound
        func isDelimiter(_ start: Int) -> Bool { start &+ 1 < end && source[start] == ASCII.hyphen && source[start &+ 1] == ASCII.hyphen }
        while let found = LineEndings.nextBareCR(source, at, end: end) {
            var start = found
            while start > at, source[start &- 1] != ASCII.lf { start &-= 1 }
            if isDelimiter(found &+ 1) || found > start &+ 1 && isDelimiter(start) { return true }
            at = found &+ 1
        }
        return false
    }
}

extension ContentType {
    /// What no field tells of.
    static let file = ContentType(type: "application", subtype: "octet-stream", parameters: Parameters())
    /// A mail, though it may not begin as one.
    fileprivate static let signedContent = ContentType(type: "message", subtype: "signed-content", parameters: Parameters())
}

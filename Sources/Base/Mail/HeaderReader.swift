/// Splits octets into header fields, one pass, line by line.
///
/// A line that is neither a field nor the continuation of one is passed over, as readers of mail have it: a Content-Type after it
/// counts. Where no empty line is after it, the body begins there, as Postfix and Exim have it; so too where no field is before it,
/// unless a field that messages and parts begin with follows.
struct HeaderReader {
    let source: [UInt8]
    let limits: MessageLimits
    /// What is left of ``MessageLimits/allHeaderFields``.
    var fieldsLeft: Int

    struct Result {
        var section: HeaderSection
        /// Where the body begins.
        var bodyStart: Int
        /// The first line that was passed over: to some readers the body begins there.
        var stray: Stray?
    }

    struct Stray: Sendable {
        var at: Int
        /// Fields before it.
        var fields: Int
    }

    private struct Open { var start, nameEnd, valueStart: Int }

    /// - Parameter boundaries: a line that is one of these delimiters ends the header.
    mutating func read(from start: Int, boundaries: BoundaryStack, log: inout DefectLog) -> Result {
        let source = self.source, end = source.count
        var fields: [HeaderField] = [], open: Open? = nil
        var at = start, recording = true, highest: UInt8 = 0, headerEnd = end, bodyStart = end
        var stray: Stray? = nil, ended = false, malformed = 0, isWhole = true
        fields.reserveCapacity(32)
        lines: while at < end {
            // Without an empty line by now, the body begins at the line that was passed over; every message inside would read to the end again.
            if stray != nil, at &- start > limits.headerOctets { log.met(.headerOctets); isWhole = false; break lines }
            var lineEnd = at
            while lineEnd < end, source[lineEnd] != ASCII.lf {
                highest |= source[lineEnd]
                lineEnd &+= 1
            }
            let next = min(lineEnd &+ 1, end)
            if lineEnd > at, source[lineEnd &- 1] == ASCII.cr, lineEnd < end { lineEnd &-= 1 }
            if lineEnd &- at > 998 { log.note(.headerLineTooLong) }
            let octet = at < lineEnd ? source[at] : ASCII.lf
            if at == lineEnd {
                headerEnd = at; bodyStart = next; ended = true
                break lines
            } else if ASCII.isBlank(octet), at > start {
                if open == nil, recording, stray == nil { if malformed == 0 { log.note(.malformedHeader) }; malformed &+= 1 }
            } else if octet == ASCII.hyphen, boundaries.match(lineAt: at) != nil {
                headerEnd = at; bodyStart = at
                break lines
            } else if at == start, Self.isMboxLine(source, at, lineEnd) {
                log.note(.mboxFrom)
            } else if let found = Self.name(source, at, lineEnd) {
                if let open { close(open, at: at, into: &fields, log: &log) }
                open = nil
                if recording { recording = mayRecord(fields.count, at &- start, &log); isWhole = recording }
                if recording { open = Open(start: at, nameEnd: found.end, valueStart: found.value) }
            } else if stray == nil, Self.isLikeDelimiter(source, at, lineEnd)
                        || open == nil && fields.isEmpty && recording && !fieldsFollow(next, boundaries) {
                log.note(.headerWithoutSeparator, ASCII.text(source[at..<lineEnd].prefix(80)))
                headerEnd = at; bodyStart = at; ended = true
                break lines
            } else {
                if malformed == 0 { log.note(.malformedHeader, ASCII.text(source[at..<lineEnd].prefix(80))) }
                malformed &+= 1
                if let last = open { close(last, at: at, into: &fields, log: &log) }
                open = nil
                if stray == nil { stray = Stray(at: at, fields: fields.count) }
            }
            at = next
        }
        if let open { close(open, at: headerEnd, into: &fields, log: &log) }
        if malformed > 1 { log.note(.malformedHeader, count: malformed &- 1) }
        if !ended, let first = stray {
            log.note(.headerWithoutSeparator)
            fieldsLeft += fields.count - first.fields
            fields.removeLast(fields.count - first.fields)
            headerEnd = first.at
            bodyStart = first.at
            stray = nil
        }
        if highest >= 128, !Charset.isUTF8(source[start..<headerEnd]) { log.note(.eightBitHeader) }
        return Result(section: HeaderSection(fields: fields, range: start..<headerEnd, isWhole: isWhole), bodyStart: bodyStart, stray: stray)
    }

    /// Whether what begins there can be a message: with a field, an mbox line, or the empty line after no field.
    func beginsHeader(_ at: Int) -> Bool {
        let line = line(at)
        return line.end == at || Self.isMboxLine(source, at, line.end) || Self.name(source, at, line.end) != nil || fieldsFollow(line.next, BoundaryStack(source, limits: limits))
    }

    /// Where the first field is of a header section that has a Content-Type or a Content-Transfer-Encoding; nil where there is none.
    /// - Parameter atOnce: no line but an mbox line may be before it.
    mutating func startTellingOfContent(from start: Int, atOnce: Bool) -> Int? {
        var log = DefectLog()
        let fields = read(from: start, boundaries: BoundaryStack(source, from: start, limits: limits), log: &log).section.fields
        guard let first = fields.first?.range.lowerBound, fields.contains(where: { $0.isNamed(.contentType) || $0.isNamed(.transferEncoding) }) else { return nil }
        return first == start || !atOnce || Self.isMboxLine(source, start, line(start).end) ? first : nil
    }

    /// Whether one of the fields that messages and parts begin with lies between the place and the next empty line.
    private func fieldsFollow(_ start: Int, _ boundaries: BoundaryStack) -> Bool {
        var at = start, found = false
        while at < source.count, at &- start <= limits.headerOctets {
            let line = line(at)
            if line.end == at { return found }
            if Self.isLikeDelimiter(source, at, line.end) || source[at] == ASCII.hyphen && boundaries.match(lineAt: at) != nil { return false }
            if !found, let name = Self.name(source, at, line.end) {
                let key = HeaderName.key(source[at..<name.end])
                found = Self.usual.contains { $0.key == key }
            }
            at = line.next
        }
        return false
    }

    private static let usual: [HeaderName] = [
        "content-type", "content-transfer-encoding", "content-disposition", "mime-version", "from", "to", "subject", "date", "received", "message-id",
    ].map { HeaderName($0) }

    private func line(_ at: Int) -> (end: Int, next: Int) {
        let feed = LineEndings.next(source, at)
        return (feed < source.count && feed > at && source[feed &- 1] == ASCII.cr ? feed &- 1 : feed, min(feed &+ 1, source.count))
    }

    private mutating func mayRecord(_ count: Int, _ octets: Int, _ log: inout DefectLog) -> Bool {
        if octets > limits.headerOctets { log.met(.headerOctets); return false }
        if count >= limits.headerFields { log.met(.headerFields); return false }
        if fieldsLeft <= 0 { log.met(.allHeaderFields); return false }
        fieldsLeft -= 1
        return true
    }

    private func close(_ open: Open, at end: Int, into fields: inout [HeaderField], log: inout DefectLog) {
        var valueEnd = end
        if valueEnd > open.valueStart, source[valueEnd &- 1] == ASCII.lf { valueEnd &-= 1 }
        if valueEnd > open.valueStart, source[valueEnd &- 1] == ASCII.cr { valueEnd &-= 1 }
        if valueEnd &- open.valueStart > limits.headerFieldOctets { log.met(.headerFieldOctets) }
        fields.append(HeaderField(source: source, range: open.start..<end, nameEnd: open.nameEnd, valueStart: open.valueStart,
                                  valueEnd: valueEnd, bound: limits.headerFieldOctets, key: HeaderName.key(source[open.start..<open.nameEnd])))
    }

    /// Where the field name ends and the value begins; nil where the line is no field (RFC 5322 §2.2; §4.5 has blanks before the colon).
    static func name(_ source: [UInt8], _ start: Int, _ end: Int) -> (end: Int, value: Int)? {
        var at = start
        while at < end, source[at] > 32, source[at] < 127, source[at] != ASCII.colon { at &+= 1 }
        let nameEnd = at
        while at < end, ASCII.isBlank(source[at]) { at &+= 1 }
        guard nameEnd > start, at < end, source[at] == ASCII.colon else { return nil }
        return (nameEnd, at &+ 1)
    }

    /// Most likely the first delimiter of a multipart whose empty line was forgotten.
    private static func isLikeDelimiter(_ source: [UInt8], _ at: Int, _ end: Int) -> Bool {
        end > at &+ 2 && source[at] == ASCII.hyphen && source[at &+ 1] == ASCII.hyphen
    }

    static func isMboxLine(_ source: [UInt8], _ at: Int, _ end: Int) -> Bool {
        ASCII.hasPrefix(source[at..<end], "from ") || ASCII.hasPrefix(source[at..<end], ">from ")
    }
}

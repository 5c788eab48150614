/// What is in a multipart and in none of its parts: before the first delimiter, behind the last one, behind a last one that parts follow, and
/// behind the boundary in the line of a delimiter.
/// Source: RFC 2046 §5.1.1 (preamble, epilogue, transport padding).
struct StrayText {
    /// In order, none of them empty; places in the source of the multipart.
    private(set) var ranges: [Range<Int>] = []
    private let source: [UInt8], boundary: [UInt8]

    /// - Parameters:
    ///   - multipart: one with parts inside.
    ///   - parts: those of the message.
    init(of multipart: MIMEPart, _ parts: [MIMEPart]) {
        source = multipart.source
        boundary = multipart.contentType.parameters.boundary ?? Array((multipart.contentType.parameters["boundary"] ?? "").utf8)
        var at = multipart.bodyRange.lowerBound, isFirst = true
        for child in multipart.children {
            let start = parts[child].headerRange.lowerBound, line = startOfLine(before: start)
            if !isFirst { at = passDelimiter(at) }
            if at <= line {
                add(at..<line)
                addTail(of: line)
            }
            at = max(parts[child].bodyRange.upperBound, start)
            isFirst = false
        }
        let end = multipart.bodyRange.upperBound
        guard at < end else { return }
        at = passDelimiter(at)
        if at < end { add(at..<end) }
    }

    private mutating func add(_ range: Range<Int>) {
        if !range.isEmpty { ranges.append(range) }
    }

    /// - Parameter at: where the line break before the delimiter begins; where the header took that, the delimiter is right there.
    /// - Returns: where the next line begins.
    private mutating func passDelimiter(_ at: Int) -> Int {
        var start = at
        if start < source.count, source[start] == ASCII.cr { start &+= 1 }
        if start < source.count, source[start] == ASCII.lf { start &+= 1 }
        addTail(of: start)
        return min(LineEndings.next(source, start) &+ 1, source.count)
    }

    private mutating func addTail(of line: Int) {
        var at = line &+ 2, end = LineEndings.next(source, line)
        if end > line, source[end &- 1] == ASCII.cr { end &-= 1 }
        guard at &+ boundary.count <= end, source[at..<(at &+ boundary.count)] == boundary[...], !boundary.contains(where: ASCII.isBlank) else { return }
        at &+= boundary.count
        if source[at..<end].starts(with: [ASCII.hyphen, ASCII.hyphen]) { at &+= 2 }
        if at < end, ASCII.isBlank(source[at]) { add(at..<end) }
    }

    /// Where the line begins that ends right before the place.
    private func startOfLine(before place: Int) -> Int {
        var at = min(place, source.count) &- 1
        while at > 0, source[at &- 1] != ASCII.lf { at &-= 1 }
        return max(at, 0)
    }
}

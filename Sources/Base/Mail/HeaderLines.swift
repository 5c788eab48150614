/// What stays of a header, in its octets, where a part's content goes or is encoded anew. The lines are read here once more: fields beyond a
/// limit of the first reading must go, too.
struct HeaderLines {
    let source: [UInt8]
    /// The header without the empty line that ends it.
    let range: Range<Int>

    struct Kept {
        /// Whole lines; the last one may lack its line break.
        var octets: [UInt8] = []
        /// Octets of an mbox line, which must be the first one.
        var mbox = 0
        var fields = 0, hasMIMEVersion = false
    }

    /// The fields, but for those that tell of the content: each whose name begins with `Content-`, other than Content-ID. Lines that are no
    /// field, and what of a field is behind a line of blanks, go as well, since to some readers the body begins there; and what of a field is
    /// behind a bare CR, where readers to which that ends a line find a field of the content, the end of the header, or a delimiter.
    func withoutContent() -> Kept {
        var kept = Kept(), keepsMore = false
        eachLine { at, end, next, kind in
            switch kind {
            case .mbox: keepsMore = false
            case .stray: keepsMore = false; return
            case .continuation:
                if ASCII.trimmed(source[at..<end]).isEmpty { keepsMore = false }
                if !keepsMore { return }
            case .field(let nameEnd):
                let name = source[at..<nameEnd]
                keepsMore = !Self.isOfContent(name)
                if !keepsMore { return }
                if ASCII.equal(name, "mime-version") { kept.hasMIMEVersion = true }
                kept.fields &+= 1
            }
            if let cut = strangeCR(at, end) {
                keepsMore = false
                if ASCII.trimmed(source[at..<cut]).isEmpty { return }
                kept.octets += source[at..<cut]
                kept.octets += source[end..<next]
            } else {
                kept.octets += source[at..<next]
            }
            if case .mbox = kind { kept.mbox = kept.octets.count }
        }
        return kept
    }

    /// All lines, but the first Content-Transfer-Encoding is `base64` and there is no other.
    /// - Parameter isBase64: the first one says so already; then it stays as it is.
    func encodedAsBase64(_ isBase64: Bool, lineBreak: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = [], found = 0, keepsMore = true
        eachLine { at, _, next, kind in
            switch kind {
            case .continuation: if !keepsMore { return }
            case .field(let nameEnd) where ASCII.equal(source[at..<nameEnd], "content-transfer-encoding"):
                found &+= 1
                keepsMore = found == 1 && isBase64
                if found == 1, !isBase64 { octets += Array("Content-Transfer-Encoding: base64".utf8) + lineBreak }
                if !keepsMore { return }
            default: keepsMore = true
            }
            octets += source[at..<next]
        }
        return octets
    }

    private enum Kind { case mbox, field(nameEnd: Int), continuation, stray }

    /// Tells of each line where it begins, where its line break begins, and where the next one begins.
    private func eachLine(_ tell: (_ at: Int, _ end: Int, _ next: Int, _ kind: Kind) -> Void) {
        var at = range.lowerBound
        let last = min(range.upperBound, source.count)
        while at < last {
            let feed = min(LineEndings.next(source, at), last), next = min(feed &+ 1, last)
            let end = feed > at && feed < last && source[feed &- 1] == ASCII.cr ? feed &- 1 : feed
            if at > range.lowerBound, ASCII.isBlank(source[at]) {
                tell(at, end, next, .continuation)
            } else if at == range.lowerBound, HeaderReader.isMboxLine(source, at, end) {
                tell(at, end, next, .mbox)
            } else if let name = HeaderReader.name(source, at, end) {
                tell(at, end, next, .field(nameEnd: name.end))
            } else {
                tell(at, end, next, .stray)
            }
            at = next
        }
    }

    /// The place of the first bare CR in the line behind which other readers find what must not stay.
    private func strangeCR(_ start: Int, _ end: Int) -> Int? {
        var at = min(LineEndings.end(source, start), end)
        while at < end {
            let begin = at &+ 1, next = min(LineEndings.end(source, begin), end)
            let line = source[begin..<next]
            if ASCII.trimmed(line).isEmpty ? next < end : line.starts(with: [ASCII.hyphen, ASCII.hyphen]) || Self.isLikeFieldOfContent(line) { return at }
            at = next
        }
        return nil
    }

    private static func isOfContent(_ name: ArraySlice<UInt8>) -> Bool { ASCII.hasPrefix(name, "content-") && !ASCII.equal(name, "content-id") }

    /// Whether the line is such a field but for octets that are no part of a name.
    private static func isLikeFieldOfContent(_ line: ArraySlice<UInt8>) -> Bool {
        if let first = line.first, ASCII.isBlank(first) { return false }
        var name: [UInt8] = []
        for octet in line {
            if octet == ASCII.colon { return isOfContent(name[...]) }
            if octet > 32, octet < 127, name.count < 16 { name.append(octet) }
        }
        return false
    }
}

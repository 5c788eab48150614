/// The delimiters that may end what is being read, outermost first.
/// Source: RFC 2046 §5.1.1, §5.1.2.
struct BoundaryStack {
    struct Entry {
        /// The place of the multipart in the list of open parts.
        let frame: Int
        let boundary: [UInt8]
        /// Of the boundary: a line is compared with the few boundaries that have its own.
        let hash: UInt64
        /// Another one for each multipart of the message.
        let number: Int
        /// Its last delimiter was seen.
        var closed = false
        /// A line that is the boundary began a part: then a line that only begins with it is none.
        var isSeen = false
    }

    struct Match {
        var entry: Int
        /// The line has the two hyphens that end the multipart.
        var isLast: Bool
        /// The line is the boundary; else it begins with it.
        var isWhole = true
    }

    var entries: [Entry] = []

    mutating func push(frame: Int, boundary: [UInt8]) {
        entries.append(Entry(frame: frame, boundary: boundary, hash: Self.hash(boundary[...]), number: pushed))
        pushed += 1
        longest = max(longest, boundary.count)
    }

    /// Octets of the longest boundary there was.
    private var longest = 0, pushed = 0
    private let lines: DelimiterLines

    init(_ source: [UInt8]) { lines = DelimiterLines(source) }

    /// The innermost multipart whose delimiter the line is: open ones first, then those that were closed before.
    ///
    /// RFC 2046 §5.1.1 asks for a match of the beginning of the line, most readers of mail for the whole line. So the boundary must be the
    /// whole line, or be followed by a blank, after which anything may stand; only of a multipart in which no such line begins a part, here
    /// or later, a line that begins with the boundary is a delimiter.
    func match(lineAt start: Int) -> Match? {
        let source = lines.source
        guard !entries.isEmpty, start &+ 2 < source.count, source[start &+ 1] == ASCII.hyphen, source[start] == ASCII.hyphen else { return nil }
        return matchWhole(source, start) ?? matchBeginning(source, start)
    }

    private func matchWhole(_ source: [UInt8], _ start: Int) -> Match? {
        var end = LineEndings.next(source, start &+ 2)
        if end > start &+ 2, source[end &- 1] == ASCII.cr { end &-= 1 }
        // A boundary that ends in a blank, which RFC 2046 §5.1.1 forbids, is taken as it is written.
        if let found = findEither(source[(start &+ 2)..<end]) { return found }
        while end > start &+ 2, ASCII.isBlank(source[end &- 1]) || source[end &- 1] == ASCII.cr { end &-= 1 }
        let line = source[(start &+ 2)..<end]
        if let found = findEither(line) { return found }
        guard let blank = line.prefix(longest &+ 3).firstIndex(where: ASCII.isBlank) else { return nil }
        return findEither(line[..<blank])
    }

    /// The longest boundary counts, of equal ones the innermost.
    private func matchBeginning(_ source: [UInt8], _ start: Int) -> Match? {
        var found: Match? = nil, length = 0
        for place in stride(from: entries.count - 1, through: 0, by: -1) where !entries[place].isSeen {
            let boundary = entries[place].boundary
            guard boundary.count > length, lines.stands(boundary, at: start &+ 2),
                  !lines.has(boundary, number: entries[place].number, after: start) else { continue }
            length = boundary.count
            let rest = source[(start &+ 2 &+ length)...]
            found = Match(entry: place, isLast: rest.starts(with: [ASCII.hyphen, ASCII.hyphen]), isWhole: false)
        }
        return found
    }

    /// A boundary may itself end in two hyphens: the text is tried before the text without them.
    private func findEither(_ text: ArraySlice<UInt8>) -> Match? {
        if let found = find(text, isLast: false) { return found }
        guard text.count > 2, text[text.endIndex &- 1] == ASCII.hyphen, text[text.endIndex &- 2] == ASCII.hyphen else { return nil }
        return find(text.dropLast(2), isLast: true)
    }

    private func find(_ text: ArraySlice<UInt8>, isLast: Bool) -> Match? {
        guard !text.isEmpty, text.count <= longest else { return nil }
        let hash = Self.hash(text)
        var late: Match? = nil
        for place in stride(from: entries.count - 1, through: 0, by: -1) where entries[place].hash == hash && text == entries[place].boundary[...] {
            let found = Match(entry: place, isLast: isLast)
            if !entries[place].closed { return found }
            if late == nil { late = found }
        }
        return late
    }

    /// FNV-1a.
    private static func hash(_ octets: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
        return hash
    }
}

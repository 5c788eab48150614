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
        /// Every line that begins with the boundary is a delimiter: see ``MIMEPart/takesLongerLines``.
        let takesLongerLines: Bool
    }

    struct Match {
        var entry: Int
        /// The line has the two hyphens that end the multipart.
        var isLast: Bool
        /// The line is the boundary; else it begins with it.
        var isWhole = true
    }

    var entries: [Entry] = []

    mutating func push(frame: Int, boundary: [UInt8], takesLongerLines: Bool) {
        let entry = Entry(frame: frame, boundary: boundary, hash: TextHash.of(boundary[...]), number: pushed, takesLongerLines: takesLongerLines)
        entries.append(entry)
        filter(entry)
        pushed += 1
    }

    /// Leaves the first `count` entries.
    mutating func pop(to count: Int) {
        entries.removeLast(max(entries.count - count, 0))
        hashes = SIMD8()
        for entry in entries { filter(entry) }
    }

    private var pushed = 0
    private let lines: DelimiterLines
    /// Whether there was a boundary of that length; a bit for each boundary's hash. Nearly all lines begin with no boundary,
    /// which is known by these, without a look at each of them.
    private var lengths: [Bool] = [false], hashes = SIMD8<UInt64>()

    private mutating func filter(_ entry: Entry) {
        if lengths.count <= entry.boundary.count { lengths += [Bool](repeating: false, count: entry.boundary.count &+ 1 &- lengths.count) }
        lengths[entry.boundary.count] = true
        let bit = Self.bit(entry.hash)
        hashes[bit >> 6] |= 1 << UInt64(bit & 63)
    }

    /// 0..<512, of all octets of the text: the last bits of its hash are of the last bits of the octets alone.
    private static func bit(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: ((hash ^ hash >> 32) &* 0x9e37_79b9_7f4a_7c15) >> 55) }

    /// False where no boundary has that hash.
    private func mayBe(_ hash: UInt64) -> Bool {
        let bit = Self.bit(hash)
        return hashes[bit >> 6] >> UInt64(bit & 63) & 1 == 1
    }

    /// False where no boundary stands at the place. Not more than the line is read.
    private func mayStand(_ source: [UInt8], at start: Int) -> Bool {
        var hash = TextHash.start, length = 0
        let most = min(lengths.count &- 1, source.count &- start)
        while length < most {
            let octet = source[start &+ length]
            if octet == ASCII.lf { return false }
            hash = TextHash.of(octet, after: hash)
            length &+= 1
            if lengths[length], mayBe(hash), entries.contains(where: { $0.hash == hash }) { return true }
        }
        return false
    }

    /// - Parameter start: where reading begins, at a line.
    init(_ source: [UInt8], from start: Int = 0, limits: MessageLimits) { lines = DelimiterLines(source, from: start, limits: limits) }

    /// ``MessageLimits/delimiterLines`` was met.
    var isFull: Bool { lines.isFull }

    /// Whether a line begins with the boundary of that multipart and was not taken for a delimiter.
    func hasLongerLines(_ entry: Int) -> Bool { lines.hasLonger(number: entries[entry].number) }

    /// The innermost multipart whose delimiter the line is: open ones first, then those that were closed before.
    ///
    /// RFC 2046 §5.1.1 asks for a match of the beginning of the line, most readers of mail for the whole line. So the boundary must be the
    /// whole line, or be followed by a blank, after which anything may stand; only of a multipart in which no such line begins a part, here
    /// or later, a line that begins with the boundary is a delimiter. Where it is none, ``hasLongerLines(_:)`` tells.
    func match(lineAt start: Int) -> Match? {
        let source = lines.source
        guard !entries.isEmpty, start &+ 2 < source.count, source[start &+ 1] == ASCII.hyphen, source[start] == ASCII.hyphen else { return nil }
        return mayStand(source, at: start &+ 2) ? matchWhole(source, start) ?? matchBeginning(source, start) : nil
    }

    private func matchWhole(_ source: [UInt8], _ start: Int) -> Match? {
        var end = LineEndings.next(source, start &+ 2)
        if end > start &+ 2, source[end &- 1] == ASCII.cr { end &-= 1 }
        // A boundary that ends in a blank, which RFC 2046 §5.1.1 forbids, is taken as it is written.
        if let found = findEither(source[(start &+ 2)..<end]) { return found }
        while end > start &+ 2, ASCII.isBlank(source[end &- 1]) || source[end &- 1] == ASCII.cr { end &-= 1 }
        let line = source[(start &+ 2)..<end]
        if let found = findEither(line) { return found }
        guard let blank = line.prefix(lengths.count &+ 2).firstIndex(where: ASCII.isBlank) else { return nil }
        return findEither(line[..<blank])
    }

    /// The longest boundary counts, of equal ones the innermost.
    private func matchBeginning(_ source: [UInt8], _ start: Int) -> Match? {
        var found: Match? = nil, length = 0
        for place in stride(from: entries.count - 1, through: 0, by: -1) {
            let number = entries[place].number, takes = entries[place].takesLongerLines
            if !takes, lines.hasLonger(number: number), entries[place].isSeen || lines.hasKnown(number: number, after: start) { continue }
            let boundary = entries[place].boundary
            guard boundary.count > length, lines.stands(boundary, at: start &+ 2) else { continue }
            if !takes, entries[place].isSeen || lines.has(entries[place].hash, number: number, after: start) { lines.noteLonger(number: number); continue }
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
        guard !text.isEmpty, text.count < lengths.count, lengths[text.count] else { return nil }
        let hash = TextHash.of(text)
        guard mayBe(hash) else { return nil }
        var late: Match? = nil
        for place in stride(from: entries.count - 1, through: 0, by: -1) where entries[place].hash == hash && text == entries[place].boundary[...] {
            let found = Match(entry: place, isLast: isLast)
            if !entries[place].closed { return found }
            if late == nil { late = found }
        }
        return late
    }
}

/// FNV-1a.
enum TextHash {
    static var start: UInt64 { 0xcbf2_9ce4_8422_2325 }

    static func of(_ octet: UInt8, after hash: UInt64) -> UInt64 { (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }

    static func of(_ octets: ArraySlice<UInt8>) -> UInt64 {
        var hash = start
        for octet in octets { hash = of(octet, after: hash) }
        return hash
    }
}

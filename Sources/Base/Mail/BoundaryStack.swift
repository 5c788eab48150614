/// The delimiters that may end what is being read, outermost first.
/// Source: RFC 2046 §5.1.1, §5.1.2.
struct BoundaryStack {
    struct Entry {
        /// The place of the multipart in the list of open parts.
        let frame: Int
        let boundary: [UInt8]
        /// Of the boundary: a line is compared with the few boundaries that have its own.
        let hash: UInt64
        /// Its last delimiter was seen.
        var closed = false
    }

    struct Match {
        var entry: Int
        /// The line has the two hyphens that end the multipart.
        var isLast: Bool
    }

    var entries: [Entry] = []

    mutating func push(frame: Int, boundary: [UInt8]) {
        entries.append(Entry(frame: frame, boundary: boundary, hash: Self.hash(boundary[...])))
        longest = max(longest, boundary.count)
    }

    /// Octets of the longest boundary there was.
    private var longest = 0

    /// The innermost multipart whose delimiter the line is: open ones first, then those that were closed before.
    ///
    /// RFC 2046 §5.1.1 asks for a match of the beginning of the line, §5.1.2 for padding after it. Only white space is taken after
    /// the boundary: with a plain prefix match `--x` in `--xy` would be a delimiter, and no reader of mail treats it as one.
    func match(_ source: [UInt8], lineAt start: Int) -> Match? {
        guard !entries.isEmpty, start &+ 2 < source.count, source[start &+ 1] == ASCII.hyphen, source[start] == ASCII.hyphen else { return nil }
        let line = line(source, start &+ 2)
        // A boundary may itself end in two hyphens: the whole line is tried before the line without them.
        if let found = find(line, isLast: false) { return found }
        guard line.count > 2, line[line.endIndex &- 1] == ASCII.hyphen, line[line.endIndex &- 2] == ASCII.hyphen else { return nil }
        return find(line.dropLast(2), isLast: true)
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

    /// The line from `start` on, without its end and the blanks before it.
    private func line(_ source: [UInt8], _ start: Int) -> ArraySlice<UInt8> {
        var end = LineEndings.next(source, start)
        while end > start, ASCII.isBlank(source[end &- 1]) || source[end &- 1] == ASCII.cr { end &-= 1 }
        return source[start..<end]
    }

    /// FNV-1a.
    private static func hash(_ octets: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
        return hash
    }
}

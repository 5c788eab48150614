/// The delimiters that may end what is being read, outermost first.
/// Source: RFC 2046 §5.1.1, §5.1.2.
struct BoundaryStack {
    struct Entry {
        /// The place of the multipart in the list of open parts.
        let frame: Int
        let boundary: [UInt8]
        /// Its last delimiter was seen.
        var closed = false
    }

    struct Match {
        var entry: Int
        /// The line has the two hyphens that end the multipart.
        var isLast: Bool
    }

    var entries: [Entry] = []

    /// The innermost multipart whose delimiter the line is: open ones first, then those that were closed before.
    ///
    /// RFC 2046 §5.1.1 asks for a match of the beginning of the line, §5.1.2 for padding after it. Only white space is taken after
    /// the boundary: with a plain prefix match `--x` in `--xy` would be a delimiter, and no reader of mail treats it as one.
    func match(_ source: [UInt8], lineAt start: Int) -> Match? {
        guard !entries.isEmpty, start &+ 2 < source.count, source[start &+ 1] == ASCII.hyphen, source[start] == ASCII.hyphen else { return nil }
        var late: Match? = nil
        for place in stride(from: entries.count - 1, through: 0, by: -1) {
            guard let isLast = compare(source, start &+ 2, entries[place].boundary) else { continue }
            let found = Match(entry: place, isLast: isLast)
            if !entries[place].closed { return found }
            if late == nil { late = found }
        }
        return late
    }

    private func compare(_ source: [UInt8], _ start: Int, _ boundary: [UInt8]) -> Bool? {
        guard source.count &- start >= boundary.count else { return nil }
        var at = start
        for octet in boundary {
            if source[at] != octet { return nil }
            at &+= 1
        }
        var isLast = false
        if at &+ 1 < source.count, source[at] == ASCII.hyphen, source[at &+ 1] == ASCII.hyphen {
            isLast = true
            at &+= 2
        }
        while at < source.count {
            if source[at] == ASCII.lf { return isLast }
            guard ASCII.isBlank(source[at]) || source[at] == ASCII.cr else { return nil }
            at &+= 1
        }
        return isLast
    }
}

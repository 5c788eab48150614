internal import CLinux

/// The lines of a message that begin with two hyphens, gathered at the first question, of which few messages have one.
/// One pass over the octets, whatever the questions are.
final class DelimiterLines {
    let source: [UInt8]
    /// The last line that is that text between two hyphens and its end.
    private var last: [ArraySlice<UInt8>: Int]? = nil
    /// Whether there are more lines than were noted: then one for any boundary may be among them.
    private var isFull = false
    /// Different lines that are noted.
    private static let mostLines = 20_000
    /// Octets of a line that is noted; no boundary is as long (``MessageLimits/boundaryOctets``).
    private static let longestLine = 10_000
    /// The answers given, by the number of the multipart: a boundary is hashed once.
    private var known: [Int: Int] = [:]

    init(_ source: [UInt8]) { self.source = source }

    /// Whether a line after the place `start` begins a part of that boundary, blanks and what follows them aside.
    /// - Parameter number: the same for one boundary, another for another.
    func has(_ boundary: [UInt8], number: Int, after start: Int) -> Bool {
        if let place = known[number] { return place > start }
        let lines = last ?? gather()
        last = lines
        let place = lines[boundary[...]] ?? (isFull ? Int.max : -1)
        known[number] = place
        return place > start
    }

    /// Whether that boundary stands at the place.
    func stands(_ boundary: [UInt8], at start: Int) -> Bool {
        guard start >= 0, boundary.count <= source.count &- start else { return false }
        return unsafe source.withUnsafeBytes { bytes in
            unsafe boundary.withUnsafeBytes { wanted in
                guard let base = bytes.baseAddress, let text = wanted.baseAddress else { return false }
                return unsafe memcmp(base + start, text, wanted.count) == 0
            }
        }
    }

    private func gather() -> [ArraySlice<UInt8>: Int] {
        var lines: [ArraySlice<UInt8>: Int] = [:], at = 0
        while at < source.count {
            if lines.count > Self.mostLines { isFull = true; break }
            var end = LineEndings.next(source, at)
            let next = end &+ 1
            if end &- at > 2, end &- at <= Self.longestLine, source[at] == ASCII.hyphen, source[at &+ 1] == ASCII.hyphen {
                if source[end &- 1] == ASCII.cr { end &-= 1 }
                note(source[(at &+ 2)..<end], at, &lines)
                while end > at &+ 2, ASCII.isBlank(source[end &- 1]) || source[end &- 1] == ASCII.cr { end &-= 1 }
                let line = source[(at &+ 2)..<end]
                note(line, at, &lines)
                if let blank = line.firstIndex(where: ASCII.isBlank) { note(line[..<blank], at, &lines) }
            }
            at = next
        }
        return lines
    }

    private func note(_ text: ArraySlice<UInt8>, _ at: Int, _ lines: inout [ArraySlice<UInt8>: Int]) {
        if !text.isEmpty { lines[text] = at }
    }
}

internal import CLinux

/// The lines of a message that begin with two hyphens, gathered at the first question, of which few messages have one.
/// One pass over the octets that are read, whatever the questions are.
/// Limits: ``MessageLimits/delimiterLines``, ``MessageLimits/boundaryOctets``.
final class DelimiterLines {
    let source: [UInt8]
    private let limits: MessageLimits
    /// The last line that is a text of that hash between two hyphens and its end.
    private var last: [UInt64: Int]? = nil
    /// Whether there are more lines than were noted: then one for any boundary may be among them.
    private(set) var isFull = false
    /// What is known of the multiparts, by their numbers.
    private var known: [Known] = []

    private struct Known {
        /// The last line that is the boundary, -1 for none.
        var last: Int?
        /// A line begins with the boundary and is no delimiter.
        var hasLonger = false
    }

    private let start: Int

    /// - Parameter start: where reading begins, at a line; what is before it is not looked at.
    init(_ source: [UInt8], from start: Int, limits: MessageLimits) {
        self.source = source
        self.start = start
        self.limits = limits
    }

    func noteLonger(number: Int) {
        extend(to: number)
        known[number].hasLonger = true
    }

    func hasLonger(number: Int) -> Bool { number < known.count && known[number].hasLonger }

    /// Whether ``has(_:number:after:)`` is known to be true.
    func hasKnown(number: Int, after start: Int) -> Bool {
        guard number < known.count, let place = known[number].last else { return false }
        return place > start
    }

    private func extend(to number: Int) {
        if known.count <= number { known += [Known](repeating: Known(), count: number &+ 1 &- known.count) }
    }

    /// Whether a line after the place `start` begins a part of that boundary, blanks and what follows them aside. Texts of one hash count as
    /// one: then the lines that begin with the boundary are delimiters in another reading only.
    /// - Parameters:
    ///   - hash: of the boundary.
    ///   - number: 0 or more, the same for one multipart, another for another.
    func has(_ hash: UInt64, number: Int, after start: Int) -> Bool {
        extend(to: number)
        if let place = known[number].last { return place > start }
        let lines = last ?? gather()
        last = lines
        let place = isFull ? Int.max : lines[hash] ?? -1
        known[number].last = place
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

    private func gather() -> [UInt64: Int] {
        var lines: [UInt64: Int] = [:], at = start
        while at < source.count, !isFull {
            var end = LineEndings.next(source, at)
            let next = end &+ 1
            if end &- at > 2, source[at] == ASCII.hyphen, source[at &+ 1] == ASCII.hyphen {
                if source[end &- 1] == ASCII.cr { end &-= 1 }
                note(at &+ 2, end, at, &lines)
                if lines.count > limits.delimiterLines { isFull = true }
            }
            at = next
        }
        return lines
    }

    /// The line by itself, without the blanks at its end, and what is before its first blank.
    private func note(_ start: Int, _ end: Int, _ line: Int, _ lines: inout [UInt64: Int]) {
        var hash = TextHash.start, trimmed = hash, place = start, hasBlank = false
        let stop = min(end, start &+ limits.boundaryOctets)
        while place < stop {
            let octet = source[place]
            let isBlank = ASCII.isBlank(octet)
            if isBlank, !hasBlank {
                hasBlank = true
                if place > start { lines[hash] = line }
            }
            hash = TextHash.of(octet, after: hash)
            if !isBlank, octet != ASCII.cr { trimmed = hash }
            place &+= 1
        }
        if stop == end, end > start { lines[hash] = line }
        if stop == end, trimmed != hash, trimmed != TextHash.start { lines[trimmed] = line }
    }
}

/// uuencode, which mail had before MIME and some still send.
/// Source: IEEE Std 1003.1, uuencode.
enum UUEncoding {
    struct Decoded {
        var octets: [UInt8]
        var fileName: String?
        /// There was a `begin` line and an `end` line, and each line was as long as it said.
        var complete: Bool
    }

    /// Which lines are data.
    enum Lines {
        /// Each is.
        case all
        /// Those that are as long as their first octet says, whatever their letters.
        case sized
        /// Those, too, that are shorter, and without small letters: blanks at their end may have been cut off.
        case sizedOrShort
    }

    /// The first uuencoded piece of the text; nil when there is no `begin` line.
    static func decode(_ text: ArraySlice<UInt8>) -> Decoded? {
        var at = text.startIndex
        while at < text.endIndex {
            guard let name = name(line(text, &at)) else { continue }
            let start = at
            var last = at
            while at < text.endIndex {
                last = at
                if ASCII.equal(line(text, &at), "end") { break }
                last = at
            }
            let data = data(text[start..<last], .all)
            return Decoded(octets: data.octets, fileName: name, complete: data.isSound && last < at)
        }
        return nil
    }

    /// What the lines are the data of.
    /// - Returns: and whether each line was as long as it said; whether there is one that may be data and is shorter.
    static func data(_ lines: ArraySlice<UInt8>, _ taken: Lines) -> (octets: [UInt8], isSound: Bool, hasShort: Bool) {
        var octets: [UInt8] = [], at = lines.startIndex, isSound = true, hasShort = false
        octets.reserveCapacity(lines.count / 4 &* 3)
        while at < lines.endIndex {
            let line = line(lines, &at)
            if taken != .all, !isSized(line) {
                guard line.count > 1, line.allSatisfy({ $0 >= 32 && $0 <= 96 }), line.count <= size(line) else { continue }
                hasShort = true
                if taken == .sized { continue }
            }
            if taken == .all, let first = line.first, first > 96 { isSound = false; continue }
            isSound = decodeLine(line, into: &octets) && isSound
        }
        return (octets, isSound, hasShort)
    }

    /// Whether the line begins a file: it says its mode and name; or, since some readers ask for no mode, the line behind it, at `next`, is data.
    static func begins(_ line: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>, next: Int) -> Bool {
        guard ASCII.hasPrefix(line, "begin ") else { return false }
        if mode(line) != nil { return true }
        var at = next
        let second = Self.line(text, &at)
        return second.allSatisfy({ $0 >= 32 && $0 <= 96 }) && isSized(second)
    }

    /// The file's name of a line that begins a file.
    static func anyName(_ line: ArraySlice<UInt8>) -> String { name(line) ?? Charset.headerText(ASCII.trimmed(line.dropFirst(6)).prefix(1024)) }

    /// The letters of the line's data.
    private static func size(_ line: ArraySlice<UInt8>) -> Int { line.first.map { (Int($0 &- 32 & 63) &+ 2) / 3 &* 4 } ?? 0 }

    /// Up to two letters may be left out of the last four, two may be a check.
    private static func isSized(_ line: ArraySlice<UInt8>) -> Bool {
        let size = size(line)
        guard size > 0, line.count > size &- 2 else { return false }
        return line.count &- 1 <= size &+ 2 || line.dropFirst(size &+ 1).allSatisfy(ASCII.isBlank)
    }

    private static func line(_ text: ArraySlice<UInt8>, _ at: inout Int) -> ArraySlice<UInt8> {
        var lineEnd = at
        while lineEnd < text.endIndex, text[lineEnd] != ASCII.lf { lineEnd &+= 1 }
        let line = text[at..<lineEnd]
        at = min(lineEnd &+ 1, text.endIndex)
        return line.last == ASCII.cr ? line.dropLast() : line
    }

    private static func name(_ line: ArraySlice<UInt8>) -> String? {
        mode(line).map { Charset.headerText(ASCII.trimmed(line[$0...]).prefix(1024)) }
    }

    /// Where the mode of a line that begins a file ends; nil where it has none.
    private static func mode(_ line: ArraySlice<UInt8>) -> Int? {
        guard ASCII.hasPrefix(line, "begin ") else { return nil }
        let rest = line.dropFirst(6)
        guard let blank = rest.prefix(7).firstIndex(of: ASCII.space), blank > rest.startIndex, rest[..<blank].allSatisfy({ $0 >= 48 && $0 <= 55 }) else { return nil }
        return blank
    }

    private static func decodeLine(_ line: ArraySlice<UInt8>, into octets: inout [UInt8]) -> Bool {
        guard let first = line.first, first >= 32 else { return line.isEmpty }
        var left = Int((first &- 32) & 63), at = line.startIndex &+ 1
        while left > 0 {
            guard at < line.endIndex else { return false }
            var bits: UInt32 = 0
            for place in 0..<4 {   // blanks at the end of a line may have been cut off
                let octet = at &+ place < line.endIndex ? line[at &+ place] : 32
                bits = bits << 6 | UInt32((octet &- 32) & 63)
            }
            at &+= 4
            octets.append(UInt8(truncatingIfNeeded: bits >> 16))
            if left > 1 { octets.append(UInt8(truncatingIfNeeded: bits >> 8)) }
            if left > 2 { octets.append(UInt8(truncatingIfNeeded: bits)) }
            left &-= 3
        }
        return true
    }
}

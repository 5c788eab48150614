/// uuencode, which mail had before MIME and some still send.
/// Source: IEEE Std 1003.1, uuencode.
enum UUEncoding {
    struct Decoded {
        var octets: [UInt8]
        var fileName: String?
        /// There was a `begin` line and an `end` line, and each line was as long as it said.
        var complete: Bool
    }

    /// The first uuencoded piece of the text; nil when there is no `begin` line.
    static func decode(_ text: ArraySlice<UInt8>) -> Decoded? {
        var at = text.startIndex, begun = false, result = Decoded(octets: [], fileName: nil, complete: false), sound = true
        while at < text.endIndex {
            let line = line(text, &at)
            if !begun {
                guard ASCII.hasPrefix(line, "begin "), let name = name(line) else { continue }
                begun = true
                result.fileName = name
                result.octets.reserveCapacity((text.endIndex &- min(at, text.endIndex)) / 4 &* 3)
                continue
            }
            if ASCII.equal(line, "end") {
                result.complete = sound
                return result
            }
            sound = decodeLine(line, into: &result.octets) && sound
        }
        return begun ? result : nil
    }

    /// The piece whose `begin` line is there, to readers to which the next such line, too, ends it.
    /// - Parameter at: the place of the line; then of what is behind the piece, or of the line where there is none.
    /// - Returns: nil where there is none. Some readers ask for no mode in the line; then the next one must be as long as it says.
    static func piece(_ text: ArraySlice<UInt8>, at: inout Int) -> Decoded? {
        var next = at, result = Decoded(octets: [], fileName: nil, complete: false)
        let first = line(text, &next)
        guard ASCII.hasPrefix(first, "begin ") else { return nil }
        if let name = name(first) {
            result.fileName = name
        } else {
            var second = next
            let data = line(text, &second), wanted = (data.first.map { Int($0 &- 32 & 63) &+ 2 } ?? 0) / 3 &* 4
            guard wanted > 0, data.count > wanted, data.count <= wanted &+ 2, data.allSatisfy({ $0 >= 32 && $0 <= 96 }) else { return nil }
            result.fileName = Charset.headerText(ASCII.trimmed(first.dropFirst(6)).prefix(1024))
        }
        while next < text.endIndex {
            let start = next, line = line(text, &next)
            if line.elementsEqual("end".utf8) { break }
            if line.starts(with: "begin".utf8) { next = start; break }
            // Words between the lines are no data, as far as they can be told from it.
            if line.allSatisfy({ $0 >= 32 && $0 <= 96 }) { _ = decodeLine(line, into: &result.octets) }
        }
        at = next
        return result
    }

    private static func line(_ text: ArraySlice<UInt8>, _ at: inout Int) -> ArraySlice<UInt8> {
        var lineEnd = at
        while lineEnd < text.endIndex, text[lineEnd] != ASCII.lf { lineEnd &+= 1 }
        let line = text[at..<lineEnd]
        at = min(lineEnd &+ 1, text.endIndex)
        return line.last == ASCII.cr ? line.dropLast() : line
    }

    private static func name(_ line: ArraySlice<UInt8>) -> String? {
        let rest = line.dropFirst(6)
        guard let blank = rest.firstIndex(of: ASCII.space), blank > rest.startIndex, blank &- rest.startIndex <= 4,
              rest[..<blank].allSatisfy({ $0 >= 48 && $0 <= 55 }) else { return nil }
        return Charset.headerText(ASCII.trimmed(rest[blank...]).prefix(1024))
    }

    private static func decodeLine(_ line: ArraySlice<UInt8>, into octets: inout [UInt8]) -> Bool {
        guard let first = line.first, first >= 32, first <= 96 else { return line.isEmpty }
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

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
            var lineEnd = at
            while lineEnd < text.endIndex, text[lineEnd] != ASCII.lf { lineEnd &+= 1 }
            var line = text[at..<lineEnd]
            if line.last == ASCII.cr { line = line.dropLast() }
            at = lineEnd &+ 1
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

/// Quoted-printable, for bodies and for the Q encoding of header words.
/// Source: RFC 2045 §6.7, RFC 2047 §4.2.
package enum QuotedPrintable {
    package struct Decoded {
        package var octets: [UInt8]
        /// `=` that two hexadecimal digits or a line break do not follow; it is kept as it is.
        package var invalid = 0
    }

    /// - Parameter takesBareCR: a CR alone behind `=` is a line break, as some readers have it.
    package static func decode(_ text: ArraySlice<UInt8>, takesBareCR: Bool = false) -> Decoded {
        var result = Decoded(octets: [])
        result.octets.reserveCapacity(text.count)
        let end = text.endIndex
        var at = text.startIndex, keep = 0   // octets of this line up to its last one that is no blank
        while at < end {
            let octet = text[at]
            if octet == ASCII.equals {
                if at &+ 2 < end, let high = ASCII.hex(text[at &+ 1]), let low = ASCII.hex(text[at &+ 2]) {
                    result.octets.append(high << 4 | low)
                    keep = result.octets.count
                    at &+= 3
                    continue
                }
                var next = at &+ 1
                while next < end, ASCII.isBlank(text[next]) { next &+= 1 }
                if next < end, text[next] == ASCII.cr { next &+= 1 }
                if next >= end { break }
                let isBareCR = takesBareCR && text[next] != ASCII.lf && text[next &- 1] == ASCII.cr
                if text[next] == ASCII.lf || isBareCR {
                    at = isBareCR ? next : next &+ 1
                    keep = result.octets.count
                    continue
                }
                result.invalid &+= 1
            } else if octet == ASCII.lf || (octet == ASCII.cr && at &+ 1 < end && text[at &+ 1] == ASCII.lf) {
                // Blanks at the end of a line were added on the way (RFC 2045 §6.7 (3)).
                if keep < result.octets.count { result.octets.removeLast(result.octets.count &- keep) }
                if octet == ASCII.cr { result.octets.append(octet); at &+= 1 }
                result.octets.append(ASCII.lf)
                keep = result.octets.count
                at &+= 1
                continue
            }
            // What is none of the three, or one that is kept as it is.
            let run = octet == ASCII.equals || octet == ASCII.cr ? at &+ 1 : plainEnd(text, at)
            if run &- at < shortRun {
                for place in at..<run {
                    result.octets.append(text[place])
                    if !ASCII.isBlank(text[place]) { keep = result.octets.count }
                }
            } else {
                result.octets.append(contentsOf: text[at..<run])
                var written = run
                while written > at, ASCII.isBlank(text[written &- 1]) { written &-= 1 }
                if written > at { keep = result.octets.count &- (run &- written) }
            }
            at = run
        }
        return result
    }

    /// Octets: fewer are sooner appended one by one.
    private static let shortRun = 16

    /// Where the octets end that are what they are.
    private static func plainEnd(_ text: ArraySlice<UInt8>, _ start: Int) -> Int {
        unsafe text[start...].withUnsafeBufferPointer { octets in
            var at = 0
            while at < octets.count, unsafe octets[at] != ASCII.equals, unsafe octets[at] != ASCII.lf, unsafe octets[at] != ASCII.cr { at &+= 1 }
            return start &+ at
        }
    }

    /// The Q encoding: underscore is a space, there are no line breaks.
    static func decodeWord(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var at = text.startIndex
        while at < text.endIndex {
            let octet = text[at]
            if octet == ASCII.equals, at &+ 2 < text.endIndex, let high = ASCII.hex(text[at &+ 1]), let low = ASCII.hex(text[at &+ 2]) {
                result.append(high << 4 | low)
                at &+= 3
            } else {
                result.append(octet == 95 ? ASCII.space : octet)
                at &+= 1
            }
        }
        return result
    }
}

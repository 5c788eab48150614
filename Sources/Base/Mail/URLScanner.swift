/// Finds URLs in plain text: after `http://`, `https://`, `ftp://`, `mailto:`, and at `www.`.
/// Names without any of these are not taken: too many are none.
package enum URLScanner {
    /// Calls `found` for each piece of text that looks like a URL, in order, and whether it was cut; it answers false to stop.
    /// - Parameter limit: octets of one URL; the rest of a longer one is passed over.
    package static func scan(_ text: [UInt8], limit: Int, _ found: (ArraySlice<UInt8>, Bool) -> Bool) {
        let end = text.count
        var at = 0, floor = 0
        while true {
            at = candidate(text, at)
            guard at < end else { return }
            let octet = text[at]
            var start: Int? = nil
            if octet == ASCII.colon {
                start = schemeStart(text, at, floor)
            } else if octet | 32 == 119, at &+ 4 < end, text[at &+ 3] == ASCII.dot, text[at &+ 1] | 32 == 119, text[at &+ 2] | 32 == 119,
                      at == floor || !isOfWord(text[at &- 1]), ASCII.isAlphanumeric(text[at &+ 4]) || text[at &+ 4] >= 128 {
                start = at
            }
            guard let start else { at &+= 1; continue }
            var stop = at &+ 1
            while stop < end, !isEnd(text, stop, end) { stop &+= 1 }
            let next = stop
            let isCut = stop &- start > limit
            if isCut { stop = start &+ limit }
            stop = trimmedEnd(text, start, stop)
            if isCut || stop > at &+ 1, !found(text[start..<stop], isCut) { return }
            at = max(next, at &+ 1)
            floor = at
        }
    }

    /// The place of the next colon, or `w` before another, from `start` on, eight octets a step; `count` where there is none.
    private static func candidate(_ text: [UInt8], _ start: Int) -> Int {
        unsafe text.withUnsafeBytes { octets in
            let ones: UInt64 = 0x0101_0101_0101_0101, end = octets.count
            var at = start
            while true {
                while at &+ 8 <= end {
                    let word = unsafe octets.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
                    // An octet of each is 0 where the text has what is looked for; the lowest that shows is one.
                    let colon = word ^ (ones &* 58), letter = (word | (ones &* 32)) ^ (ones &* 119), high = ones &* 128
                    let colons = (colon &- ones) & ~colon & high, letters = (letter &- ones) & ~letter & high
                    // What the last octet is followed by is not seen here.
                    if colons | (letters & (letters >> 8 | 1 << 63)) != 0 { break }
                    at &+= 8
                }
                let stop = min(at &+ 8, end)
                while at < stop {
                    let octet = unsafe octets[at]
                    if octet == ASCII.colon { return at }
                    if octet | 32 == 119, at &+ 1 < end, unsafe octets[at &+ 1] | 32 == 119 { return at }
                    at &+= 1
                }
                if at >= end { return end }
            }
        }
    }

    /// Where the scheme begins whose colon is at `colon`.
    private static func schemeStart(_ text: [UInt8], _ colon: Int, _ floor: Int) -> Int? {
        let slashes = colon &+ 2 < text.count && text[colon &+ 1] == ASCII.slash && text[colon &+ 2] == ASCII.slash
        func ends(_ word: StaticString) -> Int? {
            let start = colon &- word.utf8CodeUnitCount
            guard start >= floor, ASCII.equal(text[start..<colon], word) else { return nil }
            return start == floor || !ASCII.isAlphanumeric(text[start &- 1]) ? start : nil
        }
        if slashes { return ends("https") ?? ends("http") ?? ends("ftp") }
        return ends("mailto")
    }

    private static func isOfWord(_ octet: UInt8) -> Bool {
        ASCII.isAlphanumeric(octet) || octet >= 128 || octet == ASCII.dot || octet == ASCII.hyphen || octet == 95 || octet == ASCII.at || octet == ASCII.slash
    }

    /// White space, control characters, brackets, quotes; of Unicode: spaces, general quotation marks, CJK punctuation, full-width comma.
    private static func isEnd(_ text: [UInt8], _ at: Int, _ end: Int) -> Bool {
        let octet = text[at]
        if octet < 128 { return octet <= 32 || octet == 127 || octet == ASCII.less || octet == ASCII.greater || octet == ASCII.quote || octet == 96 || octet == 124 }
        if octet == 0xc2 { return at &+ 1 < end && (text[at &+ 1] == 0xa0 || text[at &+ 1] == 0xab || text[at &+ 1] == 0xbb) }
        if octet == 0xe2 { return at &+ 2 < end && text[at &+ 1] == 0x80 && (text[at &+ 2] <= 0x8b || (text[at &+ 2] >= 0x98 && text[at &+ 2] <= 0x9f) || text[at &+ 2] == 0xaf) }
        if octet == 0xe3 { return at &+ 2 < end && text[at &+ 1] == 0x80 && text[at &+ 2] <= 0x91 }
        return octet == 0xef && at &+ 2 < end && text[at &+ 1] == 0xbc && (text[at &+ 2] == 0x8c || text[at &+ 2] == 0x89)
    }

    /// Without the punctuation of the sentence around it; a closing bracket stays when its opening one is inside.
    private static func trimmedEnd(_ text: [UInt8], _ start: Int, _ end: Int) -> Int {
        var stop = end
        while stop > start {
            switch text[stop &- 1] {
            case ASCII.dot, ASCII.comma, ASCII.semicolon, ASCII.colon, 33, ASCII.question, 39, 42, 95: stop &-= 1
            case ASCII.close:
                if isBalanced(text[start..<stop], ASCII.open, ASCII.close) { return stop }
                stop &-= 1
            case ASCII.unbracket:
                if isBalanced(text[start..<stop], ASCII.bracket, ASCII.unbracket) { return stop }
                stop &-= 1
            case 125: stop &-= 1
            default: return stop
            }
        }
        return stop
    }

    /// Whether no bracket closes what was not opened; of the last 256 octets, so that a row of brackets costs little.
    private static func isBalanced(_ text: ArraySlice<UInt8>, _ open: UInt8, _ close: UInt8) -> Bool {
        var depth = 0
        for octet in text.suffix(256) { depth &+= octet == open ? 1 : octet == close ? -1 : 0 }
        return depth >= 0
    }
}

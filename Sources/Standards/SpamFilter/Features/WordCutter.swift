internal import Mail

/// Cuts text into words.
enum WordCutter {
    /// Octets of one word that count.
    static let longest = 40
    /// Octets of letters beyond ASCII from which on a run is taken for a text without blanks, as Chinese, Japanese and Thai are written.
    private static let run = 24

    /// Calls `found` for each word in order, until it answers false.
    /// A word is letters, digits, `$`, `'` and hyphens, or one of `! ? % *`. Of a long run beyond ASCII, each two characters are a word.
    static func cut(_ text: ArraySlice<UInt8>, _ found: (ArraySlice<UInt8>) -> Bool) {
        var at = text.startIndex
        let end = text.endIndex
        while at < end {
            let octet = text[at]
            guard isOfWord(octet) else {
                at &+= 1
                if octet == 33 || octet == ASCII.question || octet == ASCII.percent || octet == 42, !found(text[(at &- 1)..<at]) { return }
                continue
            }
            let start = at
            var wide = 0
            while at < end, isOfWord(text[at]) {
                if text[at] >= 128 { wide &+= 1 }
                at &+= 1
            }
            if wide > run {
                if !cutRun(text[start..<at], found) { return }
            } else if !found(text[start..<min(at, start &+ longest)]) {
                return
            }
        }
    }

    private static func isOfWord(_ octet: UInt8) -> Bool {
        ASCII.isAlphanumeric(octet) || octet >= 128 || octet == 36 || octet == 39 || octet == ASCII.hyphen
    }

    /// Each two characters in a row.
    private static func cutRun(_ text: ArraySlice<UInt8>, _ found: (ArraySlice<UInt8>) -> Bool) -> Bool {
        var first = text.startIndex, second = next(text, text.startIndex)
        while second < text.endIndex {
            let third = next(text, second)
            if !found(text[first..<third]) { return false }
            first = second
            second = third
        }
        return true
    }

    /// Where the character after the one at `at` begins.
    private static func next(_ text: ArraySlice<UInt8>, _ at: Int) -> Int {
        var next = at &+ 1
        while next < text.endIndex, text[next] & 0xc0 == 0x80 { next &+= 1 }
        return next
    }
}

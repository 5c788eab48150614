internal import Mail

/// Cuts text into words.
enum WordCutter {
    /// Octets of one word that count.
    private static let longest = 64
    /// Characters of three octets from which on a run is taken for a text without blanks, as Chinese, Japanese and Thai are written.
    private static let run = 8

    /// Where the words stand, in order.
    /// A word is letters, digits, `$`, `'` and hyphens, or one of `! ? % *`. Of a long run beyond ASCII, each two characters are a word.
    /// - Parameter limit: words at most.
    static func words(in text: [UInt8], limit: Int) -> [Range<Int>] {
        var found: [Range<Int>] = [], at = 0
        let end = text.count, kinds = Self.kinds
        found.reserveCapacity(min(limit, end / 5 &+ 1))
        while at < end, found.count < limit {
            let kind = kinds[Int(text[at])]
            if kind == 0 { at &+= 1; continue }
            if kind == 1 { found.append(at..<(at &+ 1)); at &+= 1; continue }
            if let length = signLength(text, at) { at &+= length; continue }
            let start = at
            var wide = 0
            while at < end, kinds[Int(text[at])] >= 2 {
                if text[at] >= 0xc2, signLength(text, at) != nil { break }
                // Characters of three octets and more are those of scripts that are written without blanks, or nearly.
                if text[at] >= 0xe0 { wide &+= 1 }
                at &+= 1
            }
            if wide > run { cut(text, start..<at, limit, &found) } else { found.append(start..<min(at, start &+ longest)) }
        }
        return found
    }

    /// How many octets a sign beyond ASCII has that is of no word: quotation marks, dashes, symbols; nil where a letter may be.
    /// Source: Unicode blocks U+0080 to U+00BF, U+2000 to U+2BFF and U+3000 to U+303F.
    @inline(__always)
    private static func signLength(_ text: [UInt8], _ at: Int) -> Int? {
        switch text[at] {
        case 0xc2: at &+ 1 < text.count ? 2 : nil
        case 0xe2: at &+ 2 < text.count && text[at &+ 1] < 0xb0 ? 3 : nil
        case 0xe3: at &+ 2 < text.count && text[at &+ 1] == 0x80 ? 3 : nil
        default: nil
        }
    }

    /// 2: of words, 1: a word by itself, 0: between words.
    private static let kinds: [UInt8] = (UInt8.min...UInt8.max).map { octet in
        if ASCII.isAlphanumeric(octet) || octet >= 128 || octet == 36 || octet == 39 || octet == ASCII.hyphen { return 2 }
        return octet == 33 || octet == ASCII.question || octet == ASCII.percent || octet == 42 ? 1 : 0
    }

    /// Each two characters in a row.
    private static func cut(_ text: [UInt8], _ range: Range<Int>, _ limit: Int, _ found: inout [Range<Int>]) {
        var first = range.lowerBound, second = next(text, first, range.upperBound)
        while second < range.upperBound, found.count < limit {
            found.append(first..<next(text, second, range.upperBound))
            first = second
            second = next(text, second, range.upperBound)
        }
    }

    /// Where the character after the one at `at` begins.
    private static func next(_ text: [UInt8], _ at: Int, _ end: Int) -> Int {
        var next = at &+ 1
        while next < end, text[next] & 0xc0 == 0x80 { next &+= 1 }
        return next
    }
}

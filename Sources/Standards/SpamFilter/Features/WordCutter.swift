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
        var found: [Range<Int>] = []
        found.reserveCapacity(min(limit, text.count / 5 &+ 1))
        unsafe text.withUnsafeBufferPointer { unsafe each(of: $0, limit: limit) { found.append($0) } }
        return found
    }

    /// Hands over where the words stand, one after the other.
    // Unsafe and sound: no octet is read beyond the count of the text.
    @inline(__always)
    static func each(of text: UnsafeBufferPointer<UInt8>, limit: Int, _ take: (Range<Int>) -> Void) {
        unsafe kinds.withUnsafeBufferPointer { kinds in
            let end = text.count
            var at = 0, left = limit
            while at < end, left > 0 {
                let kind = unsafe kinds[Int(text[at])]
                if kind == between { at &+= 1; continue }
                if kind == alone { take(at..<(at &+ 1)); left &-= 1; at &+= 1; continue }
                if kind == beyond, let length = unsafe signLength(text, at) { at &+= length; continue }
                let start = at
                var wide = 0
                while at < end {
                    let kind = unsafe kinds[Int(text[at])]
                    if kind < ofWord { break }
                    if kind == beyond {
                        if unsafe signLength(text, at) != nil { break }
                        // Characters of three octets and more are those of scripts that are written without blanks, or nearly.
                        if unsafe text[at] >= 0xe0 { wide &+= 1 }
                    }
                    at &+= 1
                }
                if wide > run { unsafe cut(text, start..<at, &left, take) } else { take(start..<min(at, start &+ longest)); left &-= 1 }
            }
        }
    }

    /// How many octets a sign beyond ASCII has that is of no word: quotation marks, dashes, symbols; nil where a letter may be.
    /// Source: Unicode blocks U+0080 to U+00BF, U+2000 to U+2BFF and U+3000 to U+303F.
    private static func signLength(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
        switch unsafe text[at] {
        case 0xc2: at &+ 1 < text.count ? 2 : nil
        case 0xe2: unsafe at &+ 2 < text.count && text[at &+ 1] < 0xb0 ? 3 : nil
        case 0xe3: unsafe at &+ 2 < text.count && text[at &+ 1] == 0x80 ? 3 : nil
        default: nil
        }
    }

    /// What octets are: between words, a word by themselves, of words, and of words but where a sign begins.
    private static let between: UInt8 = 0, alone: UInt8 = 1, ofWord: UInt8 = 2, beyond: UInt8 = 3

    private static let kinds: [UInt8] = (UInt8.min...UInt8.max).map { octet in
        if octet >= 0xc2 { return beyond }
        if ASCII.isAlphanumeric(octet) || octet >= 128 || octet == 36 || octet == 39 || octet == ASCII.hyphen { return ofWord }
        return octet == 33 || octet == ASCII.question || octet == ASCII.percent || octet == 42 ? alone : between
    }

    /// Each two characters in a row.
    private static func cut(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ left: inout Int, _ take: (Range<Int>) -> Void) {
        var first = range.lowerBound, second = unsafe next(text, first, range.upperBound)
        while second < range.upperBound, left > 0 {
            let third = unsafe next(text, second, range.upperBound)
            take(first..<third)
            left &-= 1
            first = second
            second = third
        }
    }

    /// Where the character after the one at `at` begins.
    private static func next(_ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int) -> Int {
        var next = at &+ 1
        while next < end, unsafe text[next] & 0xc0 == 0x80 { next &+= 1 }
        return next
    }
}

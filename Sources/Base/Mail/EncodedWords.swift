internal import Glibc

/// Encoded words in header text.
/// Source: RFC 2047 §2, §4, §6; RFC 2231 §5 (language).
/// Limits: ``MessageLimits/encodedWords``; the rest is left as it is.
package enum EncodedWords {
    private struct Word {
        var charset: String
        var octets: [UInt8]
        var next: Int
    }

    /// Text with its encoded words decoded; white space between two of them is dropped (RFC 2047 §6.2).
    ///
    /// Neighbours of one charset are joined before the charset is undone: many writers split a character between two words, which
    /// RFC 2047 §5 forbids and every reader mends.
    static func decode(_ octets: ArraySlice<UInt8>, limit: Int, log: inout DefectLog) -> String {
        guard mayHaveWords(octets) else { return Charset.headerText(octets) }
        var result = "", plainStart = octets.startIndex, at = octets.startIndex, count = 0
        var pending: (charset: String, octets: [UInt8])? = nil
        while at &+ 1 < octets.endIndex {
            guard octets[at] == ASCII.equals, octets[at &+ 1] == ASCII.question else { at &+= 1; continue }
            if count >= limit { log.met(.encodedWords); break }
            guard let word = word(octets, at) else {
                log.note(.invalidEncodedWord)
                at &+= 2
                continue
            }
            count += 1
            let between = octets[plainStart..<at]
            if let before = pending {
                if before.charset == word.charset, ASCII.trimmed(between).isEmpty {
                    pending?.octets += word.octets
                } else {
                    result += text(before.octets, before.charset, &log)
                    if !ASCII.trimmed(between).isEmpty { result += Charset.headerText(between) }
                    pending = (word.charset, word.octets)
                }
            } else {
                result += Charset.headerText(between)
                pending = (word.charset, word.octets)
            }
            at = word.next
            plainStart = at
        }
        if let pending { result += text(pending.octets, pending.charset, &log) }
        return result + Charset.headerText(octets[plainStart...])
    }

    private static func text(_ octets: [UInt8], _ charset: String, _ log: inout DefectLog) -> String {
        let converted = Charset.utf8(octets[...], label: charset)
        if !converted.known { log.note(.unknownCharset, charset) }
        return ASCII.text(converted.octets[...])
    }

    /// Whether the octets that an encoded word begins with are there.
    package static func mayHaveWords(_ octets: ArraySlice<UInt8>) -> Bool {
        // Unsafe and sound: nothing is read beyond the count.
        unsafe octets.withUnsafeBufferPointer { octets in
            guard let start = octets.baseAddress, unsafe memchr(start, 61, octets.count) != nil else { return false }
            for place in 1..<octets.count where unsafe octets[place] == ASCII.question && octets[place &- 1] == ASCII.equals { return true }
            return false
        }
    }

    /// Behind the encoded word that begins there; nil where none does. Of all places together the work is linear.
    static func end(_ octets: ArraySlice<UInt8>, _ start: Int) -> Int? {
        guard start &+ 1 < octets.endIndex, octets[start] == ASCII.equals, octets[start &+ 1] == ASCII.question else { return nil }
        return word(octets, start)?.next
    }

    /// The encoded word at `start`; spaces inside are tolerated, because some writers leave them.
    private static func word(_ octets: ArraySlice<UInt8>, _ start: Int) -> Word? {
        let end = octets.endIndex
        var at = start &+ 2
        let charsetStart = at
        while at < end, octets[at] != ASCII.question, octets[at] > 32, at &- charsetStart < 64 { at &+= 1 }
        guard at &+ 2 < end, at > charsetStart, octets[at] == ASCII.question, octets[at &+ 2] == ASCII.question else { return nil }
        var charset = octets[charsetStart..<at]
        if let star = charset.firstIndex(of: 42) { charset = charset[..<star] }
        let encoding = ASCII.lower(octets[at &+ 1])
        let textStart = at &+ 3
        at = textStart
        while at < end, octets[at] != ASCII.question || at &+ 1 >= end || octets[at &+ 1] != ASCII.equals {
            // Another word begins: this one never ended.
            if octets[at] == ASCII.equals, at &+ 2 < end, octets[at &+ 1] == ASCII.question, octets[at &+ 2] != ASCII.equals { return nil }
            at &+= 1
        }
        guard at < end else { return nil }
        let body = octets[textStart..<at], label = ASCII.text(ASCII.lowercased(charset)[...])
        switch encoding {
        case 98: return Word(charset: label, octets: Base64.decode(body).octets, next: at &+ 2)
        case 113: return Word(charset: label, octets: QuotedPrintable.decodeWord(body), next: at &+ 2)
        default: return nil
        }
    }
}

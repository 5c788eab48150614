/// A list of mailboxes as readers have it who go by other rules than RFC 5322: to whom encoded words come first, a backslash escapes anywhere or
/// nowhere in a comment, brackets quote, comments do not nest, letters of other sets are ASCII.
enum OtherAddressReadings {
    /// The mailboxes that only such a reader sees.
    ///
    /// Each rule is taken by itself. A list without the octets that the rules differ about costs one pass.
    /// - Parameter known: those that are seen anyway.
    /// - Returns: as `local@domain`, only of domains that no known mailbox has. The work is linear in the octets, at most six readings.
    static func mailboxes(_ text: ArraySlice<UInt8>, beside known: [MailAddress], limits: MessageLimits) -> [String] {
        let readings = [wordsFirst(text), escapesAnywhere(text), noEscapesInComments(text), bracketsQuote(text), flatComments(text), lettersAsASCII(text)].compactMap { $0 }
        if readings.isEmpty { return [] }
        var found: [String] = [], seen = Set(known.compactMap(\.domain))
        for reading in readings {
            var log = DefectLog(), reader = AddressListReader(text: reading[...], limits: limits)
            for address in reader.read(log: &log) { if let domain = address.domain, seen.insert(domain).inserted { found.append(address.address) } }
        }
        return found
    }

    private static let filler = UInt8(ascii: "x")

    /// Well-formed encoded words as words without meaning; nil where none holds what would mean something outside of it.
    private static func wordsFirst(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard EncodedWords.mayHaveWords(text) else { return nil }
        var reading = Array(text), isOther = false, at = 0
        while at < reading.count {
            guard let end = wordEnd(reading, at) else { at += 1; continue }
            for place in at..<end {
                if reading[place] == ASCII.quote || reading[place] == ASCII.open || reading[place] == ASCII.close || reading[place] == ASCII.backslash { isOther = true }
                reading[place] = filler
            }
            at = end
        }
        return isOther ? reading : nil
    }

    /// Behind `=?charset?q?text?=`; nil where none begins.
    private static func wordEnd(_ text: [UInt8], _ start: Int) -> Int? {
        guard start + 1 < text.count, text[start] == 61, text[start + 1] == ASCII.question else { return nil }
        var marks = 1, at = start + 2
        while at < text.count, at - start < 2048, !ASCII.isSpace(text[at]) {
            if text[at] == ASCII.question {
                marks += 1
                if marks == 4 { return at + 1 < text.count && text[at + 1] == 61 ? at + 2 : nil }
            }
            at += 1
        }
        return nil
    }

    private static func escapesAnywhere(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(ASCII.backslash) else { return nil }
        var reading = Array(text), at = 0
        while at < reading.count {
            if reading[at] == ASCII.backslash {
                reading[at] = filler
                if at + 1 < reading.count { reading[at + 1] = filler }
                at += 1
            }
            at += 1
        }
        return reading
    }

    private static func noEscapesInComments(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(ASCII.backslash) else { return nil }
        var reading = Array(text), isOther = false
        for place in reading.indices.dropLast() where reading[place] == ASCII.backslash && (reading[place + 1] == ASCII.close || reading[place + 1] == ASCII.open) {
            reading[place] = filler
            isOther = true
        }
        return isOther ? reading : nil
    }

    private static func bracketsQuote(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(ASCII.bracket) else { return nil }
        var reading = Array(text), isOther = false, open: Int? = nil
        for place in reading.indices {
            if reading[place] == ASCII.bracket, open == nil { open = place }
            guard reading[place] == ASCII.unbracket, let start = open else { continue }
            // A domain literal is left as it is.
            if reading[start...place].contains(where: { $0 == ASCII.quote || $0 == ASCII.open || $0 == ASCII.close }) {
                for each in start...place { reading[each] = filler }
                isOther = true
            }
            open = nil
        }
        return isOther ? reading : nil
    }

    /// A comment ends at the first closing parenthesis.
    private static func flatComments(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var reading = Array(text), isQuoted = false, isInComment = false, isOther = false, isEscaped = false
        for place in reading.indices {
            let octet = reading[place]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, octet == ASCII.backslash {
                isEscaped = true
            } else if isInComment {
                if octet == ASCII.open { isOther = true }
                if octet == ASCII.close { isInComment = false }
                reading[place] = ASCII.space
            } else if octet == ASCII.quote {
                isQuoted.toggle()
            } else if octet == ASCII.open, !isQuoted {
                isInComment = true
                reading[place] = ASCII.space
            }
        }
        return isOther ? reading : nil
    }

    /// The sequences that turn to other letters and back as blanks.
    private static func lettersAsASCII(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(EscapedLetters.escape) else { return nil }
        var reading = Array(text)
        for place in reading.indices where reading[place] == EscapedLetters.escape {
            for each in place..<min(place + 3, reading.count) { reading[each] = ASCII.space }
        }
        return reading
    }
}

internal import DNS

/// A list of mailboxes as readers have it who go by other rules than RFC 5322, in every combination: to whom encoded words come first, a backslash escapes
/// anywhere or nowhere in a comment, brackets quote, comments do not nest, letters of other sets are ASCII.
struct OtherAddressReadings {
    /// Readings of one message that may still be looked at; honest fields have a few.
    private var left = 32
    /// There were more.
    private(set) var isCut = false

    /// The mailboxes that only such a reader sees.
    ///
    /// A list without the octets that the rules differ about costs one pass.
    /// - Parameter known: those that are seen anyway.
    /// - Returns: as `local@domain`, only of domains that no known mailbox has. The work is linear in the octets, at most 32 readings of one message.
    mutating func mailboxes(_ text: ArraySlice<UInt8>, beside known: [MailAddress], limits: MessageLimits) -> [String] {
        var found: [String] = [], domains = Set(known.compactMap(\.domain))
        let hasLetters = text.contains(EscapedLetters.escape)
        for reading in readings(text, limits) {
            var log = DefectLog(), reader = AddressListReader(text: reading[...], limits: limits)
            for address in reader.read(log: &log) {
                guard let domain = address.domain, EscapedLetters.mayBeDomain(Array(domain.text.utf8)[...]), !hasLetters || !Self.goesOn(domain, known),
                      domains.insert(domain).inserted else { continue }
                found.append(address.address)
            }
        }
        return found
    }

    /// Whether the domain is a known one with more letters: among those of another set some may end a comment behind it, and others follow.
    private static func goesOn(_ domain: DomainName, _ known: [MailAddress]) -> Bool {
        known.prefix(32).contains { $0.domain.map { domain.text.utf8.starts(with: $0.text.utf8) } ?? false }
    }

    private struct Reading {
        var text: [UInt8]
        /// Words are decoded once: what comes out may look like more of them.
        var isDecoded = false
    }

    /// What the rules make of the text, and of what they make of it, each once.
    private mutating func readings(_ text: ArraySlice<UInt8>, _ limits: MessageLimits) -> [[UInt8]] {
        guard text.contains(where: Self.isOfRules) else { return [] }
        let plain = Array(text)
        var readings = [Reading(text: plain)], next = 0, seen: Set<[UInt8]> = [plain]
        func add(_ other: [UInt8]?, isDecoded: Bool) {
            guard let other, seen.insert(other).inserted else { return }
            guard left > 0 else { isCut = true; return }
            left -= 1
            readings.append(Reading(text: other, isDecoded: isDecoded))
        }
        while next < readings.count, !isCut {
            let reading = readings[next]
            next += 1
            for rule in Self.rules where !isCut { add(rule(reading.text[...]), isDecoded: reading.isDecoded) }
            guard !reading.isDecoded, !isCut else { continue }
            let words = DecodedWords(reading.text, limits: limits)
            if words.isCut { isCut = true }
            add(words.octets, isDecoded: true)
        }
        return readings.dropFirst().map(\.text)
    }

    private static let rules: [@Sendable (ArraySlice<UInt8>) -> [UInt8]?] = [wordsFirst, escapesAnywhere, noEscapesInComments, bracketsQuote, flatComments, lettersAsASCII, noLetters, EscapedLetters.hidden]

    private static func isOfRules(_ octet: UInt8) -> Bool {
        octet == ASCII.backslash || octet == ASCII.open || octet == ASCII.bracket || octet == ASCII.question || octet == EscapedLetters.escape
    }

    private static let filler = EscapedLetters.filler

    /// Well-formed encoded words as words without meaning; nil where none holds what would mean something outside of it.
    private static func wordsFirst(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard EncodedWords.mayHaveWords(text) else { return nil }
        var reading = Array(text), isOther = false, at = 0
        while at < reading.count {
            guard let end = wordEnd(reading[...], at) else { at += 1; continue }
            for place in at..<end {
                if reading[place] == ASCII.quote || reading[place] == ASCII.open || reading[place] == ASCII.close || reading[place] == ASCII.backslash { isOther = true }
                reading[place] = filler
            }
            at = end
        }
        return isOther ? reading : nil
    }

    /// Behind `=?charset?q?text?=`; nil where none begins.
    private static func wordEnd(_ text: ArraySlice<UInt8>, _ start: Int) -> Int? {
        guard start + 1 < text.endIndex, text[start] == ASCII.equals, text[start + 1] == ASCII.question else { return nil }
        var marks = 1, at = start + 2
        while at < text.endIndex, at - start < 2048, !ASCII.isSpace(text[at]) {
            if text[at] == ASCII.question {
                marks += 1
                if marks == 4 { return at + 1 < text.endIndex && text[at + 1] == ASCII.equals ? at + 2 : nil }
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

    /// What follows an escape is read as it is.
    private static func noLetters(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        text.contains(EscapedLetters.escape) ? text.map { $0 == EscapedLetters.escape ? ASCII.space : $0 } : nil
    }
}

internal import DNS

/// A list of mailboxes as readers have it who go by other rules than RFC 5322, in every combination: to whom encoded words come first, a backslash escapes
/// anywhere or nowhere in a comment, brackets quote, comments do not nest, letters of other sets are ASCII, control octets are nothing.
struct OtherAddressReadings {
    /// Readings of one message that may still be looked at; honest fields have a few.
    private var left = 32
    /// There were more.
    private(set) var isCut = false

    /// Mailboxes that only such readers see, as `local@domain`.
    struct Unseen {
        var hidden: [String] = []
        /// Those of readers who decode words first and go by RFC 5322 otherwise, to whom nothing outside of the words changes: names that honest senders have.
        var decoded: [String] = []
    }

    /// The mailboxes that only such a reader sees.
    ///
    /// A list without the octets that the rules differ about costs one pass.
    /// - Parameters:
    ///   - known: those that are seen anyway.
    ///   - places: of each of them, where its at sign and its domain are in the text.
    /// - Returns: only those of domains that no known mailbox has. The work is linear in the octets, at most 32 readings of one message.
    mutating func mailboxes(_ text: ArraySlice<UInt8>, beside known: [MailAddress], at places: [Range<Int>?], limits: MessageLimits) -> Unseen {
        let readings = readings(text, limits)
        guard !readings.isEmpty else { return Unseen() }
        var unseen = Unseen(), hidden = Set(known.compactMap(\.domain)), decoded: [(domain: DomainName, address: String)] = [], named: Set<DomainName> = []
        let hasLetters = text.contains(EscapedLetters.escape)
        let owners = Dictionary(zip(places, known).compactMap { place, one in place.flatMap { place in one.domain.map { (place.lowerBound, $0) } } }, uniquingKeysWith: { one, _ in one })
        for reading in readings {
            var log = DefectLog(), reader = AddressListReader(text: reading.text[...], limits: limits)
            let found = reader.read(log: &log)
            let isHonest = reading.words?.isContained == true && Self.holds(found, known)
            for (address, place) in zip(found, reader.places) {
                guard let domain = address.domain, let place, EscapedLetters.mayBeDomain(Array(domain.text.utf8)[...]), !hidden.contains(domain) else { continue }
                if hasLetters, let owner = reading.origin(place.lowerBound).flatMap({ owners[$0] }), Self.goesOn(domain, owner) { continue }
                if isHonest, reading.words?.haveAlone(place) == true {
                    if named.insert(domain).inserted { decoded.append((domain, address.address)) }
                } else if !(named.contains(domain) && place.allSatisfy { reading.origin($0) == nil }) {
                    // Who decodes words and goes by more rules sees the same once more.
                    hidden.insert(domain)
                    unseen.hidden.append(address.address)
                }
            }
        }
        unseen.decoded = decoded.filter { !hidden.contains($0.domain) }.map(\.address)
        return unseen
    }

    /// Every known mailbox with a domain is among them.
    private static func holds(_ found: [MailAddress], _ known: [MailAddress]) -> Bool {
        let addresses = Set(found.map(\.address))
        return known.allSatisfy { $0.domain == nil || addresses.contains($0.address) }
    }

    /// Whether the domain is that of the known mailbox at the same place, with more letters: among those of another set some may end a comment behind it, and others
    /// follow. No such letters begin with a dot.
    private static func goesOn(_ domain: DomainName, _ known: DomainName) -> Bool {
        let rest = domain.text.utf8.dropFirst(known.text.utf8.count)
        return domain.text.utf8.starts(with: known.text.utf8) && rest.first != ASCII.dot
    }

    private struct Reading {
        var text: [UInt8]
        /// Of each octet its place in the field; nil where a word had it. None where all are where they were.
        var origins: [Int?]? = nil
        /// Words are decoded once: what comes out may look like more of them.
        var isDecoded = false
        /// Where decoding words, and no other rule, made it.
        var words: DecodedWords? = nil

        func origin(_ place: Int) -> Int? {
            guard let origins else { return place }
            return origins.indices.contains(place) ? origins[place] : nil
        }
    }

    /// What the rules make of the text, and of what they make of it, each once.
    private mutating func readings(_ text: ArraySlice<UInt8>, _ limits: MessageLimits) -> [Reading] {
        guard text.contains(where: Self.isOfRules) else { return [] }
        let plain = Array(text)
        var readings = [Reading(text: plain)], next = 0, seen: Set<[UInt8]> = [plain]
        func add(_ other: Reading?) {
            guard let other, seen.insert(other.text).inserted else { return }
            guard left > 0 else { isCut = true; return }
            left -= 1
            readings.append(other)
        }
        while next < readings.count, !isCut {
            let reading = readings[next], isPlain = next == 0
            next += 1
            for rule in Self.rules where !isCut {
                // These leave every octet where it is.
                add(rule(reading.text[...]).map { Reading(text: $0, origins: reading.origins, isDecoded: reading.isDecoded) })
            }
            if !isCut { add(Self.withoutControls(reading)) }
            guard !reading.isDecoded, !isCut else { continue }
            let words = DecodedWords(reading.text, limits: limits)
            if words.isCut { isCut = true }
            add(words.octets.map { Reading(text: $0, origins: words.origins.map { $0.flatMap(reading.origin) }, isDecoded: true, words: isPlain ? words : nil) })
        }
        return Array(readings.dropFirst())
    }

    /// What is left where control octets are dropped; nil where there are none.
    private static func withoutControls(_ reading: Reading) -> Reading? {
        guard reading.text.contains(where: isControl) else { return nil }
        let places = reading.text.indices.filter { !isControl(reading.text[$0]) }
        return Reading(text: places.map { reading.text[$0] }, origins: places.map(reading.origin), isDecoded: reading.isDecoded)
    }

    /// Of line breaks and tabs all readers know, and of escapes there are rules.
    private static func isControl(_ octet: UInt8) -> Bool { octet == 127 || octet < 32 && !ASCII.isFolding(octet) && octet != EscapedLetters.escape }

    private static let rules: [@Sendable (ArraySlice<UInt8>) -> [UInt8]?] = [wordsFirst, escapesAnywhere, noEscapesInComments, bracketsQuote, flatComments, lettersAsASCII, noLetters, EscapedLetters.hidden]

    private static func isOfRules(_ octet: UInt8) -> Bool {
        octet == ASCII.backslash || octet == ASCII.open || octet == ASCII.bracket || octet == ASCII.question || octet == EscapedLetters.escape || isControl(octet)
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

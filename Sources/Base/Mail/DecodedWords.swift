/// A list of mailboxes with its encoded words decoded before it is taken apart, as some readers have it: a comma in a word parts mailboxes to them.
/// Source: RFC 2047 §6.2 has it the other way round.
struct DecodedWords {
    private var text: [UInt8] = []
    /// Of each octet, whether a word had it.
    private var isOfWord: [Bool] = []
    /// There were more words side by side than are read.
    private(set) var isCut = false

    /// The list as such a reader has it; nil where no word has an octet that parts what is beside it. The work is linear.
    ///
    /// An at sign in a name before brackets is no mailbox's to him either: there it becomes a letter.
    private(set) var octets: [UInt8]?

    /// - Limits: ``MessageLimits/encodedWords`` side by side.
    init(_ list: [UInt8], limits: MessageLimits) {
        guard EncodedWords.mayHaveWords(list[...]) else { return }
        var at = 0, isOther = false
        while at < list.count {
            guard let end = Self.end(list, at) else { take(list[at], isOfWord: false); at += 1; continue }
            var log = DefectLog()
            for octet in EncodedWords.decode(list[at..<end], limit: limits.encodedWords, log: &log).utf8 {
                isOther = isOther || Self.parts(octet)
                take(octet, isOfWord: true)
            }
            if log.defects.contains(where: { $0.kind == .limitMet(.encodedWords) }) { isCut = true }
            at = end
        }
        guard isOther else { return }
        hideNames()
        octets = text
    }

    private mutating func take(_ octet: UInt8, isOfWord isWord: Bool) {
        text.append(octet)
        isOfWord.append(isWord)
    }

    /// Behind words with nothing but blanks between them.
    private static func end(_ list: [UInt8], _ start: Int) -> Int? {
        guard var end = EncodedWords.end(list[...], start) else { return nil }
        while true {
            var next = end
            while next < list.count, ASCII.isSpace(list[next]) { next += 1 }
            guard let after = EncodedWords.end(list[...], next) else { return end }
            end = after
        }
    }

    private static func parts(_ octet: UInt8) -> Bool {
        isDelimiter(octet) || octet == ASCII.quote || octet == ASCII.open || octet == ASCII.close || octet == ASCII.backslash || octet == ASCII.bracket || octet == ASCII.unbracket
    }

    private static func isDelimiter(_ octet: UInt8) -> Bool { octet == ASCII.comma || octet == ASCII.semicolon || octet == ASCII.less || octet == ASCII.greater }

    /// Only what a word's own delimiters make a mailbox is one: a comma or a bracket behind it, a bracket before it.
    private mutating func hideNames() {
        var ends = false, names: [Int] = []
        for place in text.indices.reversed() {
            if Self.isDelimiter(text[place]) { ends = isOfWord[place] && text[place] != ASCII.less }
            if text[place] == ASCII.at, isOfWord[place], !ends { names.append(place) }
        }
        var isInBrackets = false, at = 0
        for name in names.reversed() {
            while at < name {
                if Self.isDelimiter(text[at]) { isInBrackets = isOfWord[at] && text[at] == ASCII.less }
                at += 1
            }
            if !isInBrackets { text[name] = EscapedLetters.filler }
        }
    }
}

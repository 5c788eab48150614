/// A list of mailboxes with its encoded words decoded before it is taken apart, as some readers have it: a comma in a word parts mailboxes to them.
/// Source: RFC 2047 §6.2 has it the other way round.
struct DecodedWords {
    private var text: [UInt8] = []
    /// Of each octet its place in the list; nil where a word had it.
    private(set) var origins: [Int?] = []
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
            guard let end = Self.end(list, at) else { take(list[at], from: at); at += 1; continue }
            var log = DefectLog()
            for octet in EncodedWords.decode(list[at..<end], limit: limits.encodedWords, log: &log).utf8 {
                isOther = isOther || Self.parts(octet)
                take(octet, from: nil)
            }
            if log.defects.contains(where: { $0.kind == .limitMet(.encodedWords) }) { isCut = true }
            at = end
        }
        guard isOther else { return }
        hideNames()
        octets = text
        // The words as atoms, and as they are.
        let around = Self.contexts(zip(text, origins).map { $1 == nil ? EscapedLetters.filler : $0 }), inside = Self.contexts(text)
        isContained = zip(around, inside).enumerated().allSatisfy { origins.indices.contains($0) && origins[$0] == nil || $1.0 == $1.1 }
        isBare = around.map { $0 == Context() }
    }

    /// No quote, parenthesis or bracket of a word changes in what anything outside of the words stands.
    private(set) var isContained = false
    /// Of each octet, whether what is outside of the words leaves it outside of quotes, comments and brackets.
    private var isBare: [Bool] = []

    /// Whether all of it is of words that stand in no quotes, comments or brackets: what is outside of the words has no part in it.
    func haveAlone(_ range: Range<Int>) -> Bool {
        range.allSatisfy { origins.indices.contains($0) && origins[$0] == nil && isBare[$0] }
    }

    private struct Context: Equatable {
        var isQuoted = false, isEscaped = false, comments = 0, isInBrackets = false
    }

    /// In what each octet stands, and what would follow the last one.
    private static func contexts(_ text: [UInt8]) -> [Context] {
        var context = Context(), contexts: [Context] = []
        for octet in text {
            contexts.append(context)
            if context.isEscaped { context.isEscaped = false; continue }
            let isPlain = !context.isQuoted && context.comments == 0
            switch octet {
            case ASCII.backslash: context.isEscaped = !isPlain
            case ASCII.quote: if context.comments == 0 { context.isQuoted.toggle() }
            case ASCII.open: if !context.isQuoted { context.comments &+= 1 }
            case ASCII.close: if !context.isQuoted, context.comments > 0 { context.comments &-= 1 }
            case ASCII.less, ASCII.greater: if isPlain { context.isInBrackets = octet == ASCII.less }
            default: break
            }
        }
        return contexts + [context]
    }

    private mutating func take(_ octet: UInt8, from origin: Int?) {
        text.append(octet)
        origins.append(origin)
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
            if Self.isDelimiter(text[place]) { ends = origins[place] == nil && text[place] != ASCII.less }
            if text[place] == ASCII.at, origins[place] == nil, !ends { names.append(place) }
        }
        var isInBrackets = false, at = 0
        for name in names.reversed() {
            while at < name {
                if Self.isDelimiter(text[at]) { isInBrackets = origins[at] == nil && text[at] == ASCII.less }
                at += 1
            }
            if !isInBrackets { text[name] = EscapedLetters.filler }
        }
    }
}

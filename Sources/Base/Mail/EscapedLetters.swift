/// Letters of other sets as ISO-2022 has them: between escape sequences two octets each, which look like ASCII to whoever does not know the set.
/// Source: RFC 1468, ISO/IEC 2022.
enum EscapedLetters {
    static let escape: UInt8 = 27

    /// The text with an atom of the same length where letters of another set are, with their escape sequences, and blanks where one leads back from
    /// nowhere; nil where there is none.
    ///
    /// Letters that may be a mailbox or an encoded word to whoever takes them for ASCII stay, as all stays that is no such sequence. The work is linear.
    static func hidden(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard var at = text.firstIndex(of: escape) else { return nil }
        var hidden = Array(text), isOther = false, isLetters = false
        let shift = text.startIndex
        while at < text.endIndex {
            if text[at] == escape, let end = end(text, at) {
                for place in at..<end { hidden[place &- shift] = filler }
                (isOther, at) = (true, end)
            } else if text[at] == escape, isBack(text, at) {
                // The way back from letters that stay, or from nowhere.
                if !isLetters {
                    for place in at..<(at &+ 3) { hidden[place &- shift] = ASCII.space }
                    isOther = true
                }
                (isLetters, at) = (false, at &+ 3)
            } else {
                if text[at] == escape { isLetters = true }
                at &+= 1
            }
        }
        return isOther ? hidden : nil
    }

    /// Stands for what means nothing.
    static let filler = UInt8(ascii: "x")

    /// Behind `ESC $ B …` and the `ESC ( B` that leads back to ASCII, or its Japanese form; before other letters.
    /// - Parameter start: the place of the first ESC.
    /// - Returns: nil for anything else, and for what may be a mailbox or an encoded word to whoever takes it for ASCII. The work is linear in what is looked at.
    private static func end(_ text: ArraySlice<UInt8>, _ start: Int) -> Int? {
        guard isSequence(text, start, 36, ASCII.at, 66) else { return nil }
        let letters = start &+ 3
        var at = letters
        while at < text.endIndex, text[at] > 32, text[at] < 127 { at &+= 1 }
        guard (at &- letters) % 2 == 0, !mayBeMailbox(text[letters..<at]) else { return nil }
        if isBack(text, at) { return at &+ 3 }
        return isSequence(text, at, 36, ASCII.at, 66) ? at : nil
    }

    private static func isBack(_ text: ArraySlice<UInt8>, _ at: Int) -> Bool { isSequence(text, at, ASCII.open, 66, 74) }

    private static func isSequence(_ text: ArraySlice<UInt8>, _ at: Int, _ second: UInt8, _ one: UInt8, _ other: UInt8) -> Bool {
        at &+ 2 < text.endIndex && text[at] == escape && text[at &+ 1] == second && (text[at &+ 2] == one || text[at &+ 2] == other)
    }

    /// An at sign with a dot somewhere behind it, or the begin of an encoded word.
    static func mayHaveMailbox(_ text: ArraySlice<UInt8>) -> Bool {
        if EncodedWords.mayHaveWords(text) { return true }
        guard let at = text.firstIndex(of: ASCII.at) else { return false }
        return text[at...].contains(ASCII.dot)
    }

    /// An at sign before a name that may be a domain, or an encoded word: letters of another set seldom have these signs in such an order.
    private static func mayBeMailbox(_ letters: ArraySlice<UInt8>) -> Bool {
        if EncodedWords.mayHaveWords(letters), letters.indices.contains(where: { EncodedWords.end(letters, $0) != nil }) { return true }
        return letters.split(separator: ASCII.at, omittingEmptySubsequences: false).dropFirst().contains {
            mayBeDomain($0.prefix { ASCII.isAlphanumeric($0) || $0 == ASCII.hyphen || $0 == ASCII.dot })
        }
    }

    /// Whether a name has more than one label and the last one is of letters only, two or more, or an A-label, as all of the topmost level are.
    /// Source: RFC 3696 §2, RFC 5890 §2.3.2.1.
    static func mayBeDomain(_ name: ArraySlice<UInt8>) -> Bool {
        let labels = name.split(separator: ASCII.dot)
        guard labels.count > 1, let last = labels.last, last.count > 1 else { return false }
        return ASCII.hasPrefix(last, "xn--") || last.allSatisfy { ASCII.isAlphanumeric($0) && !(48...57).contains($0) }
    }
}

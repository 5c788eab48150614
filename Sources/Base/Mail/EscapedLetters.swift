/// Letters of other sets as ISO-2022 has them: between escape sequences two octets each, which look like ASCII to whoever does not know the set.
/// Source: RFC 1468, ISO/IEC 2022.
enum EscapedLetters {
    static let escape: UInt8 = 27

    /// Behind `ESC $ B … ESC ( B`: letters of two octets, and the way back to ASCII.
    /// - Parameter start: the place of the first ESC.
    /// - Returns: nil for anything else, and for what may be a mailbox or an encoded word to whoever takes it for ASCII. The work is linear in what is looked at.
    static func end(_ text: ArraySlice<UInt8>, _ start: Int) -> Int? {
        let letters = start &+ 3
        guard letters < text.endIndex, text[start] == escape, text[start &+ 1] == 36, text[start &+ 2] == ASCII.at || text[start &+ 2] == 66 else { return nil }
        var at = letters
        while at < text.endIndex, text[at] > 32, text[at] < 127 { at &+= 1 }
        // ASCII, or its Japanese form.
        guard at > letters, (at &- letters) % 2 == 0, at &+ 2 < text.endIndex, text[at] == escape, text[at &+ 1] == ASCII.open, text[at &+ 2] == 66 || text[at &+ 2] == 74,
              !mayHaveMailbox(text[letters..<at]) else { return nil }
        return at &+ 3
    }

    /// An at sign with a dot somewhere behind it, or the begin of an encoded word.
    static func mayHaveMailbox(_ text: ArraySlice<UInt8>) -> Bool {
        if EncodedWords.mayHaveWords(text) { return true }
        guard let at = text.firstIndex(of: ASCII.at) else { return false }
        return text[at...].contains(ASCII.dot)
    }
}

/// The value of a field that we write, in pieces between which a line may end. Nothing in a piece ends a line, whoever it is from.
/// Source: RFC 5322 §2.1.1 and §2.2.3.
package struct FieldText: Sendable, Equatable {
    /// Lines of pieces: each of them begins anew when the value is folded.
    private var lines: [[String]]

    /// - Parameter lines: without control characters, which would become question marks.
    init(lines: [[String]]) { self.lines = lines.map { $0.map { Self.visible($0, limit: .max) } } }

    /// - Parameter lines: known to be without control characters.
    init(visible lines: [[String]]) { self.lines = lines }

    /// - Parameter pieces: known to be without control characters.
    package init(visible pieces: [String]) { lines = [pieces] }

    package init(_ pieces: [String]) { self.init(lines: [pieces]) }

    /// One line, pieces a blank apart.
    package var unfolded: String {
        var text = ""
        text.reserveCapacity(lines.reduce(0) { $1.reduce($0) { $0 + $1.utf8.count + 1 } })
        for line in lines {
            for piece in line {
                if !text.isEmpty { text += " " }
                text += piece
            }
        }
        return text
    }

    /// Lines of at most 78 columns, a tab counted as eight, with CRLF and a tab between them; only a piece that is longer by itself has a longer one.
    /// - Parameter name: of the field whose value begins on the same line, after a colon and a blank.
    package func folded(name: String) -> String {
        var text: [UInt8] = [], column = name.utf8.count + 2
        text.reserveCapacity(lines.reduce(0) { $1.reduce($0) { $0 + $1.utf8.count + 3 } })
        for (number, line) in lines.enumerated() {
            for (place, piece) in line.enumerated() {
                let width = piece.utf8.count
                if number > 0 && place == 0 || !text.isEmpty && column + 1 + width > 78 {
                    text.append(ASCII.cr)
                    text.append(ASCII.lf)
                    text.append(ASCII.tab)
                    column = 8
                } else if !text.isEmpty {
                    text.append(ASCII.space)
                    column += 1
                }
                text.append(contentsOf: piece.utf8)
                column += width
            }
        }
        return ASCII.text(text[...])
    }

    /// Text without control characters, which become blanks and question marks, and no longer than the limit.
    /// - Parameters:
    ///   - isASCII: what is beyond ASCII becomes a question mark too.
    ///   - limit: octets of UTF-8.
    package static func visible(_ text: String, limit: Int, isASCII: Bool = false) -> String {
        if text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text }
        var result = String.UnicodeScalarView(), count = 0
        for scalar in text.unicodeScalars {
            var shown = scalar
            if scalar == "\t" { shown = " " } else if scalar.value < 0x20 || scalar.value >= 0x7f && scalar.value < 0xa0 || isASCII && !scalar.isASCII { shown = "?" }
            count += UTF8.width(shown)
            guard count <= limit else { break }
            result.append(shown)
        }
        return String(result)
    }

    /// A quoted string: what would end it has a backslash before it.
    /// Source: RFC 5322 §3.2.4.
    package static func quoted(_ text: String) -> String { "\"" + escaped(text, ["\"", "\\"]) + "\"" }

    /// The words of a comment: what would end it or begin another has a backslash before it. None where there is no word.
    /// Source: RFC 5322 §3.2.2.
    package static func comment(_ text: String) -> [String] {
        var words = words(of: text).map { escaped($0, ["(", ")", "\\"]) }
        guard !words.isEmpty else { return [] }
        words[0] = "(" + words[0]
        words[words.count - 1] += ")"
        return words
    }

    /// What stands between blanks.
    static func words(of text: String) -> [String] { text.utf8.split(separator: ASCII.space).compactMap { String($0) } }

    /// `atext` with single dots between: a word that needs no quotes.
    /// Source: RFC 5322 §3.2.3, ASCII only.
    package static func isDotAtom(_ text: String) -> Bool {
        var before = ASCII.dot
        for octet in text.utf8 {
            guard octet == ASCII.dot ? before != ASCII.dot : octet < 0x80 && MailAddress.isAtomText(octet) else { return false }
            before = octet
        }
        return before != ASCII.dot
    }

    private static func escaped(_ text: String, _ special: [Unicode.Scalar]) -> String {
        if !text.utf8.contains(where: { octet in special.contains { $0.value == octet } }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if special.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }
}

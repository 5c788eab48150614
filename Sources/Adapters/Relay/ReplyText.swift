internal import Verdicts

/// Reads what a server said.
enum ReplyText {
    /// Octets of a text that are kept.
    private static let limit = 1000

    /// Reads the last reply in some lines, which may be cut at their end.
    /// Source: RFC 5321 §4.2.
    /// - Returns: nil where no line begins with a code.
    static func read(_ octets: [UInt8], _ stage: RelayStage) -> RelayReply? {
        var code: Int?, text: [UInt8] = [], isOver = true
        for line in octets.split(separator: UInt8(ascii: "\n")) {
            guard let number = self.code(line) else { continue }
            if isOver { text = [] }
            code = number
            isOver = line.dropFirst(3).first != UInt8(ascii: "-")
            if !text.isEmpty { text.append(UInt8(ascii: " ")) }
            text += line.dropFirst(4)
            while text.last.map({ $0 <= 32 }) ?? false { text.removeLast() }
        }
        guard let code else { return nil }
        // Control characters would do in a log what they like.
        let printable = text.map { $0 < 32 || $0 == 127 ? UInt8(ascii: "?") : $0 }
        var words = String(decoding: printable.prefix(limit), as: UTF8.self)
        while words.utf8.count > limit { words.unicodeScalars.removeLast() }
        return RelayReply(stage: stage, code: code, text: words)
    }

    private static func code(_ line: ArraySlice<UInt8>) -> Int? {
        let digits = line.prefix(3)
        guard digits.count == 3, let first = digits.first, first >= 50, first <= 53, digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }
}

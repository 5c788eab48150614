/// A text with variables in it, each a word between braces: `{file}`.
package struct TemplateText: Sendable, Equatable {
    private let text: String

    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// - Parameters:
    ///   - variables: those that the text may have.
    ///   - octetLimit: octets of the text.
    /// - Throws: `Fault`, which says what is wrong with the text.
    package init(_ text: String, variables: [String], octetLimit: Int) throws(Fault) {
        guard text.utf8.count <= octetLimit else { throw Fault(description: "has more than \(octetLimit) octets") }
        guard text.contains(where: { !$0.isWhitespace }) else { throw Fault(description: "is empty") }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f || $0 == "\n" || $0 == "\r" || $0 == "\t" }) else { throw Fault(description: "has control characters") }
        for word in Self.words(text) where !variables.contains(String(word)) {
            let others = variables.isEmpty ? "and no variable may stand there" : "which is none of \(variables.map { "{\($0)}" }.joined(separator: ", "))"
            throw Fault(description: "has {\(word.prefix(50))}, \(others)")
        }
        self.text = text
    }

    /// The variables in it, in order, each as often as it is there.
    package var variables: [String] { Self.words(text).map(String.init) }

    /// What stands between braces, where that is a word.
    private static func words(_ text: String) -> [Substring] {
        text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { piece in
            guard let end = piece.firstIndex(of: "}") else { return nil }
            let word = piece[..<end]
            return !word.isEmpty && word.allSatisfy({ $0.isLetter || $0 == "_" }) ? word : nil
        }
    }

    /// The text with a value in the place of each variable; nothing in a value is read as a variable.
    /// - Parameter value: nil for what is no variable, which stays as it stands.
    package func text(_ value: (Substring) -> String?) -> String {
        var result = "", rest = text[...]
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[brace...]
            guard let end = rest.firstIndex(of: "}"), let value = value(rest[rest.index(after: brace)..<end]) else {
                result.append("{")
                rest = rest.dropFirst()
                continue
            }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}

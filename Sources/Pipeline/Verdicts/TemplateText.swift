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
    ///   - allowsBraces: whether a brace may stand there that begins no variable, as in text that shows code.
    /// - Throws: `Fault`, which says what is wrong with the text.
    package init(_ text: String, variables: [String], octetLimit: Int, allowsBraces: Bool = true) throws(Fault) {
        guard text.utf8.count <= octetLimit else { throw Fault(description: "has more than \(octetLimit) octets") }
        guard text.contains(where: { !$0.isWhitespace }) else { throw Fault(description: "is empty") }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f || $0 == "\n" || $0 == "\r" || $0 == "\t" }) else { throw Fault(description: "has control characters") }
        let known = variables.map { "{\($0)}" }.joined(separator: ", ")
        for word in Self.words(text) where !variables.contains(String(word)) {
            let others = variables.isEmpty ? "and no variable may stand there" : "which is none of \(known)"
            throw Fault(description: "has {\(word.prefix(50))}, \(others)")
        }
        if !allowsBraces, let place = text.indices.first(where: { text[$0] == "{" && !Self.begins(text[$0...], variables) }) {
            throw Fault(description: "has a brace that begins none of \(known): \(text[place...].prefix(50))")
        }
        self.text = text
    }

    private static func begins(_ text: Substring, _ variables: [String]) -> Bool { variables.contains { text.hasPrefix("{\($0)}") } }

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

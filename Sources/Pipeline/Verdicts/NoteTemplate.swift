internal import Mail

/// The text that takes the place of a part, with `{file}`, `{found}`, `{part}` and `{verdict}` in it.
package struct NoteTemplate: Sendable, Equatable {
    private let text: String

    package static let variables = ["file", "found", "part", "verdict"]
    /// Octets of a template.
    package static let octetLimit = 16_384

    /// - Throws: `Fault`, which says what is wrong with the text.
    package init(_ text: String) throws(Fault) {
        guard text.utf8.count <= Self.octetLimit else { throw Fault(description: "has more than \(Self.octetLimit) octets") }
        guard text.contains(where: { !$0.isWhitespace }) else { throw Fault(description: "is empty") }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f || $0 == "\n" || $0 == "\r" || $0 == "\t" }) else { throw Fault(description: "has control characters") }
        for word in Self.words(text) where !Self.variables.contains(String(word)) {
            throw Fault(description: "has {\(word.prefix(50))}, which is none of \(Self.variables.map { "{\($0)}" }.joined(separator: ", "))")
        }
        self.text = text
    }

    package struct Fault: Error, Equatable, CustomStringConvertible { package let description: String }

    /// What stands between braces, where that is a word.
    private static func words(_ text: String) -> [Substring] {
        text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { piece in
            guard let end = piece.firstIndex(of: "}") else { return nil }
            let word = piece[..<end]
            return !word.isEmpty && word.allSatisfy({ $0.isLetter || $0 == "_" }) ? word : nil
        }
    }

    /// The text with what it is to say of a part; nothing that comes from the message is read as a variable.
    package func text(for part: Neutralisation.Part, verdict: VerdictID) -> String {
        var result = "", rest = text[...]
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[brace...]
            guard let end = rest.firstIndex(of: "}"), let value = value(of: rest[rest.index(after: brace)..<end], part, verdict) else {
                result.append("{")
                rest = rest.dropFirst()
                continue
            }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private func value(of name: Substring, _ part: Neutralisation.Part, _ verdict: VerdictID) -> String? {
        switch name {
        case "file": part.fileName.map { FieldText.visible($0, limit: 255) } ?? "-"
        case "found": part.found.isEmpty ? "-" : FieldText.visible(part.found.joined(separator: ", "), limit: 1_000)
        case "part": part.path
        case "verdict": verdict.description
        default: nil
        }
    }
}

/// The notes there are: by language, and for a tenant that has its own by tenant and language.
package struct Notes: Sendable, Equatable {
    /// By language; that of ``language`` is always there.
    private var shipped: [String: NoteTemplate]
    private var ofTenants: [String: [String: NoteTemplate]] = [:]
    private let language: String
    private let languages: [String: String]

    /// - Parameters:
    ///   - language: for who asks for none and has none of its own.
    ///   - languages: by tenant.
    /// - Throws: `NoteTemplate.Fault` where a language that is named has no template.
    package init(_ templates: [String: NoteTemplate], ofTenants: [String: [String: NoteTemplate]] = [:], language: String, languages: [String: String] = [:]) throws(NoteTemplate.Fault) {
        shipped = templates
        self.ofTenants = ofTenants
        self.language = language
        self.languages = languages
        guard templates[language] != nil else { throw NoteTemplate.Fault(description: "there is no note in the language \(language)") }
        for (tenant, language) in languages.sorted(by: { $0.key < $1.key }) where template(language, tenant) == nil {
            throw NoteTemplate.Fault(description: "there is no note in the language \(language), which is that of the tenant \(tenant)")
        }
    }

    /// - Parameter wished: a language; nil for the tenant's.
    /// - Returns: nil where there is no note in the language that is wished.
    package func note(for tenant: String, in wished: String? = nil) -> NoteTemplate? { template(wished ?? languages[tenant] ?? language, tenant) }

    /// In every language that is there for a tenant, in order.
    package func languages(of tenant: String) -> [String] { Set(shipped.keys).union((ofTenants[tenant] ?? [:]).keys).sorted() }

    private func template(_ language: String, _ tenant: String) -> NoteTemplate? { ofTenants[tenant]?[language] ?? shipped[language] }
}

internal import Mail

/// The text that takes the place of a part, with `{file}`, `{found}`, `{part}` and `{verdict}` in it.
package struct NoteTemplate: Sendable, Equatable {
    private let text: TemplateText

    package static let variables = ["file", "found", "part", "verdict"]
    /// Octets of a template.
    package static let octetLimit = 16_384

    /// - Throws: `TemplateText.Fault`, which says what is wrong with the text.
    package init(_ text: String) throws(TemplateText.Fault) { self.text = try TemplateText(text, variables: Self.variables, octetLimit: Self.octetLimit) }

    /// The text with what it is to say of a part; nothing that comes from the message is read as a variable.
    package func text(for part: Neutralisation.Part, verdict: VerdictID) -> String {
        text.text { name in
            switch name {
            case "file": part.fileName.map { FieldText.visible($0, limit: 255) } ?? "-"
            case "found": part.found.isEmpty ? "-" : FieldText.visible(part.found.joined(separator: ", "), limit: 1_000)
            case "part": part.path
            case "verdict": verdict.description
            default: nil
            }
        }
    }
}

/// The notes there are.
package struct Notes: Sendable, Equatable {
    private let templates: LanguageTemplates<NoteTemplate>

    /// - Parameters:
    ///   - language: for who asks for none and has none of its own.
    ///   - languages: by tenant.
    /// - Throws: `TemplateText.Fault` where a language that is named has no template.
    package init(_ templates: [String: NoteTemplate], ofTenants: [String: [String: NoteTemplate]] = [:], language: String, languages: [String: String] = [:]) throws(TemplateText.Fault) {
        self.templates = try LanguageTemplates(templates, ofTenants: ofTenants, language: language, languages: languages, missing: "there is no note")
    }

    /// - Parameter wished: a language; nil for the tenant's.
    /// - Returns: nil where there is no note in the language that is wished.
    package func note(for tenant: String, in wished: String? = nil) -> NoteTemplate? { templates.template(in: wished ?? templates.language(of: tenant), for: tenant) }

    /// In every language that is there for a tenant, in order.
    package func languages(of tenant: String) -> [String] { templates.languages(of: tenant) }
}

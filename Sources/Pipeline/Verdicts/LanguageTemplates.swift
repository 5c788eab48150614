/// Templates by language, and for a tenant that has its own by tenant and language.
package struct LanguageTemplates<Template: Sendable & Equatable>: Sendable, Equatable {
    private let shipped: [String: Template]
    private let ofTenants: [String: [String: Template]]
    /// For who asks for none and has none of its own; there is a template in it.
    package let language: String
    private let languages: [String: String]

    /// - Parameters:
    ///   - language: for who asks for none and has none of its own.
    ///   - languages: by tenant.
    ///   - missing: what is not there, such as "there is no note".
    /// - Throws: `TemplateText.Fault` where a language that is named has no template.
    package init(_ templates: [String: Template], ofTenants: [String: [String: Template]], language: String, languages: [String: String], missing: String) throws(TemplateText.Fault) {
        shipped = templates
        self.ofTenants = ofTenants
        self.language = language
        self.languages = languages
        guard templates[language] != nil else { throw TemplateText.Fault(description: "\(missing) in the language \(language)") }
        for (tenant, language) in languages.sorted(by: { $0.key < $1.key }) where template(in: language, for: tenant) == nil {
            throw TemplateText.Fault(description: "\(missing) in the language \(language), which is that of the tenant \(tenant)")
        }
    }

    /// The language of a tenant.
    package func language(of tenant: String) -> String { languages[tenant] ?? language }

    /// In every language that is there for a tenant, in order.
    package func languages(of tenant: String) -> [String] { Set(shipped.keys).union((ofTenants[tenant] ?? [:]).keys).sorted() }

    /// - Returns: nil where there is none in that language.
    package func template(in language: String, for tenant: String) -> Template? { ofTenants[tenant]?[language] ?? shipped[language] }
}

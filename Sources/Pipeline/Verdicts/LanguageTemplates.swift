internal import RateLimits

/// Templates by language, and for a tenant that has its own by tenant and language.
package struct LanguageTemplates<Template: Sendable & Equatable>: Sendable, Equatable {
    private let shipped: [String: Template]
    private let ofTenants: [String: [String: Template]]
    /// For who asks for none and has none of its own; there is a template in it.
    package let language: String
    private let languages: [String: String]

    /// - Parameters:
    ///   - language: for who asks for none and has none of its own; one that is wider is taken where there is no template in it, such as `de` for `de-AT`.
    ///   - languages: by tenant; likewise.
    ///   - missing: what is not there, such as "there is no note".
    /// - Throws: `TemplateText.Fault` where a language that is named has no template.
    package init(_ templates: [String: Template], ofTenants: [String: [String: Template]], language: String, languages: [String: String], missing: String) throws(TemplateText.Fault) {
        shipped = templates
        self.ofTenants = ofTenants
        guard let found = Self.lookups(language).first(where: { templates[$0] != nil }) else { throw TemplateText.Fault(description: "\(missing) in the language \(language)") }
        var own: [String: String] = [:]
        for (tenant, language) in languages.sorted(by: { $0.key < $1.key }) {
            guard let found = Self.lookups(language).first(where: { ofTenants[tenant]?[$0] != nil || templates[$0] != nil }) else {
                throw TemplateText.Fault(description: "\(missing) in the language \(language), which is that of the tenant \(tenant)")
            }
            own[tenant] = found
        }
        self.language = found
        self.languages = own
    }

    /// What is no tag is looked for as it stands.
    private static func lookups(_ language: String) -> [String] { LanguageTag(language)?.lookups ?? [language] }

    /// The language of a tenant.
    package func language(of tenant: String) -> String { languages[tenant] ?? language }

    /// In every language that is there for a tenant, in order.
    package func languages(of tenant: String) -> [String] { Set(shipped.keys).union((ofTenants[tenant] ?? [:]).keys).sorted() }

    /// - Returns: nil where there is none in that language.
    package func template(in language: String, for tenant: String) -> Template? { ofTenants[tenant]?[language] ?? shipped[language] }
}

import Limiting
import RateLimits
import Verdicts
import Yams

/// The replies to who sends too much.
struct ReplySettings: Sendable {
    var language: LanguageTag
    /// By tenant.
    var languages: [String: LanguageTag]
    /// A folder with replies of the operator's own.
    var folder: String?

    /// Reads the replies that are shipped, and over them the operator's.
    /// - Parameter share: where shipped files are.
    /// - Throws: `SettingsTree.Fault` naming the file, the key in it and what is wrong with it.
    func read(share: String) throws -> LimitReplies {
        let files = TemplateFiles(key: "rate_limits.replies", ending: ".yaml", octetLimit: ReplyTemplate.fileOctets)
        let (templates, ofTenants) = try files.read(share + "/deploy/replies", own: folder) { (name, text) throws(TemplateText.Fault) in
            guard let language = LanguageTag(name), language.description == name else { throw TemplateText.Fault(description: "is not named by a language tag such as en or de-AT") }
            return try ReplyTemplate(language, try Self.entries(text))
        }
        do {
            return try LimitReplies(templates, ofTenants: ofTenants, language: language.description, languages: languages.mapValues(\.description))
        } catch { throw SettingsTree.Fault(key: "rate_limits.language", problem: "\(error)") }
    }

    /// The texts of a file by dotted key; those of a list by their numbers, from 1.
    private static func entries(_ yaml: String) throws(TemplateText.Fault) -> [String: String] {
        let root: Node?
        do { root = try Yams.compose(yaml: yaml) } catch { throw TemplateText.Fault(description: YAMLFault.text(error)) }
        guard let root, root.mapping != nil else { throw TemplateText.Fault(description: "is not a map of texts") }
        var entries: [String: String] = [:], open = [(key: "", node: root)]
        while let (key, node) = open.popLast() {
            // Aliases may make much of little.
            guard entries.count + open.count <= 1000 else { throw TemplateText.Fault(description: "has more than 1000 texts") }
            func below(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }
            switch node {
            case .scalar(let scalar): entries[key] = scalar.string
            case .sequence(let sequence): for (place, each) in sequence.enumerated() { open.append((below("\(place + 1)"), each)) }
            case .mapping(let mapping): for (name, each) in mapping { open.append((below(name.string ?? "?"), each)) }
            case .alias: throw TemplateText.Fault(description: "\(key): is an alias")
            }
        }
        return entries
    }
}

extension ConfigurationReader {
    static func replies(_ tree: SettingsTree) throws -> ReplySettings {
        func tag(_ key: String, _ text: String) throws -> LanguageTag {
            guard let tag = LanguageTag(text) else { throw tree.fault(key, "is not \(LanguageTag.textForm): \(text)") }
            return tag
        }
        let languages = try tree.words("rate_limits.language_by_tenant").mapValues { try tag("rate_limits.language_by_tenant", $0) }
        return ReplySettings(language: try tag("rate_limits.language", try tree.text("rate_limits.language") ?? "en"), languages: languages, folder: try tree.text("rate_limits.replies"))
    }
}

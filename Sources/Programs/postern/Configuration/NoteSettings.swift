import Verdicts

/// The notes that take the place of parts that are removed.
struct NoteSettings: Sendable {
    var language: String
    /// By tenant.
    var languages: [String: String]
    /// A folder with notes of the operator's own.
    var folder: String?

    /// Reads the notes that are shipped, and over them the operator's.
    /// - Parameter share: where shipped files are.
    /// - Throws: `SettingsTree.Fault` naming the file and what is wrong with it.
    func read(share: String) throws -> Notes {
        let files = TemplateFiles(key: "neutralise.notes", ending: ".txt", octetLimit: NoteTemplate.octetLimit)
        let (templates, ofTenants) = try files.read(share + "/deploy/notes", own: folder) { (_, text) throws(TemplateText.Fault) in try NoteTemplate(text) }
        do { return try Notes(templates, ofTenants: ofTenants, language: language, languages: languages) } catch { throw SettingsTree.Fault(key: "neutralise.language", problem: "\(error)") }
    }
}

extension ConfigurationReader {
    static func neutralise(_ tree: SettingsTree) throws -> NoteSettings {
        NoteSettings(language: try tree.text("neutralise.language") ?? "en", languages: try tree.words("neutralise.language_by_tenant"), folder: try tree.text("neutralise.notes"))
    }
}

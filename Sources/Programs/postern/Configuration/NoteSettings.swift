import Foundation
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
        var templates = try Self.templates(in: share + "/deploy/notes", mustBeThere: true), ofTenants: [String: [String: NoteTemplate]] = [:]
        if let folder {
            templates.merge(try Self.templates(in: folder, mustBeThere: true)) { $1 }
            for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
                let own = try Self.templates(in: "\(folder)/\(name)", mustBeThere: false)
                if !own.isEmpty { ofTenants[name] = own }
            }
        }
        do { return try Notes(templates, ofTenants: ofTenants, language: language, languages: languages) } catch { throw SettingsTree.Fault(key: "neutralise.language", problem: "\(error)") }
    }

    private static func templates(in folder: String, mustBeThere: Bool) throws -> [String: NoteTemplate] {
        var isFolder: ObjCBool = false
        let isThere = unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder.boolValue
        guard isThere else {
            if mustBeThere { throw SettingsTree.Fault(key: "neutralise.notes", problem: "is no folder: \(folder)") }
            return [:]
        }
        var templates: [String: NoteTemplate] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".txt") {
            let path = "\(folder)/\(name)"
            guard let data = FileManager.default.contents(atPath: path), data.count <= NoteTemplate.octetLimit, let text = String(data: data, encoding: .utf8) else {
                throw SettingsTree.Fault(key: "neutralise.notes", problem: "cannot be read as UTF-8 of at most \(NoteTemplate.octetLimit) octets: \(path)")
            }
            do { templates[String(name.dropLast(4))] = try NoteTemplate(text) } catch { throw SettingsTree.Fault(key: "neutralise.notes", problem: "\(path) \(error)") }
        }
        return templates
    }
}

extension ConfigurationReader {
    static func neutralise(_ tree: SettingsTree) throws -> NoteSettings {
        NoteSettings(language: try tree.text("neutralise.language") ?? "en", languages: try tree.words("neutralise.language_by_tenant"), folder: try tree.text("neutralise.notes"))
    }
}

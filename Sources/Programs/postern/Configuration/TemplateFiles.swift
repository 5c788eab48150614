import Foundation
import Verdicts

/// Files with a template each, named by their language: those that are shipped, and those of an operator in a folder of his own, in it a folder for each tenant that has its own.
struct TemplateFiles {
    /// The setting that names the operator's folder.
    let key: String
    /// Of the files' names, such as `.txt`.
    let ending: String
    let octetLimit: Int

    /// - Parameters:
    ///   - shipped: a folder.
    ///   - own: the operator's; nil where there is none.
    ///   - template: makes one of the name without its ending, and the text.
    /// - Returns: by name, the operator's in the place of those that are shipped; and by tenant.
    /// - Throws: `SettingsTree.Fault` naming the file and what is wrong with it.
    func read<Template>(_ shipped: String, own: String?, _ template: (String, String) throws(TemplateText.Fault) -> Template) throws -> (templates: [String: Template], ofTenants: [String: [String: Template]]) {
        var templates = try read(in: shipped, mustBeThere: true, template), ofTenants: [String: [String: Template]] = [:]
        if let own {
            templates.merge(try read(in: own, mustBeThere: true, template)) { $1 }
            for name in try FileManager.default.contentsOfDirectory(atPath: own).sorted() {
                let found = try read(in: "\(own)/\(name)", mustBeThere: false, template)
                if !found.isEmpty { ofTenants[name] = found }
            }
        }
        return (templates, ofTenants)
    }

    private func read<Template>(in folder: String, mustBeThere: Bool, _ template: (String, String) throws(TemplateText.Fault) -> Template) throws -> [String: Template] {
        var isFolder: ObjCBool = false
        let isThere = unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder.boolValue
        guard isThere else {
            if mustBeThere { throw SettingsTree.Fault(key: key, problem: "is no folder: \(folder)") }
            return [:]
        }
        var templates: [String: Template] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(ending) {
            let path = "\(folder)/\(name)"
            guard let data = FileManager.default.contents(atPath: path), data.count <= octetLimit, let text = String(data: data, encoding: .utf8) else {
                throw SettingsTree.Fault(key: key, problem: "cannot be read as UTF-8 of at most \(octetLimit) octets: \(path)")
            }
            let language = String(name.dropLast(ending.count))
            do throws(TemplateText.Fault) { templates[language] = try template(language, text) } catch { throw SettingsTree.Fault(key: key, problem: "\(path) \(error)") }
        }
        return templates
    }
}

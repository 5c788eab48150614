internal import Malware
internal import Verdicts

/// What the files of a message say by their names and contents: one finding for each kind, with the first names.
func fileFindings(_ files: FileEvidence) -> [Finding] {
    let codes = ["attachment.banned", "attachment.executable", "attachment.script", "attachment.disguised", "attachment.nested_archive", "attachment.encrypted"]
    var findings: [Finding] = codes.compactMap { code in
        let these = files.files.filter { file in file.reasons.contains { $0.code == code } }
        if these.isEmpty { return nil }
        let more = these.count > shown ? " and \(these.count - shown) more" : ""
        return Finding(code, these.prefix(shown).map(\.inWords).joined(separator: "; ") + more)
    }
    if files.unknown > 0 { findings.append(Finding("attachment.uncounted", "archives hold \(files.unknown) more files, whose names and kinds were not looked at")) }
    return findings
}

/// Files that one finding names.
private let shown = 5

extension FileEvidence.Reason {
    /// The code of the finding that tells of it.
    var code: String {
        switch self {
        case .banned: "attachment.banned"
        case .program, .shortcut, .executableName: "attachment.executable"
        case .script: "attachment.script"
        case .disguised: "attachment.disguised"
        case .nestedArchive: "attachment.nested_archive"
        case .encrypted: "attachment.encrypted"
        }
    }
}

extension FileEvidence.File {
    fileprivate var inWords: String {
        let place = part.map { " in part \($0)" } ?? ""
        return (name.isEmpty ? "a file without a name" : name) + place + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
    }
}

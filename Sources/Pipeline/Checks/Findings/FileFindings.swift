internal import Malware
internal import Verdicts

/// What the files of a message say by their names and contents: one finding for each kind, with the first names.
func fileFindings(_ files: FileEvidence) -> [Finding] {
    let kinds: [(code: String, reasons: [FileEvidence.Reason])] = [
        ("attachment.banned", [.banned]), ("attachment.executable", [.program, .shortcut, .executableName]), ("attachment.script", [.script]),
        ("attachment.disguised", [.disguised]), ("attachment.nested_archive", [.nestedArchive]), ("attachment.encrypted", [.encrypted]),
    ]
    var findings: [Finding] = kinds.compactMap { code, reasons in
        let these = files.files.filter { file in file.reasons.contains(where: reasons.contains) }
        if these.isEmpty { return nil }
        let more = these.count > shown ? " and \(these.count - shown) more" : ""
        return Finding(code, these.prefix(shown).map(\.inWords).joined(separator: "; ") + more)
    }
    if files.unknown > 0 { findings.append(Finding("attachment.uncounted", "archives hold \(files.unknown) more files, whose names and kinds were not looked at")) }
    return findings
}

/// Files that one finding names.
private let shown = 5

extension FileEvidence.File {
    fileprivate var inWords: String {
        let place = part.map { " in part \($0)" } ?? ""
        return (name.isEmpty ? "a file without a name" : name) + place + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
    }
}

internal import Letters
internal import Mail

/// What is attached. What files of forbidden kinds and with malware are worth, other checks say.
let fileRules: [ContentRule] = [
    ContentRule("file.type_lies", "A file says it is a picture, a document or a text, and is a program, a page or an archive.") { facts in
        for file in facts.files where lies(file) { return "\(named(file)) says \(SubjectFacts.cut(file.declaredType, 60)), is \(file.kind.rawValue)" }
        return nil
    },
    ContentRule("file.double_extension", "A file's name has two endings, the last that of a program or a page: `invoice.pdf.exe`.") { facts in
        for file in facts.files {
            let pieces = (file.name ?? "").lowercased().split(separator: ".").map { $0.filter { $0 != " " } }
            guard pieces.count >= 3, let last = pieces.last, active.contains(last), documents.contains(pieces[pieces.count - 2]) else { continue }
            return named(file)
        }
        return nil
    },
    ContentRule("file.wide_gap", "A file's name has ten blanks in a row or turns the direction of writing, which hides its ending (UAX 9).") { facts in
        for file in facts.files {
            guard let name = file.name else { continue }
            if name.unicodeScalars.contains(where: { (0x202a...0x202e).contains($0.value) || (0x2066...0x2069).contains($0.value) }) || name.contains("          ") { return named(file) }
        }
        return nil
    },
    ContentRule("file.page", "A page of HTML is attached as a file.") { facts in
        facts.files.first { $0.kind == .html && facts.message.parts.indices.contains($0.part) && $0.name != nil }.map(named) ?? facts.attachedPages.first.map { _ in "a page" }
    },
    ContentRule("file.page_form", "A page that is attached has a form, a field for a password, or a script.") { facts in
        for page in facts.attachedPages {
            if (page.html?.passwords ?? 0) > 0 { return "input of type password" }
            if page.links.contains(where: { $0.kind == .form }) { return "form" }
            if (page.html?.scripts ?? 0) > 0 { return "script" }
        }
        return nil
    },
    ContentRule("file.page_leads_away", "A page that is attached leads away by itself or shows another page.") { facts in
        for page in facts.attachedPages { if let link = page.links.first(where: { $0.kind == .refresh || $0.kind == .frame }) { return SubjectFacts.cut(link.target, 100) } }
        return nil
    },
    ContentRule("file.password_told", "An archive is attached, and the text tells a password.") { facts in
        guard facts.words.count(.password) > 0 else { return nil }
        return facts.files.first { archives.contains($0.kind) }.map(named)
    },
    ContentRule("file.without_text", "A file is attached, and there is no text.") { facts in
        guard facts.textOctets < 10, let file = facts.files.first(where: { !$0.isInline }), facts.message.root.isContainer else { return nil }
        return named(file)
    },
    ContentRule("file.only_image", "A picture is attached, and there are fewer than 60 octets of text.") { facts in
        guard facts.textOctets < 60, !facts.files.isEmpty, facts.files.allSatisfy({ pictures.contains($0.kind) }) else { return nil }
        return facts.files.first.map(named)
    },
    ContentRule("file.calendar", "An invitation is attached, which some calendars take without asking.") { facts in
        facts.files.first { $0.declaredType == "text/calendar" || $0.fileExtension == "ics" }.map(named)
    },
    ContentRule("file.unnamed", "A file that is no picture bears no name.") { facts in
        facts.files.first { $0.name == nil && !pictures.contains($0.kind) && !$0.declaredType.hasPrefix("multipart/") && !$0.declaredType.hasPrefix("message/") && !$0.declaredType.hasPrefix("application/pgp") && !$0.declaredType.hasPrefix("application/pkcs7") && !$0.declaredType.hasPrefix("text/") }
            .map { SubjectFacts.cut($0.declaredType, 80) }
    },
    ContentRule("file.picture_page", "A picture of vectors is attached, which may hold a script.") { facts in facts.files.first { $0.kind == .svg || $0.fileExtension == "svg" }.map(named) },
]

private func named(_ file: Attachment) -> String { SubjectFacts.cut(file.name ?? file.declaredType, 100) }

private let active: Set<String> = ["exe", "scr", "com", "pif", "bat", "cmd", "js", "jse", "vbs", "vbe", "wsf", "hta", "jar", "lnk", "msi", "ps1", "cpl", "htm", "html", "shtml", "svg", "iso", "img", "xhtml"]
private let documents: Set<String> = ["pdf", "doc", "docx", "xls", "xlsx", "ppt", "txt", "jpg", "jpeg", "png", "gif", "rtf", "csv", "zip", "mp3", "mp4", "wav", "eml", "odt"]
private let archives: Set<ContentKind> = [.zip, .rar, .sevenZip, .ace, .arj, .iso]
private let pictures: Set<ContentKind> = [.png, .jpeg, .gif, .bmp, .tiff, .webp, .ico, .svg]
private let programs: Set<ContentKind> = [.executable, .elf, .machO, .javaClass, .jar, .script, .html, .lnk, .chm, .zip, .rar, .sevenZip, .cab, .ace, .iso]

private func lies(_ file: Attachment) -> Bool {
    let type = file.declaredType, isPicture = type.hasPrefix("image/") && type != "image/svg+xml", isSound = type.hasPrefix("audio/") || type.hasPrefix("video/")
    guard isPicture || isSound || type == "application/pdf" || type == "application/msword" || type == "text/plain" else { return false }
    if type == "application/msword", file.kind == .html { return false }
    if type == "text/plain" { return file.kind == .executable || file.kind == .lnk || file.kind == .jar }
    return programs.contains(file.kind)
}

/// What octets are by their first ones.
/// Source: the formats' own specifications; where several kinds share a container, the names inside decide.
package enum ContentKind: String, Sendable, Hashable, CaseIterable {
    case empty, text, html, xml, svg, script, rtf, pdf, postscript
    case zip, ooxml, openDocument = "opendocument", jar, rar, sevenZip = "7z", gzip, bzip2, xz, zstd, cab, arj, ace, lzh, tar, iso, dmg, vhd
    case ole2, oneNote = "onenote", tnef, chm, lnk
    case executable = "pe", elf, machO = "mach-o", javaClass = "java-class", wasm, swf
    case png, jpeg, gif, bmp, tiff, webp, ico, psd, audio, video, font, sqlite, pgp, message
    case unknown

    /// Tells the kind of decoded octets; looks at the first 64 kB at most.
    package init(octets: [UInt8]) {
        if octets.isEmpty { self = .empty; return }
        self = Self.binary(octets) ?? Self.textual(octets)
    }

    private static func has(_ octets: [UInt8], _ magic: [UInt8], at start: Int = 0) -> Bool {
        guard octets.count >= start + magic.count else { return false }
        for (place, octet) in magic.enumerated() where octets[start + place] != octet { return false }
        return true
    }

    private static func has(_ octets: [UInt8], _ magic: StaticString, at start: Int = 0) -> Bool {
        guard octets.count >= start + magic.utf8CodeUnitCount else { return false }
        return magic.withUTF8Buffer { wanted in
            var at = start
            for unsafe octet in unsafe wanted {
                if octets[at] != octet { return false }
                at += 1
            }
            return true
        }
    }

    private static func binary(_ octets: [UInt8]) -> ContentKind? {
        switch octets[0] {
        case 0x00:
            if has(octets, [0, 0, 1, 0]) { return .ico }
            if has(octets, "ftyp", at: 4) { return .video }
            if has(octets, [0, 0x61, 0x73, 0x6d]) { return .wasm }
            if has(octets, [0, 1, 0, 0, 0]) { return .font }
        case 0x1f: if has(octets, [0x1f, 0x8b]) { return .gzip }
        case 0x25:
            if has(octets, "%PDF-") { return .pdf }
            if has(octets, "%!PS") { return .postscript }
        case 0x28: if has(octets, [0x28, 0xb5, 0x2f, 0xfd]) { return .zstd }
        case 0x37: if has(octets, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]) { return .sevenZip }
        case 0x38: if has(octets, "8BPS") { return .psd }
        case 0x42:
            if has(octets, "BZh") { return .bzip2 }
            if has(octets, "BM"), octets.count > 14, octets[6] == 0, octets[7] == 0 { return .bmp }
        case 0x43, 0x46: if octets.count > 8, has(octets, "WS", at: 1), octets[3] < 64 { return .swf }
        case 0x47: if has(octets, "GIF8") { return .gif }
        case 0x49:
            if has(octets, [0x49, 0x49, 0x2a, 0]) { return .tiff }
            if has(octets, "ITSF") { return .chm }
            if has(octets, "ID3") { return .audio }
        case 0x4c: if has(octets, [0x4c, 0, 0, 0, 1, 0x14, 2, 0]) { return .lnk }
        case 0x4d:
            if has(octets, "MZ") { return .executable }
            if has(octets, "MSCF") { return .cab }
            if has(octets, [0x4d, 0x4d, 0, 0x2a]) { return .tiff }
        case 0x4f: if has(octets, "OggS") { return .audio } else if has(octets, "OTTO") { return .font }
        case 0x50: if has(octets, "PK"), octets.count > 3, octets[2] == octets[3] &- 1, octets[2] < 8 { return zip(octets) }
        case 0x52:
            if has(octets, "Rar!") { return .rar }
            if has(octets, "RIFF") { return has(octets, "WEBP", at: 8) ? .webp : has(octets, "WAVE", at: 8) ? .audio : .video }
        case 0x53: if has(octets, "SQLite format 3") { return .sqlite }
        case 0x60: if has(octets, [0x60, 0xea]) { return .arj }
        case 0x63: if has(octets, "conectix") { return .vhd }
        case 0x66: if has(octets, "fLaC") { return .audio }
        case 0x76: if has(octets, "vhdxfile") { return .vhd }
        case 0x77: if has(octets, "wOF") { return .font }
        case 0x78: if has(octets, [0x78, 0x9f, 0x3e, 0x22]) { return .tnef }
        case 0x7b: if has(octets, "{\\rt") { return .rtf }
        case 0x7f: if has(octets, "\u{7f}ELF") { return .elf }
        case 0x89: if has(octets, [0x89, 0x50, 0x4e, 0x47]) { return .png }
        case 0xca: if has(octets, [0xca, 0xfe, 0xba, 0xbe]) { return octets.count > 7 && octets[7] > 30 ? .javaClass : .machO }
        case 0xcf, 0xce: if octets.count > 3, octets[1] == 0xfa, octets[2] == 0xed, octets[3] == 0xfe { return .machO }
        case 0xd0: if has(octets, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) { return .ole2 }
        case 0xe4: if has(octets, [0xe4, 0x52, 0x5c, 0x7b, 0x8c, 0xd8, 0xa7, 0x4d]) { return .oneNote }
        case 0xfd: if has(octets, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) { return .xz }
        case 0xff:
            if has(octets, [0xff, 0xd8, 0xff]) { return .jpeg }
            if octets.count > 1, octets[1] & 0xe0 == 0xe0, octets[1] != 0xfe, octets[1] != 0xff { return .audio }
        default: break
        }
        if has(octets, "ustar", at: 257) { return .tar }
        if has(octets, "**ACE**", at: 7) { return .ace }
        if has(octets, "-lh", at: 2), octets.count > 6, octets[6] == ASCII.hyphen { return .lzh }
        if has(octets, "CD001", at: 32_769) { return .iso }
        return nil
    }

    /// Tells office documents and programs from other archives by the names of the first entries (APPNOTE.TXT §4.3.7).
    private static func zip(_ octets: [UInt8]) -> ContentKind {
        var at = 0
        for entry in 0..<32 {
            guard at + 30 <= octets.count, octets[at] == 0x50, octets[at + 1] == 0x4b, octets[at + 2] == 3 else { break }
            func number(_ place: Int, _ count: Int) -> Int { (0..<count).reversed().reduce(0) { $0 << 8 | Int(octets[at + place + $1]) } }
            let name = octets[min(at + 30, octets.count)..<min(at + 30 + number(26, 2), octets.count)]
            if ASCII.hasPrefix(name, "[content_types].xml") || ASCII.hasPrefix(name, "word/") || ASCII.hasPrefix(name, "xl/") || ASCII.hasPrefix(name, "ppt/") { return .ooxml }
            if ASCII.hasPrefix(name, "meta-inf/manifest.mf") || ASCII.hasPrefix(name, "androidmanifest.xml") { return .jar }
            if entry == 0, ASCII.equal(name, "mimetype"), octets[min(at + 38, octets.count)...].prefix(60).starts(with: "application/vnd.oasis".utf8) { return .openDocument }
            let size = number(18, 4)
            if number(6, 2) & 8 != 0, size == 0 { break }   // its size follows its data
            at += 30 + number(26, 2) + number(28, 2) + size
        }
        return .zip
    }

    private static func textual(_ octets: [UInt8]) -> ContentKind {
        var start = octets.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        while start < octets.count, ASCII.isSpace(octets[start]) { start += 1 }
        let head = octets[start...].prefix(1024)
        if ASCII.hasPrefix(head, "%pdf-") { return .pdf }
        if ASCII.hasPrefix(head, "{\\rt") { return .rtf }
        if ASCII.hasPrefix(head, "-----begin pgp") { return .pgp }
        if head.starts(with: [35, 33]) || ASCII.hasPrefix(head, "@echo") || ASCII.hasPrefix(head, "<?php") || ASCII.hasPrefix(head, "<%@") { return .script }
        if ASCII.hasPrefix(head, "<?xml") { return contains(head, "<svg") ? .svg : contains(head, "<html") ? .html : .xml }
        if ASCII.hasPrefix(head, "<svg") { return .svg }
        for mark in Self.htmlMarks where ASCII.hasPrefix(head, mark) { return .html }
        if ASCII.hasPrefix(head, "<!--"), contains(head, "<html") { return .html }
        for mark in Self.messageMarks where ASCII.hasPrefix(head, mark) { return .message }
        for mark in Self.scriptMarks where ASCII.hasPrefix(head, mark) { return .script }
        // Control characters that text has no use for.
        for octet in octets.prefix(4096) where octet < 9 || (octet > 13 && octet < 27) || (octet > 27 && octet < 32) { return .unknown }
        return .text
    }

    private static let htmlMarks: [StaticString] = ["<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<table", "<meta", "<title", "<div", "<a href", "<form"]
    private static let messageMarks: [StaticString] = ["return-path:", "received: ", "delivered-to:", "mime-version:", "from: ", "x-mailer:"]
    private static let scriptMarks: [StaticString] = ["on error resume next", "wscript.", "function ", "var ", "set-executionpolicy", "powershell", "dim ", "eval("]

    private static func contains(_ octets: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
        guard octets.count >= word.utf8CodeUnitCount else { return false }
        for at in octets.startIndex...(octets.endIndex - word.utf8CodeUnitCount) where ASCII.hasPrefix(octets[at...], word) { return true }
        return false
    }
}

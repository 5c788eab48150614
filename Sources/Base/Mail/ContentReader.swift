internal import Cryptography

/// Decodes the leaves of a message once, and takes from them the texts, the URLs and the facts about files.
/// Limits: ``MessageLimits/textOctets``, ``MessageLimits/decodedOctets``, ``MessageLimits/attachments``, ``MessageLimits/urls``.
struct ContentReader: LeafReader {
    let limits: MessageLimits
    private(set) var texts: [TextPart] = [], urls: [MailURL] = [], attachments: [Attachment] = []
    private var decodedOctets = 0, textOctets = 0, seen: Set<String> = []
    /// The part is read in another way than its first one.
    private var isOther = false
    /// The texts so far; filled where a part is read in another way.
    private var told: Set<Told> = []

    private struct Told: Hashable { var isHTML: Bool, text: String, hiddenText: String }

    init(limits: MessageLimits) { self.limits = limits }

    /// - Parameter isOther: the part is read in another way than its first one; those come after all first ones.
    mutating func read(_ part: MIMEPart, isOther: Bool, log: inout DefectLog) {
        if isOther, !self.isOther { told = Set(texts.map(Self.told)) }
        self.isOther = isOther
        let type = part.contentType
        let isShown = type.type == "text" && (type.subtype == "plain" || type.subtype == "html" || type.subtype.isEmpty)
        // A multipart or a message that could not be opened is shown as text by many readers.
        let isUnopened = type.type == "multipart" || type.isMessage
        // A message that could not be opened is a file as well: it may be anything.
        let isFile = part.disposition?.isAttachment == true || part.fileName != nil || !(isShown || isUnopened)
            || type.isMessage && part.isTypeDeclared && !part.bodyRange.isEmpty
        if part.bodyRange.isEmpty, !isFile { return }
        if decodedOctets &+ part.bodyRange.count > limits.decodedOctets { log.met(.decodedOctets); return }
        var faults = DefectLog()
        let octets = part.transferEncoding.decode(part.body, log: &faults)
        for fault in faults.defects { log.note(fault.kind, count: fault.count, fault.detail) }
        decodedOctets &+= octets.count
        var kind: ContentKind? = nil
        if isFile {
            if attachments.count < limits.attachments {
                let found = ContentKind(octets: octets)
                kind = found
                var hash = SHA256()
                hash.update(octets)
                add(Attachment(part: part.index, name: part.fileName, declaredType: type.mediaType, kind: found, size: octets.count,
                               sha256: hash.finish().hexadecimal, isInline: part.disposition?.kind == "inline"))
            } else {
                log.met(.attachments)
            }
        }
        if isShown || isUnopened {
            for text in part.texts(octets, isFaulty: !faults.defects.isEmpty) {
                readText(part, text, isHTML: type.subtype == "html", isFile: part.disposition?.isAttachment == true, log: &log)
            }
        }
        if !isShown, kind == .html {
            readText(part, octets, isHTML: true, isFile: true, log: &log)
        }
    }

    private mutating func readText(_ part: MIMEPart, _ octets: [UInt8], isHTML: Bool, isFile: Bool, log: inout DefectLog) {
        let room = limits.textOctets &- textOctets
        if room <= 0 { log.met(.textOctets); return }
        let cut = octets.count > room
        if cut { log.met(.textOctets) }
        let label = part.contentType.charset ?? (isHTML ? HTMLCharacters.declaredCharset(octets) : nil)
        let converted = Charset.utf8(cut ? octets.prefix(room) : octets[...], label: label)
        if !converted.known { log.note(.unknownCharset, label) }
        if converted.damaged, !cut { log.note(.invalidCharset, label) }
        textOctets &+= converted.octets.count
        if isHTML {
            var reader = HTMLReader(source: converted.octets, room: room, limits: limits)
            reader.read()
            for limit in reader.met { log.met(limit) }
            for link in reader.links { take(link, part.index, &log) }
            scan(reader.visible, .visible, part.index, &log)
            add(TextPart(part: part.index, isHTML: true, isAttachment: isFile, charset: label, text: ASCII.text(reader.visible[...]),
                         hiddenText: ASCII.text(reader.hidden[...]), links: reader.links,
                         isCut: cut || reader.met.contains(.textOctets) || reader.met.contains(.htmlTags), html: reader.facts))
        } else {
            scan(converted.octets, .plain, part.index, &log)
            add(TextPart(part: part.index, isHTML: false, isAttachment: isFile, charset: label, text: ASCII.text(converted.octets[...]),
                         hiddenText: "", links: [], isCut: cut))
        }
    }

    private static func told(_ text: TextPart) -> Told { Told(isHTML: text.isHTML, text: text.text, hiddenText: text.hiddenText) }

    /// Readings of one part are told once where they are the same; of another way to read a part only what no part has told.
    private mutating func add(_ text: TextPart) {
        if isOther {
            if !told.insert(Self.told(text)).inserted { return }
        } else {
            for other in texts.reversed() {
                if other.part != text.part { break }
                if Self.told(other) == Self.told(text) { return }
            }
        }
        texts.append(text)
    }

    private mutating func add(_ file: Attachment) {
        for other in attachments where isOther && other.name == file.name && other.sha256 == file.sha256 && other.declaredType == file.declaredType { return }
        attachments.append(file)
    }

    private mutating func take(_ link: HTMLLink, _ part: Int, _ log: inout DefectLog) {
        guard !seen.contains(link.target), var url = MailURL(link.target), mayAdd(url.raw, &log) else { return }
        url.place = MailURL.Place(rawValue: link.kind.rawValue) ?? .link
        url.linkText = link.kind == .link ? link.text : nil
        url.part = part
        urls.append(url)
    }

    private mutating func scan(_ text: [UInt8], _ place: MailURL.Place, _ part: Int, _ log: inout DefectLog) {
        URLScanner.scan(text, limit: limits.urlOctets) { found, isCut in
            if isCut { log.met(.urlOctets) }
            if urls.count >= limits.urls { log.met(.urls); return false }
            let raw = ASCII.text(found)
            guard !seen.contains(raw), var url = MailURL(octets: found, raw: raw), mayAdd(raw, &log) else { return true }
            url.place = place
            url.part = part
            urls.append(url)
            return true
        }
    }

    /// Each URL once.
    private mutating func mayAdd(_ raw: String, _ log: inout DefectLog) -> Bool {
        if urls.count >= limits.urls { log.met(.urls); return false }
        return seen.insert(raw).inserted
    }
}

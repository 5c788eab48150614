internal import DNS
internal import Letters
internal import Mail

extension FactReader {
    func subjectFacts(_ facts: inout FactSet) {
        let subject = (message.subject ?? "").octets(limits.fieldOctets)
        var capitals = 0, small = 0, digits = 0, others = 0, marks = 0, money = 0, brackets = 0
        for octet in subject {
            if octet &- 65 < 26 { capitals &+= 1 } else if octet &- 97 < 26 { small &+= 1 } else if ASCII.isDigit(octet) { digits &+= 1 } else if octet >= 128 { others &+= 1 }
            if octet == 33 || octet == ASCII.question { marks &+= 1 }
            if octet == 36 || octet == ASCII.percent { money &+= 1 }
            if octet == ASCII.bracket { brackets &+= 1 }
        }
        facts.note("subject in capitals", capitals > 6 && small == 0)
        facts.note("length of the subject", subject.count, steps: [1, 10, 25, 50, 80])
        facts.note("subject has other letters", others > 0)
        facts.note("exclamations in the subject", marks, steps: [1, 2])
        facts.note("digits in the subject", digits > 0)
        facts.note("money in the subject", money > 0)
        facts.note("list's tag in the subject", brackets > 0)
        let isAnswer = ASCII.hasPrefix(subject[...], "re:"), hasThread = message.header.first(FieldNames.references) != nil || message.header.first(FieldNames.inReplyTo) != nil
        facts.note("answer", isAnswer && hasThread)
        facts.note("answer to nothing", isAnswer && !hasThread)
        facts.note("forwarded", ASCII.hasPrefix(subject[...], "fw:") || ASCII.hasPrefix(subject[...], "fwd:"))
        let last = subject[((subject.lastIndex(where: ASCII.isSpace) ?? -1) + 1)...]
        facts.note("last word of the subject has no vowel", last.count >= 6 && !last.contains { "aeiouyAEIOUY".utf8.contains($0) || $0 >= 128 })
        facts.note("letters unseen", text.folded.unseenInWords, steps: [1, 5])
        facts.note("scripts mixed in words", text.folded.mixedWords, steps: [1, 5])
        facts.note("styled letters", text.folded.styledLetters, steps: [1, 10])
    }

    func structureFacts(_ facts: inout FactSet) {
        var hasHTML = false, hasPlain = false, images = 0, hasApplication = false
        for place in message.parts.indices {
            let type = message.parts[place].contentType
            if type.type == "text" { hasHTML = hasHTML || type.subtype == "html"; hasPlain = hasPlain || type.subtype == "plain" }
            if type.type == "image" { images &+= 1 }
            if type.type == "application" { hasApplication = true }
        }
        facts.note("root", word: Array(message.parts[0].contentType.mediaType.utf8)[...])
        facts.note("parts", message.parts.count, steps: [2, 3, 4, 6])
        facts.note("HTML alone", hasHTML && !hasPlain)
        facts.note("plain alone", hasPlain && !hasHTML)
        facts.note("plain and HTML", hasPlain && hasHTML)
        facts.note("images", images, steps: [1, 2])
        facts.note("images and no text", images > 0 && text.visibleCount < 200)
        facts.note("files", hasApplication)
        facts.note("length of the text", text.visibleCount, steps: [20, 100, 300, 700, 1_500, 4_000, 10_000])
        facts.note("length of hidden text", text.hiddenCount, steps: [3, 50, 300, 2_000])
        if hasHTML {
            let body = max(1, bodyCount)
            facts.note("share of text in the body", Double(text.visibleCount) / Double(body), steps: [0.02, 0.05, 0.1, 0.2, 0.4, 0.7])
        }
        for part in message.texts.prefix(3) {
            if let charset = part.charset { facts.note("charset", word: ASCII.lowercased(charset.octets(40)[...])[...]) }
        }
        for file in message.attachments.prefix(5) { facts.note("file", word: file.declaredType.octets(40)[...]) }
    }

    /// Octets of the body; of the first of them without the CR of line breaks, of which larger messages have mostly none in what makes them large.
    private var bodyCount: Int {
        let body = message.octets[min(message.header.range.upperBound, message.octets.count)...]
        return unsafe body.prefix(1 << 16).withUnsafeBufferPointer { unsafe $0.countWithoutReturns } + max(0, body.count - (1 << 16))
    }

    func linkFacts(_ facts: inout FactSet) {
        var sites: [UInt64] = [], count = 0, own = 0, addresses = 0, sources = 0, mail = 0, longer = 0, misleading = 0
        let author = FeatureHash.text(authorSite), identity = FeatureHash.text(identitySite)
        for url in message.urls.prefix(100) {
            if url.scheme == "mailto" { mail &+= 1; continue }
            count &+= 1
            let site = FeatureHash.text(Self.site(url.host.octets(256)[...]))
            if !sites.contains(site) { sites.append(site) }
            if site == author || site == identity { own &+= 1 }
            if url.address != nil { addresses &+= 1 }
            if url.place == .source { sources &+= 1 }
            if url.raw.utf8.count > 120 { longer &+= 1 }
            if let shown = url.linkText.flatMap({ MailURL($0) }), FeatureHash.text(Self.site(shown.host.octets(256)[...])) != site { misleading &+= 1 }
        }
        facts.note("links", count, steps: [1, 2, 3, 5, 10, 30])
        facts.note("sites of links", sites.count, steps: [1, 2, 3, 5, 10])
        facts.note("links to mail", mail > 0)
        guard count > 0 else { return }
        facts.note("links to the author", Double(own) / Double(count), steps: [0.01, 0.3, 0.6, 0.95])
        facts.note("links to addresses", addresses > 0)
        facts.note("images from elsewhere", sources, steps: [1, 2, 4, 10])
        facts.note("long links", longer > 0)
        facts.note("links that show another target", misleading > 0)
        facts.note("links and no text", text.visibleCount < 150)
    }

    func textFacts(_ facts: inout FactSet) {
        let style = TextStyle(text.visible), size = Double(max(1, text.visible.count))
        facts.note("quoted lines", Double(style.quoted) / Double(max(1, style.lines)), steps: [0.001, 0.1, 0.4])
        facts.note("signature", style.hasSignature)
        facts.note("exclamations", 1000 * Double(style.exclamations) / (size + 50), steps: [0.01, 2, 5, 12])
        facts.note("capitals", Double(style.capitals) / Double(max(1, style.letters)), steps: [0.02, 0.06, 0.12, 0.25, 0.5])
        facts.note("other letters", Double(style.others) / size, steps: [0.0001, 0.01, 0.1, 0.4])
        facts.note("digits", Double(style.digits) / size, steps: [0.005, 0.02, 0.06, 0.15])
        facts.note("money", style.dollars, steps: [1, 2, 5])
        facts.note("length of lines", Double(style.filled) / Double(max(1, style.lines)), steps: [1, 20, 40, 60, 80, 150])
        let start = text.folded.octets.prefix(400)
        facts.note("salutation", start.contains("dear " as StaticString))
        facts.note("greeting", start.contains("\nhi " as StaticString) || start.contains("\nhello" as StaticString))
        facts.note("how to leave", hasWord("unsubscribe"))
        facts.note("click here", hasWord("click"))
    }

    private func hasWord(_ wanted: StaticString) -> Bool {
        let octets = text.folded.octets
        return text.words.contains { $0.count == wanted.utf8CodeUnitCount && ASCII.equal(octets[$0], wanted) }
    }
}

/// Counts of the characters of a text.
private struct TextStyle {
    var lines = 0, filled = 0, quoted = 0, exclamations = 0, capitals = 0, letters = 0, others = 0, digits = 0, dollars = 0, hasSignature = false

    init(_ text: [UInt8]) {
        var counts = [Int32](repeating: 0, count: 256)
        unsafe text.withUnsafeBufferPointer { text in
            var start = 0
            for place in 0..<text.count {
                let octet = unsafe text[place]
                counts[Int(octet)] &+= 1
                if octet == ASCII.lf { unsafe end(text, start..<place); start = place &+ 1 }
            }
            unsafe end(text, start..<text.count)
        }
        for octet in 0..<256 {
            let count = Int(counts[octet]), octet = UInt8(truncatingIfNeeded: octet)
            if ASCII.isLetter(octet) { letters &+= count; if octet < 97 { capitals &+= count } } else if octet >= 128 { others &+= count } else if ASCII.isDigit(octet) { digits &+= count }
        }
        exclamations = Int(counts[33])
        dollars = Int(counts[36])
    }

    /// - Parameter line: its place in the text.
    // Unsafe and sound: nothing is read beyond the line, which is within the text.
    private mutating func end(_ text: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) {
        guard !line.isEmpty else { return }
        let count = unsafe text[line.upperBound &- 1] == ASCII.cr ? line.count &- 1 : line.count
        guard count > 0 else { return }
        lines &+= 1
        filled &+= count
        let first = unsafe text[line.lowerBound]
        if first == ASCII.greater { quoted &+= 1 }
        if first == ASCII.hyphen, count == 2 || count == 3, unsafe text[line.lowerBound &+ 1] == ASCII.hyphen, unsafe count == 2 || text[line.lowerBound &+ 2] == ASCII.space { hasSignature = true }
    }
}

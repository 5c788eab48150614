internal import Letters
internal import Mail

/// How an HTML text is made.
let htmlRules: [ContentRule] = [
    ContentRule("html.only", "There is HTML and no plain text beside it.") { facts in facts.isHTMLOnly ? "no text/plain" : nil },
    ContentRule("html.hidden_text", "Styles hide more text than is shown, 400 octets at least: words for filters, not for readers.") { facts in
        for page in facts.pages {
            let hidden = max(0, page.hiddenText.utf8.count - (page.html?.titleOctets ?? 0))
            if hidden >= 400, hidden > page.text.utf8.count { return "\(hidden) octets hidden, \(page.text.utf8.count) shown" }
        }
        return nil
    },
    ContentRule("html.some_hidden_text", "Styles hide 100 octets of text or more.") { facts in
        for page in facts.pages {
            let hidden = max(0, page.hiddenText.utf8.count - (page.html?.titleOctets ?? 0))
            if hidden >= 100 { return "\(hidden) octets hidden" }
        }
        return nil
    },
    ContentRule("html.image_only", "The HTML shows pictures and fewer than 100 octets of text, and it is not html.linked_image.") { facts in
        guard linkedImage(facts) == nil else { return nil }
        for page in facts.pages where (page.html?.images ?? 0) > 0 && page.text.utf8.count < 100 { return "\(page.html?.images ?? 0) pictures, \(page.text.utf8.count) octets of text" }
        return nil
    },
    ContentRule("html.linked_image", "Nearly all that is shown is a linked picture from elsewhere: fewer than 200 octets of text, one site of links.") { facts in linkedImage(facts) },
    ContentRule("html.foreign_form", "A form of the message sends what is typed to a site that is not the author's.") { facts in
        for link in facts.references where link.kind == .form {
            guard let url = MailURL(link.target), url.scheme != "mailto" else { continue }
            let site = WebAddress(url).site
            if site != facts.authorSite { return "to \(SubjectFacts.cut(url.host, 80))" }
        }
        return nil
    },
    ContentRule("html.password_field", "The message asks for a password in a field of its own.") { facts in facts.pages.contains { ($0.html?.passwords ?? 0) > 0 } ? "input of type password" : nil },
    ContentRule("html.comments_in_words", "Comments stand inside of words, three or more: `Via<!-- x -->gra`.") { facts in
        let count = facts.pages.reduce(0) { $0 + ($1.html?.commentsInWords ?? 0) }
        return count >= 3 ? "\(count) comments" : nil
    },
    ContentRule("html.much_comment", "Comments have more octets than the shown text, and 2,000 at least.") { facts in
        for page in facts.pages { if let html = page.html, html.commentOctets > 2000, html.commentOctets > page.text.utf8.count { return "\(html.commentOctets) octets" } }
        return nil
    },
    ContentRule("html.open_comment", "The last comment does not end: what follows is not shown.") { facts in facts.pages.contains { $0.html?.hasOpenComment == true } ? "a comment without end" : nil },
    ContentRule("html.base", "A base element turns where short links lead.") { facts in
        facts.references.first { $0.kind == .base }.map { SubjectFacts.cut($0.target, 100) }
    },
    ContentRule("html.refresh", "The page leads away by itself.") { facts in facts.references.first { $0.kind == .refresh }.map { SubjectFacts.cut($0.target, 100) } },
    ContentRule("html.frame", "The page shows another page within itself.") { facts in facts.references.first { $0.kind == .frame }.map { SubjectFacts.cut($0.target, 100) } },
    ContentRule("html.script", "The page has a script, which no mail reader runs.") { facts in facts.pages.contains { ($0.html?.scripts ?? 0) > 0 } ? "script" : nil },
    ContentRule("html.letter_references", "Twenty ASCII letters or more are written as numbers: `&#118;&#105;`.") { facts in
        let count = facts.pages.reduce(0) { $0 + ($1.html?.letterReferences ?? 0) }
        return count >= 20 ? "\(count) letters" : nil
    },
    ContentRule("html.brand_title", "The title of the page is the name of a known company, and the author is not of it.") { facts in
        for page in facts.pages {
            guard let title = page.html?.title, !title.isEmpty else { continue }
            let words = NameWords(SubjectFacts.cut(title, 256))
            if let name = facts.foreignOwnBrand(in: words) ?? facts.foreignBrand(in: words) { return name }
        }
        return nil
    },
    ContentRule("html.parts_differ", "The plain text and the HTML beside it have next to no words in common (RFC 2046 §5.1.4: they should be the same).") { facts in
        guard facts.message.root.contentType.subtype == "alternative", let plain = facts.shown.first(where: { !$0.isHTML }), let page = facts.pages.first else { return nil }
        guard plain.text.utf8.count >= 100, page.text.utf8.count >= 100, let share = share(plain.text, page.text) else { return nil }
        return share < 0.15 ? "\(Int(share * 100)) of 100 words in common" : nil
    },
    ContentRule("html.many_tags", "The markup has more than one tag for each three octets of shown text, and 100 at least.") { facts in
        for page in facts.pages { if let html = page.html, html.tags > 100, html.tags > page.text.utf8.count / 3 { return "\(html.tags) tags, \(page.text.utf8.count) octets" } }
        return nil
    },
    ContentRule("html.no_root", "The HTML has no `html` element.") { facts in facts.pages.isEmpty || facts.pages.contains { $0.html?.hasRoot == true } ? nil : "a piece of a page" },
    ContentRule("html.short", "The HTML shows fewer than 300 octets and has a link.") { facts in
        guard let page = facts.pages.first, page.text.utf8.count < 300, facts.textOctets < 300, !facts.links.isEmpty else { return nil }
        return "\(page.text.utf8.count) octets"
    },
]

private func linkedImage(_ facts: SubjectFacts) -> String? {
    guard let page = facts.pages.first, let html = page.html, html.images > 0, page.text.utf8.count < 200, facts.shown.allSatisfy({ $0.isHTML || $0.text.utf8.count < 200 }) else { return nil }
    let remote = page.links.contains { $0.kind == .source && ASCII.hasPrefix(Array($0.target.utf8.prefix(4))[...], "http") }
    return remote && facts.sites.count == 1 ? "a picture that leads to \(facts.sites.first ?? "")" : nil
}

/// The share of the words of the shorter text that the other one has; nil where there are few words.
private func share(_ one: String, _ other: String) -> Double? {
    var first = WordSet(), second = WordSet(), both = 0
    WordSet.words(of: one) { _ = first.insert($0) }
    WordSet.words(of: other) { word in if second.insert(word), first.contains(word) { both += 1 } }
    let least = min(first.count, second.count)
    return least >= 8 ? Double(both) / Double(least) : nil
}

/// Hashes of the words that a text begins with, each once.
private struct WordSet {
    /// Octets of a text that are read. A word has four and one between: there are far fewer words than slots.
    private static let octets = 8192, slots = 4096
    /// Odd, and another one in each process: nobody who writes a text knows which words share a place. What is found does not depend on it.
    private static let seed = UInt64.random(in: .min ... .max) | 1

    private(set) var count = 0
    private var hashes = [UInt64](repeating: 0, count: slots)

    /// - Returns: whether it was not there.
    mutating func insert(_ word: UInt64) -> Bool {
        let place = place(of: word)
        guard hashes[place] == 0 else { return false }
        hashes[place] = word
        count += 1
        return true
    }

    func contains(_ word: UInt64) -> Bool { hashes[place(of: word)] != 0 }

    /// Where the word is, or would be.
    private func place(of word: UInt64) -> Int {
        // The highest bits of the product: any two words meet there no oftener than by chance.
        var place = Int(truncatingIfNeeded: (word &* Self.seed) >> 52) & (Self.slots - 1)
        while hashes[place] != 0, hashes[place] != word { place = (place &+ 1) & (Self.slots - 1) }
        return place
    }

    /// Hands over the hashes of the words of four octets and more; none is 0.
    static func words(of text: String, _ take: (UInt64) -> Void) {
        let text = text.utf8.prefix(octets)
        unsafe text.withContiguousStorageIfAvailable { unsafe words(of: $0, take) } ?? Array(text).withUnsafeBufferPointer { unsafe words(of: $0, take) }
    }

    private static func words(of text: UnsafeBufferPointer<UInt8>, _ take: (UInt64) -> Void) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325, length = 0
        for unsafe octet in unsafe text {
            if octet >= 0x80 || ASCII.isAlphanumeric(octet) {
                hash = (hash ^ UInt64(ASCII.lower(octet))) &* 0x100_0000_01b3
                length &+= 1
            } else if length > 0 {
                if length >= 4 { take(max(hash, 1)) }
                hash = 0xcbf2_9ce4_8422_2325
                length = 0
            }
        }
    }
}

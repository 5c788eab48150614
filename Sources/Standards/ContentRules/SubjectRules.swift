internal import Letters
internal import Mail

/// The Subject field.
let subjectRules: [ContentRule] = [
    ContentRule("subject.empty", "The Subject field is empty.") { facts in facts.message.subject.map { $0.utf8.allSatisfy(ASCII.isSpace) } == true ? "empty" : nil },
    ContentRule("subject.capitals", "All letters of the subject are capitals, and there are ten of them or more in two words.") { facts in
        let octets = facts.title.utf8
        var letters = 0, small = 0, blanks = 0
        for octet in octets {
            if ASCII.isLetter(octet) { letters += 1; if octet >= 97 { small += 1 } } else if octet == ASCII.space { blanks += 1 }
        }
        return letters >= 10 && small == 0 && blanks > 0 && facts.foldedTitle.foreignLetters == 0 ? shown(facts) : nil
    },
    ContentRule("subject.gaps", "Letters of a word in the subject stand apart: `V I A G R A`, `f-r-e-e`.") { facts in
        var words = WordFacts()
        words.take(facts.foldedTitle.octets)
        return words.longestGaps >= 4 ? shown(facts) : nil
    },
    ContentRule("subject.fake_reply", "The subject begins with Re: and no field says what is replied to (RFC 5322 §3.6.5).") { facts in
        guard !facts.isReply, !facts.isList, !facts.isAutomatic, facts.field(.threadIndex) == nil else { return nil }
        let prefixes: [StaticString] = ["re:", "aw:", "sv:", "vs:", "odp:"], start = Array(facts.foldedTitle.octets.prefix(8))
        for prefix in prefixes where ASCII.hasPrefix(start[...], prefix) { return shown(facts) }
        return nil
    },
    ContentRule("subject.fake_forward", "The subject begins with Fwd: and neither a field nor the text has what was forwarded.") { facts in
        guard !facts.isReply, !facts.isList, facts.field(.threadIndex) == nil else { return nil }
        let start = Array(facts.foldedTitle.octets.prefix(8))
        guard ASCII.hasPrefix(start[...], "fw:") || ASCII.hasPrefix(start[...], "fwd:") || ASCII.hasPrefix(start[...], "wg:"), facts.files.isEmpty else { return nil }
        let text = facts.folded.first?.octets.prefix(8192) ?? []
        return hasForwarded(facts, text) ? nil : shown(facts)
    },
    ContentRule("subject.odd_start", "The subject begins with a sign that no sentence begins with: an exclamation mark, one star, a number sign or a dollar before nothing that it is the sign of.") { facts in
        // `** PROBLEM **` of those who watch hosts, `#4711` of shops and offices, `$50 for you`, `#hashtag` are usual.
        guard let first = facts.foldedTitle.octets.first, !facts.isList else { return nil }
        let next = facts.foldedTitle.octets.dropFirst().first ?? 0
        return first == 33 || first == 42 && next != 42 || (first == 35 || first == 36) && next < 0x80 && !ASCII.isAlphanumeric(next) ? shown(facts) : nil
    },
    ContentRule("subject.exclamation", "The subject ends in an exclamation mark.") { facts in last(facts) == 33 ? shown(facts) : nil },
    ContentRule("subject.exclamations", "The subject has two exclamation marks or more.") { facts in facts.title.utf8.filter { $0 == 33 }.count >= 2 ? shown(facts) : nil },
    ContentRule("subject.question", "The subject ends in a question mark.") { facts in last(facts) == ASCII.question ? shown(facts) : nil },
    ContentRule("subject.currency", "The subject has a sum of money: a sign of a currency beside digits.") { facts in
        var before: UInt8 = 0
        for octet in facts.foldedTitle.octets {
            if before == 36, ASCII.isDigit(octet) { return shown(facts) }
            before = octet
        }
        let octets = facts.foldedTitle.octets
        return octets.contains { $0 >= 0xc2 } && facts.title.unicodeScalars.contains { $0 == "€" || $0 == "£" } && octets.contains(where: ASCII.isDigit) ? shown(facts) : nil
    },
    ContentRule("subject.percent", "The subject has a per cent sign beside digits.") { facts in
        var before: UInt8 = 0
        for octet in facts.title.utf8 {
            if octet == ASCII.percent, ASCII.isDigit(before) { return shown(facts) }
            before = octet
        }
        return nil
    },
    ContentRule("subject.needless_encoding", "The subject is encoded (RFC 2047) and has nothing but ASCII.") { facts in
        guard encodedCharset(facts) != nil, !facts.title.isEmpty, facts.title.utf8.count < 60, facts.title.utf8.allSatisfy({ $0 >= 32 && $0 < 127 }), !facts.isBulk else { return nil }
        return shown(facts)
    },
    ContentRule("subject.needless_base64", "The subject is in base64 (RFC 2047 §4.1) and has nothing but ASCII.") { facts in
        return (facts.rawTitle.contains("?b?" as StaticString) || facts.rawTitle.contains("?B?" as StaticString)) && !facts.title.isEmpty && facts.title.utf8.allSatisfy({ $0 >= 32 && $0 < 127 }) ? shown(facts) : nil
    },
    ContentRule("subject.odd_charset", "The subject is encoded in a charset that few use: no UTF-8, no ISO-8859, no Windows charset, none of East Asia or Russia.") { facts in
        guard let charset = encodedCharset(facts) else { return nil }
        for usual in ["utf-8", "utf8", "iso-8859", "windows-125", "us-ascii", "koi8", "gb", "big5", "iso-2022", "euc-", "shift_jis", "ks_c", "cp125", "tis-620"] where charset.hasPrefix(usual) { return nil }
        return charset
    },
    ContentRule("subject.raw_octets", "The subject has octets above 127 that are no UTF-8 and are not encoded (RFC 2047, RFC 6532 §3.2).") { facts in
        guard facts.rawTitle.contains(where: { $0 >= 0x80 }), String(validating: facts.rawTitle, as: UTF8.self) == nil else { return nil }
        return shown(facts)
    },
    ContentRule("subject.recipient", "The subject has the recipient's address.") { facts in
        guard facts.foldedTitle.octets.contains(ASCII.at) else { return nil }
        for recipient in facts.recipients where facts.has(Array("\(recipient.local)@\(recipient.domain)".utf8), in: facts.foldedTitle.octets[...]) { return shown(facts) }
        return nil
    },
    ContentRule("subject.recipient_name", "The subject has the local part of the recipient's address as a word.") { facts in
        guard !facts.isReply else { return nil }
        let words = facts.foldedTitle.octets.split { $0 < 0x80 && !ASCII.isAlphanumeric($0) && $0 != ASCII.dot && $0 != ASCII.hyphen && $0 != 95 }
        for recipient in facts.recipients where recipient.local.utf8.count >= 4 && !common.contains(recipient.local) {
            if words.contains(where: { $0.elementsEqual(recipient.local.utf8) }) { return shown(facts) }
        }
        return nil
    },
    ContentRule("subject.unseen", "The subject has characters inside of words that nobody sees, or controls of writing direction (UTS 39, UAX 9).") { facts in
        if facts.foldedTitle.unseenInWords > 0 { return "\(facts.foldedTitle.unseenInWords) in words" }
        return facts.title.unicodeScalars.contains { (0x202a...0x202e).contains($0.value) } ? "turns the direction of writing" : nil
    },
    ContentRule("subject.mixed_words", "Words of the subject have Latin letters beside others that look like them (UTS 39 §5).") { facts in facts.foldedTitle.firstMixedWord },
    ContentRule("subject.styled", "The subject is written in letters of mathematics or in circles.") { facts in facts.foldedTitle.styledLetters >= 3 ? shown(facts) : nil },
    ContentRule("subject.long", "The subject has more than 200 octets.") { facts in facts.title.utf8.count > 200 ? "\(facts.title.utf8.count) octets" : nil },
    ContentRule("subject.wide_gap", "The subject has six blanks in a row, behind which something unseen may stand.") { facts in
        var row = 0
        for octet in facts.title.utf8 {
            row = octet == ASCII.space || octet == ASCII.tab ? row + 1 : 0
            if row >= 6 { return shown(facts) }
        }
        return nil
    },
    ContentRule("subject.random_tail", "The last word of the subject is a row of letters and digits that nobody can speak.") { facts in
        let words = facts.title.utf8.split(separator: ASCII.space)
        guard words.count >= 2, let last = words.last, last.count >= 6, last.allSatisfy({ ASCII.isAlphanumeric($0) }), !last.allSatisfy(ASCII.isDigit) else { return nil }
        let text = String(decoding: last, as: UTF8.self)
        return isRandom(text) ? shown(facts) : nil
    },
    ContentRule("subject.emoji", "The subject has pictures.") { facts in
        facts.title.unicodeScalars.contains { (0x1f300...0x1faff).contains($0.value) || (0x2600...0x27bf).contains($0.value) } ? shown(facts) : nil
    },
]

private let common: Set<String> = ["info", "mail", "admin", "office", "support", "sales", "contact", "list", "news", "users", "help", "service", "test", "team", "post", "linux", "user", "webmaster", "postmaster", "spam", "apache", "perl", "discuss", "announce", "dev",
                                   "rechnung", "rechnungen", "bestellung", "bestellungen", "order", "orders", "kontakt", "anfrage", "vertrieb", "einkauf", "verkauf", "buchhaltung", "bewerbung", "kundenservice", "zentrale", "presse", "termine", "redaktion",
                                   "invoice", "invoices", "billing", "account", "accounts", "accounting", "payment", "payments", "purchasing", "jobs", "career", "careers", "press", "marketing", "events", "newsletter", "noreply", "abuse", "security", "privacy",
                                   "hostmaster", "root", "hello", "feedback", "shop", "store", "export", "import", "kunden", "customer", "customers", "legal", "finance", "compta", "facture", "factures", "commande", "ventas", "pedidos", "facturas"]

/// Whether a text has what was forwarded: quoted lines, a line that says so, or one that begins with `From:` in some language.
private func hasForwarded(_ facts: SubjectFacts, _ text: ArraySlice<UInt8>) -> Bool {
    if facts.has(Array("forwarded".utf8), in: text) { return true }
    for line in text.split(separator: ASCII.lf) {
        if line.first == ASCII.greater { return true }
        // After blanks and stars.
        let rest = line.drop { $0 <= ASCII.space || $0 == 42 }
        let isFrom = senders.contains { sender in
            guard rest.starts(with: sender) else { return false }
            // A blank may stand before the colon, one that does not break as well.
            return rest.dropFirst(sender.count).first { $0 != ASCII.space && $0 != 0xc2 && $0 != 0xa0 } == ASCII.colon
        }
        if isFrom { return true }
    }
    return false
}

/// `From`, as programs write it before what they forward, folded.
private let senders: [[UInt8]] = ["from", "von", "de", "da", "van", "fra", "fran", "od", "felado", "kimden", "от", "от кого", "发件人", "差出人"].map { FoldedText($0).octets.prefix { $0 != ASCII.lf }.map { $0 } }

private func shown(_ facts: SubjectFacts) -> String { facts.title }

private func last(_ facts: SubjectFacts) -> UInt8? { facts.title.utf8.last { !ASCII.isSpace($0) } }

/// The charset of the first encoded word, in lower case.
private func encodedCharset(_ facts: SubjectFacts) -> String? {
    let raw = Array(facts.rawTitle)
    guard let start = raw.indices.dropLast().first(where: { raw[$0] == ASCII.equals && raw[$0 + 1] == ASCII.question }) else { return nil }
    let charset = raw[(start + 2)...].prefix { $0 != ASCII.question && $0 != 42 && $0 > 32 }
    return charset.isEmpty || charset.count > 40 ? nil : ASCII.text(ASCII.lowercased(charset)[...])
}

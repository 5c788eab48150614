internal import DNS
internal import Letters
internal import Mail

/// What is missing or odd in the header. That From or Date is missing, a field is there twice, or the header has 8-bit octets are defects of the message, and told as such.
let headerRules: [ContentRule] = [
    ContentRule("header.missing_to", "Neither To nor Cc nor Bcc: the sender does not say for whom it is (RFC 5322 §3.6.3 allows it).") { facts in
        facts.field(.to) == nil && facts.field(.cc) == nil && facts.field(.bcc) == nil ? "there is no To field" : nil
    },
    ContentRule("header.empty_to", "The To field has no mailbox and no group.") { facts in
        guard let field = facts.field(.to), facts.message.to.isEmpty, !field.value.contains(":") else { return nil }
        return "To: \(SubjectFacts.cut(field.value, 60))"
    },
    ContentRule("header.undisclosed", "The To field names a group without mailboxes, such as `undisclosed-recipients:;` (RFC 5322 §3.4).") { facts in
        guard let field = facts.field(.to), facts.message.to.isEmpty, field.value.contains(":") else { return nil }
        return "To: \(SubjectFacts.cut(field.value, 60))"
    },
    ContentRule("header.not_addressed", "No recipient of the envelope stands in To or Cc, and it is no mail of a list.") { facts in
        guard !facts.recipients.isEmpty, !facts.addressees.isEmpty, !facts.isBulk else { return nil }
        let named = Set(facts.addressees.map { $0.address.lowercased() })
        return facts.recipients.contains { named.contains("\($0.local)@\($0.domain)") } ? nil : "to \(facts.addressees.first?.address ?? "")"
    },
    ContentRule("header.sorted_recipients", "Six recipients or more stand in the order of the alphabet, as lists of addresses do.") { facts in
        let names = facts.addressees.map { $0.address.lowercased() }
        guard names.count >= 6, zip(names, names.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        return "\(names.count) recipients in order"
    },
    ContentRule("header.alike_recipients", "Five recipients or more of one domain have names that begin with the same letters.") { facts in
        let all = facts.addressees
        guard all.count >= 5, let first = all.first, first.localPart.utf8.count >= 3 else { return nil }
        let start = first.localPart.lowercased().prefix(3), same = all.filter { $0.localPart.lowercased().hasPrefix(start) && $0.domain == first.domain }
        return same.count == all.count ? "\(all.count) recipients that begin with \(start)" : nil
    },
    ContentRule("header.many_recipients", "Twenty recipients or more stand in To and Cc.") { facts in
        facts.addressees.count >= 20 ? "\(facts.addressees.count) recipients" : nil
    },
    ContentRule("header.missing_subject", "There is no Subject field.") { facts in facts.message.subject == nil ? "there is no Subject field" : nil },
    ContentRule("header.missing_message_id", "There is no Message-ID field, which every message should have (RFC 5322 §3.6.4).", forSubmissions: false) { facts in
        facts.message.messageID == nil ? "there is no Message-ID field" : nil
    },
    ContentRule("header.malformed_message_id", "The Message-ID is not `<left@right>` (RFC 5322 §3.6.4).") { facts in
        guard let id = facts.message.messageID else { return nil }
        let octets = Array(id.utf8)
        guard octets.first == ASCII.less, octets.last == ASCII.greater, octets.dropFirst().dropLast().contains(ASCII.at), !octets.contains(where: ASCII.isSpace) else { return SubjectFacts.cut(id, 100) }
        return nil
    },
    ContentRule("header.message_id_host", "The right side of the Message-ID is no name on the Internet: `localhost`, a name without a dot, or one below `.local`.") { facts in
        guard let host = facts.messageIDHost, !host.isEmpty, !host.hasPrefix("["), !host.contains(".") || host.hasSuffix(".localdomain") || host.hasSuffix(".local") else { return nil }
        return SubjectFacts.cut(host, 100)
    },
    ContentRule("header.message_id_own", "The Message-ID bears the recipient's domain, and the author has another one.", forSubmissions: false) { facts in
        guard let host = facts.messageIDHost, let site = facts.authorSite, !facts.ownSites.contains(site), !facts.isBulk, !facts.isReply, facts.ownSites.contains(Site.of(host)) else { return nil }
        return host
    },
    ContentRule("header.message_id_short", "The left side of the Message-ID has fewer than six characters.") { facts in
        guard let id = facts.message.messageID, let at = id.utf8.firstIndex(of: ASCII.at) else { return nil }
        let left = id[..<at].drop { $0 == "<" }
        return left.utf8.count < 6 ? SubjectFacts.cut(id, 100) : nil
    },
    ContentRule("header.high_priority", "The sender marks it as urgent (X-Priority 1 or 2, Importance high).") { facts in
        if let value = facts.text(.priority), value.hasPrefix("1") || value.hasPrefix("2") { return "X-Priority: \(value)" }
        if facts.text(.importance)?.lowercased() == "high" { return "Importance: high" }
        return facts.text(.priorityWord)?.lowercased() == "high" ? "X-MSMail-Priority: high" : nil
    },
    ContentRule("header.lone_priority", "X-Priority without the fields that most programs write with it, and it is no mail of a list.") { facts in
        guard let value = facts.text(.priority), facts.field(.priorityWord) == nil, facts.field(.importance) == nil, !facts.isBulk, !facts.isReply, !facts.agent.hasPrefix("the bat!"), !facts.agent.contains("thunderbird") else { return nil }
        return "X-Priority: \(SubjectFacts.cut(value, 40))"
    },
    ContentRule("header.message_id_capitals", "The left side of the Message-ID is fifteen capitals or more.") { facts in
        guard let id = facts.message.messageID, let at = id.utf8.firstIndex(of: ASCII.at) else { return nil }
        let left = id.utf8[..<at].drop { $0 == ASCII.less }
        return left.count >= 15 && left.allSatisfy { $0 &- 65 < 26 } ? SubjectFacts.cut(id, 100) : nil
    },
    ContentRule("header.mime_version", "The message has parts or a Content-Type, and no MIME-Version (RFC 2045 §4).") { facts in
        facts.field(.contentType) != nil && facts.field(.mimeVersion) == nil ? "Content-Type without MIME-Version" : nil
    },
    ContentRule("header.odd_mime_version", "The MIME-Version is not 1.0 (RFC 2045 §4).") { facts in
        guard let value = facts.text(.mimeVersion), !value.hasPrefix("1.0"), !value.hasPrefix("(") else { return nil }
        return "MIME-Version: \(SubjectFacts.cut(value, 40))"
    },
    ContentRule("header.odd_boundary", "The boundary is a form that programs for mass mail write: only hyphens and digits, or a bare word.") { facts in
        guard let boundary = facts.message.root.contentType.parameters["boundary"], facts.message.root.contentType.type == "multipart" else { return nil }
        let octets = Array(boundary.utf8.prefix(80)), letters = octets.filter(ASCII.isAlphanumeric)
        if letters.count >= 8, letters.allSatisfy(ASCII.isDigit), octets.first == ASCII.hyphen { return boundary }
        return letters.count < 8 ? SubjectFacts.cut(boundary, 80) : nil
    },
    ContentRule("header.odd_charset", "A text names a charset that nobody knows, or none where letters need one.") { facts in
        facts.message.has(.unknownCharset) ? facts.message.defects.first { $0.kind == .unknownCharset }?.detail ?? "unknown charset" : nil
    },
    ContentRule("header.base64_text", "A text of ASCII letters only is in base64, which keeps it from simple filters.") { facts in
        for text in facts.shown where !text.isHTML && text.text.utf8.count >= 20 {
            guard let part = part(facts, text.part), part.transferEncoding == .base64, !part.header.fields.isEmpty, text.text.utf8.allSatisfy({ $0 < 0x80 }) else { continue }
            return "part \(part.path) is ASCII in base64"
        }
        return nil
    },
]

/// Who is said to have written it.
let originRules: [ContentRule] = [
    ContentRule("header.from_recipient", "The author's address is the recipient's own.", forSubmissions: false) { facts in
        facts.isFromRecipient ? facts.author?.address : nil
    },
    ContentRule("header.from_without_domain", "The From field has an address without a domain of the Internet.") { facts in
        guard let author = facts.message.from.first(where: { $0.domain == nil && $0.literal == nil || $0.domain?.text.utf8.contains(ASCII.dot) == false }) else { return nil }
        return SubjectFacts.cut(author.raw, 100)
    },
    ContentRule("header.several_authors", "Several mailboxes in From, and no Sender that says who of them sent it (RFC 5322 §3.6.2).") { facts in
        // An address before the same address in brackets, as some scripts write it, names one author.
        facts.message.sender.isEmpty && Set(facts.message.from.lazy.map { $0.address.lowercased() }).count > 1 ? "\(facts.message.from.count) mailboxes" : nil
    },
    ContentRule("header.from_digits", "The author's address at a free provider ends in four digits or more, or has six.") { facts in
        guard facts.isAuthorFree, let local = facts.author?.localPart.utf8 else { return nil }
        return local.reversed().prefix(while: ASCII.isDigit).count >= 4 || local.filter(ASCII.isDigit).count >= 6 ? facts.author?.address : nil
    },
    ContentRule("header.from_free", "The author writes from a provider where anybody gets a mailbox.") { facts in facts.isAuthorFree ? facts.authorSite : nil },
    ContentRule("header.from_random", "The local part of the author's address is a row of letters that nobody can speak, or mixes letters and digits many times.") { facts in
        guard let author = facts.author, !facts.isBulk, isRandom(author.localPart) else { return nil }
        return author.address
    },
    ContentRule("header.from_long_host", "The author's domain has five labels or more.") { facts in
        guard let domain = facts.author?.domain, domain.labels.count >= 5 else { return nil }
        return domain.text
    },
    ContentRule("header.sender_other", "The Sender field has another domain than From, and it is no mail of a list.") { facts in
        guard let sender = facts.message.sender.first?.domain, let site = facts.authorSite, Site.of(sender) != site, !facts.isBulk else { return nil }
        return "\(sender.text) for \(site)"
    },
]

private func part(_ facts: SubjectFacts, _ place: Int) -> MIMEPart? { facts.message.parts.indices.contains(place) ? facts.message.parts[place] : nil }

/// Six consonants or more in a row, or letters and digits in turn four times.
func isRandom(_ text: String) -> Bool {
    var consonants = 0, longest = 0, turns = 0, before = 0
    for octet in text.utf8.prefix(64) {
        let letter = octet | 32
        let kind = ASCII.isDigit(octet) ? 1 : ASCII.isLetter(octet) ? 2 : 0
        if kind != 0, before != 0, kind != before { turns += 1 }
        if kind != 0 { before = kind }
        consonants = kind == 2 && (0x1104111 as UInt32) >> UInt32((letter &- 97) & 31) & 1 == 0 ? consonants + 1 : 0
        longest = max(longest, consonants)
    }
    return longest >= 6 || turns >= 4
}

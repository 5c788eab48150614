internal import DNS
internal import Letters
internal import Mail

/// What can be said of a message in few words. Most facts set two places of the message beside each other, which holds wherever it came by.
struct FactReader {
    let message: Message
    let text: ReadText
    let limits: FeatureLimits
    let author: MailAddress?
    /// What the author's domain, and that of the Message-ID, registered; empty where there is none.
    let authorSite: ArraySlice<UInt8>, identitySite: ArraySlice<UInt8>

    init(_ message: Message, _ text: ReadText, limits: FeatureLimits) {
        self.message = message
        self.text = text
        self.limits = limits
        author = message.from.first
        authorSite = Self.site(of: message.from.first)
        identitySite = Self.site(Self.identityHost(message))
    }

    func add(to collector: inout FeatureCollector, _ findings: [String]) {
        var facts = FactSet(isNaming: collector.wanted != nil)
        identityFacts(&facts)
        partyFacts(&facts)
        nameFacts(&facts)
        fieldFacts(&facts)
        routeFacts(&facts)
        subjectFacts(&facts)
        structureFacts(&facts)
        linkFacts(&facts)
        textFacts(&facts)
        // How lines end says what program handed the message on.
        for code in message.defects.lazy.filter({ $0.kind != .bareLF }).map(\.code).sorted().prefix(16) { facts.note("defect", word: code.octets(64)[...]) }
        // What stands for several findings together is a pair of facts already.
        for code in findings.lazy.filter({ !$0.hasPrefix("together.") }).sorted().prefix(32) { facts.note("finding", word: code.octets(64)[...]) }
        facts.add(to: &collector, limit: limits.facts)
    }

    static func site(of address: MailAddress?) -> ArraySlice<UInt8> { site((address?.domainText ?? "").octets(256)[...]) }

    static func site(_ host: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let lowered = ASCII.lowercased(host.last == ASCII.dot ? host.dropLast() : host)[...]
        return lowered[RegistrableName.start(in: lowered)...]
    }

    /// What follows the `@` of the Message-ID.
    static func identityHost(_ message: Message) -> ArraySlice<UInt8> {
        let identity = (message.messageID ?? "").octets(512)
        guard let at = identity.lastIndex(of: ASCII.at) else { return [] }
        return identity[(at + 1)...].prefix { $0 != ASCII.greater && !ASCII.isSpace($0) }
    }

    // MARK: - Who and to whom

    private func identityFacts(_ facts: inout FactSet) {
        let identity = (message.messageID ?? "").octets(512), host = Self.identityHost(message)
        facts.note("no Message-ID", identity.isEmpty)
        facts.note("no Date", message.header.first(FieldNames.date) == nil)
        facts.note("Message-ID of the author's domain", !host.isEmpty && identitySite == authorSite)
        facts.note("Message-ID of another domain", !host.isEmpty && identitySite != authorSite)
        facts.note("Message-ID without a domain", !identity.isEmpty && !host.contains(ASCII.dot))
        facts.note("Message-ID of an address", !host.isEmpty && host.allSatisfy { ASCII.isDigit($0) || $0 == ASCII.dot || $0 == ASCII.bracket || $0 == ASCII.unbracket })
        let local = identity.prefix { $0 != ASCII.at }.drop { $0 == ASCII.less }
        facts.note("dollars in the Message-ID", local.count { $0 == 36 }, steps: [1, 2, 3])
        facts.note("hexadecimal Message-ID", !local.isEmpty && local.allSatisfy { ASCII.hex($0) != nil || $0 == ASCII.dot })
        facts.note("Message-ID of digits", !local.isEmpty && local.allSatisfy { ASCII.isDigit($0) || $0 == ASCII.dot })
        facts.note("Message-ID without small letters", local.count > 10 && !local.contains { $0 &- 97 < 26 })
        facts.note("long Message-ID", local.count, steps: [15, 30, 50])
    }

    private func partyFacts(_ facts: inout FactSet) {
        let reply = message.replyTo.first, recipient = message.to.first
        facts.note("no From", author == nil)
        facts.note("no To", message.to.isEmpty)
        facts.note("several in To", message.to.count, steps: [2, 6, 20])
        facts.note("Cc", !message.cc.isEmpty)
        if let reply {
            let site = Self.site(of: reply)
            facts.note("Reply-To of the author's domain", site == authorSite)
            facts.note("Reply-To of another domain", site != authorSite)
            facts.note("Reply-To is From", reply.address == author?.address)
        }
        if let sender = message.sender.first { facts.note("Sender of another domain", Self.site(of: sender) != authorSite); facts.note("Sender") }
        if let path = message.header.first(FieldNames.returnPath) {
            let octets = path.unfolded
            if let at = octets.lastIndex(of: ASCII.at) {
                let site = Self.site(octets[(at + 1)...].prefix { $0 != ASCII.greater })
                facts.note("Return-Path of the author's domain", site == authorSite)
                facts.note("Return-Path of another domain", site != authorSite)
            }
        }
        guard let author, let recipient else { return }
        facts.note("From is To", author.address == recipient.address)
        facts.note("author of the recipient's domain", !authorSite.isEmpty && Self.site(of: recipient) == authorSite)
        let local = ASCII.lowercased(recipient.localPart.octets(64)[...])[...]
        guard local.count > 3 else { return }
        let subject = ASCII.lowercased((message.subject ?? "").octets(300)[...])[...]
        facts.note("recipient's name in the subject", subject.contains(local))
        facts.note("recipient's name in the text", text.visible.prefix(400).contains(local))
    }

    private func nameFacts(_ facts: inout FactSet) {
        guard let author else { return }
        let name = ASCII.lowercased((author.name ?? author.comment ?? "").octets(200)[...]), local = ASCII.lowercased(author.localPart.octets(64)[...])[...]
        facts.note("author has a name", !name.isEmpty)
        facts.note("author's name has an address", name.contains(ASCII.at))
        facts.note("author's name has other letters", name.contains { $0 >= 128 })
        facts.note("digits in the author's address", local.count { ASCII.isDigit($0) }, steps: [1, 3, 6])
        let label = authorSite.prefix { $0 != ASCII.dot }
        facts.note("author's name is that of the domain", label.count > 2 && name[...].contains(label))
        guard !name.isEmpty else { return }
        var isInAddress = false, isInText = false
        let end = text.folded.octets.suffix(1_500)
        for range in WordCutter.words(in: name, limit: 8) {
            if range.count > 2, local.contains(name[range]) { isInAddress = true }
            if range.count > 3, end.contains(name[range]) { isInText = true }
        }
        facts.note("author's name and address agree", isInAddress)
        facts.note("author's name and address differ", !isInAddress)
        facts.note("author's name in the text", isInText)
    }

    /// Fields that are there, and what some say.
    private func fieldFacts(_ facts: inout FactSet) {
        var seen: [UInt64] = []
        for field in message.header.fields.prefix(limits.fields) where FieldNames.telling.contains(field.key) && !seen.contains(field.key) {
            seen.append(field.key)
            facts.note("has", word: ASCII.lowercased(field.nameOctets)[...])
        }
        for name in [FieldNames.mailer, FieldNames.userAgent] {
            guard let field = message.header.first(name) else { continue }
            // The program without its version.
            let program = field.unfolded.prefix(60).prefix { !ASCII.isDigit($0) && $0 != ASCII.slash && $0 != ASCII.open }
            facts.note("written with", word: ASCII.trimmed(ASCII.lowercased(program)[...]))
        }
        if let date = message.header.first(FieldNames.date) {
            let octets = date.unfolded
            facts.note("comment in Date", octets.contains(ASCII.open))
            if let read = message.date {
                facts.note("zone", word: Array(String(read.offsetMinutes).utf8)[...])
                if let taken = message.received.last?.date {
                    facts.note("zone of the first server", read.offsetMinutes == taken.offsetMinutes)
                    facts.note("hours from Date to the first server", Double(taken.secondsSince1970 &- read.secondsSince1970) / 3600, steps: [-4, -0.1, 0.2, 4, 24])
                }
            }
        }
        facts.note("encoding", word: Array(message.parts[0].transferEncoding.rawValue.utf8)[...])
    }
}

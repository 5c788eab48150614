internal import DNS
internal import Letters
internal import Mail

/// What several rules ask of one message, each found out once, when first asked for.
final class SubjectFacts {
    let subject: ContentSubject
    let message: Message
    let limits: RuleLimits

    /// Codes of the rules that were met so far.
    var met: Set<String> = []

    init(_ subject: ContentSubject) { self.subject = subject; message = subject.message; limits = subject.limits }

    // MARK: - Who

    /// The first mailbox of From that has a domain, else the first.
    lazy var author: MailAddress? = message.from.first { $0.domain != nil } ?? message.from.first
    lazy var authorSite: String? = author?.domain.map { Site.of($0) }
    /// The author's name as its readers see it; empty for none.
    ///
    /// Words with a comma behind them, which are a mailbox without a domain by the grammar, are a name to readers.
    lazy var authorName: String = {
        let name = author?.name ?? ""
        if message.from.count < 2 { return Self.cut(name, 256) }
        return Self.cut((message.from.prefix(4).filter { $0.domain == nil }.map { $0.name ?? $0.localPart } + [name]).joined(separator: " "), 256)
    }()
    lazy var foldedName: FoldedText = FoldedText(authorName)
    /// Those of the name, without addresses in it.
    lazy var nameWords: NameWords = {
        guard authorName.utf8.contains(ASCII.at) else { return NameWords(authorName) }
        let words = NameWords(authorName.utf8.split(separator: ASCII.space).filter { !$0.contains(ASCII.at) }.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
        return words.words.isEmpty ? NameWords(authorName) : words
    }()
    lazy var isAuthorFree: Bool = authorSite.map { Site.free.contains($0) } ?? false
    /// Addresses of the envelope in lower case, local part and domain.
    lazy var recipients: [(local: String, domain: String)] = subject.recipients.prefix(limits.recipients).compactMap { text in
        guard let at = text.utf8.lastIndex(of: ASCII.at) else { return nil }
        return (text[..<at].lowercased(), text[text.utf8.index(after: at)...].lowercased())
    }
    /// Sites whose mail is ours; providers that serve everybody are none, nor are the sites to which own users write.
    lazy var ownSites: Set<String> = Set((subject.ownDomains.prefix(limits.names).map { Site.of($0) } + (subject.isSubmission ? [] : recipients.map { Site.of($0.domain) })).filter { !Site.free.contains($0) })
    lazy var isAuthorOwn: Bool = authorSite.map { ownSites.contains($0) } ?? false
    lazy var isFromRecipient: Bool = author.map { author in
        recipients.contains { $0.local == author.localPart.lowercased() && $0.domain == author.domain?.text }
    } ?? false
    /// Of the To and Cc fields.
    lazy var addressees: ArraySlice<MailAddress> = (message.to + message.cc).prefix(limits.recipients)

    // MARK: - Header

    func field(_ name: HeaderName) -> HeaderField? { message.header.first(name) }
    func text(_ name: HeaderName) -> String? { field(name).map { Self.cut($0.value, 512) } }

    lazy var agent: String = (text(.mailer) ?? text(.userAgent) ?? "").lowercased()
    lazy var messageIDHost: String? = message.messageID.flatMap { id in
        guard let at = id.utf8.lastIndex(of: ASCII.at) else { return nil }
        return String(id[id.utf8.index(after: at)...].prefix { $0 != ">" && $0 != " " }).lowercased()
    }
    /// Two marks of a list that belong together, and answers that stay with it. The sender writes them: what weighs much does not ask for them.
    lazy var isList: Bool = (field(.listID) != nil || field(.mailingList) != nil) && (field(.listPost) != nil || ["bulk", "list"].contains(precedence)) && !isAnsweredFree
    /// A list, or two marks of mail to many.
    lazy var isBulk: Bool = isList || !isAnsweredFree && [field(.listID) != nil, field(.listUnsubscribe) != nil, field(.feedback) != nil, ["bulk", "list", "junk"].contains(precedence)].count { $0 } >= 2
    private lazy var precedence: String = (text(.precedence) ?? "").lowercased()
    /// Answers go to another mailbox than the author's, at a free provider; of a list that puts its own address in place of the author's, this is the author's.
    private lazy var isAnsweredFree: Bool = {
        guard let address = author?.address.lowercased(), text(.listPost)?.lowercased().contains("<mailto:\(address)>") != true else { return false }
        return message.replyTo.contains { reply in reply.address.lowercased() != address && reply.domain.map { Site.free.contains(Site.of($0)) } ?? false }
    }()
    /// What a server of Exchange says that could not be delivered.
    lazy var isReport: Bool = message.root.contentType.subtype == "report" && ASCII.hasPrefix(Array((author?.localPart ?? "").utf8.prefix(20))[...], "microsoftexchange")
    lazy var isReply: Bool = field(.inReplyTo) != nil || field(.references) != nil
    lazy var isAutomatic: Bool = message.root.contentType.subtype == "report" || (text(.autoSubmitted)?.lowercased().hasPrefix("auto") ?? false) || author?.localPart.lowercased() == "mailer-daemon"

    // MARK: - Subject

    lazy var title: String = Self.cut(message.subject ?? "", limits.subjectOctets)
    lazy var foldedTitle: FoldedText = FoldedText(title)
    lazy var rawTitle: ArraySlice<UInt8> = field(.subject)?.unfolded.prefix(limits.subjectOctets) ?? []

    // MARK: - Texts

    lazy var shown: [TextPart] = message.texts.filter { !$0.isAttachment }
    lazy var pages: [TextPart] = shown.filter(\.isHTML)
    lazy var isHTMLOnly: Bool = !pages.isEmpty && shown.allSatisfy(\.isHTML)
    lazy var attachedPages: [TextPart] = message.texts.filter { $0.isAttachment && $0.isHTML }
    /// What is looked at of each shown text: of one that is longer than its share of the limit, three quarters of that from the beginning and the rest from the end.
    ///
    /// Pages choose first, since they are what readers see; what a text does not need is left to the others.
    lazy var looked: [String] = {
        var looked = [String](repeating: "", count: shown.count), left = limits.textOctets, places = shown.indices.filter { shown[$0].isHTML } + shown.indices.filter { !shown[$0].isHTML }
        places.reverse()
        while let place = places.popLast() {
            let text = shown[place].text.utf8, share = left / (places.count + 1)
            left &-= min(share, text.count)
            guard text.count > share else { looked[place] = shown[place].text; continue }
            looked[place] = String(decoding: text.prefix(share - share / 4), as: UTF8.self) + "\n" + String(decoding: text.suffix(share / 4).drop { $0 & 0xc0 == 0x80 }, as: UTF8.self)
        }
        return looked
    }()
    /// The shown texts, folded.
    lazy var folded: [FoldedText] = looked.map { FoldedText($0) }
    /// Octets of the longest shown text.
    lazy var textOctets: Int = shown.map { $0.text.utf8.count }.max() ?? 0
    lazy var words: WordFacts = {
        var words = WordFacts()
        for text in folded { words.take(text.octets) }
        words.take(foldedTitle.octets)
        return words
    }()
    lazy var cases: CaseFacts = {
        var cases = CaseFacts()
        for text in looked { cases.take(text, most: limits.textOctets) }
        return cases
    }()

    // MARK: - URLs

    /// Those a reader may follow: of the web, no mail addresses, nothing that is only loaded.
    lazy var links: [WebAddress] = message.urls.lazy.filter { $0.scheme != "mailto" && $0.place != .source && $0.place != .base }.prefix(limits.urls).map { WebAddress($0) }
    /// Of HTML, what is neither attached nor only loaded.
    lazy var references: [HTMLLink] = Array(pages.lazy.flatMap(\.links).filter { $0.kind != .source }.prefix(limits.urls * 4))
    lazy var sites: Set<String> = Set(links.map(\.site))
    /// The own sites by what they look like; and what was compared.
    lazy var ownLooks: [String: String] = Dictionary(ownSites.filter { Site.label($0).utf8.count >= 4 }.map { (Likeness.skeleton(of: Site.label(Punycode.shown($0))), $0) }, uniquingKeysWith: { min($0, $1) })
    var likenesses: [String: String?] = [:]
    lazy var files: ArraySlice<Attachment> = message.attachments.prefix(limits.attachments)

    // MARK: - Search

    /// Octets that rules went through in search of others.
    private(set) var searched = 0

    /// Whether octets are somewhere in a text; that counts as searched.
    func has(_ wanted: [UInt8], in text: ArraySlice<UInt8>) -> Bool {
        searched &+= text.count
        return text.contains(wanted[...])
    }

    /// Whether a recipient's address stands in a link, with its `@` or with `%40`; one pass, however many recipients and marks.
    func hasRecipient(in link: String) -> Bool {
        let text = ASCII.lowercased(Array(link.utf8.prefix(limits.linkOctets))[...])
        searched &+= text.count
        for at in text.indices where text[at] == ASCII.at || text[at] == ASCII.percent {
            let rest = text[(at + 1)...]
            guard text[at] == ASCII.at || rest.starts(with: [52, 48]) else { continue }
            let domain = text[at] == ASCII.at ? rest : rest.dropFirst(2)
            for recipient in recipientOctets where domain.starts(with: recipient.domain) && text[..<at].suffix(recipient.local.count).elementsEqual(recipient.local) { return true }
        }
        return false
    }

    /// The first recipients' addresses as octets.
    private lazy var recipientOctets: [(local: [UInt8], domain: [UInt8])] = recipients.prefix(5).filter { !$0.local.isEmpty && !$0.domain.isEmpty }.map { (Array($0.local.utf8), Array($0.domain.utf8)) }

    static func cut(_ text: String, _ octets: Int) -> String {
        text.utf8.count <= octets ? text : String(decoding: text.utf8.prefix(octets), as: UTF8.self)
    }
}

/// A URL of the web with its registered name.
struct WebAddress {
    let url: MailURL
    /// The host in lower case, and what of it is registered; of an address the address.
    let host: String, site: String

    init(_ url: MailURL) {
        self.url = url
        host = url.domain?.text ?? url.host.lowercased()
        site = url.domain == nil ? host : Site.of(host)
    }

    /// The host without its first label.
    var parent: String { host.utf8.firstIndex(of: UInt8(ascii: ".")).map { String(host[host.utf8.index(after: $0)...]) } ?? "" }
    var isPunycode: Bool { Punycode.isIn(host) }
}

extension HeaderName {
    static let mailer = HeaderName("X-Mailer"), userAgent = HeaderName("User-Agent"), listID = HeaderName("List-Id"), listPost = HeaderName("List-Post"), mailingList = HeaderName("Mailing-List")
    static let listUnsubscribe = HeaderName("List-Unsubscribe"), listUnsubscribePost = HeaderName("List-Unsubscribe-Post"), precedence = HeaderName("Precedence"), inReplyTo = HeaderName("In-Reply-To")
    static let references = HeaderName("References"), autoSubmitted = HeaderName("Auto-Submitted"), subject = HeaderName("Subject"), to = HeaderName("To"), cc = HeaderName("Cc"), bcc = HeaderName("Bcc")
    static let priority = HeaderName("X-Priority"), priorityWord = HeaderName("X-MSMail-Priority"), importance = HeaderName("Importance"), mimeOLE = HeaderName("X-MimeOLE"), threadIndex = HeaderName("Thread-Index")
    static let mimeVersion = HeaderName("MIME-Version"), script = HeaderName("X-PHP-Originating-Script"), contentType = HeaderName("Content-Type"), messageID = HeaderName("Message-ID"), feedback = HeaderName("Feedback-ID")
    static let from = HeaderName("From"), threadTopic = HeaderName("Thread-Topic"), date = HeaderName("Date"), campaign = HeaderName("X-Campaign-ID"), abuse = HeaderName("X-Report-Abuse"), hasAttach = HeaderName("X-MS-Has-Attach")
    static let replyTo = HeaderName("Reply-To"), sender = HeaderName("Sender"), errorsTo = HeaderName("Errors-To"), listHelp = HeaderName("List-Help")
}

internal import BlockLists
internal import DNS
internal import Mail
internal import Verdicts

/// The domains of those who take part in a message.
struct Parties {
    /// Of MAIL FROM.
    let sender: DomainName?
    /// Of RCPT TO, without repetition.
    let recipients: [DomainName]
    /// Of the From field, without repetition.
    let authors: [DomainName]
    let helo: DomainName?

    init(_ envelope: Envelope, _ message: Message) {
        sender = envelope.mailFrom.flatMap(Self.domain)
        recipients = envelope.recipients.compactMap(Self.domain).withoutRepetition
        authors = message.from.compactMap(\.domain).withoutRepetition
        helo = envelope.helo.flatMap { $0.hasPrefix("[") || IPAddress($0) != nil ? nil : DomainName($0) }
    }

    /// Everything that lists can be asked about.
    func subjects(_ envelope: Envelope, _ message: Message) -> ListSubjects {
        ListSubjects(client: envelope.clientIP, isAuthenticated: envelope.authUser != nil,
                     received: message.received.flatMap(\.addresses).filter { $0 != envelope.clientIP }.withoutRepetition,
                     sender: sender, senderAddress: envelope.mailFrom.flatMap { $0.isEmpty ? nil : $0 },
                     authors: authors, authorAddresses: message.from.map(\.address), helo: helo, ptr: [],
                     urls: message.urls.compactMap(\.domain).withoutRepetition, urlAddresses: message.urls.compactMap(\.address).withoutRepetition)
    }

    private static func domain(_ path: String) -> DomainName? {
        guard let at = path.lastIndex(of: "@") else { return nil }
        let text = path[path.index(after: at)...]
        return text.hasPrefix("[") ? nil : DomainName(text)
    }
}

extension ListSubjects {
    /// Whether a domain list is asked about this name already.
    func names(_ name: DomainName) -> Bool { name == helo || name == sender || authors.contains(name) || urls.contains(name) }
}

extension BlockListOutcome {
    /// Takes over what was found out in a second round.
    mutating func add(_ more: BlockListOutcome) {
        listings += more.listings
        unknown += more.unknown
        unrecognised += more.unrecognised
        notCounted += more.notCounted
        local += more.local
        asked += more.asked
        leftOut += more.leftOut
    }
}

extension Array where Element: Hashable {
    /// The elements in order, each once.
    var withoutRepetition: [Element] {
        if count < 2 { return self }
        if count < 16 { return reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

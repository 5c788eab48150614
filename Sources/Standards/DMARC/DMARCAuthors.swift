package import DNS
package import Mail

/// The domains that a message names as its authors'.
/// Source: RFC 9989 §5.3.1 and §11.5.
package struct DMARCAuthors: Sendable, Equatable {
    /// Each once, in their order, in A-labels; exactly one in a message that DMARC is made for.
    package let domains: [DomainName]
    /// What is wrong with the From field; nil where it names one domain.
    package let problem: String?
    /// How many From fields there are, those counted that only some readers see.
    package let fields: Int
    /// Why there may be an author who is not among them: what is behind a limit, or seen by some readers only. Nil where there is none.
    package let hidden: String?
    /// Why there is an author of whom nothing is known: his mailbox has a domain that cannot be read. Nil where there is none.
    package let unreadable: String?
    /// An author is there who has no domain: an address literal, or words alone where no mailbox is beside them.
    package let hasNameless: Bool
    /// Domains that are not among `domains`, and that a reader may take out of what is hidden or cannot be read, or of a name.
    package let claims: [DomainName]
    /// Those of `claims` that are in encoded names alone, where honest senders have them: of readers who decode words first some see a mailbox of theirs. None is above or
    /// below an author's domain. They are no reason for doubt.
    package let decoded: [DomainName]

    /// There is more than one From field: a reader may show another one than a signature covers (RFC 6376 §8.15).
    package var hasSeveralFields: Bool { fields > 1 }

    /// Why a pass for the domains proves nothing of the message; nil where it does.
    package var doubt: String? {
        hidden ?? unreadable ?? (hasNameless ? "the From field names an author without a domain" : hasSeveralFields ? "there are several From fields, and a reader may show one that nothing proves" : nil)
    }

    /// Takes one author's domain.
    package init(_ domain: DomainName) {
        domains = [domain]
        (problem, hidden, unreadable, hasNameless, claims, decoded, fields) = (nil, nil, nil, false, [], [], 1)
    }

    /// Takes the mailboxes of every From field: which of several fields a reader shows is not known, so all of them speak.
    package init(_ message: Message) {
        var domains: [DomainName] = [], known: Set<DomainName> = []
        for address in message.from { if let domain = address.domain, !domain.isRoot, known.insert(domain).inserted { domains.append(domain) } }
        let seen = message.header.all("From"), strange = message.strangeFromFields
        let nameless = message.from.filter { $0.domain?.isRoot ?? true }
        // An address literal is read, and is nobody's domain. Words alone are nobody beside a mailbox: `Doe, Ann <ann@example.org>`.
        hasNameless = nameless.contains { $0.literal != nil } || domains.isEmpty && (!nameless.isEmpty || message.fromHasLeftOut)
        var claimed = ClaimedDomains(known: known), unread = ClaimedDomains(known: known), astray = ClaimedDomains(known: known, needsDot: true), named = ClaimedDomains(known: known, needsDot: true)
        for value in strange { claimed.add(HeaderSection(octets: Array("From:".utf8) + value.prefix(MessageLimits().headerFieldOctets) + [10]).first("From")?.text ?? "") }
        for text in message.fromStrays { astray.add(text) }
        for text in message.fromDecoded { named.add(text) }
        if message.fromHasLeftOut || nameless.contains(where: { $0.literal == nil }) { for field in seen { unread.add(field.text) } }
        self.domains = domains
        var told: Set<DomainName> = []
        let doubtful = (claimed.domains + astray.domains + unread.domains).filter { told.insert($0).inserted }
        let family = DomainFamily(of: domains)
        decoded = named.domains.filter { !told.contains($0) && !family.contains($0) }
        claims = doubtful + decoded
        fields = seen.count + strange.count
        hidden = if !message.header.isWhole { "the header is longer than what is read of it" }
            else if !message.hasWholeFrom || claimed.isCut || unread.isCut || astray.isCut || named.isCut { "the From field is longer than what is read of it" }
            else if !strange.isEmpty { "some readers see a From field that is none" }
            else if astray.hasOther { "some readers see a mailbox in the From field that is none" }
            else { nil }
        unreadable = unread.hasOther || nameless.contains { $0.literal == nil && $0.domainText != nil } ? "the From field names a mailbox whose domain cannot be read" : nil
        if fields == 0 { problem = "there is no From field" } else if domains.isEmpty { problem = "the From field names no domain" } else if domains.count > 1 {
            problem = fields > 1 ? "several From fields name different domains" : "the From field names several domains"
        } else { problem = nil }
    }
}

/// Some names with all that are above or below one of them; below a name of one label are all who have a domain there, so such names are family to none.
private struct DomainFamily {
    private var members: Set<Substring> = [], above: Set<Substring> = []

    init(of names: [DomainName]) {
        for name in names {
            members.insert(name.text[...])
            above.formUnion(Self.lineage(name.text))
        }
    }

    func contains(_ name: DomainName) -> Bool { members.contains(name.text[...]) || above.contains(name.text[...]) || Self.lineage(name.text).contains { members.contains($0) } }

    /// The name and what is above it, down to two labels.
    private static func lineage(_ text: String) -> [Substring] {
        var all: [Substring] = [], rest = text[...]
        while let dot = rest.utf8.firstIndex(of: UInt8(ascii: ".")) {
            all.append(rest)
            rest = rest[rest.utf8.index(after: dot)...]
        }
        return all
    }
}

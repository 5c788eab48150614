internal import ContentRules
internal import Cryptography
internal import DNS
internal import Mail
internal import SPF
package import Verdicts

/// Who a client is to the greylist, and the keys by which it knows him and his message again.
package struct GreylistKeys: Sendable, Equatable {
    /// Leading bits of a client's address that make his network.
    package struct Prefixes: Sendable, Equatable {
        /// 8…32.
        package var v4 = 24
        /// 16…128.
        package var v6 = 64

        package init(v4: Int = 24, v6: Int = 64) { self.v4 = v4; self.v6 = v6 }
    }

    /// `author example.org` or `spf example.org` where that domain is proved, since a large provider tries again from anywhere; else `network 192.0.2.0/24`.
    package let client: String
    package let visit: GreylistVisit

    /// Recipients that a message is known again by, those of the lowest digests: whatever part of them comes again, and in whatever order.
    static let recipients = GreylistTerms.triesAtMost / 2
    /// Octets of the body that are looked at.
    static let bodyOctets = 65_536

    /// Each recipient has two keys: who sends to him from where; and, for a client whose next try comes from another network, which message. Either will do, and so a message
    /// that comes again for some of its recipients only, or from elsewhere, passes.
    package init(_ examined: Examination, _ prefixes: Prefixes) {
        let envelope = examined.submission.envelope, message = examined.message, sender = Self.sender(examined), tenant = envelope.tenant
        let client = Self.client(examined, prefixes)
        func key(_ kind: String, _ parts: [UInt8]...) -> [UInt8] { Self.key(kind, tenant, parts) }
        let recipients = envelope.recipients.map { key("recipient", Array(HistoryPath($0).text.utf8)) }.sorted { $0.lexicographicallyPrecedes($1) }
        // The body alone: hosts of a provider add fields on top. A Message-ID stays as it is, also where the sender of MAIL FROM does not; a body may be anybody's.
        let body = message.root.body, content = key("content", SHA256.digest(body.prefix(Self.bodyOctets)), Array("\(body.count)".utf8), Array((message.bareMessageID ?? "").utf8))
        let who = Array(client.utf8), from = Array(sender.text.utf8), by = message.bareMessageID?.isEmpty == false ? [] : from
        let tries = (recipients.isEmpty ? [[]] : Array(recipients.prefix(Self.recipients))).flatMap { [key("try", who, from, $0), key("message", content, by, $0)] }
        self.client = client
        // What is marked as spam is no reason to know him for longer.
        visit = GreylistVisit(tenant: tenant, tries: tries, client: Self.clientKey(client, sender, tenant), author: Self.author(examined)?.key, prolongs: examined.verdict.action == .accept)
    }

    /// The client with the sender's domain.
    static func known(_ examined: Examination, _ prefixes: Prefixes) -> GreylistName {
        let tenant = examined.submission.envelope.tenant
        return GreylistName(tenant: tenant, key: clientKey(client(examined, prefixes), sender(examined), tenant))
    }

    /// Whose history it is: of the author's domain where it is proved, or of him alone where anybody has a mailbox; nil where nothing proves it, or where it is not said which mailbox.
    static func author(_ examined: Examination) -> GreylistName? {
        guard let domain = proved(examined) else { return nil }
        let tenant = examined.submission.envelope.tenant
        guard Site.isFree(domain) else { return GreylistName(tenant: tenant, key: key("author", tenant, [Array(domain.utf8)])) }
        guard examined.message.from.count == 1, let mailbox = examined.message.from.first, mailbox.domain?.text == domain else { return nil }
        return GreylistName(tenant: tenant, key: key("author", tenant, [Array(HistoryPath(mailbox.address).text.utf8)]))
    }

    private static func proved(_ examined: Examination) -> String? { examined.evidence.author.flatMap { $0.standing == .aligned ? $0.domain : nil } }

    private static func sender(_ examined: Examination) -> SenderForm { SenderForm(examined.submission.envelope.mailFrom, helo: examined.parties.helo) }

    private static func client(_ examined: Examination, _ prefixes: Prefixes) -> String {
        if let author = proved(examined) { return "author \(author)" }
        if let spf = examined.evidence.spf?.mailfrom, spf.vouches { return "spf \(spf.domain)" }
        return "network \(network(of: examined.submission.envelope.clientIP, prefixes))"
    }

    private static func clientKey(_ client: String, _ sender: SenderForm, _ tenant: String) -> [UInt8] { key("client", tenant, [Array(client.utf8), Array(sender.domain.utf8)]) }

    /// Each piece with its length before it, so that no two lists of pieces are one.
    private static func key(_ kind: String, _ tenant: String, _ parts: [[UInt8]]) -> [UInt8] {
        var octets: [UInt8] = []
        for part in [Array(kind.utf8), Array(tenant.utf8)] + parts {
            for shift in [24, 16, 8, 0] as [UInt32] { octets.append(UInt8(truncatingIfNeeded: UInt32(truncatingIfNeeded: part.count) >> shift)) }
            octets += part
        }
        return SHA256.digest(octets)
    }

    private static func network(of client: IPAddress, _ prefixes: Prefixes) -> String {
        let address = client.unmapped, prefix = address.isV4 ? min(max(prefixes.v4, 8), 32) : min(max(prefixes.v6, 16), 128)
        guard let network = IPNetwork(address, prefix: prefix), let first = IPNetwork(network.range.first, prefix: prefix) else { return address.description }
        return first.description
    }
}

package import DNS
package import Mail

/// The domains that a message names as its authors'.
/// Source: RFC 9989 §5.3.1 and §11.5.
package struct DMARCAuthors: Sendable, Equatable {
    /// Each once, in their order, in A-labels; exactly one in a message that DMARC is made for.
    package let domains: [DomainName]
    /// What is wrong with the From field; nil where it names one domain.
    package let problem: String?
    /// There is more than one From field: a reader may show another one than a signature covers (RFC 6376 §8.15).
    package let hasSeveralFields: Bool

    /// Takes one author's domain.
    package init(_ domain: DomainName) {
        domains = [domain]
        problem = nil
        hasSeveralFields = false
    }

    /// Takes the mailboxes of every From field: which of several fields a reader shows is not known, so all of them speak.
    package init(_ message: Message) {
        var domains: [DomainName] = []
        for address in message.from { if let domain = address.domain, !domain.isRoot, !domains.contains(domain) { domains.append(domain) } }
        self.domains = domains
        let fields = message.header.all("From").count
        hasSeveralFields = fields > 1
        if fields == 0 { problem = "there is no From field" } else if domains.isEmpty { problem = "the From field names no domain" } else if domains.count > 1 {
            problem = fields > 1 ? "several From fields name different domains" : "the From field names several domains"
        } else { problem = nil }
    }
}

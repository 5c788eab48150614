package import BlockLists
package import ContentRules
package import DKIM
package import DMARC
package import JSON
package import Malware
package import ReverseDNS
package import SPF
package import TransportSecurity

/// What the checks found out, one field for each standard; a field is nil where its check did not run.
package struct Evidence: Sendable, Decodable, Equatable {
    package var reverseDNS: ReverseDNSEvidence?
    package var transport: TransportOutcome?
    package var spf: SPFEvidence?
    package var senderID: SenderIDEvidence?
    package var dkim: DKIMEvidence?
    package var arc: ARCOutcome?
    package var dmarc: DMARCOutcome?
    package var author: AuthorEvidence?
    package var upstream: UpstreamEvidence?
    package var signing: SigningEvidence?
    package var ownDomain: OwnDomainEvidence?
    package var blockLists: BlockListOutcome?
    package var malware: MalwareEvidence?
    package var files: FileEvidence?
    package var content: ContentEvidence?
    /// The content rules that the message met; empty where it met none.
    package var rules: [ContentHit]?
    package var spam: SpamEvidence?
    package var greylist: GreylistEvidence?
    package var rateLimit: RateLimitEvidence?

    package init() {}

    enum CodingKeys: String, CodingKey {
        case reverseDNS = "reverse_dns", transport, spf, senderID = "sender_id", dkim, arc, dmarc, author, upstream, signing, ownDomain = "own_domain", blockLists = "block_lists", malware, files, content, rules, spam, greylist, rateLimit = "rate_limit"
    }
}

extension Evidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.reverseDNS, reverseDNS)
        json.member(CodingKeys.transport, transport)
        json.member(CodingKeys.spf, spf)
        json.member(CodingKeys.senderID, senderID)
        json.member(CodingKeys.dkim, dkim)
        json.member(CodingKeys.arc, arc)
        json.member(CodingKeys.dmarc, dmarc)
        json.member(CodingKeys.author, author)
        json.member(CodingKeys.upstream, upstream)
        json.member(CodingKeys.signing, signing)
        json.member(CodingKeys.ownDomain, ownDomain)
        json.member(CodingKeys.blockLists, blockLists)
        json.member(CodingKeys.malware, malware)
        json.member(CodingKeys.files, files)
        json.member(CodingKeys.content, content)
        json.member(CodingKeys.rules, rules)
        json.member(CodingKeys.spam, spam)
        json.member(CodingKeys.greylist, greylist)
        json.member(CodingKeys.rateLimit, rateLimit)
        json.closeObject()
    }
}

package import BlockLists
package import ReverseDNS
package import SPF
package import TransportSecurity

/// What the checks found out, one field for each standard; a field is nil where its check did not run.
package struct Evidence: Sendable, Codable, Equatable {
    package var reverseDNS: ReverseDNSEvidence?
    package var transport: TransportOutcome?
    package var spf: SPFEvidence?
    package var blockLists: BlockListOutcome?
    package var content: ContentEvidence?

    package init() {}

    enum CodingKeys: String, CodingKey {
        case reverseDNS = "reverse_dns", transport, spf, blockLists = "block_lists", content
    }
}

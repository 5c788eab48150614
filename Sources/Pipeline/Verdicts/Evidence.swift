package import BlockLists
package import JSON
package import ReverseDNS
package import SPF
package import TransportSecurity

/// What the checks found out, one field for each standard; a field is nil where its check did not run.
package struct Evidence: Sendable, Decodable, Equatable {
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

extension Evidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.reverseDNS, reverseDNS)
        json.member(CodingKeys.transport, transport)
        json.member(CodingKeys.spf, spf)
        json.member(CodingKeys.blockLists, blockLists)
        json.member(CodingKeys.content, content)
        json.closeObject()
    }
}

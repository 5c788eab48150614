package import JSON

/// What the connection says of itself in the DNS: the client address and the HELO argument.
package struct ReverseDNSEvidence: Decodable, Sendable, Equatable {
    package var iprev: ReverseDNSOutcome
    package var helo: HELOOutcome

    package init(iprev: ReverseDNSOutcome, helo: HELOOutcome) {
        self.iprev = iprev
        self.helo = helo
    }

    private enum CodingKeys: String, CodingKey { case iprev, helo }
}

extension ReverseDNSEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.iprev, iprev)
        json.member(CodingKeys.helo, helo)
        json.closeObject()
    }
}

/// What the connection says of itself in the DNS: the client address and the HELO argument.
package struct ReverseDNSEvidence: Codable, Sendable, Equatable {
    package var iprev: ReverseDNSOutcome
    package var helo: HELOOutcome

    package init(iprev: ReverseDNSOutcome, helo: HELOOutcome) {
        self.iprev = iprev
        self.helo = helo
    }
}

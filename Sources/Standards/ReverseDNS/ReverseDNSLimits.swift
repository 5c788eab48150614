/// The bounds of the reverse DNS check.
package struct ReverseDNSLimits: Sendable, Equatable {
    /// PTR names that are confirmed; those beyond are counted and not asked for (RFC 8601 §3 asks for such a bound). 1…100.
    package var names: Int
    /// Octets of the HELO argument that are kept and judged (RFC 5321 §4.5.3.1.2). 1…1024.
    package var heloOctets: Int

    /// Author domains that the confirmed names are compared with. 0…100.
    package var authors: Int

    package init(names: Int = 10, heloOctets: Int = 255, authors: Int = 16) {
        self.names = min(max(names, 1), 100)
        self.heloOctets = min(max(heloOctets, 1), 1024)
        self.authors = min(max(authors, 0), 100)
    }
}

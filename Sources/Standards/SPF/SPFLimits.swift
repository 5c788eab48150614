/// The limits of one evaluation, and of what is kept between evaluations.
package struct SPFLimits: Sendable, Hashable {
    /// Terms that ask the DNS (include, a, mx, ptr, exists, redirect; and the PTR query of `%{p}`) in one check. RFC 7208 §4.6.4.
    package var lookups = 10
    /// Terms whose question finds no records, in one check. RFC 7208 §4.6.4 recommends two.
    package var voidLookups = 2
    /// Exchanges that one `mx` term looks at; one more is a permerror. RFC 7208 §4.6.4.
    package var mxNames = 10
    /// Names of the client that `ptr` and `%{p}` look at; the rest is ignored. RFC 7208 §4.6.4.
    package var ptrNames = 10
    /// Octets of a policy record; more are a permerror. RFC 7208 §3.4 recommends 450.
    package var recordOctets = 8192
    /// Octets that one macro string may grow to; what grows further names nothing.
    package var expansionOctets = 4096
    /// Octets of an explanation before and after its expansion; a longer one is left out. RFC 7208 §6.2 and §11.5.
    package var explanationOctets = 1024
    /// Parsed records kept for the next message.
    package var cachedRecords = 4096

    package init() {}
}

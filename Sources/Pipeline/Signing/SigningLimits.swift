/// Every number from outside that signing bounds.
package struct SigningLimits: Sendable {
    /// Domains of authors that one message is signed for.
    package var authorDomains = 4
    /// Labels of a domain above the author's that may sign; a longer one signs only for itself.
    package var parentLabels = 8
    /// Keys of one domain that are not retired.
    package var keysOfDomain = 8
    /// Bits of an RSA key that is made or taken (RFC 8301 §3.2: signers use at least 1024 and should use 2048; verifiers take up to 4096).
    package var rsaBits = 1024...4096
    /// Octets of a private key that is given.
    package var privateKeyOctets = 16 << 10
    /// Domains that one look takes on at once, and of those, how many wait for the DNS together.
    package var domainsAtOnce = 64
    /// For one look at one domain.
    package var lookPatience = Duration.seconds(8)
    /// For how long a domain that was taken on is left to whoever did.
    package var lease = 60

    package init() {}
}

package import DNS

/// The bounds of asking lists for one message, and of believing them.
package struct ListLimits: Sendable, Equatable {
    /// Different domains of one message that are asked for; those beyond are counted. 0…256.
    package var domains = 32
    /// Different addresses of one message that are asked for; those beyond are counted. 0…256.
    package var addresses = 16
    /// Questions for one message over all zones. 0…2048.
    package var questions = 256
    /// Hosts, authors and hops of one message, of each kind, that local entries are looked up for. 0…10,000.
    package var localSubjects = 256
    /// Local entries that one message can match. 1…1000.
    package var localMatches = 32
    /// How long a zone is left alone after it refused; doubled for every refusal in a row, up to `longestPause`.
    package var pause: Duration = .seconds(600)
    package var longestPause: Duration = .seconds(4 * 3600)
    /// Questions in a row without an answer after which a zone is left alone, so that mail does not wait for it. At least 1.
    package var troubles = 10
    /// How long that is.
    package var troublePause: Duration = .seconds(30)
    /// How often zones are probed, and how often as long as one does not work.
    package var probeEvery: Duration = .seconds(3600)
    package var probeAgain: Duration = .seconds(300)
    /// The longest that one probe may take, and how late one may begin.
    package var probePatience: Duration = .seconds(5)

    /// Addresses that no list is asked about.
    package var unaskedAddresses = NetworkSet.specialPurpose
    /// Top names that the public DNS does not have (RFC 6761, RFC 6762, RFC 7686): no list is asked about names below them.
    package var unaskedTopNames: Set<String> = [
        "arpa", "alt", "example", "home", "internal", "invalid", "lan", "local", "localdomain", "localhost", "onion", "test",
    ]

    package init() {}
}

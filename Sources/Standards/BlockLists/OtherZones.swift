internal import DNS

/// Lists of other operators, ready to be switched on. Each has terms of use of its own; none is asked by default.
package enum OtherZones {
    /// All of them, by their names in the configuration.
    package static let all: [(name: String, zone: ListZone)] = [
        ("spamcop", spamCop), ("barracuda", barracuda), ("surbl", surbl), ("uribl", uribl), ("dnswl", dnswl),
    ]

    /// Source: spamcop.net, "What is the SpamCop Blocking List".
    package static let spamCop = ListZone(
        DomainName(trusted: "bl.spamcop.net"), asks: .client, families: .v4,
        listings: [ListingRule(.last(2), "spamcop", "reported by users of SpamCop")], probes: ZoneProbe.v4)

    /// Answers only addresses that are registered with the operator: before that its test entry is missing, and the zone is `silent`.
    package static let barracuda = ListZone(
        DomainName(trusted: "b.barracudacentral.org"), asks: .client, families: .v4,
        listings: [ListingRule(.last(2), "barracuda", "a source of spam")], probes: ZoneProbe.v4)

    /// Source: surbl.org, "Lists": a bit for each list; bit 1 alone is the answer to those who are not served.
    package static let surbl = ListZone(
        DomainName(trusted: "multi.surbl.org"), asks: [.url, .author, .sender], domains: .lastLabels(2...3),
        listings: [
            ListingRule(.bits(8), "surbl.ph", "a phishing site"),
            ListingRule(.bits(16), "surbl.mw", "a malware site"),
            ListingRule(.bits(64), "surbl.abuse", "a site advertised by spam"),
            ListingRule(.bits(128), "surbl.cr", "a cracked site"),
        ],
        refusals: [RefusalRule(.last(1), "the list does not serve this resolver")],
        probes: [ZoneProbe("test.surbl.org", isListed: true), ZoneProbe("invalid", isListed: false)])

    /// Source: uribl.com, "About": a bit for each list; bit 1 alone is the answer to those who are not served.
    package static let uribl = ListZone(
        DomainName(trusted: "multi.uribl.com"), asks: [.url, .author, .sender], domains: .lastLabels(2...3),
        listings: [
            ListingRule(.bits(2), "uribl.black", "a domain of spammers"),
            ListingRule(.bits(4), "uribl.grey", "a domain of unsolicited bulk mail"),
            ListingRule(.bits(8), "uribl.red", "a domain that is new or hides its owner"),
        ],
        refusals: [RefusalRule(.last(1), "the list does not serve this resolver")],
        probes: [ZoneProbe("test.uribl.com", isListed: true), ZoneProbe("invalid", isListed: false)])

    /// Source: dnswl.org, "Return codes": `127.0.category.trust`. Who asks too much gets `127.0.0.255`, and later trust for
    /// everyone in the category 10 of special cases, where only trust 0 (the test entry) can be taken as meant.
    package static let dnswl = ListZone(
        DomainName(trusted: "list.dnswl.org"), effect: .allow, asks: .client, families: [.v4, .v6],
        listings: [
            ListingRule(.octets(2...99, 0...0), "dnswl.none", "a mail server that also sends spam"),
            ListingRule(.octets(2...99, 1...1), "dnswl.low", "a mail server with a low level of trust"),
            ListingRule(.octets(2...99, 2...2), "dnswl.medium", "a mail server with a medium level of trust"),
            ListingRule(.octets(2...99, 3...3), "dnswl.high", "a mail server with a high level of trust"),
        ],
        refusals: [
            RefusalRule(.last(255), "too many queries"),
            RefusalRule(.octets(10...10, 1...3), "trust in the category for special cases, as over-used lists answer"),
        ],
        probes: ZoneProbe.v4 + ZoneProbe.v6)
}

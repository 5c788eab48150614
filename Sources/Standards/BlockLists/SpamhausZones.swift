internal import DNS

/// The lists of Spamhaus.
/// Source: docs.spamhaus.com, "Available Zones" and "DQS Requests".
package enum SpamhausZones {
    /// The lists that can be asked: ZEN and DBL of the public mirrors, or with a key for the Data Query Service also ZRD and AuthBL.
    /// - Parameter key: the key of the Data Query Service, letters and digits; it is never shown.
    /// - Returns: nil when the key is not one DNS label of letters and digits.
    package static func all(key: String?) -> [ListZone]? {
        guard let key else { return [zen(at: "zen.spamhaus.org"), dbl(at: "dbl.spamhaus.org")] }
        guard !key.isEmpty, key.utf8.count <= 63, key.utf8.allSatisfy({ ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || ($0 >= 48 && $0 <= 57) }) else { return nil }
        let label = key.lowercased()
        return [
            zen(at: "\(label).zen.dq.spamhaus.net", shownAs: "zen.dq.spamhaus.net"),
            dbl(at: "\(label).dbl.dq.spamhaus.net", shownAs: "dbl.dq.spamhaus.net"),
            zrd(at: "\(label).zrd.dq.spamhaus.net", shownAs: "zrd.dq.spamhaus.net"),
            authBL(at: "\(label).authbl.dq.spamhaus.net", shownAs: "authbl.dq.spamhaus.net"),
        ]
    }

    /// ZEN lists addresses; the Policy Block List in it holds addresses of end users, so it counts only for one that
    /// connects to us without authentication.
    package static func zen(at origin: String, shownAs name: String? = nil) -> ListZone {
        ListZone(DomainName(trusted: origin), shownAs: name, asks: [.client, .received], families: [.v4, .v6], listings: [
            ListingRule(.last(2), "spamhaus.sbl", "a source of spam"),
            ListingRule(.last(3), "spamhaus.css", "a source of low-reputation mail, found automatically"),
            ListingRule(.octets(0...0, 4...7), "spamhaus.xbl", "a hijacked or infected machine"),
            ListingRule(.last(9), "spamhaus.drop", "a network run by criminals"),
            ListingRule(.last(10), "spamhaus.pbl", "an end user's address, entered by its provider", counts: .client),
            ListingRule(.last(11), "spamhaus.pbl", "an end user's address, entered by Spamhaus", counts: .client),
            ListingRule(.last(30), "spamhaus.bcl", "a botnet controller"),
        ], probes: ZoneProbe.v4 + ZoneProbe.v6)
    }

    /// DBL lists domains, with wildcards below them.
    package static func dbl(at origin: String, shownAs name: String? = nil) -> ListZone {
        ListZone(DomainName(trusted: origin), shownAs: name, asks: .domains, domains: .whole, listings: [
            ListingRule(domain(2), "spamhaus.dbl.spam", "a domain with a bad reputation"),
            ListingRule(domain(4), "spamhaus.dbl.phish", "a phishing domain"),
            ListingRule(domain(5), "spamhaus.dbl.malware", "a malware domain"),
            ListingRule(domain(6), "spamhaus.dbl.botnet", "a domain of a botnet controller"),
            ListingRule(domain(102), "spamhaus.dbl.abused_spam", "a legitimate domain, abused for spam"),
            ListingRule(domain(103), "spamhaus.dbl.abused_redirector", "a legitimate redirector, abused for spam"),
            ListingRule(domain(104), "spamhaus.dbl.abused_phish", "a legitimate domain, abused for phishing"),
            ListingRule(domain(105), "spamhaus.dbl.abused_malware", "a legitimate domain, abused for malware"),
            ListingRule(domain(106), "spamhaus.dbl.abused_botnet", "a legitimate domain, abused for a botnet controller"),
        ], refusals: [RefusalRule(domain(255), "an address was asked for in a list of domains", pauses: false)],
           probes: [ZoneProbe("dbltest.com", isListed: true), ZoneProbe("invalid", isListed: false)])
    }

    /// ZRD lists domains that were first seen in the last 24 hours; the last octet is the age in hours. It has no known test entry.
    package static func zrd(at origin: String, shownAs name: String? = nil) -> ListZone {
        let rules = (UInt8(2)...24).map { ListingRule(.octets(2...2, $0...$0), "spamhaus.zrd", "a domain first seen at most \($0) hours ago") }
        return ListZone(DomainName(trusted: origin), shownAs: name, asks: .domains, domains: .whole, listings: rules,
                        refusals: [RefusalRule(.octets(2...2, 255...255), "an address was asked for in a list of domains", pauses: false)],
                        probes: [ZoneProbe("invalid", isListed: false)])
    }

    /// AuthBL lists addresses from which stolen passwords are used: meant for submission only.
    package static func authBL(at origin: String, shownAs name: String? = nil) -> ListZone {
        ListZone(DomainName(trusted: origin), shownAs: name, asks: .auth, families: [.v4, .v6],
                 listings: [ListingRule(.last(20), "spamhaus.authbl", "an address from which stolen passwords are used")],
                 probes: ZoneProbe.v4 + ZoneProbe.v6)
    }

    private static func domain(_ last: UInt8) -> AnswerPattern { .octets(1...1, last...last) }
}

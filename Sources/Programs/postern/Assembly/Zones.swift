import BlockLists
import DNS

/// Chooses the zones that the settings name.
enum Zones {
    struct Unknown: Error, CustomStringConvertible { let description: String }

    /// - Throws: `Unknown` naming the zone and those there are.
    static func chosen(_ settings: Configuration.BlockListSettings) throws -> [ListZone] {
        let spamhaus = SpamhausZones.all(key: settings.key) ?? []
        var named: [String: ListZone] = [:]
        for zone in spamhaus {
            // With a key the zone is shown as zen.dq.spamhaus.net, without as zen.spamhaus.org.
            if let first = zone.name.split(separator: ".").first { named["spamhaus.\(first)"] = zone }
        }
        for (name, zone) in OtherZones.all { named[name] = zone }
        var chosen: [ListZone] = []
        var wanted = settings.use
        if settings.key != nil { for more in ["spamhaus.zrd", "spamhaus.authbl"] where !wanted.contains(more) { wanted.append(more) } }
        for name in wanted {
            guard let zone = named[name] else {
                let hint = ["spamhaus.zrd", "spamhaus.authbl"].contains(name) ? "needs blocklists.spamhaus_dqs_key" : "is none of \(named.keys.sorted().joined(separator: ", "))"
                throw Unknown(description: "blocklists.use: \(name) \(hint)")
            }
            chosen.append(zone)
        }
        return try chosen + settings.zones.map(zone)
    }

    private static func zone(_ custom: CustomZone) throws -> ListZone {
        guard let origin = DomainName(custom.name) else { throw Unknown(description: "blocklists.zones: \(custom.name) is not a domain name") }
        var listings: [ListingRule] = []
        for (answers, code) in custom.answers.sorted(by: { $0.key < $1.key }) {
            guard let pattern = pattern(answers) else {
                throw Unknown(description: "blocklists.zones: \(custom.name): \(answers) is no answer such as 127.0.0.2, 127.0.0.2-127.0.0.11 or &4")
            }
            listings.append(ListingRule(pattern, code, "listed"))
        }
        if listings.isEmpty { listings = [ListingRule(.range(0x7f00_0002...0x7fff_feff), custom.code, "listed")] }
        let ofAddresses = custom.kind == "addresses"
        // An allow list is asked only about what the sender cannot write.
        var asks: SubjectKinds = ofAddresses ? (custom.allow ? .client : [.client, .received]) : (custom.allow ? .ptr : .domains)
        if let named = custom.asks {
            asks = []
            for word in named {
                guard let kind = SubjectKind(rawValue: word) else {
                    throw Unknown(description: "blocklists.zones: \(custom.name): asks names \(word), which is none of \(SubjectKind.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                asks.insert(SubjectKinds(kind))
            }
        }
        return ListZone(origin, effect: custom.allow ? .allow : .block, asks: asks, families: ofAddresses ? (custom.ipv6 ? [.v4, .v6] : .v4) : [],
                        domains: ofAddresses ? nil : .whole, listings: listings, probes: ofAddresses ? ZoneProbe.v4 : ZoneProbe.domain)
    }

    /// Reads `127.0.0.2`, `127.0.0.2-127.0.0.11`, or `&4` for a bit of the last octet.
    private static func pattern(_ text: String) -> AnswerPattern? {
        if text.hasPrefix("&") { return UInt8(text.dropFirst()).flatMap { $0 > 0 ? .bits($0) : nil } }
        let ends = text.split(separator: "-", maxSplits: 1).map { IPAddress($0) }
        guard case .v4(let first)?? = ends.first, case .v4(let last)?? = ends.last, first <= last, first >> 24 == 127, last >> 24 == 127 else { return nil }
        return .range(first...last)
    }
}

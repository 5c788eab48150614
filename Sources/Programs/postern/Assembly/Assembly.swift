import BlockLists
import Checks
import DKIM
import DNS
import Foundation
import Mail
import Malware
import Postgres
import ReverseDNS
import Signing
import TransportSecurity
import Unbound
import Verdicts

/// The rooms of the house put together after the settings: everything between a door and a database.
struct Assembly: Sendable {
    let resolver: CachingResolver
    let serverWatch: ServerWatch
    let health: BlockListHealth
    let localLists: LocalLists
    let blockLists: BlockListChecker
    let keys: KeyRing
    let pipeline: Pipeline
    let policySource: PolicySource
    let policies: Policies

    /// - Throws: what is wrong with the settings, the policy or the resolver, in words.
    /// - Parameters:
    ///   - malware: looks for malware; nil where nothing is scanned.
    ///   - spam: asks what was learned; nil where nobody does.
    ///   - signs: whether what goes out is signed, with the keys that the service reads from its database.
    init(_ configuration: Configuration, share: String, malware: MalwareChecker?, spam: SpamCheck? = nil, signs: Bool = true) throws {
        let servers = try configuration.nameServers
        var dns = UnboundSettings(servers: servers)
        dns.trustAnchorFile = configuration.dns.trustAnchor
        let unbound = try UnboundResolver(settings: dns)
        resolver = CachingResolver(over: unbound)
        serverWatch = ServerWatch(unbound, servers: servers)
        var limits = ListLimits()
        let internals = configuration.internalNetworks.map { NetworkSet($0) } ?? .specialPurpose
        limits.unaskedAddresses = internals
        if let names = configuration.blockLists.unasked { limits.unaskedTopNames = Set(names) }
        let clock = ListClock(instant: { ContinuousClock.now }, time: { Timestamp.now.microseconds })
        health = BlockListHealth(zones: try Zones.chosen(configuration.blockLists), clock: clock, limits: limits)
        localLists = LocalLists()
        keys = KeyRing(seal: configuration.masterKey.map { KeySeal($0) }, schedule: configuration.keySchedule)
        blockLists = BlockListChecker(resolver: resolver, health: health, local: localLists, limits: limits)
        let host = configuration.ownNames.first?.text ?? ProcessInfo.processInfo.hostName
        pipeline = Pipeline(
            reverseDNS: ReverseDNSCheck(resolver: resolver, internals: internals), transport: TransportCheck(rules: configuration.tlsRequired),
            authentication: Authentication(resolver: resolver, receiver: host),
            blockLists: blockLists, malware: malware, spam: spam, ownNames: configuration.ownNames,
            results: ResultFields(authservID: configuration.results.authservID ?? host, addsAuthenticationResults: configuration.results.add.contains(.authenticationResults),
                                  addsReceivedSPF: configuration.results.add.contains(.receivedSPF), trusted: configuration.results.trusted),
            signing: signs ? keys : nil, names: configuration.names, ownAddresses: configuration.ownAddresses)
        policySource = PolicySource(configuration, share: share)
        policies = try policySource.read()
    }

    /// What the resolver and the lists count.
    func metrics() -> [MetricFamily] {
        let dns = resolver.statistics
        func counter(_ name: String, _ help: String, _ value: Int) -> MetricFamily { MetricFamily("postern_dns_\(name)", .counter, help, value: Double(value)) }
        return [
            counter("cache_hits_total", "Questions that the cache answered.", dns.hits), counter("cache_misses_total", "Questions that it could not answer.", dns.misses),
            MetricFamily("postern_dns_cache_entries", .gauge, "Answers in the cache.", value: Double(dns.entries)),
            counter("questions_total", "Questions to the resolver.", dns.below.questions), counter("merged_total", "Questions that joined an equal one under way.", dns.below.merged),
            counter("timeouts_total", "Questions without an answer by the deadline.", dns.below.timeouts),
            counter("failures_total", "Questions answered with trouble.", dns.below.failures),
            MetricFamily("postern_dns_under_way", .gauge, "Questions under way.", value: Double(dns.below.underWay)),
            MetricFamily("postern_blocklist_working", .gauge, "1 where a blocklist works as it should.", health.snapshot().zones.map {
                .init(labels: [("zone", $0.zone)], value: $0.state == .working ? 1 : 0)
            }),
        ]
    }
}

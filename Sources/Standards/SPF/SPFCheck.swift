import DNS

/// check_host() for one identity.
/// Source: RFC 7208 §4.
struct SPFCheck: Sendable {
    let resolver: any Resolver
    let cache: SPFRecordCache
    let limits: SPFLimits
    let session: SPFSession
    /// Which records count: nil for those of RFC 7208, else those of Sender ID for that scope.
    let scope: SenderIDScope?
    /// RFC 7208 §4.3: "postmaster" where the sender has none.
    let localPart: [UInt8]
    let senderDomain: DomainName

    /// Terms that asked the DNS so far.
    private(set) var lookups = 0
    /// Terms that found nothing there.
    private(set) var voidLookups = 0
    /// Names of the client that lead back to it, once they are all known.
    var validatedNames: [DomainName]?
    /// What another scope would have met differently.
    var trail = SPFTrail()

    init(resolver: any Resolver, cache: SPFRecordCache, limits: SPFLimits, session: SPFSession, scope: SenderIDScope?, localPart: [UInt8],
         senderDomain: DomainName) {
        self.resolver = resolver
        self.cache = cache
        self.limits = limits
        self.session = session
        self.scope = scope
        self.localPart = localPart
        self.senderDomain = senderDomain
    }

    /// Reads a domain's policy, and those it redirects to.
    /// - Returns: "none" when the domain is malformed or has no policy.
    /// - Throws: what is temperror or permerror for the whole check, however deep it lies (RFC 7208 §5.2).
    mutating func checkHost(_ start: DomainName) async throws(SPFProblem) -> SPFEnding {
        guard Self.isMailDomain(start), var record = try await record(of: start) else { return SPFEnding(result: .none) }
        var domain = start
        while true {
            for directive in record.directives {
                // What needs no question is settled here: a policy is mostly networks, and a call that may wait costs more than they do.
                let match: SPFMatch? = switch directive.mechanism {
                case .all: matching(0, 0)
                // An IPv4 client never meets ip6, nor an IPv6 one ip4 (RFC 7208 §5.6): a network says no across families.
                case .network(let network): network.contains(session.client) ? matching(network.prefix, network.prefix) : nil
                default: try await match(directive, of: record, domain)
                }
                guard let match else { continue }
                return SPFEnding(result: directive.qualifier, domain: domain, record: record, directive: directive, network: match.network)
            }
            // RFC 7208 §4.7: without a match and a redirect, neutral.
            guard let redirect = record.redirect else { return SPFEnding(result: .neutral, domain: domain, record: record) }
            try count("redirect=", domain)
            // RFC 7208 §6.1: no record there, or no name to ask for, is a permerror.
            guard let target = try await target(redirect, domain), Self.isMailDomain(target) else {
                throw .permanent("\(domain.text): redirect= leads to no domain name")
            }
            guard let next = try await self.record(of: target) else {
                throw .permanent("\(domain.text): redirect= leads to \(target.text), which has no SPF record")
            }
            (domain, record) = (target, next)
        }
    }

    /// The match of all clients that have these leading bits in common with ours.
    func matching(_ v4: Int, _ v6: Int) -> SPFMatch {
        let prefix = session.client.isV4 ? v4 : v6
        return SPFMatch(network: IPNetwork(session.client, prefix: prefix).flatMap { IPNetwork($0.range.first, prefix: prefix) })
    }

    /// RFC 7208 §4.3: a multi-label domain name. An address or a literal is none, nor is what only escapes can write.
    static func isMailDomain(_ name: DomainName) -> Bool {
        var label = 0, labelIsNumber = true, labels = 0
        for octet in name.text.utf8 {
            switch octet {
            case UInt8(ascii: "."):
                label = 0; labelIsNumber = true; labels += 1
                continue
            case UInt8(ascii: "\\"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "@"): return false
            case 48...57: break
            default: labelIsNumber = false
            }
            label += 1
        }
        return labels > 0 && label > 0 && !labelIsNumber
    }

    /// The domain's policy.
    /// Source: RFC 7208 §4.4 and §4.5; RFC 4406 §4.4, where records of the scope come before v=spf1, which stands for every scope.
    /// - Returns: nil when it has none.
    private mutating func record(of domain: DomainName) async throws(SPFProblem) -> SPFRecord? {
        var plain: [UInt8]?, plains = 0, scoped: [UInt8]?, scopeds = 0
        switch await resolver.answer(domain, .txt, by: session.deadline) {
        case .records(let all, _):
            for case .text(let octets) in all {
                switch SPFVersion.section(of: octets)?.version {
                case nil: break
                case .spf1: (plain, plains) = (octets, plains + 1)
                case .spf2(let scopes):
                    trail.scopes.formUnion(scopes)
                    if let scope, scopes.contains(SenderIDScopes(scope)) { (scoped, scopeds) = (octets, scopeds + 1) }
                }
            }
        case .noData: return nil
        case .nameError:
            if domain == senderDomain { trail.isNoDomain = true }
            return nil
        case .trouble(let trouble): throw .lookup("TXT", domain, trouble)
        }
        guard let found = scoped ?? plain else { return nil }
        guard (scoped == nil ? plains : scopeds) == 1 else {
            throw .permanent("\(domain.text): more than one \(scoped == nil ? "SPF" : "spf2.0") record")
        }
        do throws(SPFSyntaxError) { return try cache.record(found) } catch { throw .permanent("\(domain.text): \(error)") }
    }

    /// RFC 7208 §4.6.4: at most ten terms that ask the DNS, wherever an include or a redirect finds them.
    mutating func count(_ term: String, _ domain: DomainName) throws(SPFProblem) {
        guard lookups < limits.lookups else {
            throw .permanent("\(domain.text): \(term) is one term too many: no more than \(limits.lookups) may ask the DNS")
        }
        lookups += 1
    }

    /// Starts to count anew, for what counts apart.
    mutating func forgetLookups() { lookups = 0 }

    /// RFC 7208 §4.6.4: no more than two of these terms may find nothing. The text counts terms, others count single queries; an
    /// `mx` whose three hosts have no AAAA would then cost an IPv6 client the whole policy, so terms it is.
    mutating func countVoid(_ term: String, _ domain: DomainName) throws(SPFProblem) {
        voidLookups += 1
        guard voidLookups <= limits.voidLookups else {
            throw .permanent("\(domain.text): \(term) is one term too many that finds nothing: no more than \(limits.voidLookups) may")
        }
    }

    /// The name that a term asks about.
    /// - Returns: the current domain where the term names none; nil when no question can be asked, so that nothing matches.
    mutating func target(_ spec: SPFDomainSpec?, _ domain: DomainName) async throws(SPFProblem) -> DomainName? {
        switch spec {
        case nil: return domain
        case .name(let name): return name
        case .unqueryable: return nil
        case .macros(let macros):
            if macros.usesLocalPart { trail.usesLocalPart = true }
            // RFC 8616 §4: no label can hold a local-part beyond ASCII, so terms with one match nothing.
            if macros.usesLocalPart, !localPart.allSatisfy({ $0 < 0x80 }) { return nil }
            // RFC 7208 §4.6.4: the PTR query of %{p} is one of the ten.
            if macros.usesValidatedName, validatedNames == nil { try count("%{p}", domain) }
            let values = await values(for: macros, domain)
            return macros.expanded(values, limit: limits.expansionOctets).flatMap(SPFDomainSpec.targetName)
        }
    }

    /// What the macros of a text stand for now.
    mutating func values(for macros: SPFMacroString, _ domain: DomainName) async -> SPFMacroValues {
        let name = macros.usesValidatedName ? await validatedName(for: domain) : nil
        return SPFMacroValues(localPart: localPart, senderDomain: senderDomain, domain: domain, client: session.client,
                              helo: Array(session.helo.utf8), receiver: session.receiver, time: session.time, validatedName: name)
    }
}

package import DNS

/// Looks the client address and the HELO argument up in the DNS, by ourselves: what the mail server says of them is not believed.
/// Source: RFC 8601 §3 (iprev), RFC 1912 §2.1, RFC 2505 §2.5, RFC 5321 §4.1.4.
package struct ReverseDNSCheck: Sendable {
    private let resolver: any Resolver
    private let limits: ReverseDNSLimits
    private let internals: NetworkSet

    /// - Parameter internals: networks whose hosts are not looked up: our own, and those behind a proxy that hides the client.
    package init(resolver: any Resolver, limits: ReverseDNSLimits = ReverseDNSLimits(), internals: NetworkSet = .specialPurpose) {
        self.resolver = resolver
        self.internals = internals
        self.limits = limits
    }

    /// Gathers what can be known by the deadline; never throws, never decides.
    /// - Parameters:
    ///   - client: the address that connected, as the mail server saw it.
    ///   - helo: the argument of HELO or EHLO; nil when there was none.
    ///   - authorDomains: the domains of the message's authors.
    ///   - ownNames: the host names of our own mail servers.
    package func check(client: IPAddress, helo: String?, authorDomains: [DomainName], ownNames: [DomainName],
                       deadline: ContinuousClock.Instant) async -> ReverseDNSEvidence {
        let client = client.unmapped
        let argument = HELOArgument(helo, ownNames: ownNames, octets: limits.heloOctets)
        if internals.contains(client) {
            return ReverseDNSEvidence(iprev: skipped(client), helo: unasked(argument, client: client, isInternal: true))
        }
        guard let name = argument.name else {
            return ReverseDNSEvidence(iprev: await iprev(client, helo: nil, authors: authorDomains, by: deadline),
                                      helo: unasked(argument, client: client, isInternal: false))
        }
        async let argumentOutcome = lookUp(argument, name, client: client, by: deadline)
        let iprev = await iprev(client, helo: name, authors: authorDomains, by: deadline)
        return ReverseDNSEvidence(iprev: iprev, helo: await argumentOutcome)
    }

    private func skipped(_ client: IPAddress) -> ReverseDNSOutcome {
        let why = NetworkSet.privateUse.contains(client)
            ? "\(client) is a private address: an internal host, or a proxy that hides the client"
            : "\(client) is a special-purpose address or one of our own networks"
        return ReverseDNSOutcome(client: client, skipped: why)
    }

    // MARK: - The client address

    private func iprev(_ client: IPAddress, helo: DomainName?, authors: [DomainName], by deadline: ContinuousClock.Instant) async -> ReverseDNSOutcome {
        var outcome = ReverseDNSOutcome(client: client)
        switch await resolver.names(of: client, by: deadline) {
        case .trouble(let trouble):
            outcome.result = .temperror
            outcome.problem = "PTR: \(trouble)"
            return outcome
        case .none:
            outcome.result = .permerror
            outcome.pointer = .none
            outcome.problem = "no PTR record for \(client)"
            return outcome
        case .some(let all):
            outcome.pointer = .exists
            for name in all where !outcome.names.contains(name) {
                if outcome.names.count < limits.names { outcome.names.append(name) } else { outcome.namesLeftOut += 1 }
            }
        }
        let forward = await confirm(outcome.names, client: client, by: deadline)
        for (name, leads) in zip(outcome.names, forward) where leads.0 == .yes { outcome.confirmed.append(name) }
        if !outcome.confirmed.isEmpty {
            outcome.result = .pass
            outcome.helo = helo.flatMap { NameRelation.closest(outcome.confirmed, [$0]) }
            outcome.author = NameRelation.closest(outcome.confirmed, Array(authors.prefix(limits.authors)))
        } else if let unknown = forward.first(where: { $0.0 == .unknown }) {
            outcome.result = .temperror
            outcome.problem = unknown.1
        } else {
            outcome.result = .fail
            outcome.problem = "no PTR name leads back to \(client)"
        }
        let judged = outcome.confirmed.isEmpty ? outcome.names : outcome.confirmed
        let generic = judged.map { GenericName.of($0, for: client) }
        if !generic.contains(nil) { outcome.generic = generic.first ?? nil }
        return outcome
    }

    /// One answer for each name, in order; the look-ups run at once.
    private func confirm(_ names: [DomainName], client: IPAddress, by deadline: ContinuousClock.Instant) async -> [(Known, String?)] {
        if names.count == 1 { return [await leads(names[0], to: client, by: deadline)] }
        return await withTaskGroup(of: (Int, (Known, String?)).self) { group in
            for (place, name) in names.enumerated() {
                group.addTask { (place, await leads(name, to: client, by: deadline)) }
            }
            var found = [(Known, String?)](repeating: (.unknown, nil), count: names.count)
            for await (place, answer) in group { found[place] = answer }
            return found
        }
    }

    private func leads(_ name: DomainName, to client: IPAddress, by deadline: ContinuousClock.Instant) async -> (Known, String?) {
        switch await resolver.addresses(of: name, v4: client.isV4, by: deadline) {
        case .some(let addresses): return (addresses.contains(client) ? .yes : .no, nil)
        case .none: return (.no, nil)
        case .trouble(let trouble): return (.unknown, "\(name): \(trouble)")
        }
    }

    // MARK: - The HELO argument

    /// Judges what needs no look-up. Behind a proxy the client address is not the client's: then an address that differs proves nothing.
    private func unasked(_ argument: HELOArgument, client: IPAddress, isInternal: Bool) -> HELOOutcome {
        var outcome = HELOOutcome(text: argument.text, form: argument.form)
        if let address = argument.address {
            outcome.leadsToClient = address.unmapped == client ? .yes : isInternal ? .unknown : .no
        }
        return outcome
    }

    /// Asks for the addresses of the client's family first: for most messages that is the only question.
    private func lookUp(_ argument: HELOArgument, _ name: DomainName, client: IPAddress, by deadline: ContinuousClock.Instant) async -> HELOOutcome {
        var outcome = HELOOutcome(text: argument.text, form: argument.form)
        switch await resolver.addresses(of: name, v4: client.isV4, by: deadline) {
        case .some(let addresses):
            outcome.resolves = .yes
            outcome.leadsToClient = addresses.contains(client) ? .yes : .no
            return outcome
        case .none(let nameError):
            outcome.leadsToClient = .no
            outcome.resolves = .no
            // RFC 8020: nothing exists at or below a name that does not exist, whatever its type.
            if nameError { return outcome }
        case .trouble(let trouble):
            outcome.leadsToClient = .unknown
            outcome.resolves = .unknown
            outcome.problem = "\(name): \(trouble)"
        }
        switch await resolver.addresses(of: name, v4: !client.isV4, by: deadline) {
        case .some: outcome.resolves = .yes; return outcome
        case .none: break
        case .trouble(let trouble): outcome.resolves = .unknown; outcome.problem = outcome.problem ?? "\(name): \(trouble)"
        }
        switch await resolver.exchanges(of: name, by: deadline) {
        case .some(let exchanges): if exchanges.contains(where: { !$0.host.isRoot }) { outcome.resolves = .yes }
        case .none: break
        case .trouble(let trouble): outcome.resolves = .unknown; outcome.problem = outcome.problem ?? "\(name): \(trouble)"
        }
        return outcome
    }
}

import DNS

/// The client's own names, which lead back to its address.
/// Source: RFC 7208 §5.5 and §7.3.
extension SPFCheck {
    /// Whether one of the client's validated names is the target or lies below it; and whether the client has no name at all.
    /// - Throws: only when the time is up: other trouble means "no match" (RFC 7208 §5.5).
    mutating func clientHasName(within target: DomainName) async throws(SPFProblem) -> (Bool, isVoid: Bool) {
        if let known = validatedNames, !known.isEmpty { return (known.contains { $0.isWithin(target) }, false) }
        switch await resolver.names(of: session.client, by: session.deadline) {
        case .none:
            validatedNames = []
            return (false, true)
        case .trouble(let trouble):
            // RFC 7208 §4.6.4: the end of the time is a temperror, whichever term it befalls.
            if trouble == .timeout, ContinuousClock.now >= session.deadline { throw .lookup("PTR", session.client.reverseName, trouble) }
            validatedNames = []
            return (false, false)
        case .some(let names):
            let validated = await validated(names) { $0.isWithin(target) }
            return (validated.contains { $0.isWithin(target) }, false)
        }
    }

    /// What `%{p}` stands for: the domain itself, else a name below it, else any validated name; nil for "unknown".
    mutating func validatedName(for domain: DomainName) async -> DomainName? {
        if validatedNames == nil {
            if case .some(let names) = await resolver.names(of: session.client, by: session.deadline) {
                _ = await validated(names) { _ in false }
            } else {
                validatedNames = []
            }
        }
        let names = validatedNames ?? []
        return names.first { $0 == domain } ?? names.first { $0.isWithin(domain) } ?? names.first
    }

    /// The names whose addresses hold the client's, until one is enough; a name whose look-up fails is skipped.
    /// Limits: the first `ptrNames`.
    private mutating func validated(_ names: [DomainName], until isEnough: (DomainName) -> Bool) async -> [DomainName] {
        let client = session.client
        var validated: [DomainName] = [], complete = true
        await SPFAddresses(resolver: resolver, v4: client.isV4, deadline: session.deadline)
            .each(of: Array(names.prefix(limits.ptrNames))) { name, found in
                guard case .some(let addresses) = found, addresses.contains(client) else { return true }
                validated.append(name)
                if isEnough(name) { complete = false }
                return complete
            }
        if complete { validatedNames = validated }
        return validated
    }
}

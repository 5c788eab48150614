package import DNS

/// What was found at the name of a key.
package enum DKIMKeysFound: Sendable {
    /// At least one key record, in the order of the answer.
    case keys([DKIMKey])
    /// There is none that can be used: a permerror.
    case none(DKIMFault)
    /// Could not be known: a temperror.
    case trouble(DKIMFault)
}

/// Looks keys up, for DKIM and ARC.
/// Source: RFC 6376 §3.6.2, §6.1.2.
package struct DKIMKeys: Sendable {
    private let resolver: any Resolver
    private let cache: DKIMKeyCache
    package let limits: DKIMLimits

    package init(resolver: any Resolver, limits: DKIMLimits = DKIMLimits()) {
        self.resolver = resolver
        self.limits = limits
        cache = DKIMKeyCache(limits: limits)
    }

    /// The keys of a selector.
    ///
    /// Where there is more than one TXT record, those that are key records count; what is wrong is told only where there is none.
    /// - Limits: `keyRecords`, `keyRecordOctets`.
    package func find(selector: DomainName, domain: DomainName, by deadline: ContinuousClock.Instant) async -> DKIMKeysFound {
        guard let place = DomainName(trusted: "_domainkey").prepended(to: domain), let name = selector.prepended(to: place) else {
            return .none(.permanent("the name of the key is too long"))
        }
        switch await resolver.texts(at: name, by: deadline) {
        case .trouble(let trouble): return .trouble(DKIMFault(.temperror, "\(name.text): the key look-up failed: \(trouble)"))
        case .none(let nameError): return .none(.permanent("\(name.text): no key: \(nameError ? "the name does not exist" : "there is no TXT record")"))
        case .some(let texts):
            var keys: [DKIMKey] = [], fault: DKIMFault?
            for text in texts {
                switch cache.key(text) {
                case .success(let key): keys.append(key)
                case .failure(let found): fault = fault ?? found
                }
                if keys.count >= limits.keyRecords { break }
            }
            if !keys.isEmpty { return .keys(keys) }
            return .none(.permanent("\(name.text): \(fault?.why ?? "no key")"))
        }
    }
}

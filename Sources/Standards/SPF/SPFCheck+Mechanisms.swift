import DNS

/// Source: RFC 7208 §5.
extension SPFCheck {
    /// Asks the DNS what a directive wants to know.
    /// - Returns: nil where it does not match the client.
    mutating func match(_ directive: SPFDirective, of record: SPFRecord, _ domain: DomainName) async throws(SPFProblem) -> SPFMatch? {
        guard lookups < limits.lookups else {
            try count(record.text(of: directive), domain)
            return nil
        }
        try count("", domain)
        switch directive.mechanism {
        case .all: return matching(0, 0)
        case .network(let network): return network.contains(session.client) ? matching(network.prefix, network.prefix) : nil
        case .include(let spec):
            let target = try await target(spec, domain)
            // RFC 7208 §5.2: only a pass matches; a domain without a policy is a permerror.
            let inner = if let target { try await checkHost(target) } else { SPFEnding(result: .none) }
            guard inner.result != .none else {
                throw .permanent("\(domain.text): \(record.text(of: directive)): \(target?.text ?? "the target") has no SPF record")
            }
            return inner.result == .pass ? SPFMatch(network: inner.network) : nil
        case .exists(let spec):
            // RFC 7208 §5.7: an A record, whatever the client's family.
            guard let name = try await target(spec, domain) else { return nil }
            let found = await resolver.addresses(of: name, v4: true, by: session.deadline)
            return try nonEmpty(found, "A", name, directive, of: record, domain).map { _ in SPFMatch(network: nil) }
        case .a(let spec, let v4, let v6):
            guard let name = try await target(spec, domain) else { return nil }
            let found = await resolver.addresses(of: name, v4: session.client.isV4, by: session.deadline)
            guard let addresses = try nonEmpty(found, addressType, name, directive, of: record, domain) else { return nil }
            return covers(addresses, v4, v6) ? matching(v4, v6) : nil
        case .mx(let spec, let v4, let v6):
            guard let name = try await target(spec, domain) else { return nil }
            let found = await resolver.exchanges(of: name, by: session.deadline)
            guard let hosts = try nonEmpty(found, "MX", name, directive, of: record, domain) else { return nil }
            // RFC 7208 §4.6.4: "the evaluation" must not ask for more than ten exchanges. Some refuse every name with more; here the
            // first ten count as always, and only who needs the eleventh gets the permerror.
            if try await anyCovers(hosts.prefix(limits.mxNames).map(\.host).filter { !$0.isRoot }, v4, v6) { return matching(v4, v6) }
            guard hosts.count <= limits.mxNames else {
                throw .permanent("\(domain.text): \(record.text(of: directive)): \(name.text) has more than \(limits.mxNames) exchanges")
            }
            return nil
        case .ptr(let spec):
            guard let name = try await target(spec, domain) else { return nil }
            let (found, isVoid) = try await clientHasName(within: name)
            if isVoid { try countVoid(record.text(of: directive), domain) }
            return found ? SPFMatch(network: nil) : nil
        }
    }

    /// The values of an answer.
    /// - Returns: nil when there are none, which is counted.
    private mutating func nonEmpty<Value>(_ found: Found<Value>, _ type: String, _ name: DomainName, _ directive: SPFDirective,
                                          of record: SPFRecord, _ domain: DomainName) throws(SPFProblem) -> [Value]? {
        switch found {
        case .some(let values): return values
        case .none:
            try countVoid(record.text(of: directive), domain)
            return nil
        case .trouble(let trouble):
            throw .temporary("\(domain.text): \(record.text(of: directive)): the \(type) look-up of \(name.text) failed: \(trouble)")
        }
    }

    private var addressType: String { session.client.isV4 ? "A" : "AAAA" }

    private func covers(_ addresses: [IPAddress], _ v4: Int, _ v6: Int) -> Bool {
        for address in addresses {
            if let network = IPNetwork(address, prefix: address.isV4 ? v4 : v6), network.contains(session.client) { return true }
        }
        return false
    }

    /// RFC 7208 §5.4: the exchanges in their order until one covers the client.
    private func anyCovers(_ hosts: [DomainName], _ v4: Int, _ v6: Int) async throws(SPFProblem) -> Bool {
        var covered = false, problem: SPFProblem?
        await SPFAddresses(resolver: resolver, v4: session.client.isV4, deadline: session.deadline).each(of: hosts) { host, found in
            switch found {
            case .some(let addresses): covered = covers(addresses, v4, v6)
            case .none: break
            case .trouble(let trouble): problem = .lookup(addressType, host, trouble)
            }
            return !covered && problem == nil
        }
        if let problem { throw problem }
        return covered
    }
}

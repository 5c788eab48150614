internal import DNS

/// Whether there is anything that takes mail for a host: what a relay would find out later, and each time at the price of a report of the hour.
/// Source: RFC 5321 §5.1, RFC 7505 §3 (null MX).
enum MailHost {
    /// Why no mail arrives there, whoever brings it, as far as one answer can be believed: who relies on it asks a second time, later.
    /// - Returns: nil where some may, and where that could not be known: then the relay finds out.
    static func why(_ host: DomainName, _ resolver: any Resolver, by deadline: ContinuousClock.Instant) async -> String? {
        switch await resolver.exchanges(of: host, by: deadline) {
        case .some(let list): return list.allSatisfy { $0.host.isRoot } ? "\(host.text) takes no mail (its mail exchange is the root)" : nil
        case .trouble: return nil
        case .none(nameError: true): return "\(host.text) is no host: there is no such name"
        case .none(nameError: false): break
        }
        for isV4 in [true, false] {
            switch await resolver.addresses(of: host, v4: isV4, by: deadline) {
            case .some, .trouble: return nil
            case .none: continue
            }
        }
        return "\(host.text) has neither a mail exchange nor an address"
    }
}

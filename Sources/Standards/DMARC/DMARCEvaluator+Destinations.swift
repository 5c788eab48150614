package import DNS

/// Whether reports about a domain may go to an address that its record names.
/// Source: RFC 9990 §4.
package enum DMARCDestination: Sendable, Equatable {
    /// The address is of the same organization.
    case own
    /// The destination takes reports about the domain; at these addresses of its own, where it names any.
    case authorised(instead: [DMARCReportURI])
    /// Nothing may be sent there: why.
    case refused(String)
    /// Could not be known now: why.
    case unknown(String)
}

/// The list of a record that an address stands in.
package enum DMARCReportKind: Sendable, Hashable {
    /// rua=
    case aggregate
    /// ruf= (RFC 9991 §5: the same steps)
    case failure
}

extension DMARCEvaluator {
    /// Asks the destination of a report whether it wants it.
    /// Source: RFC 9990 §4, RFC 9991 §5.
    /// - Parameters:
    ///   - uri: an address of the record.
    ///   - domain: where the record was found.
    ///   - deadline: what is not known by then is `unknown`.
    /// - Limits: sixteen questions to learn the two organizational domains, and one more.
    package func isAuthorised(_ uri: DMARCReportURI, for domain: DomainName, _ kind: DMARCReportKind = .aggregate,
                              by deadline: ContinuousClock.Instant) async -> DMARCDestination {
        guard let host = uri.host else { return .refused("\(uri.text) names no host") }
        var tree = tree()
        do throws(DMARCTrouble) {
            if try await tree.sameOrganization(domain, host, by: deadline) { return .own }
        } catch { return .unknown(error.why) }
        guard let name = DomainName(trusted: "\(domain.text)._report._dmarc").prepended(to: host) else {
            return .refused("the name that would authorise reports to \(host.text) is too long")
        }
        switch await resolver.texts(at: name, by: deadline) {
        case .trouble(let trouble): return .unknown("\(name.text): the TXT look-up failed: \(trouble)")
        case .none: return .refused("\(name.text) has no TXT record")
        case .some(let texts):
            let records = texts.compactMap { DMARCRecord($0, limits: limits) }
            guard !records.isEmpty else { return .refused("\(name.text) has no record that begins with v=DMARC1") }
            let instead = Array(records.flatMap { kind == .aggregate ? $0.aggregateURIs : $0.failureURIs }.prefix(limits.reportURIs))
            // An override that leads elsewhere spoils both addresses.
            guard instead.allSatisfy({ $0.host == host }) else { return .refused("\(name.text) sends reports on to another host") }
            return .authorised(instead: instead)
        }
    }
}

internal import Cryptography
package import DNS
package import Limiting
package import RateLimits
package import Verdicts

/// What was seen of a sender in one message.
package struct SenderObservation: Sendable, Equatable {
    package var of: TenantSubject
    /// Without what is new, which the store knows.
    package var counts: SenderCounts
    /// To whom it went, each once.
    package var contacts: [Contact]
    /// From where it came, where somebody logged in.
    package var network: IPNetwork?

    package init(of: TenantSubject, counts: SenderCounts, contacts: [Contact] = [], network: IPNetwork? = nil) { self.of = of; self.counts = counts; self.contacts = contacts; self.network = network }

    /// Recipients of one message that are looked at.
    package static let recipients = 1000

    /// Who is watched of those for whom a message counts: the account; of who did not log in the site that the mail server tells, else the script. Nobody else: what somebody says who proved nothing,
    /// in MAIL FROM or in a field of the header, makes nobody responsible for him.
    package static func sender(_ party: SendingParty) -> LimitSubject? {
        func subject(_ scope: LimitScope, _ name: String?) -> LimitSubject? { name.flatMap { $0.isEmpty ? nil : try? LimitSubject(scope, $0) } }
        if party.authUser != nil { return subject(.mailbox, party.authUser) }
        return subject(.site, party.site) ?? subject(.script, party.script)
    }
}

/// A recipient, as it is remembered: the beginning of a digest of its comparable form.
package struct Contact: Sendable, Hashable {
    package let number: Int64

    package init(number: Int64) { self.number = number }

    /// - Parameter path: `local@domain`, in any case of letters.
    package init(_ path: String) {
        let comparable = (try? LimitSubject(.mailbox, path))?.name ?? path.lowercased()
        number = Int64(bitPattern: SHA256.digest(Array(comparable.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// A network from which somebody sends.
package struct NetworkForm: Sendable {
    /// What of an address is looked at: a provider's customers get others of it from day to day.
    package var ipv4Prefix = 16, ipv6Prefix = 32

    package init() {}

    /// - Returns: nil for an address that says nothing of where somebody is: of a private network, or of the host itself.
    package func network(of address: IPAddress, internals: NetworkSet) -> IPNetwork? {
        let address = address.unmapped
        if internals.contains(address) { return nil }
        return IPNetwork(address, prefix: address.isV4 ? ipv4Prefix : ipv6Prefix).map { IPNetwork($0.range.first, prefix: $0.prefix) ?? $0 }
    }
}

/// That a limit is nearly used up.
package struct LimitWarning: Sendable, Equatable {
    package var tenant: String
    package var state: RateLimitEvidence.State
    package var at: Timestamp

    package init(tenant: String, state: RateLimitEvidence.State, at: Timestamp) { self.tenant = tenant; self.state = state; self.at = at }
}

package import DKIM
package import DNS

/// A signing key with its private half, sealed.
package struct SealedSigningKey: Sendable, Equatable {
    package var key: SigningKey
    /// By `KeySeal`; empty for a retired key, whose private half is gone.
    package var sealed: [UInt8]

    package init(_ key: SigningKey, sealed: [UInt8]) { self.key = key; self.sealed = sealed }
}

/// The name of a domain's keys: a tenant's keys for one domain are looked at and changed together.
package struct KeyPlace: Sendable, Hashable, Comparable {
    package let tenant: String
    package let domain: DomainName

    package init(tenant: String, domain: DomainName) { self.tenant = tenant; self.domain = domain }

    package static func < (one: KeyPlace, other: KeyPlace) -> Bool { (one.tenant, one.domain.text) < (other.tenant, other.domain.text) }
}

extension SigningKey {
    package var place: KeyPlace { KeyPlace(tenant: tenant, domain: domain) }
}

/// The port to where signing keys are kept.
package protocol SigningKeyStore: Sendable {
    /// Keeps new keys: all of them or none.
    /// - Throws: `SelectorTaken` when the domain has or had a key with one of the selectors; `TenantLimitReached` when the tenant has as many
    ///   keys in use as it may, callers at the same moment together.
    func add(_ keys: [SealedSigningKey]) async throws

    /// The keys of a tenant, those of each domain in the order of their making, at most 100,000; retired ones among them.
    /// - Parameters:
    ///   - tenant: nil for all.
    ///   - domain: nil for all.
    func keys(tenant: String?, domain: DomainName?) async throws -> [SigningKey]

    /// Puts changed keys in the place of what they were, all of them or none; the private half of a key that is retired is removed.
    /// - Parameter changes: each key as it was read, with what it is now.
    /// - Returns: false, and nothing is changed, when somebody else changed one of them meanwhile: read again.
    func replace(_ changes: [(was: SigningKey, is: SigningKey)]) async throws -> Bool

    /// Takes on the domains that have a key whose record is to be looked for, the longest due first; they are nobody else's for a while.
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - lease: seconds until somebody else may take them on, if their keys are not replaced before.
    ///   - limit: domains at most, 1…1000.
    func claim(dueAt now: Int, lease: Int, limit: Int) async throws -> [KeyPlace]

    /// What has changed, so that a copy in memory follows.
    /// - Parameter revision: that of the last answer; 0 for everything that is not retired.
    /// - Returns: the keys that changed since (more than their `check` and `nextCheckAt`), and the revision up to which this is all.
    func changes(since revision: Int64) async throws -> (keys: [SealedSigningKey], revision: Int64)
}

/// The domain has, or had, a key with that selector: verifiers may remember its record.
package struct SelectorTaken: Error, Sendable, Equatable {
    package let selector: DomainName

    package init(selector: DomainName) { self.selector = selector }
}

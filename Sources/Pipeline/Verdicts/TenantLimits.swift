/// How much is kept for one tenant: its own tokens may add to it, and memory and disk are everyone's.
///
/// What is of no tenant is the operator's, and not limited here.
package struct TenantLimits: Sendable {
    /// Entries of its local list, at least 1.
    package var localEntries = 10_000
    /// Its tokens, at least 1.
    package var tokens = 1000
    /// Its DKIM keys that are not retired, at least 1.
    package var signingKeys = 10_000

    package init() {}
}

/// A tenant has as much of something as `TenantLimits` lets it have.
package struct TenantLimitReached: Error, Sendable, Equatable {
    package let limit: Int

    package init(limit: Int) { self.limit = limit }
}

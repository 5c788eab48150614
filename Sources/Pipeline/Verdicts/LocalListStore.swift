package import BlockLists

/// The port to where an operator's own list is kept and changed.
package protocol LocalListStore: LocalListSource {
    /// The entries of a tenant, the oldest first, at most 100,000; those for everyone are not among them.
    /// - Parameter tenant: nil for the entries of all tenants and those for everyone.
    func list(tenant: String?) async throws -> [LocalEntry]

    /// Keeps a new entry; one of the same tenant with the same effect and subject is replaced and keeps its id.
    ///
    /// Entries of the tenant that expired may be removed to make room for it.
    /// - Parameter entry: its id is not looked at.
    /// - Returns: the entry with its id.
    /// - Throws: `TenantLimitReached` when the tenant has as many entries as it may, and nothing was kept; callers at the same moment
    ///   do not pass the limit together either.
    func add(_ entry: LocalEntry) async throws -> LocalEntry

    /// - Parameter tenant: only an entry of this tenant is removed; nil for any.
    /// - Returns: false when there was none.
    func remove(_ id: String, tenant: String?) async throws -> Bool
}

package import Verdicts

/// The port to who is restrained. Time is the store's own.
package protocol RestraintStore: Sendable {
    /// Restraints that changed at or after a moment; those that hold, and those that were undone a while ago still.
    /// - Parameters:
    ///   - since: nil for all that hold.
    ///   - limit: at most so many, those that changed longest ago first.
    /// - Returns: what it is now beside.
    /// - Throws: `StoreTrouble`.
    func restraints(changedSince since: Timestamp?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> (restraints: [Restraint], now: Timestamp)

    func restraint(of subject: TenantSubject, by deadline: ContinuousClock.Instant) async throws -> Restraint?

    /// Restrains a subject by hand, whatever was before.
    /// - Parameter seconds: for how long; nil: until it is undone.
    /// - Throws: `TenantLimitReached` where too many of the tenant are restrained.
    func restrain(_ subject: TenantSubject, _ state: Restraint.State, for seconds: Int?, reason: String?, by deadline: ContinuousClock.Instant) async throws -> Restraint

    /// Undoes a restraint. What was seen of the subject until now speaks against it no more.
    /// - Parameter trust: for how many seconds signals restrain it in no way; 0: they may at once.
    /// - Returns: nil where it is not restrained. A restraint whose time is over can be undone still: that it was there counts no more then.
    func lift(_ subject: TenantSubject, trust: Int, by deadline: ContinuousClock.Instant) async throws -> Restraint?

    /// A page of restraints, in the order of tenant and subject.
    /// - Parameters:
    ///   - tenant: nil for all.
    ///   - state: nil for those that hold.
    ///   - limit: 1…1000.
    func page(tenant: String?, state: Restraint.State?, after: TenantSubject?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Restraint]
}

/// How many of one tenant can be restrained at a time: by signals, and by hand those beside them.
package enum RestraintLimits { package static let ofTenant = 100_000, byHand = 200_000 }

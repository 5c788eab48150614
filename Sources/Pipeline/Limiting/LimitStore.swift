package import RateLimits
internal import Verdicts

/// A subject of a tenant.
package struct TenantSubject: Sendable, Hashable {
    package let tenant: String
    package let subject: LimitSubject

    package init(tenant: String, _ subject: LimitSubject) { self.tenant = tenant; self.subject = subject }

    package static func == (one: TenantSubject, other: TenantSubject) -> Bool { one.subject == other.subject && one.tenant.utf8.elementsEqual(other.tenant.utf8) }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(subject)
        for octet in tenant.utf8 { hasher.combine(octet) }
    }
}

/// What is said of a subject, as it is kept.
package struct KeptDefinition: Sendable, Equatable {
    package let of: TenantSubject
    package let definition: LimitDefinition

    package init(of: TenantSubject, _ definition: LimitDefinition) { self.of = of; self.definition = definition }
}

/// The port to what operators and panels say of subjects.
package protocol LimitStore: Sendable {
    /// What is said of some subjects; nothing for those of whom nothing is said.
    /// - Parameter subjects: at most 1000.
    /// - Throws: `StoreTrouble`.
    func definitions(of subjects: [TenantSubject], by deadline: ContinuousClock.Instant) async throws -> [TenantSubject: LimitDefinition]

    /// Says something of a subject instead of what was said before.
    /// - Returns: whether nothing was said before.
    /// - Throws: `TenantLimitReached` when the tenant has as many as it may; then nothing was kept.
    func define(_ subject: TenantSubject, _ definition: LimitDefinition) async throws -> Bool

    /// - Returns: false when nothing was said.
    func remove(_ subject: TenantSubject) async throws -> Bool

    /// A page of what is said, in the order of tenant and subject.
    /// - Parameters:
    ///   - tenant: nil for all.
    ///   - scope: nil for all.
    ///   - after: the last of the page before.
    ///   - limit: 1…1000.
    func page(tenant: String?, scope: LimitScope?, after: TenantSubject?, limit: Int) async throws -> [KeptDefinition]
}

package import DNS

/// Whose mail was learned: everybody's, a tenant's, or that to one of its recipients' domains.
package struct TrainingLayer: Hashable, Sendable {
    /// nil for the global layer, which is the operator's.
    package let tenant: String?
    /// nil for a whole tenant.
    package let domain: DomainName?

    package static let global = TrainingLayer(tenant: nil, domain: nil)

    package init(tenant: String) { self.init(tenant: tenant, domain: nil) }

    package init(tenant: String, domain: DomainName) { self.init(tenant: tenant, domain: .some(domain)) }

    private init(tenant: String?, domain: DomainName?) { self.tenant = tenant; self.domain = domain }

    package enum Kind: String, Sendable, CaseIterable { case global, tenant, domain }

    package var kind: Kind { tenant == nil ? .global : domain == nil ? .tenant : .domain }
}

extension TrainingLayer: CustomStringConvertible {
    package var description: String {
        guard let tenant else { return "global" }
        return domain.map { "domain \($0.text) of \(tenant)" } ?? "tenant \(tenant)"
    }
}

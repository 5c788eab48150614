internal import DNS
internal import Learning
internal import Verdicts

/// The parameters of what has to do with learning: whose layer is meant, and what of it.
struct TrainingQuery {
    var tenant: String?
    var domain: DomainName?
    var isSpam: Bool?
    var source: String?
    var isDryRun = false

    /// - Parameter allowed: the names that the route has.
    init(_ call: Call, allowed: Set<String>) throws(Problem) {
        var seen: Set<String> = []
        for field in try call.query().fields {
            guard allowed.contains(field.name) else { throw .parameter(field.name, "is not a parameter here") }
            guard seen.insert(field.name).inserted else { throw .parameter(field.name, "is given more than once") }
            try set(field.name, field.value)
        }
        tenant = try SmallDocument.tenant(tenant, for: call)
    }

    /// The members of a JSON object.
    init(_ members: [(name: String, value: String?)], _ call: Call) throws(Problem) {
        for (name, value) in members { if let value { try set(name, value) } }
        tenant = try SmallDocument.tenant(tenant, for: call)
    }

    private mutating func set(_ name: String, _ value: String) throws(Problem) {
        switch name {
        case "tenant": tenant = value
        case "domain":
            guard let name = DomainName(value) else { throw .parameter("domain", "is not a domain name") }
            domain = name
        case "class":
            guard let known = ["spam": true, "ham": false][value] else { throw .parameter("class", "is neither spam nor ham") }
            isSpam = known
        case "source":
            guard !value.isEmpty, value.utf8.count <= TrainingLimits().sourceOctets, !value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
                throw .parameter("source", "has not 1 to \(TrainingLimits().sourceOctets) octets without control characters")
            }
            source = value
        default:
            guard let known = ["true": true, "false": false][value] else { throw .parameter(name, "is neither true nor false") }
            isDryRun = known
        }
    }

    /// The layer that is meant: the global one where no tenant is named, which only a caller that is confined to none can mean.
    func layer() throws(Problem) -> TrainingLayer {
        guard let tenant else {
            if domain != nil { throw .parameter("domain", "is of a tenant, and none is named") }
            return .global
        }
        return domain.map { TrainingLayer(tenant: tenant, domain: $0) } ?? TrainingLayer(tenant: tenant)
    }

    /// What is to be unlearned: of one layer where a domain is named, else of all that the tenant, or everybody, has.
    func choice(_ which: TrainingChoice.Which) throws(Problem) -> TrainingChoice {
        domain == nil ? TrainingChoice(which, tenant: tenant) : TrainingChoice(which, layer: try layer())
    }
}

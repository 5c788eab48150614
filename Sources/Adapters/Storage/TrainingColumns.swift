internal import DNS
internal import Learning
internal import Postgres
internal import SpamFilter
internal import Verdicts

/// Events, layers and rows of the log as they are read and written.
enum TrainingColumns {
    /// Of a layer: tenant and domain, each empty where there is none.
    static func layer(_ layer: TrainingLayer) -> [PostgresValue] { [.text(layer.tenant.map(StoredText.column) ?? ""), .text(layer.domain?.text ?? "")] }

    static func layer(_ row: PostgresRows.Row, _ column: Int) throws -> TrainingLayer {
        guard let tenant = row.text(column), let domain = row.text(column + 1) else { throw unreadable }
        if tenant.isEmpty, domain.isEmpty { return .global }
        if domain.isEmpty { return TrainingLayer(tenant: tenant) }
        guard !tenant.isEmpty, let name = DomainName(domain) else { throw unreadable }
        return TrainingLayer(tenant: tenant, domain: name)
    }

    static let ofContribution = "e.is_spam, e.weights, e.features"

    static func contribution(_ row: PostgresRows.Row, _ column: Int) throws -> Contribution {
        guard let isSpam = row.bool(column), let weights = row.bytea(column + 1), let octets = row.bytea(column + 2), weights.count % 4 == 0,
              let features = PackedFeatures(octets: octets),
              let step = LearningStep(isSpam: isSpam, weights: stride(from: 0, to: weights.count, by: 4).map { at in
                  Int32(bitPattern: weights[at..<(at + 4)].reduce(0) { $0 << 8 | UInt32($1) })
              }) else { throw unreadable }
        return Contribution(features: features, step: step)
    }

    /// Octets of weights, four each, the highest first.
    static func octets(_ weights: [Int32]) -> [UInt8] { weights.flatMap { weight in stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: weight >> Int32($0)) } } }

    static let ofEvent = "\(ofContribution), e.tenant_id, e.domain, e.id, e.digest, e.origin, e.source, e.learned_by, \(ReportColumns.micros("e.learned_at"))"

    static func event(_ row: PostgresRows.Row) throws -> TrainingEvent {
        guard let id = row.text(5).flatMap({ VerdictID($0) }), let digest = row.bytea(6), let origin = row.text(7).flatMap({ TrainingOrigin($0) }), let source = row.text(8),
              let by = row.text(9), let at = ReportColumns.time(row, 10) else { throw unreadable }
        return TrainingEvent(id: id, layer: try layer(row, 3), digest: digest, contribution: try contribution(row, 0), origin: origin, note: TrainingNote(by: by, at: at, source: source))
    }

    static let unreadable = StoreTrouble.refused("a row of what was learned is not what this program writes")

    /// Which events in force are meant, with five parameters.
    static let chosen = """
        unlearned_at IS NULL AND ($1::uuid IS NULL OR id = $1::uuid) AND ($2::bytea IS NULL OR digest = $2::bytea) AND ($3::text IS NULL OR source = $3)
        AND ($4::text IS NULL OR tenant_id = $4) AND ($5::text IS NULL OR domain = $5)
        """

    static func values(_ choice: TrainingChoice) -> [PostgresValue] {
        var values: [PostgresValue] = switch choice.which {
        case .event(let id): [.text(id.description), .null, .null]
        case .digest(let digest): [.null, .octets(digest), .null]
        case .source(let source): [.null, .null, .text(StoredText.column(source))]
        }
        if let layer = choice.layer { values += self.layer(layer) } else { values += [.optional(choice.tenant.map(StoredText.column)), .null] }
        return values
    }
}

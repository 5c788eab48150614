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
    /// What rehearsals of an event changed that were not taken back, one behind the other.
    static let ofRehearsals = "(SELECT string_agg(r.weights, ''::bytea) FROM training_log r WHERE r.tenant_id = e.tenant_id AND r.event_id = e.id AND r.change = 2 AND NOT r.undone)"
    /// How many of them there were, and how many of that were taken back.
    private static let numberOfRehearsals = "(SELECT count(*) FROM training_log r WHERE r.tenant_id = e.tenant_id AND r.event_id = e.id AND r.change IN (2, 3))"

    /// - Parameters:
    ///   - rehearsals: the column with what its rehearsals changed, which is added; nil where that is not wanted.
    ///   - again: what one rehearsal changed, which is all that is wanted; nil for what the event itself did.
    static func contribution(_ row: PostgresRows.Row, _ column: Int, rehearsals: Int? = nil, again: [UInt8]? = nil) throws -> Contribution {
        guard let isSpam = row.bool(column), let octets = row.bytea(column + 2), let features = PackedFeatures(octets: octets), let own = again ?? row.bytea(column + 1),
              let step = LearningStep(isSpam: isSpam, isCounted: again == nil, weights: weights(own)), let all = step.with(pieces(rehearsals.flatMap { row.bytea($0) } ?? [])) else { throw unreadable }
        return Contribution(features: features, step: all)
    }

    private static func weights(_ octets: [UInt8]) -> [Int32] {
        guard octets.count % 4 == 0 else { return [] }
        return stride(from: 0, to: octets.count, by: 4).map { at in Int32(bitPattern: octets[at..<(at + 4)].reduce(0) { $0 << 8 | UInt32($1) }) }
    }

    /// The weights of each rehearsal.
    private static func pieces(_ octets: [UInt8]) -> [[Int32]] {
        let all = weights(octets), each = FeatureView.allCases.count
        guard all.count * 4 == octets.count, all.count % each == 0 else { return [[]] }
        return stride(from: 0, to: all.count, by: each).map { Array(all[$0..<($0 + each)]) }
    }

    /// Octets of weights, four each, the highest first.
    static func octets(_ weights: [Int32]) -> [UInt8] { weights.flatMap { weight in stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: weight >> Int32($0)) } } }

    static let ofEvent = "\(ofContribution), e.tenant_id, e.domain, e.id, e.digest, e.origin, e.source, e.learned_by, \(ReportColumns.micros("e.learned_at")), \(ofRehearsals), \(numberOfRehearsals)"

    static func event(_ row: PostgresRows.Row) throws -> TrainingEvent {
        guard let id = row.text(5).flatMap({ VerdictID($0) }), let digest = row.bytea(6), let origin = row.text(7).flatMap({ TrainingOrigin($0) }), let source = row.text(8),
              let by = row.text(9), let at = ReportColumns.time(row, 10), let rehearsals = row.integer(12) else { throw unreadable }
        return TrainingEvent(id: id, layer: try layer(row, 3), digest: digest, contribution: try contribution(row, 0, rehearsals: 11), rehearsals: rehearsals, origin: origin, note: TrainingNote(by: by, at: at, source: source))
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

internal import Foundation
internal import JSON
internal import Limiting
internal import Postgres
internal import RateLimits
internal import Verdicts

/// Rows of `restraints`, read and written within a transaction.
enum RestraintTable {
    static let columns = """
        r.tenant_id, r.scope, r.subject, r.state, r.by_hand, \(ReportColumns.micros("r.since")), \(ReportColumns.micros("r.until")), r.reason, r.signals, \
        \(ReportColumns.micros("r.trusted_until")), \(ReportColumns.micros("r.throttled_at")), \(ReportColumns.micros("r.changed_at"))
        """

    static func number(of state: Restraint.State) -> Int { Restraint.State.allCases.firstIndex(of: state) ?? 0 }

    /// - Throws: `StoreTrouble.refused` for a row that this program does not write.
    static func restraint(_ row: PostgresRows.Row) throws -> Restraint {
        guard let tenant = row.text(0), let subject = HoldColumns.subject(row.integer(1), row.text(2)), let state = row.integer(3), Restraint.State.allCases.indices.contains(state), let byHand = row.bool(4),
              let since = ReportColumns.time(row, 5), let changed = ReportColumns.time(row, 11) else { throw StoreTrouble.refused("a restraint of \(row.text(2) ?? "") is not what this program writes; undo it") }
        // What it was for explains it; it holds without that.
        let signals = row.octets(8).flatMap { try? JSONDecoder().decode([SignalMeasure].self, from: Data($0)) } ?? []
        return Restraint(of: TenantSubject(tenant: tenant, subject), Restraint.State.allCases[state], byHand ? .hand : .signals, since: since, until: ReportColumns.time(row, 6), reason: row.text(7), signals: signals,
                         trustedUntil: ReportColumns.time(row, 9), throttledAt: ReportColumns.time(row, 10), changedAt: changed)
    }

    /// Locks the restraints of some, in the order of their keys.
    static func lock(_ keys: [SubjectKey], _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> [SubjectKey: Restraint] {
        var found: [SubjectKey: Restraint] = [:]
        for row in try connection.execute("""
            SELECT \(columns) FROM \(SubjectKey.inputs) JOIN restraints r ON r.tenant_id = k.tenant_id AND r.scope = k.scope::smallint AND r.subject = k.subject ORDER BY r.tenant_id, r.scope, r.subject FOR UPDATE OF r
            """, SubjectKey.columns(keys), by: deadline) {
            let restraint = try restraint(row)
            found[SubjectKey(restraint.of.tenant, restraint.of.subject)] = restraint
        }
        return found
    }

    /// How many more of a tenant can be restrained.
    /// - Parameter most: that hold at a time.
    static func places(of tenant: String, most: Int, at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> Int {
        most - (try connection.execute("SELECT count(*) FROM restraints WHERE tenant_id = $1 AND state > 0 AND (until IS NULL OR until > $2::timestamptz)", [.text(tenant), ReportColumns.time(now)], by: deadline).first?.integer(0) ?? most)
    }

    /// Writes a restraint in the place of what was there. At the time of the database, which is the same for all of a transaction.
    static func write(_ restraint: Restraint, at now: Timestamp, _ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> Restraint {
        var json = JSONWriter(capacity: 256)
        json.openArray()
        for each in restraint.signals { each.write(to: &json) }
        json.closeArray()
        let key = SubjectKey(restraint.of.tenant, restraint.of.subject)
        let values: [PostgresValue] = key.values + [.integer(Int64(number(of: restraint.state))), .bool(restraint.origin == .hand), ReportColumns.time(restraint.since), restraint.until.map(ReportColumns.time) ?? .null,
                                                    .optional(restraint.reason.map(StoredText.column)), .text(String(decoding: StoredText.json(json.octets), as: UTF8.self)), restraint.trustedUntil.map(ReportColumns.time) ?? .null,
                                                    restraint.throttledAt.map(ReportColumns.time) ?? .null, ReportColumns.time(now)]
        guard let written = try connection.execute("""
            INSERT INTO restraints AS r (tenant_id, scope, subject, state, by_hand, since, until, reason, signals, trusted_until, throttled_at, changed_at)
            VALUES ($1, $2::smallint, $3, $4::smallint, $5::boolean, $6::timestamptz, $7::timestamptz, $8, $9::json, $10::timestamptz, $11::timestamptz, $12::timestamptz)
            ON CONFLICT (tenant_id, scope, subject) DO UPDATE SET state = excluded.state, by_hand = excluded.by_hand, since = excluded.since, until = excluded.until, reason = excluded.reason, signals = excluded.signals,
                trusted_until = excluded.trusted_until, throttled_at = excluded.throttled_at, changed_at = greatest(excluded.changed_at, r.changed_at + interval '1 microsecond')
            RETURNING \(columns)
            """, values, by: deadline).first.map({ try Self.restraint($0) }) else { throw StoreTrouble.refused("the database does not give back what it wrote") }
        return written
    }
}

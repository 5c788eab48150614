internal import Limiting
internal import Postgres
internal import RateLimits
internal import Verdicts

/// The columns of `holds` as they are read.
enum HoldColumns {
    static let all = """
        h.tenant_id, h.id, h.name, h.place, h.state, h.server_name, h.queue_id, h.mail_from, h.customer, h.sender, h.subjects, h.recipients, h.octets, h.blocker_scope, h.blocker, \
        \(ReportColumns.micros("h.held_at")), \(ReportColumns.micros("h.release_at")), \(ReportColumns.micros("h.granted_at")), \(ReportColumns.micros("h.ended_at")), h.outcome
        """

    /// - Throws: `StoreTrouble.refused` for a row that this program does not write.
    static func hold(_ row: PostgresRows.Row) throws -> Hold {
        guard let tenant = row.text(0), let id = row.text(1).flatMap({ VerdictID($0) }), let name = row.bytea(2), name.count == 32, let place = row.integer(3), let state = row.integer(4), Hold.State.allCases.indices.contains(state),
              let server = row.text(5), let queueID = row.text(6), let customer = row.text(8), let sender = row.text(9), let subjects = PostgresArray.texts(row.octets(10)), let recipients = row.integer(11), let octets = row.integer(12),
              let blocker = subject(row.integer(13), row.text(14)), let held = ReportColumns.time(row, 15), let release = ReportColumns.time(row, 16) else {
            throw StoreTrouble.refused("message \(row.text(1) ?? "") that waits is not what this program writes")
        }
        return Hold(id: id, tenant: tenant, name: name, place: place, state: Hold.State.allCases[state], server: server, queueID: queueID, mailFrom: row.text(7), lane: HoldLane(customer: customer, sender: sender),
                    subjects: subjects.compactMap { try? LimitSubject(path: $0) }, amounts: Amounts(recipients: recipients, octets: octets), heldAt: held, releaseAt: release, blocker: blocker,
                    grantedAt: ReportColumns.time(row, 17), endedAt: ReportColumns.time(row, 18), outcome: row.text(19).flatMap { Hold.Outcome(rawValue: $0) })
    }

    static func subject(_ place: Int?, _ name: String?) -> LimitSubject? {
        guard let place, LimitScope.allCases.indices.contains(place), let name else { return nil }
        return try? LimitSubject(LimitScope.allCases[place], name)
    }

    /// Subjects in one text, which becomes an array in the database.
    static func text(of subjects: [LimitSubject]) -> String { subjects.map(\.description).joined(separator: "\u{1f}") }

    static func number(of state: Hold.State) -> Int { Hold.State.allCases.firstIndex(of: state) ?? 0 }

    /// `$1` and `$2` of a statement about some.
    static func keys(of holds: [Hold]) -> [PostgresValue] {
        var tenants = PostgresArray(of: .text), ids = PostgresArray(of: .text)
        for hold in holds {
            tenants.append(hold.tenant)
            ids.append(hold.id.description)
        }
        return [.array(tenants), .array(ids)]
    }
}

internal import Notices
internal import Postgres
internal import Verdicts

/// The columns of `notices` as they are read.
enum NoticeColumns {
    static let all = "n.id, n.tenant_id, n.kind, n.subject, \(ReportColumns.micros("n.at")), n.details, n.key"

    /// - Throws: `StoreTrouble.refused` for a row that this program does not write.
    static func notice(_ row: PostgresRows.Row) throws -> Notice {
        guard let id = row.text(0).flatMap({ VerdictID($0) }), let tenant = row.text(1), let kind = row.text(2).flatMap({ Notice.Kind(rawValue: $0) }), let at = ReportColumns.time(row, 4), let details = row.octets(5) else {
            throw StoreTrouble.refused("notice \(row.text(0) ?? "") is not what this program writes")
        }
        return Notice(id: id, tenant: tenant, kind: kind, subject: row.text(3), at: at, details: Array(details), key: row.text(6))
    }

    /// Reads attempts and age behind the columns of the notice.
    static func delivery(_ row: PostgresRows.Row, webhook: String, lease: VerdictID) throws -> ClaimedDelivery {
        ClaimedDelivery(notice: try notice(row), webhook: webhook, lease: lease, attempts: row.integer(7) ?? 1, age: row.integer(8) ?? 0)
    }
}

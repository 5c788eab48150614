internal import DMARC
internal import DNS
internal import Foundation
internal import Postgres
internal import Verdicts

/// The columns of the outbox as they are read and written.
enum ReportColumns {
    static let ofRow = """
        id, tenant_id, policy_domain, \(micros("begins_at")), \(micros("ends_at")), destination, report_id, state, attempts, \(micros("next_attempt_at")), last_reply, \
        \(micros("created_at")), \(micros("ended_at"))
        """
    /// How many columns `ofRow` has.
    static let count = 13

    /// - Throws: `StoreTrouble.refused` for a row that this program does not write.
    static func row(_ row: PostgresRows.Row) throws -> ReportRow {
        guard let id = row.text(0).flatMap({ VerdictID($0) }), let tenant = row.text(1), let domain = row.text(2), let begin = time(row, 3), let end = time(row, 4),
              let destination = row.text(5), let reportID = row.text(6), let state = row.text(7).flatMap({ ReportState(rawValue: $0) }), let attempts = row.integer(8),
              let next = time(row, 9), let reply = row.text(10), let created = time(row, 11) else {
            throw StoreTrouble.refused("report \(row.text(0) ?? "") is not what this program writes")
        }
        return ReportRow(id: id, tenant: tenant, policyDomain: domain, begin: begin, end: end, destination: destination, reportID: reportID, state: state,
                         attempts: attempts, nextAttempt: next, lastReply: reply, createdAt: created, endedAt: time(row, 12))
    }

    /// A moment as a whole number of microseconds since 1970.
    static func micros(_ column: String) -> String { "(extract(epoch FROM \(column)) * 1000000)::bigint" }

    static func time(_ row: PostgresRows.Row, _ column: Int) -> Timestamp? { row.integer(column).map { Timestamp(microseconds: Int64($0)) } }

    static func time(_ time: Timestamp) -> PostgresValue { .text(HistoryQuery.time(time)) }

    /// The day of a moment, as a `date`.
    static func date(_ time: Timestamp) -> PostgresValue { .text(String(HistoryQuery.time(time).prefix(10))) }
}

extension ReportColumns {
    /// Reads messages, last id, address, envelope domains, action, outcome and override.
    static func counted(_ row: PostgresRows.Row) throws -> CountedResult {
        guard let count = row.integer(0), let last = row.text(1).flatMap({ VerdictID($0) }), let address = row.text(2).flatMap({ IPAddress($0) }),
              let action = row.text(5).flatMap({ Action(rawValue: $0) }), let outcome = row.octets(6).flatMap({ try? JSONDecoder().decode(DMARCOutcome.self, from: Data($0)) }) else {
            throw StoreTrouble.refused("a row of report_rows is not what this program writes")
        }
        return CountedResult(count: count, last: last, clientIP: address, envelopeFrom: row.text(3), envelopeTo: row.text(4), action: action, outcome: outcome,
                             override: row.octets(7).flatMap { try? JSONDecoder().decode(AuthorEvidence.Override.self, from: Data($0)) })
    }
}

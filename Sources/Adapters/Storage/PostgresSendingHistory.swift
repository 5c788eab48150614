internal import DNS
internal import Foundation
package import Limiting
package import Postgres
internal import RateLimits
package import Verdicts

/// What was sent, as the history of verdicts in PostgreSQL tells it.
///
/// Each question reads a tenant's verdicts between two ids by the key of the table, and so none of any other day. Where a tenant has a good part of all
/// verdicts, the server may go by the ids alone: its rows lie on the same pages then.
package struct PostgresSendingHistory: SendingHistory {
    private let pool: PostgresPool

    /// - Parameter pool: connections for what is read of history.
    package init(_ pool: PostgresPool) { self.pool = pool }

    package func sent(by tenant: String, since: Timestamp, until: Timestamp, accounts: [String]?, after: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [SentMessage] {
        // Ids are unique: the next one is the lowest that is higher.
        let begin = max(VerdictID.lowest(at: since), after?.next ?? VerdictID.lowest(at: since))
        let values: [PostgresValue] = [.text(StoredText.column(tenant)), .text(begin.description), .text(VerdictID.lowest(at: until).description), .integer(Int64(min(max(limit, 1), 5000)))]
        return try await asStoreTrouble {
            guard let accounts else { return try await pool.execute(Self.reading, values, by: deadline).map(Self.message) }
            return try await pool.execute(Self.readingAccounts, values + [.text(String(decoding: PostgresArray.literal(accounts.map(StoredText.column)), as: UTF8.self))], by: deadline).map(Self.message)
        }
    }

    package func accounts(of tenant: String, since: Timestamp, until: Timestamp, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [String]? {
        let limit = min(max(limit, 1), 100_000)
        let values: [PostgresValue] = [.text(StoredText.column(tenant)), .text(VerdictID.lowest(at: since).description), .text(VerdictID.lowest(at: until).description), .integer(Int64(limit + 1))]
        let names = try await asStoreTrouble { try await pool.execute(Self.listing, values, by: deadline).compactMap { $0.text(0) } }
        return names.count > limit ? nil : names
    }

    /// From one name to the next by the index of accounts, which is much less than all their messages.
    private static let listing = """
        WITH RECURSIVE names(name) AS (
            (SELECT v.auth_user FROM verdicts v WHERE v.tenant_id = $1 AND v.auth_user IS NOT NULL AND v.id >= $2::uuid AND v.id < $3::uuid ORDER BY v.auth_user LIMIT 1)
            UNION ALL
            SELECT (SELECT v.auth_user FROM verdicts v WHERE v.tenant_id = $1 AND v.auth_user > n.name AND v.auth_user IS NOT NULL AND v.id >= $2::uuid AND v.id < $3::uuid ORDER BY v.auth_user LIMIT 1)
            FROM names n WHERE n.name IS NOT NULL
        )
        SELECT name FROM names WHERE name IS NOT NULL LIMIT $4::bigint
        """

    package static let reading = """
        SELECT \(columns) FROM verdicts v CROSS JOIN LATERAL \(envelope)
        WHERE \(condition) ORDER BY v.id LIMIT $4::bigint
        """

    /// Of each account by itself, in the order that its index has; else the server might go through all messages for that order.
    private static let readingAccounts = """
        SELECT \(columns) FROM unnest($5::text[]) AS a(name)
        CROSS JOIN LATERAL (SELECT v.* FROM verdicts v WHERE \(condition) AND v.auth_user = a.name ORDER BY v.id LIMIT $4::bigint) AS v
        CROSS JOIN LATERAL \(envelope)
        ORDER BY v.id LIMIT $4::bigint
        """

    /// The documents are read no further than they must be: the evidence, which is long, only of who did not log in and was told neither site nor script.
    private static let columns = """
        v.id, (extract(epoch FROM v.received_at) * 1000000)::bigint, cardinality(v.recipients), v.size, v.action, hashtextextended(v.recipients::text, 0), v.digest, host(v.client_ip), \
        e.server_name, e.plan, e.customer, e.auth_user, e.mail_from, e.site, e.script, \
        CASE WHEN e.auth_user IS NULL AND (e.site IS NULL OR e.script IS NULL) THEN v.evidence -> 'rate_limit' -> 'subjects' END
        """
    private static let envelope = "json_to_record(v.envelope) AS e(server_name text, plan text, customer text, auth_user text, mail_from text, site text, script text)"
    private static let condition = """
        v.tenant_id = $1 AND v.id >= $2::uuid AND v.id < $3::uuid AND v.direction = 'outbound' \
        AND (v.action IN ('accept', 'tag', 'neutralise', 'hold') OR v.action = 'defer' AND v.codes @> ARRAY['limit.exceeded'] \
        OR v.action = 'reject' AND v.codes @> ARRAY['limit.too_large'])
        """

    private static func message(_ row: PostgresRows.Row) throws -> SentMessage {
        guard let id = row.text(0).flatMap({ VerdictID($0) }), let received = row.integer(1), let recipients = row.integer(2), let size = row.integer(3),
              let action = row.text(4).flatMap({ Action(rawValue: $0) }), let named = row.integer(5), let digest = row.bytea(6), let client = row.text(7).flatMap({ IPAddress($0) }) else {
            throw PostgresError(.unreadable, "verdict \(row.text(0) ?? "") is not what this program writes")
        }
        var party = SendingParty(clientIP: client)
        (party.serverName, party.plan, party.customer, party.authUser) = (row.text(8), row.text(9), row.text(10), row.text(11))
        (party.mailFrom, party.site, party.script) = (row.text(12), row.text(13), row.text(14))
        // What cannot be read was not told.
        let told = row.octets(15).flatMap { try? JSONDecoder().decode([String].self, from: Data($0)) } ?? []
        party.told = told.compactMap { try? LimitSubject(path: $0) }.filter { $0.scope == .site || $0.scope == .script }
        return SentMessage(id: id, receivedAt: Timestamp(microseconds: Int64(received)), amounts: Amounts(recipients: max(recipients, 1), octets: size), party: party,
                           isPutOff: action == .defer || action == .reject, digest: digest, recipients: Int64(named))
    }
}

extension VerdictID {
    /// The next one in their order; itself where it is the last of all.
    fileprivate var next: VerdictID {
        if low < .max { return VerdictID(high: high, low: low + 1) }
        return high < .max ? VerdictID(high: high + 1, low: 0) : self
    }
}

internal import DNS
internal import Postgres
internal import Verdicts

/// The columns of `quarantine` and `quarantine_acts` as they are read and written.
enum QuarantineColumns {
    /// What ``message(_:)`` reads, in its order.
    static let ofMessage = """
        id, tenant_id, \(ReportColumns.micros("received_at")), \(ReportColumns.micros("kept_at")), \(ReportColumns.micros("expires_at")), state, size, digest, infected, score, \
        host(client_ip), mail_from, recipients, header_from, subject, message_id, codes
        """
    /// How many columns `ofMessage` has.
    static let count = 17

    /// - Throws: `StoreTrouble.refused` for a row that this program does not write.
    static func message(_ row: PostgresRows.Row) throws -> KeptMessage {
        guard let id = row.text(0).flatMap({ VerdictID($0) }), let tenant = row.text(1), let received = ReportColumns.time(row, 2), let kept = ReportColumns.time(row, 3),
              let expires = ReportColumns.time(row, 4), let state = row.text(5).flatMap({ KeptMessage.State(rawValue: $0) }), let size = row.integer(6), let digest = row.bytea(7),
              let infected = row.bool(8), let score = row.float(9), let client = row.text(10).flatMap({ IPAddress($0) }), let recipients = PostgresArray.texts(row.octets(12)),
              let codes = PostgresArray.texts(row.octets(16)) else {
            throw StoreTrouble.refused("message \(row.text(0) ?? "") in quarantine is not what this program writes")
        }
        return KeptMessage(id: id, tenant: tenant, receivedAt: received, keptAt: kept, expiresAt: expires, state: state, size: size, digest: digest, isInfected: infected, score: score,
                           clientIP: client, mailFrom: row.text(11).map { HistoryPath(trusted: $0) }, recipients: recipients.map { HistoryPath(trusted: $0) },
                           from: row.text(13), subject: row.text(14), messageID: row.text(15), codes: codes)
    }

    static let insertion = """
        INSERT INTO quarantine (tenant_id, id, received_at, kept_at, expires_at, size, digest, infected, score, client_ip, mail_from, recipients, header_from, subject, subject_key,
                                message_id, codes, sealed_size, sealed)
        VALUES ($1, $2::uuid, $3::timestamptz, $4::timestamptz, $5::timestamptz, $6::bigint, $7, $8::boolean, $9::float8, $10::inet,
                $11, $12, $13, $14, $15, $16, $17, $18::bigint, $19)
        ON CONFLICT (tenant_id, id) DO NOTHING
        """

    /// With the parameters of `insertion`.
    static let exchange = """
        UPDATE quarantine SET received_at = $3::timestamptz, kept_at = $4::timestamptz, expires_at = $5::timestamptz, size = $6::bigint, digest = $7, infected = $8::boolean, score = $9::float8,
            client_ip = $10::inet, mail_from = $11, recipients = $12, header_from = $13, subject = $14, subject_key = $15, message_id = $16, codes = $17, sealed_size = $18::bigint, sealed = $19
        WHERE tenant_id = $1 AND id = $2::uuid
        """

    static func values(_ message: KeptMessage, _ sealed: [UInt8]) -> [PostgresValue] {
        func text(_ text: String?) -> PostgresValue { .optional(text.map(StoredText.column)) }
        func list(_ texts: [String]) -> PostgresValue { .array(PostgresArray(texts.map(StoredText.column))) }
        return [.text(StoredText.column(message.tenant)), .text(message.id.description), ReportColumns.time(message.receivedAt), ReportColumns.time(message.keptAt),
                ReportColumns.time(message.expiresAt), .integer(Int64(message.size)), .octets(message.digest), .bool(message.isInfected), .float(message.score),
                .text(message.clientIP.description), text(message.mailFrom?.text), list(message.recipients.map(\.text)), text(message.from), text(message.subject),
                text(message.subject?.lowercased()), text(message.messageID), list(message.codes), .integer(Int64(sealed.count)), .octets(sealed)]
    }

    /// The conditions of a filter, whose parameters are those of ``values(_:)``, $1…$13. The tenant stands for itself, so that its index is used.
    static func clause(_ filter: QuarantineFilter) -> String {
        """
        \(filter.tenant == nil ? "$1::text IS NULL" : "tenant_id = $1") AND ($2::timestamptz IS NULL OR received_at >= $2::timestamptz)
            AND ($3::timestamptz IS NULL OR received_at < $3::timestamptz) AND ($4::text IS NULL OR mail_from = $4) AND ($5::text IS NULL OR recipients @> ARRAY[$5::text])
            AND ($6::text IS NULL OR strpos(subject_key, $6) > 0) AND ($7::text IS NULL OR message_id = $7) AND ($8::text IS NULL OR codes @> ARRAY[$8::text])
            AND ($9::inet IS NULL OR client_ip >= $9::inet) AND ($10::inet IS NULL OR client_ip <= $10::inet)
            AND ($11::boolean IS NULL OR infected = $11::boolean) AND ($12::text IS NULL OR state = $12) AND ($13::uuid IS NULL OR id < $13::uuid)
        """
    }

    static func values(_ filter: QuarantineFilter, before: VerdictID?) -> [PostgresValue] {
        func text(_ text: String?) -> PostgresValue { .optional(text.map(StoredText.column)) }
        let range = filter.clientNetwork?.range
        return [text(filter.tenant), filter.since.map(ReportColumns.time) ?? .null, filter.until.map(ReportColumns.time) ?? .null, text(filter.sender?.text),
                text(filter.recipient?.text), text(filter.subject?.lowercased()), text(filter.messageID), text(filter.code), .optional(range?.first.description), .optional(range?.last.description),
                filter.isInfected.map { .bool($0) } ?? .null, .optional(filter.state?.rawValue), .optional(before?.description)]
    }
}

internal import DNS
internal import Postgres
internal import Verdicts

/// How a verdict's record stands in the columns of a row.
enum VerdictColumns {
    /// What `row(_:)` reads, in its order: no document that a list does not show, for those are most of a verdict's octets.
    static let ofRow = """
        tenant_id, id, (extract(epoch FROM received_at) * 1000000)::bigint, action, class, score, direction, host(client_ip), helo, mail_from, \
        recipients, auth_user, queue_id, server_name, message_id, subject, size, digest, findings
        """

    /// What `record(_:)` reads, in its order.
    static let ofRecord = ofRow + ", domains, codes, envelope, evidence, decision"

    /// Reads a row of `ofRow` or `ofRecord`; nil when something in it is not what this program writes.
    static func row(_ row: PostgresRows.Row) -> VerdictRow? {
        guard let tenant = row.text(0), let id = row.text(1).flatMap({ VerdictID($0) }), let received = row.integer(2),
              let action = row.text(3).flatMap({ Action(rawValue: $0) }), let messageClass = row.text(4).flatMap({ MessageClass(rawValue: $0) }),
              let score = row.float(5), let direction = row.text(6).flatMap({ Direction(rawValue: $0) }),
              let client = row.text(7).flatMap({ IPAddress($0) }), let recipients = PostgresArray.texts(row.octets(10))?.map({ HistoryPath(trusted: $0) }),
              let size = row.integer(16), let digest = row.bytea(17), let findings = row.octets(18) else { return nil }
        return VerdictRow(id: id, tenant: tenant, receivedAt: Timestamp(microseconds: Int64(received)), action: action, messageClass: messageClass,
                          score: score, direction: direction, clientIP: client, helo: row.text(8), mailFrom: row.text(9).map { HistoryPath(trusted: $0) },
                          recipients: recipients, authUser: row.text(11), queueID: row.text(12), serverName: row.text(13), messageID: row.text(14),
                          subject: row.text(15), size: size, digest: digest, findings: Array(findings))
    }

    /// Reads a row of `ofRecord`; nil when something in it is not what this program writes.
    static func record(_ row: PostgresRows.Row) -> VerdictRecord? {
        guard let head = Self.row(row), let domains = PostgresArray.texts(row.octets(19)), let codes = PostgresArray.texts(row.octets(20)),
              let envelope = row.octets(21), let evidence = row.octets(22), let decision = row.octets(23) else { return nil }
        return VerdictRecord(head, domains: domains, codes: codes, envelope: Array(envelope), evidence: Array(evidence), decision: Array(decision))
    }

    /// A column that is written: its name, what travels, how that is read where the column is of another type, and the value.
    struct Column: Sendable {
        let name: String
        let element: PostgresElement
        let read: String?
        let write: @Sendable (inout PostgresRow, VerdictRecord) -> Void
    }

    static let written: [Column] = [
        text("tenant_id") { $0.tenant },
        column("id", .uuid) { $0.append($1.id.octets, as: .uuid) },
        column("received_at", .timestamp) { $0.append($1.receivedAt.microseconds, as: .timestamp) },
        text("action") { $0.action.rawValue },
        text("class") { $0.messageClass.rawValue },
        text("direction") { $0.direction.rawValue },
        column("score", .float) { $0.append($1.score) },
        column("size", .bigint) { $0.append(Int64($1.size)) },
        column("client_ip", .address) { $0.append($1.clientIP.octets, as: .address) },
        column("digest", .octets) { $0.append($1.digest, as: .octets) },
        text("helo") { $0.helo },
        text("mail_from") { $0.mailFrom?.text },
        text("sender_domain") { $0.mailFrom?.domain },
        text("auth_user") { $0.authUser },
        text("queue_id") { $0.queueID },
        text("server_name") { $0.serverName },
        text("message_id") { $0.messageID },
        text("subject") { $0.subject },
        list("recipients") { $0.recipients.map(\.text) },
        list("recipient_domains") { record in
            var seen: Set<String> = []
            return record.recipients.compactMap(\.domain).filter { seen.insert($0).inserted }
        },
        list("domains") { $0.domains },
        list("codes") { $0.codes },
        document("envelope") { $0.envelope },
        document("findings") { $0.findings },
        document("evidence") { $0.evidence },
        document("decision") { $0.decision },
    ]

    private static func column(_ name: String, _ element: PostgresElement, read: String? = nil,
                               _ write: @escaping @Sendable (inout PostgresRow, VerdictRecord) -> Void) -> Column {
        Column(name: name, element: element, read: read, write: write)
    }

    private static func text(_ name: String, _ value: @escaping @Sendable (VerdictRecord) -> String?) -> Column {
        column(name, .text) { $0.append(value($1).map(StoredText.column)) }
    }

    /// Lists of different lengths travel as texts.
    private static func list(_ name: String, _ value: @escaping @Sendable (VerdictRecord) -> [String]) -> Column {
        column(name, .text, read: "text[]") { $0.append(PostgresArray.literal(value($1).map(StoredText.column)), as: .text) }
    }

    private static func document(_ name: String, _ value: @escaping @Sendable (VerdictRecord) -> [UInt8]) -> Column {
        column(name, .json) { $0.append(StoredText.json(value($1)), as: .json) }
    }

    /// A record as a row of `written`.
    static func row(_ record: VerdictRecord) -> PostgresRow {
        let documents = record.envelope.count + record.findings.count + record.evidence.count + record.decision.count
        var row = PostgresRow(columns: written.count, capacity: documents + 1536)
        for column in written { column.write(&row, record) }
        return row
    }

    /// The values of `written` for these rows, an array for each column.
    static func arrays(_ rows: [PostgresRow]) -> [PostgresValue] { PostgresRow.columns(of: rows, as: elements) }

    private static let elements = written.map(\.element)

    /// The arrays as a statement names them: `$1::text[], $2::uuid[]…`.
    static let parameters = written.enumerated().map { "$\($0.offset + 1)::\($0.element.element.sqlName)[]" }.joined(separator: ", ")
    static let names = written.map(\.name).joined(separator: ", ")
}

extension PostgresElement {
    fileprivate var sqlName: String {
        switch self {
        case .text: "text"
        case .bigint: "bigint"
        case .float: "float8"
        case .boolean: "boolean"
        case .uuid: "uuid"
        case .timestamp: "timestamptz"
        case .octets: "bytea"
        case .json: "json"
        case .address: "inet"
        }
    }
}

extension VerdictID {
    /// The 16 octets in network order.
    var octets: [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(16)
        for half in [high, low] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) { octets.append(UInt8(truncatingIfNeeded: half >> shift)) }
        }
        return octets
    }
}

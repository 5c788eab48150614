internal import DNS
internal import Postgres
internal import Verdicts

/// How a verdict's record stands in the columns of a row.
enum VerdictColumns {
    /// What `record(_:)` reads, in its order.
    static let selected = """
        tenant_id, id, (extract(epoch FROM received_at) * 1000000)::bigint, action, class, score, direction, host(client_ip), helo, mail_from, \
        recipients, auth_user, queue_id, server_name, message_id, subject, domains, codes, size, digest, \
        envelope, findings, evidence, decision
        """

    /// Reads a row of `selected`; nil when something in it is not what this program writes.
    static func record(_ row: PostgresRows.Row) -> VerdictRecord? {
        guard let tenant = row.text(0), let id = row.text(1).flatMap({ VerdictID($0) }), let received = row.integer(2),
              let action = row.text(3).flatMap({ Action(rawValue: $0) }), let messageClass = row.text(4).flatMap({ MessageClass(rawValue: $0) }),
              let score = row.float(5), let direction = row.text(6).flatMap({ Direction(rawValue: $0) }),
              let client = row.text(7).flatMap({ IPAddress($0) }), let recipients = PostgresArray.texts(row.octets(10))?.map({ HistoryPath(trusted: $0) }),
              let domains = PostgresArray.texts(row.octets(16)), let codes = PostgresArray.texts(row.octets(17)),
              let size = row.integer(18), let digest = row.bytea(19), let envelope = row.octets(20),
              let findings = row.octets(21), let evidence = row.octets(22), let decision = row.octets(23) else { return nil }
        return VerdictRecord(id: id, tenant: tenant, receivedAt: Timestamp(microseconds: Int64(received)), action: action, messageClass: messageClass,
                             score: score, direction: direction, clientIP: client, helo: row.text(8), mailFrom: row.text(9).map { HistoryPath(trusted: $0) }, recipients: recipients,
                             authUser: row.text(11), queueID: row.text(12), serverName: row.text(13), messageID: row.text(14), subject: row.text(15),
                             domains: domains, codes: codes, size: size, digest: digest, envelope: Array(envelope), findings: Array(findings),
                             evidence: Array(evidence), decision: Array(decision))
    }

    /// The columns that a statement gets as one array each, with the type of the array, and how it is read where that is another.
    static let written: [(name: String, array: String, read: String?)] = [
        ("tenant_id", "text", nil), ("id", "uuid", nil), ("received_at", "timestamptz", nil), ("action", "text", nil), ("class", "text", nil),
        ("direction", "text", nil), ("score", "float8", nil), ("size", "bigint", nil), ("client_ip", "inet", nil), ("digest", "bytea", nil),
        ("helo", "text", nil), ("mail_from", "text", nil), ("sender_domain", "text", nil), ("auth_user", "text", nil), ("queue_id", "text", nil),
        ("server_name", "text", nil), ("message_id", "text", nil), ("subject", "text", nil), ("recipients", "text", "text[]"),
        ("recipient_domains", "text", "text[]"), ("domains", "text", "text[]"), ("codes", "text", "text[]"),
        ("envelope", "jsonb", nil), ("findings", "jsonb", nil), ("evidence", "jsonb", nil), ("decision", "jsonb", nil),
    ]

    /// The values of `written` for these records.
    static func arrays(_ records: some Collection<VerdictRecord>) -> [PostgresValue] {
        func texts(_ value: (VerdictRecord) -> String?) -> PostgresValue {
            var array = PostgresArray(of: .text, capacity: records.count * 32)
            for record in records { array.append(value(record).map(StoredText.column)) }
            return .array(array)
        }
        func lists(_ value: (VerdictRecord) -> [String]) -> PostgresValue {
            var array = PostgresArray(of: .text, capacity: records.count * 64)
            for record in records { array.append(PostgresArray.literal(value(record).map(StoredText.column))) }
            return .array(array)
        }
        func each(_ element: PostgresArray.Element, capacity: Int, _ add: (inout PostgresArray, VerdictRecord) -> Void) -> PostgresValue {
            var array = PostgresArray(of: element, capacity: records.count * capacity)
            for record in records { add(&array, record) }
            return .array(array)
        }
        func documents(_ value: (VerdictRecord) -> [UInt8]) -> PostgresValue {
            each(.json, capacity: 1024) { $0.append(StoredText.json(value($1))) }
        }
        return [
            texts(\.tenant), each(.uuid, capacity: 20) { $0.append($1.id.octets) }, each(.timestamp, capacity: 12) { $0.append($1.receivedAt.microseconds) },
            texts(\.action.rawValue), texts(\.messageClass.rawValue), texts(\.direction.rawValue), each(.float, capacity: 12) { $0.append($1.score) },
            each(.bigint, capacity: 12) { $0.append(Int64($1.size)) }, each(.address, capacity: 24) { $0.append($1.clientIP.octets) },
            each(.octets, capacity: 36) { $0.append($1.digest) }, texts(\.helo), texts(\.mailFrom?.text), texts(\.mailFrom?.domain), texts(\.authUser),
            texts(\.queueID), texts(\.serverName), texts(\.messageID), texts(\.subject), lists { $0.recipients.map(\.text) },
            lists { record in
                var seen: Set<String> = []
                return record.recipients.compactMap(\.domain).filter { seen.insert($0).inserted }
            },
            lists(\.domains), lists(\.codes), documents(\.envelope), documents(\.findings), documents(\.evidence), documents(\.decision),
        ]
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

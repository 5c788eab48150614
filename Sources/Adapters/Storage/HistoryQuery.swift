internal import DNS
internal import Postgres
internal import Verdicts

/// The conditions of a filter as SQL, with its parameters.
struct HistoryQuery {
    private var conditions: [String] = []
    private(set) var parameters: [PostgresValue] = []

    /// An id's time and the time of its message never lie further apart: `append` sees to that, so that times narrow the partitions to look at.
    static let slackSeconds = 86_400

    init(_ filter: HistoryFilter, before: VerdictID? = nil) {
        if let tenant = filter.tenant { add("tenant_id = $", .text(StoredText.column(tenant))) }
        if let before { add("id < $::uuid", .text(before.description)) }
        if let since = filter.since {
            add("received_at >= $::timestamptz", .text(Self.time(since)))
            add("id >= $::uuid", .text(VerdictID.lowest(at: since.adding(seconds: -Self.slackSeconds)).description))
        }
        if let until = filter.until {
            add("received_at < $::timestamptz", .text(Self.time(until)))
            add("id < $::uuid", .text(VerdictID.lowest(at: until.adding(seconds: Self.slackSeconds)).description))
        }
        if let action = filter.action {
            add("action = $", .text(action.rawValue))
            if action != .accept { conditions.append("action <> 'accept'") }   // names the index's condition
        }
        if let messageClass = filter.messageClass { add("class = $", .text(messageClass.rawValue)) }
        if let direction = filter.direction { add("direction = $", .text(direction.rawValue)) }
        if let network = filter.clientNetwork {
            let range = network.range
            add("client_ip >= $::inet", .text(range.first.description))
            add("client_ip <= $::inet", .text(range.last.description))
        }
        if let sender = filter.sender { add("mail_from = $", .text(StoredText.column(sender.text))) }
        if let recipient = filter.recipient { add("recipients @> ARRAY[$::text]", .text(StoredText.column(recipient.text))) }
        if let domain = filter.domain {
            let value = PostgresValue.text(StoredText.column(domain.text))
            add("(domains @> ARRAY[$::text] OR recipient_domains @> ARRAY[$::text])", value)
        }
        if let queueID = filter.queueID { add("queue_id = $", .text(StoredText.column(queueID))) }
        if let messageID = filter.messageID { add("message_id = $", .text(StoredText.column(messageID))) }
        if let code = filter.code { add("codes @> ARRAY[$::text]", .text(StoredText.column(code))) }
        if let authUser = filter.authUser { add("auth_user = $", .text(StoredText.column(authUser))) }
    }

    /// ` WHERE …`, or nothing.
    var clause: String { conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ") }

    /// Adds a parameter, and says how to name it.
    mutating func parameter(_ value: PostgresValue) -> String {
        parameters.append(value)
        return "$\(parameters.count)"
    }

    private mutating func add(_ condition: String, _ value: PostgresValue) {
        let name = parameter(value)
        conditions.append(condition.split(separator: "$", omittingEmptySubsequences: false).joined(separator: name))
    }

    /// A time that PostgreSQL can read: from 1970 to 9999.
    static func time(_ time: Timestamp) -> String {
        Timestamp(microseconds: min(max(time.microseconds, 0), 253_402_300_799_999_999)).description
    }
}

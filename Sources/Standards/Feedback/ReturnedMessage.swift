package import JSON
internal import Mail

/// What a report returns of the message that it is about: by it the message is known again.
/// Source: RFC 6522 §3 and §4, RFC 6533 §3, RFC 5965 §2.
package struct ReturnedMessage: Sendable, Hashable {
    /// The body came along, or some of it; else the header alone.
    package var isMessage: Bool
    /// As written, angle brackets included.
    package var messageID: String?
    /// The ids in the X-Postern-Verdict fields, in order, in lower case: UUIDs as a verdict has them. Whoever the mail came by may have written one.
    package var verdictIDs: [String] = []
    /// The mailboxes of the From fields and of the To fields, `local@domain`, at most ``FeedbackLimits/addresses`` of each.
    package var from: [String] = [], to: [String] = []
    /// Mailboxes of To fields beyond those.
    package var toLeftOut = 0

    package init(isMessage: Bool, messageID: String? = nil, verdictIDs: [String] = [], from: [String] = [], to: [String] = [], toLeftOut: Int = 0) {
        self.isMessage = isMessage; self.messageID = messageID; self.verdictIDs = verdictIDs; self.from = from; self.to = to; self.toLeftOut = toLeftOut
    }

    init?(in parts: OuterParts, beside report: MIMEPart, limits: FeedbackLimits) {
        guard let found = parts.returnedHeader(beside: report) else { return nil }
        let fields = ReportFields(fields: found.header.fields), to = Self.mailboxes(fields, "To", limits)
        self.init(isMessage: found.isMessage, messageID: fields.text("Message-ID", limits),
                  verdictIDs: fields.all("X-Postern-Verdict", most: Self.maximumVerdicts).some.compactMap { Self.verdictID($0.value) },
                  from: Array(Self.mailboxes(fields, "From", limits).prefix(limits.addresses)), to: Array(to.prefix(limits.addresses)), toLeftOut: max(0, to.count - limits.addresses))
    }

    /// X-Postern-Verdict fields that are looked at, and From or To fields.
    private static let maximumVerdicts = 10, maximumFields = 10

    private static func mailboxes(_ fields: ReportFields, _ name: String, _ limits: FeedbackLimits) -> [String] {
        fields.all(name, most: maximumFields).some.flatMap { MailAddress.parse(list: $0.value) }.filter { !$0.localPart.isEmpty }.map { FieldText.visible($0.address, limit: limits.textOctets) }
    }

    /// The UUID in `accept; score=0; id=UUID`.
    static func verdictID(_ value: String) -> String? {
        for piece in value.utf8.prefix(1_024).split(separator: ASCII.semicolon) {
            let word = ASCII.trimmed(Array(piece)[...])
            guard ASCII.hasPrefix(word, "id=") else { continue }
            let id = ASCII.lowercased(word.dropFirst(3))
            let isUUID = id.count == 36 && id.enumerated().allSatisfy { place, octet in
                place == 8 || place == 13 || place == 18 || place == 23 ? octet == ASCII.hyphen : ASCII.hex(octet) != nil
            }
            return isUUID ? ASCII.text(id[...]) : nil
        }
        return nil
    }
}

extension ReturnedMessage: JSONWritable, Decodable {
    private enum CodingKeys: String, CodingKey { case isMessage = "is_message", messageID = "message_id", verdictIDs = "verdict_ids", from, to, toLeftOut = "to_left_out" }

    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.isMessage, isMessage)
        json.member(CodingKeys.messageID, messageID)
        json.member(CodingKeys.verdictIDs, verdictIDs)
        json.member(CodingKeys.from, from)
        json.member(CodingKeys.to, to)
        json.member(CodingKeys.toLeftOut, toLeftOut)
        json.closeObject()
    }
}

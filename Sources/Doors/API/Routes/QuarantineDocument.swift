internal import Cryptography
internal import DNS
internal import JSON
internal import Mail
internal import Verdicts

/// Messages in quarantine as JSON.
enum QuarantineDocument {
    /// Fields of the header, and parts, that are shown.
    private static let shown = 1_000
    /// Characters of a value that are shown.
    private static let valueLength = 8_192

    /// - Parameter content: header and structure, where they are shown.
    static func write(_ message: KeptMessage, content: Message? = nil, to json: inout JSONWriter) {
        json.openObject()
        json.key("id"); json.string(message.id.description)
        json.key("tenant"); json.string(message.tenant)
        json.key("state"); json.string(message.state.rawValue)
        json.key("received_at"); json.string(message.receivedAt.description)
        json.key("kept_at"); json.string(message.keptAt.description)
        json.key("expires_at"); json.string(message.expiresAt.description)
        json.key("infected"); json.bool(message.isInfected)
        json.key("score"); json.number(message.score)
        json.key("codes"); message.codes.write(to: &json)
        json.key("client_ip"); json.string(message.clientIP.description)
        if let mailFrom = message.mailFrom { json.key("mail_from"); json.string(mailFrom.text) }
        json.key("rcpt"); message.recipients.map(\.text).write(to: &json)
        if let from = message.from { json.key("from"); json.string(from) }
        if let subject = message.subject { json.key("subject"); json.string(subject) }
        if let messageID = message.messageID { json.key("message_id"); json.string(messageID) }
        json.key("size"); json.integer(message.size)
        json.key("sha256"); json.string(message.digest.hexadecimal)
        if let content { write(content, to: &json) }
        json.closeObject()
    }

    private static func write(_ message: Message, to json: inout JSONWriter) {
        json.key("header")
        json.openArray()
        for field in message.header.fields.prefix(shown) {
            json.openObject()
            json.key("name"); json.string(field.name)
            json.key("value"); json.string(FieldText.visible(field.text, limit: valueLength))
            json.closeObject()
        }
        json.closeArray()
        json.key("parts")
        json.openArray()
        for part in message.parts.prefix(shown) { write(part, to: &json) }
        json.closeArray()
        let leftOut = max(0, message.header.fields.count - shown) + max(0, message.parts.count - shown)
        if leftOut > 0 { json.key("left_out"); json.integer(leftOut) }
    }

    private static func write(_ part: MIMEPart, to json: inout JSONWriter) {
        json.openObject()
        json.key("path"); json.string(part.path)
        json.key("type"); json.string(FieldText.visible(part.contentType.mediaType, limit: valueLength))
        if let disposition = part.disposition?.kind { json.key("disposition"); json.string(FieldText.visible(disposition, limit: valueLength)) }
        if let name = part.fileName { json.key("file_name"); json.string(name) }
        json.key("size"); json.integer(part.body.count)
        json.closeObject()
    }

    static func write(_ act: QuarantineAct, to json: inout JSONWriter) {
        json.openObject()
        json.key("act"); json.string(act.kind.rawValue)
        json.key("at"); json.string(act.note.at.description)
        json.key("by"); json.string(act.note.by)
        if let reason = act.note.reason { json.key("reason"); json.string(reason) }
        json.closeObject()
    }

    static func write(_ delivery: QuarantineDesk.Delivery, to json: inout JSONWriter) {
        json.openObject()
        json.key("recipient"); json.string(delivery.recipient)
        let (word, reply, why): (String, RelayReply?, String?) = switch delivery.outcome {
        case .accepted(let reply): ("accepted", reply, nil)
        case .refused(let reply): ("refused", reply, nil)
        case .deferred(let reply, let why): ("deferred", reply, why)
        case .unanswered(let why): ("unanswered", nil, why)
        }
        json.key("outcome"); json.string(word)
        if let reply { json.key("reply"); json.string("\(reply.code) \(reply.text)") }
        if let why { json.key("reason"); json.string(why) }
        json.closeObject()
    }
}

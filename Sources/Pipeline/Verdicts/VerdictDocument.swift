internal import Cryptography
internal import DNS
internal import JSON

/// The JSON text of a verdict, as it is answered and as history gives it again.
package enum VerdictDocument {
    /// `answer` is the whole object; `decision` an object with the members that have no column of their own.
    package typealias Texts = (answer: [UInt8], findings: [UInt8], evidence: [UInt8], decision: [UInt8])

    /// The answer to the one who asked, and its parts as they are stored.
    /// - Parameter timing: steps and their milliseconds, in order.
    package static func answer(verdict: Verdict, evidence: Evidence, timing: [(String, Double)]) -> Texts {
        let evidence = jsonOctets(evidence, capacity: 4096), findings = jsonOctets(verdict.findings, capacity: 2048)
        var decision = JSONWriter(capacity: 2048)
        decision.openObject()
        decision.key("thresholds"); verdict.thresholds.write(to: &decision)
        decision.key("smtp"); verdict.smtp.write(to: &decision)
        if let decidedBy = verdict.decidedBy { decision.key("decided_by"); decision.string(decidedBy) }
        if let quarantine = verdict.quarantine { decision.key("quarantine"); quarantine.write(to: &decision) }
        if let neutralisation = verdict.neutralisation { decision.key("neutralised"); neutralisation.write(to: &decision) }
        if let releaseAt = verdict.releaseAt { decision.key("release_at"); decision.string(releaseAt.description) }
        decision.key("headers"); verdict.headers.write(to: &decision)
        decision.key("timing_ms")
        decision.openObject()
        for (step, milliseconds) in timing { decision.key(step); decision.number(milliseconds) }
        decision.closeObject()
        decision.closeObject()
        var answer = JSONWriter(capacity: evidence.count + findings.count + decision.octets.count + 160)
        answer.openObject()
        head(verdict.id, verdict.action, verdict.messageClass, verdict.score, into: &answer)
        answer.members(of: decision.octets)
        answer.key("findings"); answer.raw(findings)
        answer.key("evidence"); answer.raw(evidence)
        answer.closeObject()
        return (answer.octets, findings, evidence, decision.octets)
    }

    /// A kept verdict, with the members of the answer and what history knows besides.
    package static func history(_ record: VerdictRecord) -> [UInt8] {
        var text = JSONWriter(capacity: record.evidence.count + record.findings.count + record.decision.count + record.envelope.count + 512)
        text.openObject()
        head(record.id, record.action, record.messageClass, record.score, into: &text)
        text.members(of: record.decision)
        text.key("findings"); text.raw(record.findings)
        text.key("evidence"); text.raw(record.evidence)
        text.key("envelope"); text.raw(record.envelope)
        session(record.row, into: &text)
        text.closeObject()
        return text.octets
    }

    /// A verdict in a page of many: without evidence, with the members of the envelope that a list shows.
    package static func row(_ row: VerdictRow) -> [UInt8] {
        var text = JSONWriter(capacity: row.findings.count + 1024)
        text.openObject()
        head(row.id, row.action, row.messageClass, row.score, into: &text)
        text.key("findings"); text.raw(row.findings)
        text.key("client_ip"); text.string(row.clientIP.description)
        if let helo = row.helo { text.key("helo"); text.string(helo) }
        if let mailFrom = row.mailFrom { text.key("mail_from"); text.string(mailFrom.text) }
        text.key("rcpt")
        text.openArray()
        for recipient in row.recipients { text.string(recipient.text) }
        text.closeArray()
        if let authUser = row.authUser { text.key("auth_user"); text.string(authUser) }
        if let serverName = row.serverName { text.key("server_name"); text.string(serverName) }
        session(row, into: &text)
        text.closeObject()
        return text.octets
    }

    /// What history knows besides the answer and the envelope.
    private static func session(_ row: VerdictRow, into text: inout JSONWriter) {
        text.key("received_at"); text.string(row.receivedAt.description)
        text.key("size"); text.integer(row.size)
        if let queueID = row.queueID { text.key("queue_id"); text.string(queueID) }
        if let messageID = row.messageID { text.key("message_id"); text.string(messageID) }
        if let subject = row.subject { text.key("subject"); text.string(subject) }
        text.key("direction"); text.string(row.direction.rawValue)
        text.key("tenant"); text.string(row.tenant)
        text.key("sha256"); text.string(row.digest.hexadecimal)
    }

    private static func head(_ id: VerdictID, _ action: Action, _ messageClass: MessageClass, _ score: Double, into text: inout JSONWriter) {
        text.key("id"); text.string(id.description)
        text.key("action"); text.string(action.rawValue)
        text.key("class"); text.string(messageClass.rawValue)
        text.key("score"); text.number(score)
    }
}

extension VerdictRecord {
    /// Whether its decision says that the message is kept in quarantine.
    package var isMessageKept: Bool {
        // Quotes in a text have a backslash before them, so this stands nowhere else.
        let member = Array(#""quarantine":{"expires_at":"#.utf8)
        var at = 0
        while let start = decision[at...].firstIndex(of: member[0]) {
            if decision[start...].starts(with: member) { return start == 0 || decision[start - 1] != UInt8(ascii: "\\") }
            at = start + 1
        }
        return false
    }
}

extension JSONWriter {
    /// Takes over the members of an object that was written before.
    fileprivate mutating func members(of object: [UInt8]) {
        // A database may write it with spaces.
        guard let first = object.firstIndex(where: { $0 > 0x20 }), object[first] == UInt8(ascii: "{"),
              let last = object.lastIndex(where: { $0 > 0x20 }), first < last, object[last] == UInt8(ascii: "}"),
              object[(first + 1)..<last].contains(where: { $0 > 0x20 }) else { return }
        raw(Array(object[(first + 1)..<last]))
    }
}

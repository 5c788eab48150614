package import DNS

/// A verdict in a page of many: what a list shows of a `VerdictRecord`, whose names these are, without the documents that explain it.
package struct VerdictRow: Sendable, Equatable {
    package var id: VerdictID
    package var tenant: String
    package var receivedAt: Timestamp
    package var action: Action
    package var messageClass: MessageClass
    package var score: Double
    package var direction: Direction
    package var clientIP: IPAddress
    package var helo: String?
    package var mailFrom: HistoryPath?
    package var recipients: [HistoryPath]
    package var authUser: String?
    package var queueID: String?
    package var serverName: String?
    package var messageID: String?
    package var subject: String?
    package var size: Int
    package var digest: [UInt8]
    package var findings: [UInt8]

    package init(id: VerdictID, tenant: String, receivedAt: Timestamp, action: Action, messageClass: MessageClass, score: Double,
                 direction: Direction, clientIP: IPAddress, helo: String?, mailFrom: HistoryPath?, recipients: [HistoryPath], authUser: String?,
                 queueID: String?, serverName: String?, messageID: String?, subject: String?, size: Int, digest: [UInt8], findings: [UInt8]) {
        self.id = id; self.tenant = tenant; self.receivedAt = receivedAt; self.action = action; self.messageClass = messageClass
        self.score = score; self.direction = direction; self.clientIP = clientIP; self.helo = helo; self.mailFrom = mailFrom
        self.recipients = recipients; self.authUser = authUser; self.queueID = queueID; self.serverName = serverName
        self.messageID = messageID; self.subject = subject; self.size = size; self.digest = digest; self.findings = findings
    }
}

extension VerdictRecord {
    /// What a list shows of it.
    package var row: VerdictRow {
        VerdictRow(id: id, tenant: tenant, receivedAt: receivedAt, action: action, messageClass: messageClass, score: score, direction: direction,
                   clientIP: clientIP, helo: helo, mailFrom: mailFrom, recipients: recipients, authUser: authUser, queueID: queueID,
                   serverName: serverName, messageID: messageID, subject: subject, size: size, digest: digest, findings: findings)
    }

    /// A record of its row and what a list does not show.
    package init(_ row: VerdictRow, domains: [String], codes: [String], envelope: [UInt8], evidence: [UInt8], decision: [UInt8]) {
        self.init(id: row.id, tenant: row.tenant, receivedAt: row.receivedAt, action: row.action, messageClass: row.messageClass, score: row.score,
                  direction: row.direction, clientIP: row.clientIP, helo: row.helo, mailFrom: row.mailFrom, recipients: row.recipients,
                  authUser: row.authUser, queueID: row.queueID, serverName: row.serverName, messageID: row.messageID, subject: row.subject,
                  domains: domains, codes: codes, size: row.size, digest: row.digest, envelope: envelope, findings: row.findings,
                  evidence: evidence, decision: decision)
    }
}

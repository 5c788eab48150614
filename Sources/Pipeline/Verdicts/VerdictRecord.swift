package import DNS

/// A verdict as history keeps it: the columns that are searched, and the documents that explain it.
package struct VerdictRecord: Sendable, Equatable {
    package var id: VerdictID
    package var tenant: String
    package var receivedAt: Timestamp
    package var action: Action
    package var messageClass: MessageClass
    package var score: Double
    package var direction: Direction
    package var clientIP: IPAddress
    package var helo: String?
    /// The reverse-path; nil when there was no MAIL command.
    package var mailFrom: HistoryPath?
    /// The forward-paths.
    package var recipients: [HistoryPath]
    package var authUser: String?
    package var queueID: String?
    package var serverName: String?
    /// The Message-ID without angle brackets.
    package var messageID: String?
    /// The decoded Subject, cut to 255 characters.
    package var subject: String?
    /// Sender, HELO, author and link domains in A-labels, without repetition.
    package var domains: [String]
    /// The codes of the findings, without repetition.
    package var codes: [String]
    /// Octets of the message.
    package var size: Int
    /// SHA-256 of the message with CRLF line ends: 32 octets.
    package var digest: [UInt8]
    /// JSON documents as they were in the answer: the envelope, the findings, the evidence, and the remaining members of the answer.
    package var envelope: [UInt8]
    package var findings: [UInt8]
    package var evidence: [UInt8]
    /// The other members of the answer: thresholds, smtp, headers, decided_by, timing_ms.
    package var decision: [UInt8]

    package init(id: VerdictID, tenant: String, receivedAt: Timestamp, action: Action, messageClass: MessageClass, score: Double,
                 direction: Direction, clientIP: IPAddress, helo: String?, mailFrom: HistoryPath?, recipients: [HistoryPath], authUser: String?,
                 queueID: String?, serverName: String?, messageID: String?, subject: String?, domains: [String], codes: [String],
                 size: Int, digest: [UInt8], envelope: [UInt8], findings: [UInt8], evidence: [UInt8], decision: [UInt8]) {
        self.id = id; self.tenant = tenant; self.receivedAt = receivedAt; self.action = action; self.messageClass = messageClass
        self.score = score; self.direction = direction; self.clientIP = clientIP; self.helo = helo; self.mailFrom = mailFrom
        self.recipients = recipients; self.authUser = authUser; self.queueID = queueID; self.serverName = serverName
        self.messageID = messageID; self.subject = subject; self.domains = domains; self.codes = codes; self.size = size
        self.digest = digest; self.envelope = envelope; self.findings = findings; self.evidence = evidence; self.decision = decision
    }
}

package import DNS

/// A message in quarantine as a list shows it; its octets lie beside it, sealed.
package struct KeptMessage: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// It waits for somebody to decide, or for its end.
        case kept
        /// It went on to its recipients; its octets are still there, so that a delivery that failed can be made again.
        case released
        /// Its octets are gone; the row and its trail stay until it expires.
        case deleted
    }

    /// Those of its verdict.
    package var id: VerdictID
    package var tenant: String
    package var receivedAt: Timestamp
    package var keptAt: Timestamp
    /// From then on it may be removed, in whatever state.
    package var expiresAt: Timestamp
    package var state: State
    /// Octets of the message as it is kept.
    package var size: Int
    /// SHA-256 of the message with CRLF line ends: 32 octets.
    package var digest: [UInt8]
    /// Malware was found in it: to let it out takes more than for others.
    package var isInfected: Bool
    package var score: Double
    package var clientIP: IPAddress
    /// The reverse-path; nil when there was no MAIL command.
    package var mailFrom: HistoryPath?
    /// The forward-paths.
    package var recipients: [HistoryPath]
    /// The decoded From field.
    package var from: String?
    /// The decoded Subject.
    package var subject: String?
    /// The Message-ID without angle brackets.
    package var messageID: String?
    /// The codes of the findings, without repetition.
    package var codes: [String]

    package init(id: VerdictID, tenant: String, receivedAt: Timestamp, keptAt: Timestamp, expiresAt: Timestamp, state: State, size: Int, digest: [UInt8], isInfected: Bool,
                 score: Double, clientIP: IPAddress, mailFrom: HistoryPath?, recipients: [HistoryPath], from: String?, subject: String?, messageID: String?, codes: [String]) {
        self.id = id; self.tenant = tenant; self.receivedAt = receivedAt; self.keptAt = keptAt; self.expiresAt = expiresAt; self.state = state
        self.size = size; self.digest = digest; self.isInfected = isInfected; self.score = score; self.clientIP = clientIP; self.mailFrom = mailFrom
        self.recipients = recipients; self.from = from; self.subject = subject; self.messageID = messageID; self.codes = codes
    }

    /// The message of a verdict, from now on kept.
    /// - Parameters:
    ///   - from: the decoded From field; a record does not have it.
    package init(_ record: VerdictRecord, from: String?, isInfected: Bool, keptAt: Timestamp, expiresAt: Timestamp) {
        self.init(id: record.id, tenant: record.tenant, receivedAt: record.receivedAt, keptAt: keptAt, expiresAt: expiresAt, state: .kept,
                  size: record.size, digest: record.digest, isInfected: isInfected, score: record.score, clientIP: record.clientIP, mailFrom: record.mailFrom,
                  recipients: record.recipients, from: from, subject: record.subject, messageID: record.messageID, codes: record.codes)
    }
}

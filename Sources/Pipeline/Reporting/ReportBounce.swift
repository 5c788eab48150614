internal import DMARC
internal import Mail
package import Verdicts

/// That a report of ours could not be delivered for good, as the mail server beyond the relay tells later.
/// Source: RFC 3464 §2.3.
package struct ReportBounce: Sendable, Equatable {
    /// The mailbox that we wrote to, or the one that stands for it.
    package let recipients: [String]
    /// What is returned, by its Message-ID: the row of the outbox, and the report's id. Of the row's id 62 bits are random, and only its destination got them.
    package let row: VerdictID, reportID: String
    /// What the mail server said, at most 255 characters.
    package let reason: String

    /// Recipients that are read, and Message-IDs.
    private static let maximumRecipients = 20, maximumIDs = 50

    /// The failures in a delivery status notification that names the Message-ID of a report; each mailbox once.
    /// - Returns: empty where the message is something else, or tells of delays only.
    static func all(in message: Message) -> [ReportBounce] {
        guard let status = message.parts.first(where: { $0.contentType.type == "message" && ["delivery-status", "global-delivery-status"].contains($0.contentType.subtype) }),
              let report = returned(by: message) else { return [] }
        var seen: Set<[String]> = []
        return groups(status.decoded).dropFirst().prefix(maximumRecipients).compactMap { group in
            let fields = HeaderSection(octets: Array(group))
            guard fields.first("Action")?.text.lowercased() == "failed" else { return nil }
            let recipients = ["Original-Recipient", "Final-Recipient"].compactMap { fields.first($0).flatMap { mailbox($0.text) } }
            guard !recipients.isEmpty, seen.insert(recipients.map(ReportDestination.key)).inserted else { return nil }
            let said = fields.first("Diagnostic-Code").map { $0.text.split(separator: ";", maxSplits: 1).last.map(String.init) ?? $0.text } ?? fields.first("Status")?.text ?? "it does not say why"
            return ReportBounce(recipients: recipients, row: report.row, reportID: report.id, reason: "bounced: \(String(said.trimmingPrefix(while: { $0 == " " }).prefix(240)))")
        }
    }

    /// Pieces between empty lines (RFC 3464 §2.1): the first is about the message, each other about one recipient.
    private static func groups(_ octets: [UInt8]) -> [ArraySlice<UInt8>] {
        var groups: [ArraySlice<UInt8>] = [], start = octets.startIndex, lineStart = octets.startIndex
        for (place, octet) in octets.enumerated() where octet == 10 {
            if octets[lineStart..<place].allSatisfy({ $0 == 13 || $0 == 32 || $0 == 9 }) {
                if lineStart > start { groups.append(octets[start..<lineStart]) }
                start = place + 1
            }
            lineStart = place + 1
        }
        if start < octets.count { groups.append(octets[start...]) }
        return groups
    }

    /// The address in `rfc822; a@example.org`.
    private static func mailbox(_ text: String) -> String? {
        guard let part = text.split(separator: ";", maxSplits: 1).last, let path = try? MailAddress.path(String(part)), path.domain != nil else { return nil }
        return path.address
    }

    /// The report whose Message-ID is in the header that comes back, or else in what the notification says that it answers (RFC 5322 §3.6.4).
    private static func returned(by message: Message) -> (row: VerdictID, id: String)? {
        var texts = ReportLoop.returnedHeaders(of: message).compactMap { $0.first("Message-ID")?.text }
        texts += ["In-Reply-To", "References", "Original-Message-ID"].compactMap { message.root.header.first($0)?.text }
        for word in texts.flatMap({ $0.split(whereSeparator: \.isWhitespace) }).prefix(maximumIDs) {
            if let (id, token) = ReportMail.parts(ofMessageID: String(word)), let row = VerdictID(token) { return (row, id) }
        }
        return nil
    }
}

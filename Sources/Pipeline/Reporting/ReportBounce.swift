internal import DMARC
internal import DNS
internal import Mail

/// That a report of ours could not be delivered for good, as the mail server beyond the relay tells later.
/// Source: RFC 3464 §2.3.
package struct ReportBounce: Sendable, Equatable {
    /// The mailbox that we wrote to, or the one that stands for it.
    package let recipients: [String]
    /// What the report was about, and its id, by the message that is returned.
    package let policyDomain: String, reportID: String
    /// What the mail server said, at most 255 characters.
    package let reason: String

    /// Recipients that are read.
    private static let maximumRecipients = 20

    /// The failures in a delivery status notification that returns the header of a report.
    /// - Returns: empty where the message is something else, or tells of delays only.
    static func all(in message: Message) -> [ReportBounce] {
        guard let status = message.parts.first(where: { $0.contentType.type == "message" && ["delivery-status", "global-delivery-status"].contains($0.contentType.subtype) }),
              let report = returned(by: message) else { return [] }
        return groups(status.decoded).dropFirst().prefix(maximumRecipients).compactMap { group in
            let fields = HeaderSection(octets: Array(group))
            guard fields.first("Action")?.text.lowercased() == "failed" else { return nil }
            let recipients = ["Original-Recipient", "Final-Recipient"].compactMap { fields.first($0).flatMap { mailbox($0.text) } }
            guard !recipients.isEmpty else { return nil }
            let said = fields.first("Diagnostic-Code").map { $0.text.split(separator: ";", maxSplits: 1).last.map(String.init) ?? $0.text } ?? fields.first("Status")?.text ?? "it does not say why"
            return ReportBounce(recipients: recipients, policyDomain: report.domain, reportID: report.id, reason: "bounced: \(String(said.trimmingPrefix(while: { $0 == " " }).prefix(240)))")
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

    /// Domain and id in the subject of the message that comes back: `Report Domain: d Submitter: s Report-ID: <id>` (RFC 9990 §3.5.2).
    private static func returned(by message: Message) -> (domain: String, id: String)? {
        for part in message.parts {
            let type = part.contentType, parent = part.parent.map { message.parts[$0].contentType }
            let header: HeaderSection? = if type.mediaType == "text/rfc822-headers" || type.mediaType == "message/global-headers" {
                HeaderSection(octets: part.decoded)
            } else if let parent, parent.type == "message", ["rfc822", "global"].contains(parent.subtype) { part.header } else { nil }
            guard let subject = header?.first("Subject")?.text, ReportLoop.isReportSubject(subject) else { continue }
            let words = subject.split(whereSeparator: \.isWhitespace)
            guard words.count == 7, words[5].lowercased() == "report-id:", let domain = DomainName(String(words[2])) else { continue }
            return (domain.text, words[6].filter { $0 != "<" && $0 != ">" })
        }
        return nil
    }
}

internal import DNS
package import Mail

/// Which messages are reports themselves: about those no report is made, or two reporters would go on for ever.
/// Source: RFC 9990 §3.5.2 and RFC 7489 §7.2.1.1 (subject, file name), RFC 5965 §2 and RFC 6591 (failure reports), RFC 8460 §5.3 (TLS reports).
package enum ReportLoop {
    /// Whether a message is an aggregate report, a report about one message, or one about TLS, or a notification that returns one.
    ///
    /// A subject or a field is anybody's: a report has to be there as well, by the octets of a part that says so. Of a notification only the returned
    /// subject is looked at, for many return no more; who forges one keeps his mail from reports by it.
    package static func isReport(_ message: Message) -> Bool {
        let root = message.root
        if root.contentType.mediaType == "multipart/report" {
            if returnedHeaders(of: message).contains(where: { $0.first("Subject").map { isReportSubject($0.text) } ?? false }) { return true }
        }
        let isCalledReport = message.subject.map(isReportSubject) ?? false || root.header.first("TLS-Report-Domain") != nil
        return message.parts.contains { part in
            let type = part.contentType.mediaType
            if type == "message/feedback-report" { return saysWhatItReports(part) }
            return (isCalledReport || type.hasPrefix("application/tlsrpt") || part.fileName.map(isReportFileName) ?? false) && holdsReport(part)
        }
    }

    /// `Report Domain: … Submitter: …`, and a `Report-ID: …` or none, in any case.
    /// Source: RFC 9990 §3.5.2 and RFC 7489 §7.2.1.1.
    /// - Limits: 998 octets.
    package static func isReportSubject(_ subject: String) -> Bool {
        // Nearly every subject ends here: to split it by all that Unicode calls a blank would cost more than any other look at it.
        guard subject.utf8.count <= 998, subject.utf8.first(where: { $0 > 32 }).map({ $0 | 32 == 114 || $0 >= 0x80 }) ?? false else { return false }
        var words = subject.lowercased().split(whereSeparator: \.isWhitespace)[...]
        func value(_ name: String) -> Substring? {
            guard let word = words.popFirst(), word.hasPrefix(name) else { return nil }
            return word.count > name.count ? word.dropFirst(name.count) : words.popFirst()
        }
        guard words.popFirst() == "report", let domain = value("domain:").flatMap({ DomainName($0) }), let submitter = value("submitter:").flatMap({ DomainName($0) }),
              !domain.isRoot, !submitter.isRoot else { return false }
        return words.isEmpty || value("report-id:") != nil && words.isEmpty
    }

    /// Source: RFC 5965 §3.1: fields that no feedback report is without.
    private static func saysWhatItReports(_ part: MIMEPart) -> Bool {
        let fields = HeaderSection(octets: part.decoded)
        return fields.first("Feedback-Type") != nil && fields.first("Version") != nil
    }

    /// Whether a part says that it is a document or an archive, and begins like one.
    private static func holdsReport(_ part: MIMEPart) -> Bool {
        guard !part.isContainer, part.contentType.mediaType != "text/html", ReportReader.isExpected(part) else { return false }
        switch ReportForm(part.decoded) {
        case .gzip, .zip, .document: return true
        case .other: return false
        }
    }

    /// The headers of messages that come back with this one.
    /// Source: RFC 6522 §3 and §4, RFC 6533 §3.
    package static func returnedHeaders(of message: Message) -> [HeaderSection] {
        message.parts.compactMap { part in
            let type = part.contentType.mediaType
            if type == "text/rfc822-headers" || type == "message/global-headers" { return HeaderSection(octets: part.decoded) }
            guard let parent = part.parent.map({ message.parts[$0].contentType }), parent.type == "message", ["rfc822", "global"].contains(parent.subtype) else { return nil }
            return part.header
        }
    }

    /// `receiver!domain!begin!end[!id].xml[.gz]` or the same with another ending.
    private static func isReportFileName(_ name: String) -> Bool {
        guard name.utf8.count <= 1024 else { return false }
        let pieces = name.split(separator: "!", omittingEmptySubsequences: false)
        guard pieces.count == 4 || pieces.count == 5, !pieces[0].isEmpty, !pieces[1].isEmpty else { return false }
        let times = [pieces[2], pieces.count == 4 ? pieces[3].prefix { $0 != "." } : pieces[3]]
        return times.allSatisfy { !$0.isEmpty && $0.utf8.count <= 15 && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }
    }
}

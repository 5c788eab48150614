package import Mail

/// Which messages are reports themselves: about those no report is made, or two reporters would go on for ever.
/// Source: RFC 9990 §3.5.2 and RFC 7489 §7.2.1.1 (subject, file name), RFC 5965 §2 and RFC 6591 (failure reports), RFC 8460 §5.3 (TLS reports).
package enum ReportLoop {
    /// Whether a message is an aggregate report, a report about one message, or one about TLS, by any of the marks that they have.
    package static func isReport(_ message: Message) -> Bool {
        if let subject = message.subject, isReportSubject(subject) { return true }
        let root = message.root
        if root.contentType.mediaType == "multipart/report" {
            let type = root.contentType.parameters["report-type"]?.lowercased()
            if type == "feedback-report" || type == "tlsrpt" { return true }
        }
        if root.header.first("TLS-Report-Domain") != nil { return true }
        return message.parts.contains { part in
            part.contentType.mediaType == "message/feedback-report" || part.contentType.mediaType.hasPrefix("application/tlsrpt") || part.fileName.map(isReportFileName) ?? false
        }
    }

    /// `Report Domain: …`, in any case.
    package static func isReportSubject(_ subject: String) -> Bool {
        let words = subject.lowercased().split(whereSeparator: \.isWhitespace)
        return words.count >= 2 && words[0] == "report" && words[1].hasPrefix("domain:")
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

package import Mail

/// Which messages are reports themselves: about those no report is made, or two reporters would go on for ever.
/// Source: RFC 9990 §3.5.2 and RFC 7489 §7.2.1.1 (subject, file name), RFC 5965 §2 and RFC 6591 (failure reports), RFC 8460 §5.3 (TLS reports).
package enum ReportLoop {
    /// Whether a message is an aggregate report, a report about one message, or one about TLS, by any of the marks that they have; or a program's answer to one:
    /// a notification that returns it, or what answers by itself with its subject.
    package static func isReport(_ message: Message) -> Bool {
        if let subject = message.subject, isReportSubject(subject) { return true }
        let root = message.root
        if root.contentType.mediaType == "multipart/report" {
            let type = root.contentType.parameters["report-type"]?.lowercased()
            if type == "feedback-report" || type == "tlsrpt" { return true }
            if returnedHeaders(of: message).contains(where: { $0.first("Subject").map { isReportSubject($0.text) } ?? false }) { return true }
        }
        if let subject = message.subject, isAutomatic(root.header), let place = subject.lowercased().firstRange(of: "report domain:")?.lowerBound {
            if subject.lowercased()[place...].contains("submitter:") { return true }
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

    /// Whether no person wrote it (RFC 3834 §5), by the field or by what is used in its place.
    private static func isAutomatic(_ header: HeaderSection) -> Bool {
        if let word = header.first("Auto-Submitted")?.text.lowercased(), !word.hasPrefix("no") { return true }
        return ["X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"].contains { header.first($0) != nil } || header.first("Precedence")?.text.lowercased() == "auto_reply"
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

internal import Compression
internal import DNS
package import Mail

/// Which messages are reports themselves: about those that come from who they say, no report is made, or two reporters would go on for ever.
/// Source: RFC 9990 §3.5.2 and RFC 7489 §7.2.1.1 (subject, file name), RFC 5965 §2 and RFC 6591 (failure reports), RFC 8460 §5.3 (TLS reports).
package enum ReportLoop {
    /// Whether a message is an aggregate report, a report about one message, or one about TLS.
    ///
    /// A subject, a field or a name is anybody's: where one of them says so, a report has to be there as well, one that can be read (an aggregate report to its end, one about TLS by its
    /// members). Still anybody can send one; so mail is kept from reports by it only where it passes DMARC, which reports must (RFC 9990 §3.5.2): see `ReportDays`. What a
    /// message returns or passes on is no report here: notifications about reports of ours go to their sender alone, and by that they are known.
    /// - Limits: what is opened of a message: 8 MiB, 8 documents, beyond which nothing is found; but of an attachment that is larger its beginning is enough: see ``LargeReport``.
    package static func isReport(_ message: Message) -> Bool {
        let isCalledReport = message.root.header.first("TLS-Report-Domain") != nil || message.subject.map(isReportSubject) ?? false
        var search = ReportSearch(limits: limits), returned: Set<Int> = []
        for part in message.parts {
            let type = part.contentType.mediaType
            if let parent = part.parent, returned.contains(parent) || message.parts[parent].contentType.type == "message" {
                returned.insert(part.index)
                continue
            }
            if type == "message/feedback-report" {
                if saysWhatItReports(part) { return true }
                continue
            }
            guard !part.isContainer, type != "text/html", isCalledReport || type.hasPrefix("application/tlsrpt") || part.fileName.map(isReportFileName) ?? false else { continue }
            let octets = part.decoded, before = search.found.documents.count
            if case .other = ReportForm(octets) { continue }
            search.look(octets, part: nil, name: nil, isExpected: true)
            let found = search.found.documents.dropFirst(before)
            if found.contains(where: canBeRead) || found.contains(where: isTooLarge) && LargeReport.begins(octets, nesting: limits.nesting) { return true }
        }
        return false
    }

    private static let limits = {
        var limits = ReportReaderLimits()
        limits.outputOctets = 8_388_608
        limits.compression.outputOctets = limits.outputOctets
        limits.documents = 8
        return limits
    }()

    private static func canBeRead(_ document: FoundReport) -> Bool {
        guard let kind = document.kind, case .success(let octets) = document.content, octets.count <= limits.outputOctets else { return false }
        return switch kind { case .aggregate: (try? AggregateReport(xml: octets)) != nil; case .tls: true; case .failure: false }
    }

    private static func isTooLarge(_ document: FoundReport) -> Bool {
        switch document.content {
        case .success(let octets): octets.count > limits.outputOctets
        case .failure(let fault): fault == .outputOctets || fault == .compression(.limit(.outputOctets))
        }
    }

    /// Source: RFC 5965 §3.1: fields that no feedback report is without.
    private static func saysWhatItReports(_ part: MIMEPart) -> Bool {
        let fields = HeaderSection(octets: part.decoded)
        return fields.first("Feedback-Type") != nil && fields.first("Version") != nil
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

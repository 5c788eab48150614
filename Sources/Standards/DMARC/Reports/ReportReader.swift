internal import Compression
package import Mail

/// Finds the reports in a message or a file, whatever the sender calls them: what counts is the octets.
/// Source: RFC 9990 §3.5.2, RFC 7489 §7.2.1.1, RFC 8460 §5.3, RFC 5965 §2.
/// Limits: ``ReportReaderLimits``, and of a message ``MessageLimits``.
package struct ReportReader: Sendable {
    package let limits: ReportReaderLimits

    package init(limits: ReportReaderLimits = ReportReaderLimits()) { self.limits = limits }

    /// Looks at every part but HTML that is shown, and at no part of a message that a notification or a failure report returns.
    package func read(_ message: Message) -> FoundReports {
        var search = ReportSearch(limits: limits)
        var returned: Set<Int> = []
        let isReport = message.parts.contains { $0.contentType.type == "message" && Self.notices.contains($0.contentType.subtype) }
        for part in message.parts {
            let type = part.contentType
            if let parent = part.parent, returned.contains(parent) || isReport && message.parts[parent].contentType.type == "message" {
                returned.insert(part.index)
                continue
            }
            if part.isContainer { continue }
            if type.type == "message", Self.notices.contains(type.subtype) {
                if type.subtype == "feedback-report" {
                    search.add(FoundReport(part: part.path, name: part.fileName, kind: .failure, content: .success(part.decoded)))
                } else {
                    search.found.isDeliveryStatus = true
                }
            } else if type.mediaType != "text/html" || part.disposition?.isAttachment == true {
                search.look(part.decoded, part: part.path, name: part.fileName, isExpected: Self.isExpected(part))
            }
        }
        return search.found
    }

    /// - Parameter mediaType: what the sender says the octets are, `application/gzip`; `message/rfc822` is read as a message, all else by its octets.
    package func read(_ octets: [UInt8], mediaType: String? = nil) -> FoundReports {
        if mediaType?.lowercased() == "message/rfc822" { return read(Message(octets: octets)) }
        var search = ReportSearch(limits: limits)
        search.look(octets, part: nil, name: nil, isExpected: true)
        return search.found
    }

    private static let notices: Set<String> = ["feedback-report", "delivery-status", "global-delivery-status", "disposition-notification",
                                               "global-disposition-notification"]
    private static let types: Set<String> = ["text/xml", "application/xml", "application/json", "application/gzip", "application/x-gzip", "application/zip",
                                             "application/x-zip-compressed"]

    /// Whether the part says that it is a report: then it is told also where it is none.
    static func isExpected(_ part: MIMEPart) -> Bool {
        let type = part.contentType.mediaType, name = part.fileName?.lowercased() ?? ""
        return type.hasPrefix("application/tlsrpt") || ReportFileName(name) != nil || [".xml", ".json", ".gz", ".zip"].contains { name.hasSuffix($0) }
            || types.contains(type)
    }
}

/// One search: what was found, and what may still come out.
struct ReportSearch {
    let limits: ReportReaderLimits
    var found = FoundReports()
    private var spent = 0

    init(limits: ReportReaderLimits) { self.limits = limits }

    mutating func add(_ report: FoundReport) {
        if found.documents.count < limits.documents { found.documents.append(report) } else { found.isCut = true }
    }

    /// - Parameter isExpected: it should be a report, so that it is told where it is none.
    mutating func look(_ octets: [UInt8], part: String?, name: String?, isExpected: Bool, depth: Int = 0) {
        if found.documents.count >= limits.documents { found.isCut = true; return }
        func tell(_ fault: ReportFault) { add(FoundReport(part: part, name: name, kind: nil, content: .failure(fault))) }
        let form = ReportForm(octets)
        switch form {
        case .document(let kind):
            add(FoundReport(part: part, name: name, kind: kind, content: .success(octets)))
        case .other(let what):
            if isExpected { tell(.noReport(what)) }
        case .gzip, .zip:
            if depth >= limits.nesting { tell(.nesting); return }
            do throws(CompressionError) {
                if case .gzip = form {
                    let output = try CompressedFormat.gzip.expand(octets, limits: bounded)
                    spent += output.count
                    look(output, part: part, name: name, isExpected: true, depth: depth + 1)
                } else {
                    try open(ZipArchive(octets, limits: bounded), part, name, depth)
                }
            } catch {
                // What came out before counts as well; how much is not told, so it counts as much as it could be.
                let most = max(limits.compression.freeOctets, octets.count.multipliedReportingOverflow(by: limits.compression.ratio).partialValue)
                let isLast = bounded.outputOctets < limits.compression.outputOctets
                spent += min(bounded.outputOctets, most)
                tell(error == .limit(.outputOctets) && isLast ? .outputOctets : .compression(error))
            }
        }
    }

    private mutating func open(_ archive: ZipArchive, _ part: String?, _ name: String?, _ depth: Int) throws(CompressionError) {
        var files = 0, out = 0
        // Folders, and what the archivers of some systems add.
        for (place, member) in archive.members.enumerated() where !member.isFolder && !member.name.hasPrefix("__MACOSX/") {
            files += 1
            let output = try archive.open(place, spent: out)
            out += output.count
            spent += output.count
            look(output, part: part, name: member.name, isExpected: true, depth: depth + 1)
        }
        if files == 0 { add(FoundReport(part: part, name: name, kind: nil, content: .failure(.noReport("an empty archive")))) }
    }

    private var bounded: CompressionLimits {
        var bounded = limits.compression
        bounded.outputOctets = min(bounded.outputOctets, max(limits.outputOctets - spent, 0))
        return bounded
    }
}

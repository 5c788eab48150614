package import Compression

/// What kind of report a document is.
package enum ReportKind: String, Sendable, Hashable, CaseIterable {
    /// XML of DMARC (RFC 9990, RFC 7489): ``AggregateReport/init(xml:limits:)`` reads it.
    case aggregate
    /// JSON of SMTP TLS reporting (RFC 8460).
    case tls
    /// The machine-readable part of a report about one message (RFC 5965, RFC 6591, RFC 9991).
    case failure
}

/// A report inside a message, or what looked like one.
package struct FoundReport: Sendable, Hashable {
    /// The part's path in the message, `1.2`; nil where no message was read.
    package let part: String?
    /// Of the part, or of the member of an archive.
    package let name: String?
    /// What it is; nil where it could not be opened, or is none.
    package let kind: ReportKind?
    /// The document's octets, nothing of it decoded but transfer encoding and compression.
    package let content: Result<[UInt8], ReportFault>
}

/// Why an attachment gave no report.
package enum ReportFault: Error, Hashable, Sendable {
    case compression(CompressionError)
    /// More than ``ReportReaderLimits/outputOctets`` in one message.
    case outputOctets
    /// Deeper than ``ReportReaderLimits/nesting``.
    case nesting
    /// What it is, as far as it can be told.
    case noReport(String)
}

extension ReportFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .compression(let error): error.description
        case .outputOctets: "limit met: output-octets"
        case .nesting: "limit met: nesting"
        case .noReport(let what): "no report: \(what)"
        }
    }
}

/// What a message, or a file, holds of reports.
package struct FoundReports: Sendable, Hashable {
    /// In order of the parts.
    package internal(set) var documents: [FoundReport] = []
    /// The message tells what became of a message of ours (RFC 3464) or that it was displayed (RFC 8098); reports in what it returns are not looked at.
    package internal(set) var isDeliveryStatus = false
    /// More than ``ReportReaderLimits/documents``; the rest was not looked at.
    package internal(set) var isCut = false

    /// Why there is nothing to read; nil where a document was found.
    package var nothing: String? {
        if documents.contains(where: { $0.kind != nil }) { return nil }
        if isDeliveryStatus { return "a delivery status notification" }
        if let first = documents.first, case .failure(let fault) = first.content { return fault.description }
        return "no report in it"
    }
}

internal import Mail

/// The parts of a message that are its own: in multiparts, and not in messages inside the message.
struct OuterParts {
    let message: Message
    /// In order; the root is among them.
    private(set) var parts: [MIMEPart] = []

    init(of message: Message) {
        self.message = message
        var isOuter = [Bool](repeating: false, count: message.parts.count)
        for part in message.parts where isOuter.indices.contains(part.index) {
            isOuter[part.index] = part.parent.map { isOuter.indices.contains($0) && isOuter[$0] && message.parts[$0].contentType.type == "multipart" } ?? true
            if isOuter[part.index] { parts.append(part) }
        }
    }

    /// The first part that is for machines to read.
    var report: MIMEPart? {
        parts.first { $0.parent != nil && (FeedbackReport.statusTypes.contains($0.contentType.mediaType) || $0.contentType.mediaType == FeedbackReport.feedbackType) }
    }

    /// Whether a delimiter ends the part, so that all of it is there.
    func isWhole(_ part: MIMEPart) -> Bool { part.isInMessage && part.bodyRange.upperBound < message.octets.count }

    /// The header of the message that comes back, or nil.
    /// - Parameter report: what comes back stands behind it, or else before it.
    /// - Returns: nil also where the message ends before that header does.
    func returnedHeader(beside report: MIMEPart) -> (header: HeaderSection, isMessage: Bool)? {
        let behind = parts.filter { $0.index > report.index && Self.returns($0) }.prefix(8), before = parts.filter { $0.index < report.index && Self.returns($0) }.prefix(8)
        for part in behind + before { if let header = header(in: part) { return header } }
        return nil
    }

    private static func returns(_ part: MIMEPart) -> Bool { part.parent != nil && (messageTypes.contains(part.contentType.mediaType) || headerTypes.contains(part.contentType.mediaType)) }

    private func header(in part: MIMEPart) -> (header: HeaderSection, isMessage: Bool)? {
        let isMessage = Self.messageTypes.contains(part.contentType.mediaType)
        if isMessage, let child = part.children.first, message.parts.indices.contains(child) {
            let inner = message.parts[child]
            // Behind an empty line, the header before it is whole.
            guard isWhole(part) || inner.bodyRange.lowerBound > inner.headerRange.upperBound, !inner.header.fields.isEmpty else { return nil }
            return (inner.header, true)
        }
        guard isWhole(part) else { return nil }
        let header = HeaderSection(octets: part.decoded)
        return header.fields.isEmpty ? nil : (header, isMessage)
    }

    /// Source: RFC 6522 §3, RFC 6532 §3.7.
    private static let messageTypes: Set<String> = ["message/rfc822", "message/global"]
    /// Source: RFC 6522 §4, RFC 6533 §3; some writers leave the s out, or call it a message.
    private static let headerTypes: Set<String> = ["text/rfc822-headers", "message/global-headers", "text/rfc822-header", "message/rfc822-headers"]
}

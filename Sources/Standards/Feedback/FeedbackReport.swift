package import JSON
package import Mail

/// What comes back about mail that was sent: whether it was delivered, or that somebody complains of it.
/// Source: RFC 3464 and RFC 6533 (delivery status), RFC 5965 and RFC 6591 (feedback), RFC 6522 (the container of both).
///
/// Anybody can write one. What it says of a message of ours counts only where the reader knows that message by what comes back of it.
package enum FeedbackReport: Sendable, Hashable {
    case delivery(DeliveryStatus)
    case feedback(AbuseReport)

    /// Reads the report that a message is.
    ///
    /// The part that machines read counts, wherever it lies among the multiparts of the message: what the outer Content-Type says of a report-type may be missing or differ.
    /// In messages inside the message nothing is looked for. Of several such parts the first counts.
    /// - Parameters:
    ///   - message: read with any limits.
    /// - Throws: ``FeedbackReportError``, also for a report that is cut off within that part.
    /// - Limits: ``FeedbackLimits``; the work is linear in the octets of the message.
    package init(_ message: Message, limits: FeedbackLimits = FeedbackLimits()) throws(FeedbackReportError) {
        let parts = OuterParts(of: message)
        guard let part = parts.report else { throw message.root.contentType.mediaType == "multipart/report" ? .noReportPart : .noReport }
        let type = part.contentType.mediaType
        guard parts.isWhole(part) else { throw .cutOff(type) }
        let returned = ReturnedMessage(in: parts, beside: part, limits: limits)
        self = if type == Self.feedbackType {
            .feedback(try AbuseReport(part.decoded, returned: returned, limits: limits))
        } else {
            .delivery(try DeliveryStatus(part.decoded, returned: returned, limits: limits))
        }
    }

    /// What comes back of the message; nil where nothing does.
    package var returned: ReturnedMessage? {
        switch self {
        case .delivery(let status): status.returned
        case .feedback(let report): report.returned
        }
    }

    static let statusTypes: Set<String> = ["message/delivery-status", "message/global-delivery-status"]
    static let feedbackType = "message/feedback-report"
}

/// Its `report_type` is that of RFC 3464 §2 and RFC 5965 §2.
extension FeedbackReport: JSONWritable, Decodable {
    private enum CodingKeys: String, CodingKey { case type = "report_type" }
    private enum Kind: String, Decodable { case delivery = "delivery-status", feedback = "feedback-report" }

    package init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .type) {
        case .delivery: self = .delivery(try DeliveryStatus(from: decoder))
        case .feedback: self = .feedback(try AbuseReport(from: decoder))
        }
    }

    package func write(to json: inout JSONWriter) {
        json.openObject()
        switch self {
        case .delivery(let status):
            json.member(CodingKeys.type, Kind.delivery.rawValue)
            status.writeMembers(to: &json)
        case .feedback(let report):
            json.member(CodingKeys.type, Kind.feedback.rawValue)
            report.writeMembers(to: &json)
        }
        json.closeObject()
    }
}

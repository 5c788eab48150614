/// Why a message is no report about mail that was sent, or one that cannot be read. The words go behind "the message".
package enum FeedbackReportError: Error, Sendable, Hashable {
    /// Nothing in it says that it is one. So are the bounces of mail servers that write to people only.
    case noReport
    /// It says that it is one, and has no part for machines.
    case noReportPart
    /// It ends within the part of that type.
    case cutOff(String)
    /// No group of fields is about a recipient.
    case noRecipient
    /// A field that must be there is not; in which group of fields, counted from 1, where there are several.
    case missing(String, group: Int?)
    /// What stands in a field is none of what may stand there; at most 80 octets of it.
    case invalid(String, group: Int?, text: String)
}

extension FeedbackReportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noReport: "is no multipart/report, nor is a part of it message/delivery-status or message/feedback-report"
        case .noReportPart: "is a multipart/report, and no part of it is message/delivery-status or message/feedback-report"
        case .cutOff(let type): "ends within its \(type)"
        case .noRecipient: "has no group of fields about a recipient"
        case .missing(let field, let group): "has no \(field)\(Self.place(group))"
        case .invalid(let field, let group, let text): "has\(Self.place(group)) an \(field) that is none: \(text)"
        }
    }

    private static func place(_ group: Int?) -> String { group.map { " in group \($0)" } ?? "" }
}

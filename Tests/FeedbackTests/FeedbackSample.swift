import Feedback
import Mail
import TestSupport
import Testing

/// Messages to read: the seeds of the fuzz target by their names, and such as are put together here.
enum FeedbackSample {
    static func octets(_ name: String) throws -> [UInt8] { try #require(try FuzzSeeds("FeedbackReport", atLeast: 12).all.first { $0.name == name }).octets }

    static func read(_ name: String) throws -> FeedbackReport { try FeedbackReport(Message(octets: try octets(name))) }

    static func delivery(_ report: FeedbackReport) throws -> DeliveryStatus {
        guard case .delivery(let status) = report else { throw Unexpected() }
        return status
    }

    static func feedback(_ report: FeedbackReport) throws -> AbuseReport {
        guard case .feedback(let report) = report else { throw Unexpected() }
        return report
    }

    struct Unexpected: Error {}

    /// A report with a part of that type, and what comes back.
    static func message(_ type: String, _ fields: String, returned: String = "Content-Type: text/rfc822-headers\n\nMessage-ID: <m@s.example>\n\n") -> Message {
        let text = "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: \(type)\n\n\(fields)\n--b\n\(returned)--b--\n"
        return Message(octets: Array(text.replacing("\n", with: "\r\n").utf8))
    }

    /// One recipient's group of a delivery status, and whatever stands before it.
    static func status(_ group: String) throws -> DeliveryStatus { try delivery(FeedbackReport(message("message/delivery-status", "Reporting-MTA: dns; r.example\n\n\(group)"))) }
}

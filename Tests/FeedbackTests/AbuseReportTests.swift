import DNS
import Feedback
import Testing

@Suite struct AbuseReportTests {
    @Test func abuse() throws {
        let report = try FeedbackSample.feedback(FeedbackSample.read("arf-abuse"))
        var expected = AbuseReport(feedbackType: .abuse)
        expected.version = "1"
        expected.userAgent = "SomeGenerator/1.0"
        expected.originalMailFrom = "bounce@sender.example"
        expected.originalRcptTo = ["user@isp.example", "other@isp.example"]
        expected.arrivalDate = ReportTime("2024-01-09T14:00:00Z")
        expected.sourceIP = IPAddress("192.0.2.1")
        expected.sourcePort = 40_123
        expected.reportingMTA = TypedText(type: "dns", text: "mail.isp.example")
        expected.authenticationResults = ["mail.isp.example;               spf=fail smtp.mail=bounce@sender.example"]
        expected.reportedDomain = ["sender.example"]
        expected.reportedURI = ["http://sender.example/earn"]
        expected.incidents = 3
        expected.returned = ReturnedMessage(isMessage: true, messageID: "<8787KJKJ3K4J3K4@sender.example>", verdictIDs: ["018ceaf2-3c00-7abc-8def-0123456789ae"], from: ["sales@sender.example"],
                                            to: ["undisclosed@isp.example"])
        #expect(report == expected)
    }

    @Test func redacted() throws {
        let report = try FeedbackSample.feedback(FeedbackSample.read("arf-redacted"))
        #expect(report.originalRcptTo == [] && report.originalMailFrom == nil && report.incidents == 1 && report.sourceIP == IPAddress("2001:db8::25"))
        #expect(report.arrivalDate?.description == "2024-01-09T19:00:00Z")
        #expect(report.returned == ReturnedMessage(isMessage: false, messageID: "<redacted-1@sender.example>", from: ["j@sender.example"], to: ["redacted@redacted.invalid"]))
    }

    @Test func notSpam() throws {
        let report = try FeedbackSample.feedback(FeedbackSample.read("arf-not-spam"))
        #expect(report.feedbackType == .notSpam && report.incidents == 1_000_000 && report.returned?.messageID == "<good-1@sender.example>")
    }

    @Test func authFailure() throws {
        let report = try FeedbackSample.feedback(FeedbackSample.read("arf-auth-failure"))
        #expect(report.feedbackType == .authFailure && report.originalMailFrom == "" && report.originalEnvelopeID == "o3F52gxO029144")
        #expect(report.authFailure == "bodyhash" && report.deliveryResult == "delivered" && report.identityAlignment == "none" && report.returned?.isMessage == false)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, fields: String
        let holds: @Sendable (AbuseReport) -> Bool
        var testDescription: String { name }

        init(_ name: String, _ fields: String, _ holds: @escaping @Sendable (AbuseReport) -> Bool) { (self.name, self.fields, self.holds) = (name, fields, holds) }
    }

    static let tolerated = [
        Row("nothing but the type", "Feedback-Type: fraud") { $0 == { var report = AbuseReport(feedbackType: .fraud); report.returned = ReturnedMessage(isMessage: false, messageID: "<m@s.example>"); return report }() },
        Row("type in capitals", "Feedback-Type: VIRUS") { $0.feedbackType == .virus },
        Row("opt-out", "Feedback-Type: opt-out") { $0.feedbackType == .optOut },
        Row("opt-out-list", "Feedback-Type: opt-out-list") { $0.feedbackType == .optOutList },
        Row("a type of nobody", "Feedback-Type: Dislike") { $0.feedbackType == .unknown("dislike") },
        Row("an empty line between", "Version: 1\n\nFeedback-Type: other") { $0.feedbackType == .other && $0.version == "1" },
        Row("twice", "Feedback-Type: abuse\nFeedback-Type: fraud") { $0.feedbackType == .abuse },
        Row("list of recipients", "Feedback-Type: abuse\nOriginal-Rcpt-To: a@b.example, <c@d.example>") { $0.originalRcptTo == ["a@b.example", "c@d.example"] },
        Row("empty recipient", "Feedback-Type: abuse\nOriginal-Rcpt-To: <>\nOriginal-Rcpt-To:") { $0.originalRcptTo == [] },
        Row("recipient that is a word", "Feedback-Type: abuse\nOriginal-Rcpt-To: 8f14e45f") { $0.originalRcptTo == ["8f14e45f"] },
        Row("no incidents", "Feedback-Type: abuse\nIncidents: 0") { $0.incidents == 1 },
        Row("incidents that are none", "Feedback-Type: abuse\nIncidents: many") { $0.incidents == 1 },
        Row("incidents below none", "Feedback-Type: abuse\nIncidents: -5") { $0.incidents == 1 },
        Row("address with words", "Feedback-Type: abuse\nSource-IP: 192.0.2.9 (out.s.example)") { $0.sourceIP == IPAddress("192.0.2.9") },
        Row("address that is none", "Feedback-Type: abuse\nSource-IP: unknown") { $0.sourceIP == nil },
        Row("port that is none", "Feedback-Type: abuse\nSource-Port: 70000") { $0.sourcePort == nil },
        Row("domain beyond ASCII", "Feedback-Type: abuse\nReported-Domain: bücher.example\nReported-Domain: b.example") { $0.reportedDomain == ["xn--bcher-kva.example", "b.example"] },
    ]

    @Test(arguments: tolerated) func table(_ row: Row) throws {
        let report = try FeedbackSample.feedback(FeedbackReport(FeedbackSample.message("message/feedback-report", row.fields)))
        #expect(row.holds(report), "\(report)")
    }

    @Test(arguments: ["", "Version: 1\n", "Feedback-Type:\n", "no field at all\n"]) func refused(_ fields: String) {
        #expect(throws: FeedbackReportError.missing("Feedback-Type", group: nil)) { try FeedbackReport(FeedbackSample.message("message/feedback-report", fields)) }
    }

    @Test func recipientsBeyondTheLimit() throws {
        let fields = "Feedback-Type: abuse\n" + (0..<1_500).map { "Original-Rcpt-To: r\($0)@b.example\n" }.joined()
        let report = try FeedbackSample.feedback(FeedbackReport(FeedbackSample.message("message/feedback-report", fields)))
        #expect(report.originalRcptTo.count == 1_000 && report.originalRcptToLeftOut == 500 && report.originalRcptTo.last == "r999@b.example")
    }
}

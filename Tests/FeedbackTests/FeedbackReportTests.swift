import Feedback
import Foundation
import JSON
import Mail
import TestSupport
import Testing

@Suite struct FeedbackReportTests {
    static let group = "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n"

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, text: String
        var error: FeedbackReportError? = nil
        var testDescription: String { name }
    }

    static let shapes = [
        Row(name: "not a report", text: "From: a@b.example\n\nhello\n", error: .noReport),
        Row(name: "empty", text: "", error: .noReport),
        Row(name: "a report without the part", text: "Content-Type: multipart/report; boundary=b\n\n--b\n\nsorry\n--b--\n", error: .noReportPart),
        Row(name: "a report that a person displayed it", text: "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: message/disposition-notification\n\nDisposition: x\n--b--\n",
            error: .noReportPart),
        Row(name: "the part alone", text: "Content-Type: message/delivery-status\n\nReporting-MTA: dns; r.example\n\n\(group)", error: .noReport),
        Row(name: "without its end", text: "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; r.example\n\n\(group)\n", error: .cutOff("message/delivery-status")),
        Row(name: "nothing in it", text: "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n--b--\n", error: .missing("Reporting-MTA", group: nil)),
        Row(name: "another report-type", text: "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; r.example\n\n\(group)\n--b--\n"),
        Row(name: "multipart/mixed", text: "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; r.example\n\n\(group)\n--b--\n"),
        Row(name: "a footer around it", text: "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; r.example\n\n\(group)\n--b--\n--o\n\nfooter\n--o--\n"),
        Row(name: "base64", text: "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n\(Data("Reporting-MTA: dns; r.example\n\n\(group)".utf8).base64EncodedString())\n--b--\n"),
    ]

    @Test(arguments: shapes, ["\n", "\r\n"]) func table(_ row: Row, _ lineBreak: String) throws {
        let message = Message(octets: Array(row.text.replacing("\n", with: lineBreak).utf8))
        if let error = row.error {
            #expect(throws: error) { try FeedbackReport(message) }
        } else {
            let status = try FeedbackSample.delivery(FeedbackReport(message))
            #expect(status.recipients.map(\.finalRecipient.text) == ["a@b.example"] && status.reportingMTA?.text == "r.example")
        }
    }

    @Test func whatIsNoReport() throws {
        #expect(throws: FeedbackReportError.noReport) { try FeedbackSample.read("no-report") }
        #expect(throws: FeedbackReportError.noReport) { try FeedbackSample.read("inside") }
    }

    @Test func words() {
        #expect(FeedbackReportError.noReport.description == "is no multipart/report, nor is a part of it message/delivery-status or message/feedback-report")
        #expect(FeedbackReportError.missing("Final-Recipient", group: 2).description == "has no Final-Recipient in group 2")
        #expect(FeedbackReportError.invalid("Action", group: 3, text: "x").description == "has in group 3 an Action that is none: x")
    }

    /// A message that is cut off is no report, or says nothing that the whole one does not.
    @Test func everyPrefix() throws {
        for (name, octets) in try FuzzSeeds("FeedbackReport", atLeast: 12).all {
            guard let whole = try? FeedbackReport(Message(octets: octets)) else { continue }
            for end in octets.indices {
                guard let cut = try? FeedbackReport(Message(octets: Array(octets[..<end]))) else { continue }
                #expect(cut == whole || Self.withoutReturned(cut) == Self.withoutReturned(whole) && cut.returned == nil, "\(name) up to \(end)")
            }
        }
    }

    private static func withoutReturned(_ report: FeedbackReport) -> FeedbackReport {
        switch report {
        case .delivery(var status):
            status.returned = nil
            return .delivery(status)
        case .feedback(var abuse):
            abuse.returned = nil
            return .feedback(abuse)
        }
    }

    @Test func aMillionGroups() throws {
        let groups = String(repeating: "Final-Recipient: rfc822;a@b.example\nAction: failed\n\n", count: 100_000) + String(repeating: "x\n\n", count: 900_000)
        let status = try FeedbackSample.delivery(FeedbackReport(FeedbackSample.message("message/delivery-status", "Reporting-MTA: dns; r.example\n\n\(groups)")))
        #expect(status.recipients.count == 1_000 && status.recipientsLeftOut == 1_000_000 - 1_000)
    }

    @Test func manyFaults() throws {
        let groups = Self.group + "\n" + String(repeating: "Action: failed\n\n", count: 500)
        let status = try FeedbackSample.delivery(FeedbackReport(FeedbackSample.message("message/delivery-status", "Reporting-MTA: dns; r.example\n\n\(groups)")))
        #expect(status.problems.count == 20 && status.problems.last == "has no Final-Recipient in group 22" && status.recipientsLeftOut == 0)
    }

    @Test func reportsInsideReports() throws {
        var text = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; r.example\n\n\(Self.group)\n"
        for depth in 0..<60 { text = "Content-Type: multipart/report; boundary=b\(depth)\n\n--b\(depth)\n\(text)--b\(depth)--\n" }
        #expect(throws: FeedbackReportError.noReportPart) { try FeedbackReport(Message(octets: Array(text.utf8))) }
    }

    static let returned = [
        ("the header of a message", "Content-Type: text/rfc822-headers\n\nMessage-ID: <r@s.example>\n\n", "<r@s.example>"),
        ("without its s", "Content-Type: text/rfc822-header\n\nMessage-ID: <r@s.example>\n\n", "<r@s.example>"),
        ("a message in base64", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n\(Data("Message-ID: <r@s.example>\n\nx".utf8).base64EncodedString())\n", "<r@s.example>"),
        ("message/global", "Content-Type: message/global\n\nMessage-ID: <ü@s.example>\n\nx\n", "<ü@s.example>"),
        ("two of them", "Content-Type: text/rfc822-headers\n\nMessage-ID: <r@s.example>\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <q@s.example>\n\n", "<r@s.example>"),
        ("an empty one first", "Content-Type: text/rfc822-headers\n\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <q@s.example>\n\n", "<q@s.example>"),
        ("no id", "Content-Type: text/rfc822-headers\n\nFrom: a@b.example\n\n", ""),
        ("nothing", "Content-Type: text/plain\n\nMessage-ID: <r@s.example>\n", nil),
    ] as [(String, String, String?)]

    @Test(arguments: returned) func whatComesBack(_ name: String, _ part: String, _ id: String?) throws {
        let report = try FeedbackReport(FeedbackSample.message("message/feedback-report", "Feedback-Type: abuse\n", returned: part))
        #expect(report.returned.map { $0.messageID ?? "" } == id)
    }

    @Test func verdicts() throws {
        let id = "018ceaf2-3c00-7abc-8def-0123456789a"
        let header = ["accept; score=0; id=\(id)0", "reject;id=\(id)1;more", "accept; score=0", "id=\(id)", "accept; id=\(id)g", "accept; id=", "x; ID=\(id)2"].map { "X-Postern-Verdict: \($0)\n" }.joined()
        let report = try FeedbackReport(FeedbackSample.message("message/feedback-report", "Feedback-Type: abuse\n", returned: "Content-Type: text/rfc822-headers\n\n\(header)\n"))
        #expect(report.returned?.verdictIDs == ["\(id)0", "\(id)1", "\(id)2"])
        let many = String(repeating: "X-Postern-Verdict: accept; id=\(id)0\n", count: 50) + "To: " + (0..<150).map { "a\($0)@b.example" }.joined(separator: ", ") + "\n"
        let flood = try FeedbackReport(FeedbackSample.message("message/feedback-report", "Feedback-Type: abuse\n", returned: "Content-Type: text/rfc822-headers\n\n\(many)\n")).returned
        #expect(flood?.verdictIDs.count == 10 && flood?.to.count == 100 && flood?.toLeftOut == 50)
    }

    @Test func documents() throws {
        #expect(String(decoding: jsonOctets(try FeedbackSample.read("exim")), as: UTF8.self) == """
            {"report_type":"delivery-status","reporting_mta":{"type":"dns","text":"out.sender.example"},"recipients":[{"final_recipient":{"type":"rfc822","text":"dora@gone.example"},"action":"failed","status":"5.0.0",\
            "remote_mta":{"type":"dns","text":"mx.gone.example"},"diagnostic_code":{"type":"smtp","text":"550 no such user here"}}],"recipients_left_out":0,"problems":[],\
            "returned":{"is_message":true,"message_id":"<exim-1@sender.example>","verdict_ids":["018ceaf2-3c00-7abc-8def-0123456789ac"],"from":["anna@sender.example"],"to":["dora@gone.example"],"to_left_out":0}}
            """)
        #expect(String(decoding: jsonOctets(try FeedbackSample.read("arf-not-spam")), as: UTF8.self) == """
            {"report_type":"feedback-report","feedback_type":"not-spam","version":"1","user_agent":"FBL/0.1","original_rcpt_to":[],"original_rcpt_to_left_out":0,"reported_domain":[],"reported_uri":[],\
            "incidents":1000000,"authentication_results":[],"returned":{"is_message":true,"message_id":"<good-1@sender.example>","verdict_ids":[],"from":[],"to":[],"to_left_out":0}}
            """)
    }

    @Test func seedsAndMutations() throws {
        let seeds = try FuzzSeeds("FeedbackReport", atLeast: 12)
        seeds.atRandom(150, number: 5, pieces: ["\r\n\r\n", "\n", "--b\n", "Final-Recipient: ", "Feedback-Type: ", ";", "\\x{"]) { FeedbackReportTrial($0).run() }
        seeds.eachOctet("\n:;-", step: 7) { FeedbackReportTrial($0).run() }
    }
}

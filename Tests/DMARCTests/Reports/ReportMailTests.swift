import DMARC
import DNS
import Foundation
import Mail
import Testing

@Suite struct ReportMailTests {
    private func mail(_ change: (inout ReportMail) -> Void = { _ in }) throws -> ReportMail {
        var mail = ReportMail(policyDomain: try #require(DomainName("example.org")), submitter: try #require(DomainName("mx.postern.example")), reportID: "20261123.example.org.1", token: "019ab000-0000-7000-8000-000000000001",
                              author: "dmarc-noreply@postern.example", destination: "reports@example.org", begin: 1_795_392_000, end: 1_795_478_399,
                              fileName: "mx.postern.example!example.org!1795392000!1795478399.xml.gz", document: [0x1f, 0x8b] + (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        change(&mail)
        return mail
    }

    private let date = 1_795_482_000

    @Test func whatAReaderFinds() throws {
        let mail = try mail(), octets = try mail.octets(date: date), message = Message(octets: octets)
        #expect(message.defects.isEmpty, "\(message.defects)")
        #expect(message.subject == "Report Domain: example.org Submitter: mx.postern.example Report-ID: <20261123.example.org.1>")
        #expect(message.messageID == "<\(mail.messageID)>" && mail.messageID == "20261123.example.org.1.019ab000-0000-7000-8000-000000000001@mx.postern.example")
        #expect(message.from.map(\.address) == ["dmarc-noreply@postern.example"] && message.to.map(\.address) == ["reports@example.org"])
        #expect(message.date?.secondsSince1970 == date)
        #expect(message.header.first("Auto-Submitted")?.value == "auto-generated")
        let part = try #require(message.parts.last)
        #expect(part.contentType.mediaType == "application/gzip" && part.fileName == mail.fileName && part.disposition?.isAttachment == true)
        #expect(Base64.decode(part.body).octets == mail.document)
        #expect(message.parts.count == 3 && message.attachments.map(\.size) == [mail.document.count])
        #expect(octets.split(separator: 10, omittingEmptySubsequences: false).dropLast().allSatisfy { $0.last == 13 && $0.count <= 78 + 1 + 200 })
        #expect(octets.allSatisfy { $0 < 128 && ($0 >= 32 || $0 == 13 || $0 == 10) })
    }

    @Test func theSameReportIsTheSameMessage() throws {
        let mail = try mail()
        #expect(try mail.octets(date: date) == self.mail().octets(date: date))
        #expect(try mail.messageID != self.mail { $0.token = "2" }.messageID)
        #expect(try mail.messageID == self.mail { $0.document = [1] }.messageID)
    }

    @Test(arguments: [0, 1, 2, 3, 56, 57, 58, 114])
    func documentsOfAnySize(_ size: Int) throws {
        let mail = try mail { $0.document = [UInt8](repeating: 0xff, count: size) }
        let part = try #require(Message(octets: try mail.octets(date: date)).parts.last)
        #expect(Base64.decode(part.body).octets == mail.document)
    }

    @Test func nothingOfAStrangerBecomesAField() throws {
        for address in ["a@example.org\r\nBcc: b@example.org", "", "a", "<>", "a b@example.org", "grün@example.org", "postmaster"] {
            #expect(throws: ReportMail.Fault.address(address)) { try mail { $0.destination = address }.octets(date: date) }
            #expect(throws: ReportMail.Fault.address(address)) { try mail { $0.author = address }.octets(date: date) }
        }
        for id in ["", "a b", "a\r\nX: y", "a>b", "a@b", ".a", "a.", "a..b", String(repeating: "x", count: 201), "ü"] {
            #expect(throws: ReportMail.Fault.reportID(id)) { try mail { $0.reportID = id }.octets(date: date) }
        }
        for token in ["", "a b", "a.b", "a>", "a@b", String(repeating: "x", count: 101)] { #expect(throws: ReportMail.Fault.reportID(token)) { try mail { $0.token = token }.octets(date: date) } }
        for name in ["a\"b", "a\r\nb", "a\\b", "ü", "a b"] { #expect(throws: ReportMail.Fault.fileName) { try mail { $0.fileName = name }.octets(date: date) } }
        #expect(throws: ReportMail.Fault.date) { try mail().octets(date: -1) }
        #expect(throws: ReportMail.Fault.date) { try mail().octets(date: .max) }
    }

    @Test func itsMessageIDSaysWhichItWas() throws {
        let id = try mail().messageID
        for text in [id, "<\(id)>"] {
            let parts = try #require(ReportMail.parts(ofMessageID: text))
            #expect(parts == ("20261123.example.org.1", "019ab000-0000-7000-8000-000000000001"))
        }
        for text in ["", "<>", "@", "<a@b.example>", "<.a@b.example>", "<a.@b.example>", String(repeating: "a.", count: 500)] { #expect(ReportMail.parts(ofMessageID: text) == nil) }
    }

    // MARK: - Reports about reports

    @Test func ourOwnReportIsOne() throws {
        #expect(ReportLoop.isReport(Message(octets: try mail().octets(date: date))))
    }

    private static let zip = "Content-Type: application/zip\r\n\r\nPK\u{3}\u{4}"

    /// User pain: who began a subject with "Report Domain:" hid its mail from all reports. What a program answers to a report goes to the reporter alone, and by that it is told.
    @Test(arguments: [
        ("an aggregate report", "Subject: Report Domain: a.example Submitter: b.example Report-ID: <1>\r\n\(zip)", true),
        ("in any case, folded", "Subject: REPORT\r\n  domain:a.example\r\n SUBMITTER:\r\n b.example\r\n\(zip)", true),
        ("of XML as it is", "Subject: Report Domain: a.example Submitter: b.example\r\nContent-Type: text/xml\r\n\r\n<?xml?><feedback/>", true),
        ("by the name's ending", "Subject: Report Domain: a.example Submitter: b.example\r\nContent-Type: application/octet-stream; name=x.xml.GZ\r\nContent-Transfer-Encoding: base64\r\n\r\nH4sI", true),
        ("its subject alone", "Subject: Report Domain: a.example Submitter: b.example Report-ID: <1>\r\n\r\n", false),
        ("its subject, and a page", "Subject: Report Domain: a.example Submitter: b.example Report-ID: <1>\r\nContent-Type: text/html\r\n\r\n<p>Pay here</p>", false),
        ("its subject, and what is no archive", "Subject: Report Domain: a.example Submitter: b.example\r\nContent-Type: application/gzip; name=a.gz\r\n\r\nPay here", false),
        ("its subject, and a letter called XML", "Subject: Report Domain: a.example Submitter: b.example\r\nContent-Type: text/plain; name=a.xml\r\n\r\nPay here", false),
        ("the beginning of its subject, and an archive", "Subject: Report Domain: fine\r\n\(zip)", false),
        ("words behind its subject, and an archive", "Subject: Report Domain: a.example Submitter: b.example pay at once\r\n\(zip)", false),
        ("no domains in its subject, and an archive", "Subject: Report Domain: - Submitter: .\r\n\(zip)", false),
        ("by the name of its file", "Subject: x\r\nContent-Type: application/zip; name=\"b.example!a.example!1700000000!1700086399.zip\"\r\n\r\nPK\u{3}\u{4}", true),
        ("with an id in its name", "Subject: x\r\nContent-Type: application/gzip\r\nContent-Disposition: attachment; filename=\"b!a!1!2!xyz.xml.gz\"\r\nContent-Transfer-Encoding: base64\r\n\r\nH4sI", true),
        ("its file's name alone", "Subject: x\r\nContent-Type: text/html; name=\"b!a!1!2!xyz.xml.gz\"\r\n\r\n<p>Pay here</p>", false),
        ("a failure report", "Content-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\nVersion: 1\r\n--x--\r\n", true),
        ("a failure report without its type", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n--x--\r\n", true),
        ("a failure report that reports nothing", "Content-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\n\r\n--x--\r\n", false),
        ("a TLS report", "Content-Type: multipart/report; report-type=\"tlsrpt\"; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n\r\nH4sI\r\n--x--\r\n", true),
        ("a TLS report in name only", "Content-Type: multipart/report; report-type=tlsrpt; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\nContent-Type: application/tlsrpt+json\r\n\r\n\r\n--x--\r\n", false),
        ("a TLS report by its field", "TLS-Report-Domain: a.example\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\nH4sI", true),
        ("its field alone", "TLS-Report-Domain: a.example\r\n\r\n", false),
        ("a bounce", "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n", false),
        ("a bounce of a report", "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Report Domain: a.example\r\n Submitter: b.example\r\n\r\n--x--\r\n", true),
        ("a bounce of a whole report", "Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: Report Domain: a.example Submitter: b.example\r\n\r\nx\r\n--x--\r\n", true),
        ("a bounce of a letter", "Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Hello\r\n\r\n--x--\r\n", false),
        ("an answer by a program", "Subject: Out of office: Report Domain: a.example Submitter: b.example Report-ID: <1>\r\nAuto-Submitted: auto-replied\r\n\r\n", false),
        ("an answer by another", "Subject: AW: Report Domain: a.example Submitter: b.example\r\nPrecedence: auto_reply\r\n\r\n", false),
        ("an answer by a person", "Subject: Re: Report Domain: a.example Submitter: b.example\r\nAuto-Submitted: no\r\n\r\n", false),
        ("a letter", "Subject: Your report domain: fine\r\n\r\nReport Domain: a\r\n", false),
        ("a letter about reports", "Subject: Report domains\r\n\r\n", false),
        ("a file with marks in its name", "Content-Type: application/zip; name=\"wow!great!stuff!now.zip\"\r\n\r\nPK", false),
        ("nothing", "", false),
    ])
    func reportsThatCome(_ name: String, _ text: String, _ isReport: Bool) {
        #expect(ReportLoop.isReport(Message(octets: Array(text.utf8))) == isReport, "\(name)")
    }
}

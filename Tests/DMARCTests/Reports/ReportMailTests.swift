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
        let document = try ReportSamples.current.gzip()
        #expect(ReportLoop.isReport(Message(octets: try mail { $0.document = document }.octets(date: date))))
    }
}

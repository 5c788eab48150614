import DMARC
import DNS
import Testing

@Suite struct ReportFileNameTests {
    @Test func namesOfOurs() throws {
        let receiver = try #require(DomainName("mail.receiver.example")), report = ReportSamples.current
        #expect(report.fileName(receiver: receiver)?.text == "mail.receiver.example!sender.example!1767225600!1767311999.xml.gz")
        #expect(report.fileName(receiver: receiver, uniqueID: "7f3A", isCompressed: false)?.text == "mail.receiver.example!sender.example!1767225600!1767311999!7f3A.xml")
        for wrong in ["", "a-b", "a!b", "é", "a/b", String(repeating: "a", count: 129)] { #expect(report.fileName(receiver: receiver, uniqueID: wrong) == nil) }
        var other = report
        other.policy.domain = "no domain!"
        #expect(other.fileName(receiver: receiver)?.text == nil)
        #expect(ReportFileName(receiver: receiver, policyDomain: receiver, begin: 2, end: 1) == nil)
        #expect(ReportFileName(receiver: DomainName(trusted: ""), policyDomain: receiver, begin: 1, end: 2) == nil)
    }

    @Test func namesAreReadBack() throws {
        for text in ["mail.receiver.example!example.com!1013662812!1013749130.xml.gz", "r.example!s.example!0!1!ab12.xml", "r.example!s.example!0!1.xml"] {
            #expect(ReportFileName(text)?.text == text)
        }
    }

    @Test(arguments: [
        ("google.com!example.com!1549929600!1550015999.zip", true), ("R.example!S.example!1!2!x-1.XML.ZIP", true), ("a.example!b.example!1!2!u.gz", true),
        ("!example.com!1!2.xml", false), ("a.example!b.example!1.xml", false), ("a.example!b.example!2!1.xml", false), ("a.example!b.example!-1!1.xml", false),
        ("a.example!b.example!1!2", false), ("a.example!b.example!1!2!3!4.xml", false), ("a.example!b.example!1!9999999999999999999.xml", false), ("report.xml", false), ("", false),
    ]) func namesOfOthers(_ name: String, _ isName: Bool) { #expect((ReportFileName(name) != nil) == isName, "\(name)") }
}

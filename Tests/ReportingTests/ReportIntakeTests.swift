import Compression
import DMARC
import DNS
import Foundation
import Reporting
import Testing
import TestSupport
import TransportSecurity
import Verdicts

@Suite(.longWork) struct ReportIntakeTests {
    private let intake = ReportIntake { try JSONDecoder().decode(TLSReport.self, from: Data($0)) }

    static func aggregate(_ id: String = "abc") throws -> AggregateReport {
        let day = ClaimedDay(tenant: "acme", start: ReportBench.noon.adding(seconds: -129_600), lease: VerdictID(at: ReportBench.noon))
        let domain = try #require(DomainName("example.org"))
        var report = try #require(ReportMaker(reporter: try ReportBench().reporter()).report(of: domain, day: day, results: [.sample(3, action: .reject), .sample(2)])).report
        report.metadata.reportID = id
        return report
    }

    static let tls = #"""
        {"organization-name":"Company-X","date-range":{"start-datetime":"2016-04-01T00:00:00Z","end-datetime":"2016-04-01T23:59:59Z"},"contact-info":"sts@company-x.example","report-id":"5065427c",
        "policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1"],"policy-domain":"Company-Y.example","mx-host":["*.mail.company-y.example"]},
        "summary":{"total-successful-session-count":5326,"total-failure-session-count":303},
        "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"2001:db8:abcd:12::1","receiving-mx-hostname":"mx1.mail.company-y.example","failed-session-count":100}]}]}
        """#

    static let failure = "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\n"
        + "Feedback-Type: auth-failure\r\nVersion: 1\r\nUser-Agent: Someone/1.0\r\nReported-Domain: Example.ORG\r\nAuth-Failure: dmarc\r\nSource-IP: 192.0.2.1\r\n--x--\r\n"

    private func read(_ octets: [UInt8], _ type: String? = nil) throws -> [ReceivedReport] { try intake.read(octets, mediaType: type, tenant: "acme", at: ReportBench.noon) }

    private func json(_ report: ReceivedReport) throws -> NSDictionary { try #require(try JSONSerialization.jsonObject(with: Data(report.summary)) as? NSDictionary) }

    @Test(arguments: ["xml", "gzip", "mail"]) func aggregateReports(_ form: String) throws {
        let report = try Self.aggregate()
        let octets: [UInt8] = switch form {
        case "xml": try report.xml()
        case "gzip": try report.gzip()
        default: Array("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n\(Data(try report.gzip()).base64EncodedString())\r\n".utf8)
        }
        let kept = try #require(try read(octets, form == "mail" ? "message/rfc822" : "application/octet-stream").first)
        #expect(kept.kind == .aggregate && kept.organization == "Receiver" && kept.reportID == "abc" && kept.domain == "example.org" && kept.tenant == "acme")
        #expect(kept.begin.seconds == report.metadata.begin && kept.end.seconds == report.metadata.end && kept.receivedAt == ReportBench.noon)
        #expect(try CompressedFormat.gzip.expand(kept.document) == report.xml())
        let summary = try json(kept)
        #expect(summary["total"] as? NSDictionary == ["messages": 5, "passed": 0, "failed": 5, "untold": 0, "dispositions": ["reject": 3, "none": 2]])
        #expect((summary["sources"] as? [NSDictionary])?.first?["address"] as? String == "192.0.2.1" && summary["policy"] as? String == "reject")
    }

    @Test func reportsOfTLS() throws {
        let kept = try #require(try read(Array(Self.tls.utf8)).first), summary = try json(kept)
        #expect(kept.kind == .tls && kept.organization == "Company-X" && kept.reportID == "5065427c" && kept.domain == "company-y.example")
        #expect(summary["succeeded"] as? Int == 5326 && summary["failed"] as? Int == 303)
        let failures = (summary["policies"] as? [NSDictionary])?.first?["failures"] as? [NSDictionary]
        #expect(failures == [["type": "certificate-expired", "sessions": 100, "sender": "2001:db8:abcd:12::1", "receiver_host": "mx1.mail.company-y.example"]])
    }

    @Test func reportsOfFailures() throws {
        let kept = try #require(try read(Array(Self.failure.utf8), "message/rfc822").first)
        #expect(kept.kind == .failure && kept.domain == "example.org" && kept.organization == "Someone/1.0" && kept.reportID.hasPrefix("sha256:"))
        #expect(try json(kept) == ["feedback_type": "auth-failure", "auth_failure": "dmarc", "source_ip": "192.0.2.1"])
    }

    @Test(arguments: [
        ("nothing", "", nil, ReportIntake.Fault.nothing("no report: empty")),
        ("text", "hello", nil, .nothing("no report: something else")),
        ("a mail", "From: a@b.example\r\n\r\nhello\r\n", "message/rfc822", .nothing("no report in it")),
        ("broken XML", "<feedback><report_metadata>", nil, .unreadable("the document", "")),
        ("no period", "<feedback><policy_published><domain>a.example</domain></policy_published></feedback>", nil, .unreadable("the document", "")),
        ("broken JSON", #"{"report-id":"#, nil, .unreadable("the document", "")),
        ("no policy", #"{"organization-name":"x","report-id":"1","date-range":{"start-datetime":"2016-04-01T00:00:00Z","end-datetime":"2016-04-01T23:59:59Z"}}"#, nil, .unreadable("the document", "policies: it names no domain")),
        ("broken gzip", "\u{1f}", nil, .nothing("")),
    ] as [(String, String, String?, ReportIntake.Fault)])
    func faults(_ name: String, _ text: String, _ type: String?, _ fault: ReportIntake.Fault) throws {
        do {
            _ = try read(name == "broken gzip" ? [0x1f, 0x8b, 8, 0] : Array(text.utf8), type)
            Issue.record("\(name): it was read")
        } catch let error as ReportIntake.Fault {
            switch (error, fault) {
            case (.nothing(let said), .nothing(let wanted)): #expect(wanted.isEmpty || said == wanted, "\(name)")
            case (.unreadable(let place, let said), .unreadable(let wantedPlace, let wanted)): #expect(place == wantedPlace && !said.isEmpty && (wanted.isEmpty || said == wanted), "\(name): \(said)")
            default: Issue.record("\(name): \(error)")
            }
        }
    }

    /// Nothing half-kept.
    @Test func oneOfTwoIsBroken() throws {
        let good = Data(try Self.aggregate().xml()).base64EncodedString(), bad = Data("<feedback><report_metadata>".utf8).base64EncodedString()
        func mail(_ second: String) -> [UInt8] {
            let parts = [good, second].enumerated().map { "--x\r\nContent-Type: application/xml; name=\($0.offset).xml\r\nContent-Transfer-Encoding: base64\r\n\r\n\($0.element)\r\n" }
            return Array("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\(parts.joined())--x--\r\n".utf8)
        }
        #expect(throws: ReportIntake.Fault.self) { try read(mail(bad), "message/rfc822") }
        #expect(try read(mail(Data("<html/>".utf8).base64EncodedString()), "message/rfc822").count == 1, "what is no report at all is passed over")
        #expect(try read(mail(Data(try Self.aggregate("second").xml()).base64EncodedString()), "message/rfc822").map(\.reportID) == ["abc", "second"])
    }
}

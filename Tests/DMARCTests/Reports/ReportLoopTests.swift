import Compression
import DMARC
import DNS
import FoundationEssentials
import Mail
import TestSupport
import Testing

/// Which messages are reports themselves.
@Suite struct ReportLoopTests {
    private static let xml = String(decoding: ReportSamples.report(), as: UTF8.self)
    private static let tls = #"{"organization-name":"A","date-range":{},"report-id":"1","policies":[]}"#
    private static let subject = "Subject: Report Domain: a.example Submitter: b.example Report-ID: <1>"

    private static func base64(_ octets: [UInt8]) -> String { "Content-Transfer-Encoding: base64\r\n\r\n\(Data(octets).base64EncodedString())\r\n" }
    private static func gzip(_ text: String) -> String { base64((try? Gzip.compress(Array(text.utf8))) ?? []) }
    private static func letter(_ header: String..., body: String) -> String { header.joined(separator: "\r\n") + "\r\n" + body }
    private static func multipart(_ type: String, _ parts: String...) -> String {
        "Content-Type: \(type); boundary=x\r\n\r\n" + parts.map { "--x\r\n\($0)\r\n" }.joined() + "--x--\r\n"
    }

    private static let bomb = base64((try? Gzip.compress(Array("<feedback>".utf8) + [UInt8](repeating: 32, count: 20_000_000))) ?? [])

    /// User pain: who began a subject with "Report Domain:" hid its mail from all reports; so did who attached two octets of gzip, or returned such a subject in a notification that was none.
    private static let rows: [(String, String, Bool)] = [
        ("an aggregate report", letter(subject, "Content-Type: application/gzip", body: gzip(xml)), true),
        ("in any case, folded", letter("Subject: REPORT\r\n  domain:a.example\r\n SUBMITTER:\r\n b.example", "Content-Type: application/gzip", body: gzip(xml)), true),
        ("as XML", letter(subject, "Content-Type: text/xml", body: "\r\n\(xml)"), true),
        ("of an older kind of gzip", letter(subject, "Content-Type: application/x-gzip", body: gzip(xml)), true),
        ("of another type, by the name's ending", letter(subject, "Content-Type: application/octet-stream; name=x.xml.GZ", body: gzip(xml)), true),
        ("of another type, without a name", letter(subject, "Content-Type: application/octet-stream", body: gzip(xml)), true),
        ("XML of another type", letter(subject, "Content-Type: application/octet-stream; name=report.xml", body: "\r\n\(xml)"), true),
        ("beside words", letter(subject, body: multipart("multipart/mixed", "Content-Type: text/plain\r\n\r\nA report.", letter("Content-Type: application/gzip", body: gzip(xml)))), true),
        ("by the name of its file", letter("Subject: x", "Content-Type: application/gzip; name=\"b.example!a.example!1700000000!1700086399.xml.gz\"", body: gzip(xml)), true),
        ("with an id in its name", letter("Subject: x", "Content-Type: application/gzip", "Content-Disposition: attachment; filename=\"b!a!1!2!xyz.xml.gz\"", body: gzip(xml)), true),
        ("under another subject", letter("Subject: Fwd: a file", "Content-Type: application/gzip", body: gzip(xml)), false),
        ("its subject alone", letter(subject, body: "\r\n"), false),
        ("its subject, and a page", letter(subject, "Content-Type: text/html", body: "\r\n<p>Pay here</p>"), false),
        ("its subject, and a report as a page", letter(subject, "Content-Type: text/html", body: "\r\n\(xml)"), false),
        ("its subject, and what only begins like gzip", letter(subject, "Content-Type: application/gzip", body: "Content-Transfer-Encoding: base64\r\n\r\nH4sI"), false),
        ("its subject, and what only begins like ZIP", letter(subject, "Content-Type: application/zip", body: "\r\nPK\u{3}\u{4}"), false),
        ("its subject, and gzip of something else", letter(subject, "Content-Type: application/gzip", body: gzip("Pay here")), false),
        ("its subject, and XML that is no report", letter(subject, "Content-Type: text/xml", body: "\r\n<?xml version=\"1.0\"?><feedback/>"), false),
        ("its subject, and a page that names feedback", letter(subject, "Content-Type: text/xml", body: "\r\n<html><p>feedback</p></html>"), false),
        ("its subject, and half a report", letter(subject, "Content-Type: text/xml", body: "\r\n\(xml.prefix(xml.count / 2))"), false),
        ("its subject, and a report without end", letter(subject, "Content-Type: application/gzip", body: bomb), false),
        ("its subject, and what is no archive", letter(subject, "Content-Type: application/gzip; name=a.gz", body: "\r\nPay here"), false),
        ("its subject, and a letter called XML", letter(subject, "Content-Type: text/plain; name=a.xml", body: "\r\nPay here"), false),
        ("its file's name alone", letter("Subject: x", "Content-Type: text/html; name=\"b!a!1!2!xyz.xml.gz\"", body: "\r\n<p>Pay here</p>"), false),
        ("a failure report", multipart("multipart/report; report-type=feedback-report", "\r\na", "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\nVersion: 1"), true),
        ("a failure report without its type", multipart("multipart/mixed", "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1"), true),
        ("a failure report that reports nothing", multipart("multipart/report; report-type=feedback-report", "\r\na", "Content-Type: message/feedback-report\r\n\r\n"), false),
        ("a TLS report", multipart("multipart/report; report-type=\"tlsrpt\"", "\r\na", letter("Content-Type: application/tlsrpt+gzip", body: gzip(tls))), true),
        ("a TLS report that only begins like gzip", multipart("multipart/report; report-type=\"tlsrpt\"", "\r\na", "Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n\r\nH4sI"), false),
        ("a TLS report in name only", multipart("multipart/report; report-type=tlsrpt", "\r\na", "Content-Type: application/tlsrpt+json\r\n\r\n"), false),
        ("a TLS report by its field", letter("TLS-Report-Domain: a.example", "Content-Type: application/gzip", body: gzip(tls)), true),
        ("its field alone", letter("TLS-Report-Domain: a.example", body: "\r\n"), false),
        // What comes back of ours goes to the sender of our reports, and by that it is known.
        ("a bounce", multipart("multipart/report; report-type=delivery-status", "\r\na"), false),
        ("a notification that returns the subject of a report", multipart("multipart/report; report-type=delivery-status", "\r\na", "Content-Type: text/rfc822-headers\r\n\r\n\(subject)\r\n"), false),
        ("a notification that returns a report", letter(subject, body: multipart("multipart/report", "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a", "Content-Type: message/rfc822\r\n\r\n\(letter(subject, "Content-Type: application/gzip", body: gzip(xml)))")), false),
        ("an answer by a program", letter("Subject: Out of office: Report Domain: a.example Submitter: b.example Report-ID: <1>", "Auto-Submitted: auto-replied", "Content-Type: application/gzip", body: gzip(xml)), false),
        ("a letter", letter("Subject: Your report domain: fine", body: "\r\nReport Domain: a\r\n"), false),
        ("nothing", "", false),
    ]

    @Test(arguments: rows) func reportsThatCome(_ name: String, _ text: String, _ isReport: Bool) {
        #expect(ReportLoop.isReport(Message(octets: Array(text.utf8))) == isReport, "\(name)")
    }

    /// Odd, and honest: what reporters write, or wrote.
    @Test(arguments: [
        "Report domain: borschow.example Submitter: google.example Report-ID: 949348866075514174", "Report Domain:a.example Submitter:b.example Report-ID:1", "Report Domain: a.example Submitter: b.example",
        "Report Domain: a.example Submitter: b.example Report-ID:", "[Preview] Report Domain: a.example Submitter: b.example Report-ID: x", "Report Domain: a.example; Submitter: b.example; Report-ID: 1",
        "Report Domain: a.example, Submitter: b.example, Report-ID: 1", "Dmarc Aggregate Report Domain: {a.example}  Submitter: {b.example} Date: {2017-03-20} Report-ID: {aucc_1489939200}",
        "DMARC Report Domain: a.example Submitter: b.example", "Report Domain : a.example Submitter : b.example Report-ID : 1", "(a comment) Report (of the day) Domain: a.example Submitter: b.example",
        "Report-Domain: a.example Submitter: b.example Report-ID: <a@b>", "Report Domain: <a.example> Submitter: \"b.example\" Report-ID: 'x'", "Report\u{a0}Domain: a.example\tSubmitter: b.example",
        "[SPAM?] [EXT] Report Domain: a.example. Submitter: b.example. Report-ID: 1",
    ])
    func oddSubjects(_ subject: String) { #expect(ReportLoop.isReportSubject(subject)) }

    @Test(arguments: [
        "", "Report", "Report Domain: fine", "Report Domain: a.example Submitter: b.example pay at once", "Report Domain: - Submitter: .", "Re: Report Domain: a.example Submitter: b.example", "AW: Report Domain: a.example Submitter: b.example",
        "Out of office: Report Domain: a.example Submitter: b.example Report-ID: <1>", "Report domains", "Your report domain: a.example submitter: b.example", "Report Domain: a.example by Submitter: b.example", "(((((", "[[[[", "Report Domain: Submitter: b.example",
        "Report Domain: a.example Submitter: b.example Report-ID: 1 and now something quite different to read", String(repeating: "[", count: 998), "R" + String(repeating: ":", count: 990),
    ])
    func subjectsThatAreNone(_ subject: String) { #expect(!ReportLoop.isReportSubject(subject)) }

    /// A subject in encoded words, as Japanese reporters write it, and a report of their own making.
    @Test func encodedWords() {
        let encoded = Data("Report Domain: a.example Submitter: b.example Report-ID: 1".utf8).base64EncodedString()
        #expect(ReportLoop.isReport(Message(octets: Array(Self.letter("Subject: =?utf-8?B?\(encoded)?=", "Content-Type: application/gzip", body: Self.gzip(Self.xml)).utf8))))
    }

    /// User pain: a report on more addresses than are opened here was taken for a letter, and reported on.
    @Test func largeReports() throws {
        var report = try AggregateReport(xml: ReportSamples.report())
        let one = try #require(report.records.first)
        report.records = (0..<21_000).map { place in
            var record = one
            (record.source, record.envelopeFrom) = (.v4(UInt32(place)), "bounce-\(place &* 2_654_435_761 % 1_000_003).example")
            return record
        }
        let xml = try report.xml()
        #expect(xml.count > 8_388_608)
        let gzip = try Gzip.compress(xml), name = "b.example!a.example!1700000000!1700086399.xml"
        let rows: [(String, String, Bool)] = [
            ("gzip by its subject", Self.letter(Self.subject, "Content-Type: application/gzip", body: Self.base64(gzip)), true),
            ("gzip by its name", Self.letter("Subject: x", "Content-Type: application/gzip; name=\"\(name).gz\"", body: Self.base64(gzip)), true),
            ("gzip twice", Self.letter(Self.subject, "Content-Type: application/gzip", body: Self.base64(try Gzip.compress(gzip))), true),
            ("XML", Self.letter(Self.subject, "Content-Type: text/xml", body: "\r\n\(String(decoding: xml, as: UTF8.self))"), true),
            ("ZIP", Self.letter(Self.subject, "Content-Type: application/zip; name=\"\(name).zip\"", body: Self.base64(ReportSamples.zip(name, xml))), true),
            ("under another subject and name", Self.letter("Subject: x", "Content-Type: application/gzip; name=x.xml.gz", body: Self.base64(gzip)), false),
            ("much of something else", Self.letter(Self.subject, "Content-Type: application/gzip; name=\"\(name).gz\"", body: Self.base64(try Gzip.compress(Array("<feedback>".utf8) + xml.reversed()))), false),
            ("much of a letter", Self.letter(Self.subject, "Content-Type: application/gzip; name=\"\(name).gz\"", body: Self.base64(try Gzip.compress(xml.map { $0 == 60 ? 32 : $0 }))), false),
        ]
        for (name, text, isReport) in rows { #expect(ReportLoop.isReport(Message(octets: Array(text.utf8))) == isReport, "\(name)") }
    }

    /// Of the suite, every mail with an aggregate report is one.
    @Test(.enabled(if: Suites.folder != nil)) func samplesOfOthers() throws {
        let folder = "\(try #require(Suites.folder))/dmarc/parsedmarc/samples/aggregate"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".eml") }
        #expect(!names.isEmpty)
        for name in names { #expect(ReportLoop.isReport(Message(octets: Array(try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))))), "\(name)") }
    }
}

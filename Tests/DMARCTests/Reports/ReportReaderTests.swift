import Compression
import DMARC
import FoundationEssentials
import Mail
import TestSupport
import Testing

@Suite struct ReportReaderTests {
    static let xml = ReportSamples.report()
    static let json = Array(#"{"organization-name":"A","date-range":{},"report-id":"1","policies":[]}"#.utf8)

    static func part(_ type: String, _ body: [UInt8], name: String? = nil) -> String {
        "Content-Type: \(type)\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\(name.map { "; filename=\"\($0)\"" } ?? "")\r\n\r\n\(Data(body).base64EncodedString())\r\n"
    }

    static func mail(_ parts: [String], type: String = "multipart/mixed") -> Message {
        let body = parts.map { "--b\r\n\($0)" }.joined() + "--b--\r\n"
        return Message(octets: Array("From: a@r.example\r\nSubject: Report Domain: s.example Submitter: r.example Report-ID: 1\r\nMIME-Version: 1.0\r\nContent-Type: \(type); boundary=b\r\n\r\n\(body)".utf8))
    }

    static let words = "Content-Type: text/plain\r\n\r\nThis is a report.\r\n"

    /// Kind, part and name of each; why there is none.
    private func story(_ found: FoundReports) -> [String] {
        found.documents.map { document in
            let place = [document.part, document.name].compactMap { $0 }.joined(separator: " ")
            switch document.content {
            case .success: return "\(place): \(document.kind?.rawValue ?? "nothing")"
            case .failure(let fault): return "\(place): \(fault)"
            }
        }
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, message: Message, wanted: [String], nothing: String?
        var testDescription: String { name }

        init(_ name: String, _ message: Message, _ wanted: [String], nothing: String? = nil) { self.name = name; self.message = message; self.wanted = wanted; self.nothing = nothing }
    }

    static let rows: [Row] = {
        guard let gzip = try? Gzip.compress(xml), let twice = try? Gzip.compress(gzip), let tls = try? Gzip.compress(json), let bomb = try? Gzip.compress([UInt8](repeating: 0, count: 9_000_000)) else { return [] }
        let name = "r.example!s.example!1!2.xml.gz"
        let failure = "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\nVersion: 1\r\n"
        let returned = "Content-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n\(Data(gzip).base64EncodedString())\r\n"
        let status = "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; r.example\r\n\r\nAction: failed\r\n"
        return [
            Row("gzip", mail([words, part("application/gzip", gzip, name: name)]), ["1.2 \(name): aggregate"]),
            Row("gzip that says it is something else", mail([words, part("application/octet-stream", gzip, name: "x.bin")]), ["1.2 x.bin: aggregate"]),
            Row("compressed twice", mail([part("application/gzip", twice)]), ["1.1: aggregate"]),
            Row("plain XML", mail([words, part("text/xml", xml, name: "a.xml")]), ["1.2 a.xml: aggregate"]),
            Row("the message itself", Message(octets: Array("Subject: x\r\n\(part("application/gzip", gzip))".utf8)), ["1: aggregate"]),
            Row("TLS", mail([words, part("application/tlsrpt+gzip", tls, name: "a.json.gz")], type: "multipart/report; report-type=tlsrpt"), ["1.2 a.json.gz: tls"]),
            Row("TLS, plain", mail([words, part("application/tlsrpt+json", json)]), ["1.2: tls"]),
            Row("failure report", mail([words, failure, returned], type: "multipart/report; report-type=feedback-report"), ["1.2: failure"]),
            Row("delivery status", mail([words, status, returned], type: "multipart/report; report-type=delivery-status"), [], nothing: "a delivery status notification"),
            Row("a report that was forwarded", mail([words, returned]), ["1.2.1: aggregate"]),
            Row("a mail with nothing", mail([words, part("image/png", [0x89, 0x50])]), [], nothing: "no report in it"),
            Row("HTML that is shown", mail(["Content-Type: text/html\r\n\r\n<html>feedback</html>\r\n"]), [], nothing: "no report in it"),
            Row("bomb", mail([part("application/gzip", bomb, name: name)]), ["1.1 \(name): limit met: ratio"], nothing: "limit met: ratio"),
            Row("cut gzip", mail([part("application/gzip", Array(gzip.dropLast(9)))]), ["1.1: ends too early"], nothing: "ends too early"),
            Row("gzip of something else", mail([part("application/gzip", (try? Gzip.compress(Array("hello".utf8))) ?? [])]), ["1.1: no report: something else"], nothing: "no report: something else"),
            Row("says XML, is HTML", mail([part("text/xml", Array("<html/>".utf8))]), ["1.1: no report: other XML, or HTML"], nothing: "no report: other XML, or HTML"),
            Row("two, and one that is broken", mail([part("application/gzip", gzip), part("application/gzip", [0x1f, 0x8b, 1]), part("text/xml", xml)]), ["1.1: aggregate", "1.2: ends too early", "1.3: aggregate"]),
        ]
    }()

    @Test(arguments: rows) func table(_ row: Row) {
        let found = ReportReader().read(row.message)
        #expect(story(found) == row.wanted)
        #expect(found.nothing == row.nothing)
    }

    @Test func theOctetsAreThoseOfTheDocument() throws {
        let found = ReportReader().read(try Gzip.compress(Self.xml), mediaType: "application/gzip")
        #expect(found.documents.map(\.content) == [.success(Self.xml)])
        #expect(try ReportReader().read(Self.xml).documents.first.map { try AggregateReport(xml: $0.content.get()).records.count } == 1)
        #expect(ReportReader().read(Self.json).documents.map(\.kind) == [.tls])
        #expect(ReportReader().read([]).nothing == "no report: empty")
        let utf16: [UInt8] = [0xff, 0xfe] + Self.xml.flatMap { [$0, 0] as [UInt8] }
        #expect(ReportReader().read(utf16).documents.map(\.kind) == [.aggregate])
    }

    @Test func aMessageAsOctets() throws {
        let message = Self.mail([Self.part("application/gzip", try Gzip.compress(Self.xml))])
        #expect(ReportReader().read(message.octets, mediaType: "message/rfc822").documents.map(\.kind) == [.aggregate])
    }

    // MARK: limits

    @Test func nestedStreamsEnd() throws {
        var octets = Self.xml
        for _ in 0..<3 { octets = try Gzip.compress(octets) }
        #expect(ReportReader().read(octets).documents.map(\.kind) == [.aggregate])
        #expect(ReportReader().read(try Gzip.compress(octets)).nothing == "limit met: nesting")
    }

    @Test func allAttachmentsShareOneLimit() throws {
        var limits = ReportReaderLimits()
        limits.outputOctets = Self.xml.count * 2
        let part = Self.part("application/gzip", try Gzip.compress(Self.xml))
        let found = ReportReader(limits: limits).read(Self.mail([part, part, part]))
        #expect(story(found) == ["1.1: aggregate", "1.2: aggregate", "1.3: limit met: output-octets"])
    }

    @Test func bombsTogetherAreNotWorse() throws {
        let bomb = Self.part("application/gzip", try Gzip.compress([UInt8](repeating: 0, count: 9_000_000)))
        var limits = ReportReaderLimits()
        limits.outputOctets = 5_000_000
        let found = ReportReader(limits: limits).read(Self.mail(Array(repeating: bomb, count: 6)))
        #expect(story(found).suffix(3).allSatisfy { $0.hasSuffix("limit met: output-octets") }, "\(story(found))")
    }

    @Test func documentsAreCounted() {
        let found = ReportReader().read(Self.mail(Array(repeating: Self.part("text/xml", Self.xml), count: 60)))
        #expect(found.documents.count == 50 && found.isCut)
    }
}

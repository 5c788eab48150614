import DMARC
import TestSupport
import Testing

/// Reports of other projects: each is read, or docs/conformance-reports.md says why not.
@Suite(Suites.needed()) struct SuiteReportTests {
    /// What a file gives: `aggregate 3, 1 left out, 1 problem` or why not.
    private static func story(_ path: String) throws -> String {
        let found = ReportReader().read(try Suites.octets(path), mediaType: path.hasSuffix(".eml") ? "message/rfc822" : nil)
        if let nothing = found.nothing { return nothing }
        return found.documents.map { document in
            switch (document.kind, document.content) {
            case (.aggregate, .success(let xml)):
                do throws(AggregateReportError) {
                    let report = try AggregateReport(xml: xml)
                    return "aggregate \(report.records.count)" + (report.leftOut > 0 ? ", \(report.leftOut) left out" : "") + (report.problems.isEmpty ? "" : ": " + report.problems.joined(separator: "; "))
                } catch { return "\(error)" }
            case (let kind?, .success): return kind.rawValue
            case (_, .failure(let fault)): return "\(fault)"
            case (nil, .success): return "nothing"
            }
        }.joined(separator: " | ")
    }

    /// Those that are not an aggregate report without problems, by the end of their path.
    static let others: [String: String] = [
        "aggregate/!example.com!1538204542!1538463818.xml": "aggregate 1: report_metadata/org_name: missing",
        "aggregate/!large-example.com!1711897200!1711983600.xml": "aggregate 2286: report_metadata/org_name: missing",
        "aggregate/invalid_utf_8.xml": "aggregate 1: octets that are not of the charset; report_metadata/org_name: missing",
        "aggregate/invalid_xml.xml": "line 5: not well-formed: error parsing attribute name",
        "samples/empty.xml": "no report: empty",
        "failure/exim_plain_text_only_no_arf_part.eml": "no report in it",
        "opendmarc/bad.com!example.com!1337140800!1337227200.xml": "line 6: not well-formed: error parsing attribute name",
    ]

    @Test func everySample() throws {
        let paths = try ["parsedmarc/samples", "perl-mail-dmarc/t/fixtures", "opendmarc"].flatMap { try Suites.files("dmarc/\($0)") }
            .filter { !$0.contains("/opendmarc/") || $0.hasSuffix(".xml") }
        var met = 0
        for path in paths {
            let story = try Self.story(path)
            if let other = Self.others.first(where: { path.hasSuffix($0.key) }) {
                met += 1
                #expect(story == other.value, "\(path)")
            } else if path.contains("/failure/") {
                #expect(story == "failure", "\(path)")
            } else if path.contains("/smtp_tls/") {
                #expect(story == "tls", "\(path)")
            } else {
                #expect(story.hasPrefix("aggregate ") && !story.contains(":"), "\(path): \(story)")
            }
        }
        #expect(paths.count == 41)
        #expect(met == Self.others.count)
    }

    /// The counts that opendmarc's and parsedmarc's large samples have.
    @Test func sums() throws {
        for (path, records, messages) in [("opendmarc/good.com!example.com!1337270400!1337356799.xml", 754, 0), ("parsedmarc/samples/aggregate/!large-example.com!1711897200!1711983600.xml", 2_286, 0)] {
            let octets = try Suites.octets("dmarc/\(path)"), report = try AggregateReport(xml: octets)
            let text = String(decoding: octets, as: UTF8.self)
            let counted = text.split(separator: "<count>").dropFirst().compactMap { $0.split(separator: "<").first.flatMap { Int($0) } }.reduce(0, +)
            #expect(report.records.count == records && report.summary.total.messages == counted && counted > messages)
        }
    }

    /// What is read of them and can be written is valid by the schema of RFC 9990's appendix A.
    @Test func writtenAgain() throws {
        let folder = try TemporaryFolder(), suites = try #require(Suites.folder)
        var files: [String] = []
        for path in try Suites.files("dmarc") where path.hasSuffix(".xml") && !path.contains("/xsd/") {
            guard var report = try? AggregateReport(xml: try Suites.octets(path)) else { continue }
            for place in report.records.indices {
                report.records[place].spf = Array(report.records[place].spf.filter { $0.scope != .helo && !$0.domain.isEmpty }.prefix(1))
                report.records[place].dkim.removeAll { $0.selector == nil }
            }
            guard let xml = try? report.xml() else { continue }
            try folder.write(String(decoding: xml, as: UTF8.self), to: "\(files.count).xml")
            files.append("\(folder.path)/\(files.count).xml")
        }
        #expect(files.count >= 15)
        #expect(try ChildProcess.run("xmllint", ["--nonet", "--noout", "--schema", "\(suites)/dmarc/xsd/dmarc-xml-0.2.xsd"] + files) == 0)
    }
}

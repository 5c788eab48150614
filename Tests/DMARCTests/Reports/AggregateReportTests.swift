import DMARC
import DNS
import TestSupport
import Testing

@Suite struct AggregateReportTests {
    @Test func aReportOfToday() throws {
        let report = try AggregateReport(xml: ReportSamples.current.xml())
        #expect(report == ReportSamples.current)
        #expect(report.namespace == "urn:ietf:params:xml:ns:dmarc-2.0")
        #expect(report.problems.isEmpty)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, xml: [UInt8], problems: [String]
        /// What must hold.
        var holds: @Sendable (AggregateReport) -> Bool = { $0.records.count == 1 && $0.leftOut == 0 && $0.records[0].count == 3 }
        var testDescription: String { name }

        init(_ name: String, _ xml: [UInt8], _ problems: [String] = [], _ holds: (@Sendable (AggregateReport) -> Bool)? = nil) {
            self.name = name; self.xml = xml; self.problems = problems
            if let holds { self.holds = holds }
        }
    }

    static let tolerated: [Row] = [
        Row("plain", ReportSamples.report()),
        Row("any namespace", ReportSamples.report(attributes: " xmlns='http://dmarc.org/dmarc-xml/0.1'")),
        Row("namespace at the root alone", Array("<n:feedback xmlns:n='http://dmarc.org/dmarc-xml/0.1'>\(ReportSamples.metadata)\(ReportSamples.policy)\(ReportSamples.record())</n:feedback>".utf8)),
        Row("inside another element", Array("<x><y>".utf8) + ReportSamples.report().dropFirst(21) + Array("</y></x>".utf8)),
        Row("something broken after it", Array("<x>".utf8) + ReportSamples.report().dropFirst(21) + Array("<oops".utf8)),
        Row("capitals", Array(String(decoding: ReportSamples.report(), as: UTF8.self).replacing("feedback", with: "FeedBack").replacing("source_ip", with: "SOURCE_IP").replacing(">pass<", with: ">Pass<").utf8),
            [], { $0.records[0].evaluated.dkim == .pass }),
        Row("another order", ReportSamples.report(metadata: ReportSamples.record(), records: ReportSamples.metadata)),
        Row("unknown elements", ReportSamples.report(metadata: "<vendor><record/></vendor>" + ReportSamples.metadata), ["vendor: unknown"]),
        Row("extension", ReportSamples.report(records: "<extension><e:record xmlns:e='urn:e'/></extension>" + ReportSamples.record(more: "<e:row xmlns:e='urn:e'/>"))),
        Row("elements of others are not taken for ours", ReportSamples.report(records: ReportSamples.record(results: "<e:dkim xmlns:e='urn:e'><e:domain>x</e:domain></e:dkim>")), [], { $0.records[0].dkim.isEmpty }),
        Row("moments with a fraction", Array(String(decoding: ReportSamples.report(), as: UTF8.self).replacing(">100<", with: "> 100.0\n<").utf8), [], { $0.metadata.begin == 100 }),
        Row("pct of RFC 7489", ReportSamples.report(policy: "<policy_published><domain>s.example</domain><p>reject</p><pct>50</pct></policy_published>"), [], { $0.policy.percentage == 50 }),
        Row("former words", ReportSamples.report(records: ReportSamples.record(results: "<spf><domain>a</domain><result>hardfail</result></spf><spf><scope>helo</scope><domain>b</domain><result>unknown</result></spf>")),
            [], { $0.records[0].spf.map(\.result) == [.fail, .permerror] && $0.records[0].spf[1].scope == .helo }),
        Row("empty reason", ReportSamples.report(records: ReportSamples.record(evaluated: "<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf><reason><type></type><comment/></reason>")),
            [], { $0.records[0].evaluated.reasons.isEmpty }),
        Row("reason of RFC 7489", ReportSamples.report(records: ReportSamples.record(evaluated: "<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf><reason><type>sampled_out</type></reason>")),
            [], { $0.records[0].evaluated.reasons == [AggregateReport.Reason(.sampledOut)] }),
        Row("null sender", ReportSamples.report(records: ReportSamples.record(identifiers: "<header_from>s.example</header_from><envelope_from/>")), [], { $0.records[0].envelopeFrom == "" }),
        Row("no records", ReportSamples.report(records: ""), ["record: missing"], { $0.records.isEmpty }),
        Row("no p", ReportSamples.report(policy: "<policy_published><domain>s.example</domain></policy_published>"), ["policy_published/p: missing"], { $0.policy.request == nil }),
        Row("unknown words", ReportSamples.report(records: ReportSamples.record(evaluated: "<disposition>maybe</disposition><dkim>perhaps</dkim><spf></spf>")),
            ["record 1/row/policy_evaluated/disposition: maybe", "record 1/row/policy_evaluated/dkim: perhaps"],
            { $0.records[0].evaluated == AggregateReport.Evaluated(disposition: nil, dkim: nil, spf: nil) && $0.records[0].evaluated.isPass == nil }),
        Row("a source that is no address", ReportSamples.report(records: ReportSamples.record(address: "108r.1.2.3") + ReportSamples.record()), ["record 1/row/source_ip: 108r.1.2.3"], { $0.records.count == 1 && $0.leftOut == 1 }),
        Row("counts that are none", ReportSamples.report(records: ["-1", "", "x", "1e3", "1234567890123456", "+1"].map { ReportSamples.record(count: $0) }.joined()),
            ["record 1/row/count: -1", "record 2/row/count: empty", "record 3/row/count: x", "record 4/row/count: 1e3", "record 5/row/count: 1234567890123456", "record 6/row/count: +1"],
            { $0.records.isEmpty && $0.leftOut == 6 }),
        Row("twice the policy", ReportSamples.report(policy: ReportSamples.policy + ReportSamples.policy), ["policy_published: twice"]),
        Row("ends before it begins", Array(String(decoding: ReportSamples.report(), as: UTF8.self).replacing(">100<", with: ">300<").utf8), ["report_metadata/date_range: ends before it begins"]),
    ]

    @Test(arguments: tolerated) func table(_ row: Row) throws {
        let report = try AggregateReport(xml: row.xml)
        #expect(report.problems == row.problems)
        #expect(row.holds(report), "\(report)")
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        let name: String, xml: [UInt8], wanted: String
        var testDescription: String { name }

        init(_ name: String, _ xml: [UInt8], _ wanted: String) { self.name = name; self.xml = xml; self.wanted = wanted }
    }

    static let refused: [Refusal] = [
        Refusal("nothing", [], "not well-formed: no document"),
        Refusal("another document", Array("<html><body/></html>".utf8), "no feedback element"),
        Refusal("too deep inside", Array("<a><b><c><d><feedback/></d></c></b></a>".utf8), "no feedback element"),
        Refusal("cut", Array(ReportSamples.report().dropLast(1)), "line 1: not well-formed: expected '>'"),
        Refusal("cut in a record", Array(ReportSamples.report().dropLast(30)), "line 1: not well-formed: expected '>'"),
        Refusal("document type", Array("<!DOCTYPE feedback [<!ENTITY a 'b'>]>".utf8) + ReportSamples.report().dropFirst(21), "line 1: has a document type"),
        Refusal("no metadata", ReportSamples.report(metadata: ""), "report_metadata: missing"),
        Refusal("no period", ReportSamples.report(metadata: "<report_metadata/>"), "report_metadata/date_range: missing"),
        Refusal("half a period", ReportSamples.report(metadata: "<report_metadata><date_range><begin>1</begin></date_range></report_metadata>"), "report_metadata/date_range/end: missing"),
        Refusal("no moment", ReportSamples.report(metadata: "<report_metadata><date_range><begin>today</begin></date_range></report_metadata>"), "report_metadata/date_range/begin: not valid: today"),
        Refusal("after the year 9999", ReportSamples.report(metadata: "<report_metadata><date_range><begin>253402300800</begin></date_range></report_metadata>"), "report_metadata/date_range/begin: not valid: 253402300800"),
        Refusal("no policy", ReportSamples.report(policy: ""), "policy_published: missing"),
        Refusal("a policy of nobody", ReportSamples.report(policy: "<policy_published><domain> </domain></policy_published>"), "policy_published/domain: missing"),
        Refusal("a deep record", ReportSamples.report(records: String(repeating: "<record>", count: 40)), "line 1: limit met: depth"),
        Refusal("a wide record", ReportSamples.report(records: "<record>" + String(repeating: "<x/>", count: 20_001) + "</record>"), "line 1: limit met: tree-elements"),
    ]

    @Test(arguments: refused) func table(_ row: Refusal) {
        #expect { try AggregateReport(xml: row.xml) } throws: { "\($0)" == row.wanted }
    }

    @Test func recordsAreCounted() throws {
        var limits = AggregateReportLimits()
        limits.records = 5
        let record = ReportSamples.record()
        #expect(try AggregateReport(xml: ReportSamples.report(records: String(repeating: record, count: 5)), limits: limits).records.count == 5)
        #expect(throws: AggregateReportError.tooManyRecords) { try AggregateReport(xml: ReportSamples.report(records: String(repeating: record, count: 6)), limits: limits) }
    }

    @Test func longTextsAreCutBetweenCharacters() throws {
        let long = String(repeating: "é", count: 600), reason = "<disposition>none</disposition><dkim>pass</dkim><spf>pass</spf><reason><type>other</type><comment>x\(String(repeating: long, count: 4))</comment></reason>"
        let report = try AggregateReport(xml: ReportSamples.report(records: ReportSamples.record(evaluated: reason, identifiers: "<header_from>\(long)</header_from>")))
        #expect(report.records[0].headerFrom.utf8.count == 1_024)
        #expect(report.records[0].evaluated.reasons[0].comment?.utf8.count == 4_095)
        #expect(report.problems == ["record 1/row/policy_evaluated/reason/comment: longer than 4096 octets", "record 1/header_from: longer than 1024 octets"])
    }

    @Test func manySignaturesAndManyProblems() throws {
        let signatures = String(repeating: "<dkim><domain>a</domain><result>pass</result></dkim>", count: 150)
        let report = try AggregateReport(xml: ReportSamples.report(records: ReportSamples.record(results: signatures) + String(repeating: "<record/>", count: 300)))
        #expect(report.records[0].dkim.count == 100)
        #expect(report.problems.count == 50)
        #expect(report.leftOut == 300)
        #expect(report.problems.first == "record 1/auth_results/dkim: 150, of which 100 are read")
    }

    /// Whatever is cut off or changed, the reader answers.
    @Test func everyCutAndManyChanges() throws {
        let whole = try ReportSamples.current.xml()
        for count in 0..<(whole.count - 12) { #expect(throws: AggregateReportError.self) { try AggregateReport(xml: Array(whole.prefix(count))) } }
        var random = SeededGenerator(5)
        for _ in 0..<2_000 {
            var changed = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) { changed[Int.random(in: 0..<whole.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            if let report = try? AggregateReport(xml: changed) { #expect(report.summary.total.messages >= 0) }
        }
    }
}

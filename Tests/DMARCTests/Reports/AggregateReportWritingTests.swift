import Compression
import DMARC
import DNS
import TestSupport
import Testing

@Suite struct AggregateReportWritingTests {
    /// A report of RFC 9990 with texts of all kinds.
    static func report(_ random: inout SeededGenerator) -> AggregateReport {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        func text(_ least: Int = 1) -> String {
            let scalars: [Unicode.Scalar] = ["a", "Z", "0", "-", ".", "&", "<", ">", "\"", "'", "]", "é", "Ж", "😀", "\u{2028}", "_", " ", "\n", "\t", "\r"]
            var middle = String.UnicodeScalarView()
            for _ in 0..<number(0...8) { middle.append(scalars.randomElement(using: &random) ?? "x") }
            return least == 0 && number(0...3) == 0 ? "" : "x\(String(middle))y"
        }
        func some<Value>(_ values: [Value]) -> Value? { number(0...2) == 0 ? nil : values.randomElement(using: &random) }
        func one<Value>(_ values: [Value]) -> Value { values[number(0...(values.count - 1))] }
        let begin = number(0...2_000_000_000)
        let metadata = AggregateReport.Metadata(organization: text(), email: text(), extraContact: some([text()]), reportID: "r\(number(0...9999)).a", begin: begin,
                                                end: begin + number(0...90_000), error: some([text()]), generator: some([text()]))
        var policy = AggregateReport.Policy(domain: text(), request: one(AggregateReport.Request.allCases))
        policy.discovery = some(AggregateReport.Discovery.allCases)
        policy.subdomainRequest = some(AggregateReport.Request.allCases)
        policy.absentRequest = some(AggregateReport.Request.allCases)
        policy.dkimAlignment = some(AggregateReport.Alignment.allCases)
        policy.spfAlignment = some(AggregateReport.Alignment.allCases)
        policy.failureOptions = some(["0", "1:d:s"])
        policy.isTesting = some([true, false])
        let records = (0...number(0...4)).map { _ in
            let address: IPAddress = number(0...1) == 0 ? .v4(UInt32(truncatingIfNeeded: number(0...Int(UInt32.max)))) : .v6(high: random.next(), low: random.next())
            let reasons = (0..<number(0...2)).map { _ in
                AggregateReport.Reason(one([.localPolicy, .mailingList, .other, .policyTestMode, .trustedForwarder]), comment: some([text()]))
            }
            var evaluated = AggregateReport.Evaluated(disposition: one(AggregateReport.Disposition.allCases), dkim: one(AggregateReport.Aligned.allCases), spf: one(AggregateReport.Aligned.allCases), reasons: reasons)
            if evaluated.isPass == false {
                if evaluated.disposition == .pass { evaluated.disposition = AggregateReport.Disposition.none }
                if reasons.isEmpty { evaluated.reasons = [AggregateReport.Reason(.other)] }
            }
            let signatures = (0..<number(0...3)).map { _ in
                AggregateReport.Signature(domain: text(), selector: text(), result: one(AggregateReport.Outcome.allCases.filter { $0 != .softfail }), explanation: some([text()]))
            }
            let identities = (0..<number(0...1)).map { _ in AggregateReport.Identity(domain: text(), scope: some([.mailFrom]), result: one(AggregateReport.Outcome.allCases), explanation: some([text()])) }
            return AggregateReport.Record(source: address, count: number(1...1_000_000), evaluated: evaluated, headerFrom: text(), envelopeFrom: some([text(0)]), envelopeTo: some([text()]), dkim: signatures, spf: identities)
        }
        return AggregateReport(metadata: metadata, policy: policy, records: records)
    }

    @Test(.longWork) func whatIsWrittenIsReadBack() throws {
        var random = SeededGenerator(1)
        for _ in 0..<2_000 {
            let report = Self.report(&random)
            #expect(try AggregateReport(xml: report.xml()) == report)
        }
    }

    /// The judge is xmllint, by the tables of RFC 9990, and by its schema where the suites are at hand.
    @Test func everyReportIsValid() throws {
        let folder = try TemporaryFolder()
        try folder.write(ReportSchema.text, to: "tables.xsd")
        var random = SeededGenerator(2), files: [String] = []
        for place in 0..<150 {
            let report = place == 0 ? ReportSamples.current : Self.report(&random)
            try folder.write(String(decoding: report.xml(), as: UTF8.self), to: "\(place).xml")
            files.append("\(folder.path)/\(place).xml")
        }
        var schemas = ["\(folder.path)/tables.xsd"]
        if let suites = Suites.folder { schemas.append("\(suites)/dmarc/xsd/dmarc-xml-0.2.xsd") }
        for schema in schemas {
            let status = try ChildProcess.run("xmllint", ["--nonet", "--noout", "--schema", schema] + files, log: "\(folder.path)/log")
            #expect(status == 0, "\(schema): \((try? folder.read("log")) ?? "")")
        }
    }

    /// The schema of our own finds what is wrong, or it would prove nothing.
    @Test func theSchemaIsNoYes() throws {
        let folder = try TemporaryFolder(), good = String(decoding: try ReportSamples.current.xml(), as: UTF8.self)
        try folder.write(ReportSchema.text, to: "tables.xsd")
        for (place, change) in [("<p>reject</p>", ""), ("<count>12<", "<count>0<"), ("<version>1.0<", "<version>2.0<"), ("mfrom", "helo"), ("<disposition>pass</disposition>", ""),
                                (" xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"", ""), ("<testing>n<", "<testing>no<")].enumerated() {
            #expect(good.contains(change.0))
            try folder.write(good.replacing(change.0, with: change.1, maxReplacements: 1), to: "\(place).xml")
            #expect(try ChildProcess.run("xmllint", ["--nonet", "--noout", "--schema", "\(folder.path)/tables.xsd", "\(folder.path)/\(place).xml"]) != 0, "\(change.0)")
        }
    }

    @Test func compressed() throws {
        let report = ReportSamples.current
        #expect(try CompressedFormat.gzip.expand(report.gzip()) == report.xml())
        #expect(try report.gzip() == report.gzip(), "the same report is the same file")
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let wanted: String, change: @Sendable (inout AggregateReport) -> Void
        var testDescription: String { wanted }

        init(_ wanted: String, _ change: @escaping @Sendable (inout AggregateReport) -> Void) { self.wanted = wanted; self.change = change }
    }

    static let rows: [Row] = [
        Row("report_metadata/org_name: missing") { $0.metadata.organization = "" },
        Row("report_metadata/email: missing") { $0.metadata.email = "" },
        Row("report_metadata/report_id: not valid: ") { $0.metadata.reportID = "" },
        Row("report_metadata/report_id: not valid: a b") { $0.metadata.reportID = "a b" },
        Row("report_metadata/report_id: not valid: a..b") { $0.metadata.reportID = "a..b" },
        Row("report_metadata/report_id: not valid: a@b@c") { $0.metadata.reportID = "a@b@c" },
        Row("report_metadata/date_range: not valid: 2-1") { $0.metadata.begin = 2; $0.metadata.end = 1 },
        Row("policy_published/domain: missing") { $0.policy.domain = "" },
        Row("policy_published/p: missing") { $0.policy.request = nil },
        Row("record: missing") { $0.records = [] },
        Row("record 2/row/count: not valid: 0") { $0.records[1].count = 0 },
        Row("record 1/identifiers/header_from: missing") { $0.records[0].headerFrom = "" },
        Row("record 1/row/policy_evaluated/disposition: missing") { $0.records[0].evaluated.disposition = nil },
        Row("record 2/row/policy_evaluated/disposition: not valid: pass") { $0.records[1].evaluated.disposition = .pass },
        Row("record 2/row/policy_evaluated/reason: missing") { $0.records[1].evaluated.reasons = []; $0.records[1].evaluated.disposition = AggregateReport.Disposition.none },
        Row("record 1/row/policy_evaluated/dkim: missing") { $0.records[0].evaluated.dkim = nil },
        Row("record 1/row/policy_evaluated/spf: missing") { $0.records[0].evaluated.spf = nil },
        Row("record 1/row/policy_evaluated/reason/type: missing") { $0.records[0].evaluated.reasons = [AggregateReport.Reason(nil, comment: "x")] },
        Row("record 1/row/policy_evaluated/reason/type: not valid: forwarded") { $0.records[0].evaluated.reasons = [AggregateReport.Reason(.forwarded)] },
        Row("record 1/auth_results/dkim/selector: missing") { $0.records[0].dkim[0].selector = nil },
        Row("record 1/auth_results/dkim/result: not valid: softfail") { $0.records[0].dkim[0].result = .softfail },
        Row("record 1/auth_results/spf: not valid: 2 of them") { $0.records[0].spf += $0.records[0].spf },
        Row("record 1/auth_results/spf/scope: not valid: helo") { $0.records[0].spf[0].scope = .helo },
        Row("record 1/auth_results/spf/result: missing") { $0.records[0].spf[0].result = nil },
    ]

    @Test(arguments: rows) func table(_ row: Row) {
        var report = ReportSamples.current
        row.change(&report)
        #expect { try report.xml() } throws: { "\($0)" == row.wanted }
    }

    @Test func identifiers() throws {
        for text in ["a", "<a.b@c.d>", "3v98abbp8ya9n3va8yr8oa3ya", "5065427c-23d3-47ca-b6e0-946ea0e8c4be@r.example"] {
            var report = ReportSamples.current
            report.metadata.reportID = text
            #expect(try AggregateReport(xml: report.xml()).metadata.reportID == text)
        }
    }
}

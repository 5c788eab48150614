import DMARC
import DNS
import Reporting
import Testing
import TestSupport
import Verdicts

@Suite(.longWork) struct ReportMakerTests {
    private let day = ClaimedDay(tenant: "acme", start: ReportBench.noon.adding(seconds: -129_600), lease: VerdictID(at: ReportBench.noon))

    private func make(_ results: [CountedResult], isCut: Bool = false) throws -> AggregateReport {
        let maker = ReportMaker(reporter: try ReportBench().reporter()), domain = try #require(DomainName("example.org"))
        let report = try #require(maker.report(of: domain, day: day, results: results, isCut: isCut)).report
        let read = try AggregateReport(xml: report.xml())
        #expect(read.problems.isEmpty && read.records == report.records && read.policy == report.policy)
        return report
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, result: CountedResult, disposition: AggregateReport.Disposition, reasons: [AggregateReport.Reason]
        var testDescription: String { name }
    }

    private static let notDMARC = AggregateReport.Reason(.localPolicy, comment: "for another reason than DMARC")
    private static let milder = AggregateReport.Reason(.localPolicy, comment: "nothing more is made of it here")
    private static func passed(_ action: Action, _ policy: DMARCPolicy = .reject) -> CountedResult {
        .sample(action: action) { $0.result = .pass; $0.disposition = .none; $0.policy = policy; $0.record = "v=DMARC1; p=\(policy.rawValue); rua=mailto:r@example.org"; $0.dkimAligned = true }
    }

    @Test("What was done and why", arguments: [
        Row(name: "asked for and done", result: .sample(action: .reject), disposition: .reject, reasons: []),
        Row(name: "delivered all the same", result: .sample(action: .accept), disposition: .none, reasons: [milder]),
        Row(name: "marked instead of refused", result: .sample(action: .tag), disposition: .quarantine, reasons: [milder]),
        Row(name: "held instead of refused", result: .sample(action: .hold), disposition: .quarantine, reasons: [milder]),
        Row(name: "believed sealer", result: .sample(action: .accept, override: .init(type: "local_policy", comment: "arc=pass of lists.example")), disposition: .none,
            reasons: [.init(.localPolicy, comment: "arc=pass of lists.example")]),
        Row(name: "a reason that RFC 9990 has not", result: .sample(action: .accept, override: .init(type: "forwarded", comment: "x")), disposition: .none, reasons: [.init(.localPolicy, comment: "x")]),
        Row(name: "p=none, refused as spam", result: .sample(action: .reject) { $0.policy = DMARCPolicy.none; $0.disposition = .none; $0.record = "v=DMARC1; p=none; rua=mailto:r@example.org" },
            disposition: .reject, reasons: [notDMARC]),
        Row(name: "p=none, delivered", result: .sample(action: .accept) { $0.policy = DMARCPolicy.none; $0.disposition = .none; $0.record = "v=DMARC1; p=none; rua=mailto:r@example.org" },
            disposition: .none, reasons: []),
        Row(name: "testing", result: .sample(action: .quarantine) { $0.isTesting = true; $0.disposition = .quarantine; $0.record = "v=DMARC1; p=reject; t=y; rua=mailto:r@example.org" },
            disposition: .quarantine, reasons: [.init(.policyTestMode)]),
        Row(name: "could not be known", result: .sample(action: .accept) { $0.result = .temperror; $0.disposition = .none; $0.problem = "timeout" }, disposition: .none,
            reasons: [.init(.other, comment: "temperror: timeout")]),
        Row(name: "passed", result: passed(.accept), disposition: .pass, reasons: []),
        Row(name: "passed, p=none", result: passed(.accept, .none), disposition: .none, reasons: []),
        Row(name: "passed, refused as spam", result: passed(.reject), disposition: .reject, reasons: [notDMARC]),
    ])
    func done(_ row: Row) throws {
        let record = try #require(try make([row.result]).records.first)
        #expect(record.evaluated.disposition == row.disposition)
        #expect(record.evaluated.reasons == row.reasons)
        #expect(record.evaluated.dkim == (row.result.outcome.dkimAligned ? .pass : .fail) && record.evaluated.spf == .fail)
    }

    @Test func theWholeReport() throws {
        let later = VerdictID(at: ReportBench.yesterday.adding(seconds: 5))
        let report = try make([
            .sample(3, action: .reject), .sample(2, action: .tag), .sample(4, action: .quarantine),
            .sample(action: .accept, last: later) { $0.record = "v=DMARC1; p=quarantine; sp=none; adkim=s; fo=1; rua=mailto:r@example.org"; $0.policy = .quarantine; $0.disposition = .quarantine },
        ])
        #expect(report.metadata.begin == day.start.seconds && report.metadata.end == day.start.seconds + 86_399)
        #expect(report.metadata.organization == "Receiver" && report.metadata.email == "dmarc@mx.receiver.test" && report.metadata.error == nil)
        #expect(report.policy == AggregateReport.Policy(domain: "example.org", discovery: .treeWalk, request: .quarantine, subdomainRequest: AggregateReport.Request.none, dkimAlignment: .strict,
                                                        spfAlignment: .relaxed, failureOptions: "1", isTesting: false), "as it was last")
        #expect(report.records.map(\.count) == [3, 6, 1], "tag and quarantine are one")
        #expect(report.records[0].evaluated.reasons == [.init(.other, comment: "asked for by the policy that was published when it came")])
        #expect(report.records[0].headerFrom == "news.example.org" && report.records[0].envelopeFrom == "bounce.example" && report.records[0].envelopeTo == "receiver.test")
        #expect(report.records[0].spf == [.init(domain: "bounce.example", result: .softfail)] && report.records[0].dkim == [.init(domain: "esp.example", selector: "s1", result: .pass)])
        #expect(try make([.sample()]).metadata.reportID == report.metadata.reportID, "the same for a domain and a day")
        #expect(try make([.sample()], isCut: true).metadata.error == "only the most frequent results are reported")
    }

    @Test func nothingToReport() throws {
        let maker = ReportMaker(reporter: try ReportBench().reporter()), domain = try #require(DomainName("example.org"))
        #expect(maker.report(of: domain, day: day, results: []) == nil)
        #expect(maker.report(of: domain, day: day, results: [.sample { $0.domain = nil }]) == nil)
        #expect(maker.report(of: domain, day: day, results: [.sample { $0.record = "v=DMARC1; p=reject" }]) == nil, "nobody asks for it any more")
    }

    /// Whatever was judged, what is written can be read, and xmllint finds nothing.
    @Test func everyReportIsValid() throws {
        var random = SeededGenerator(11), files: [String] = []
        let folder = try TemporaryFolder()
        try folder.write(ReportSchema.text, to: "tables.xsd")
        for place in 0..<100 {
            let results = (0...Int.random(in: 0...9, using: &random)).map { _ in Self.anything(&random) }
            try folder.write(String(decoding: try make(results).xml(), as: UTF8.self), to: "\(place).xml")
            files.append("\(folder.path)/\(place).xml")
        }
        #expect(try ChildProcess.run("xmllint", ["--nonet", "--noout", "--schema", "\(folder.path)/tables.xsd"] + files, log: "\(folder.path)/log") == 0, "\((try? folder.read("log")) ?? "")")
    }

    private static func anything(_ random: inout SeededGenerator) -> CountedResult {
        let policy = DMARCPolicy.allCases.randomElement(using: &random) ?? .none, result = DMARCResult.allCases.randomElement(using: &random) ?? .fail
        let words = ["none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror", "nonsense", ""]
        let identifiers = (0...Int.random(in: 0...4, using: &random)).map { _ in
            DMARCIdentifier(mechanism: Bool.random(using: &random) ? .spf : .dkim, domain: ["", "a.example", "<&>"].randomElement(using: &random) ?? "",
                            selector: [nil, "", "s"].randomElement(using: &random) ?? nil, result: words.randomElement(using: &random) ?? "", mode: .relaxed)
        }
        let isTesting = Bool.random(using: &random), override: AuthorEvidence.Override? = Bool.random(using: &random) ? .init(type: "x", comment: "<&ü") : nil
        return .sample(Int.random(in: 1...9, using: &random), action: Action.allCases.randomElement(using: &random) ?? .accept, override: override,
                       last: VerdictID(at: ReportBench.yesterday.adding(seconds: Int.random(in: 0...80_000, using: &random)))) {
            $0.result = result; $0.policy = policy; $0.isTesting = isTesting; $0.disposition = result == .fail ? (isTesting ? policy.tested : policy) : .none
            $0.record = "v=DMARC1; p=\(policy.rawValue); \(isTesting ? "t=y; " : "")rua=mailto:r@example.org"; $0.identifiers = identifiers
            $0.dkimAligned = result == .pass
        }
    }
}

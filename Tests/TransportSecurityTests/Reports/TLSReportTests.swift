import Foundation
import JSON
import TestSupport
import Testing
import TransportSecurity

@Suite struct TLSReportTests {
    static func decode(_ text: String) throws -> TLSReport { try JSONDecoder().decode(TLSReport.self, from: Data(text.utf8)) }

    static let period = #""date-range":{"start-datetime":"2024-01-09T00:00:00Z","end-datetime":"2024-01-09T23:59:59Z"}"#

    static func report(policies: String) -> String { #"{"organization-name":"Example","# + period + #","contact-info":"a@r.example","report-id":"x","policies":"# + policies + "}" }

    static let policy = #""policy":{"policy-type":"sts","policy-domain":"s.example"},"summary":{"total-successful-session-count":5,"total-failure-session-count":2}"#

    @Test func whole() throws {
        let report = try Self.decode(Self.report(policies: """
            [{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: testing"],"policy-domain":"s.example","mx-host":["*.mail.s.example"]},
              "summary":{"total-successful-session-count":5326,"total-failure-session-count":303},
              "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"2001:db8::1","receiving-mx-hostname":"mx1.s.example","receiving-mx-helo":"mx","receiving-ip":"192.0.2.1",
                                  "failed-session-count":100,"additional-information":"https://r.example/1","failure-reason-code":"X509"}]}]
            """))
        #expect(report.organization == "Example" && report.contact == "a@r.example" && report.reportID == "x")
        #expect(report.period.begin.description == "2024-01-09T00:00:00Z" && report.period.end.seconds == 1_704_844_799)
        #expect(report.policies == [TLSReport.PolicyReport(policy: TLSReport.Policy(type: "sts", lines: ["version: STSv1", "mode: testing"], domain: "s.example", hosts: ["*.mail.s.example"]), succeeded: 5_326, failed: 303, failures: [
            TLSReport.Failure(type: "certificate-expired", sessions: 100, sender: "2001:db8::1", receiver: "192.0.2.1", receiverHost: "mx1.s.example", receiverHELO: "mx", more: "https://r.example/1", reason: "X509"),
        ])])
        #expect(report.succeeded == 5_326 && report.failed == 303)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, text: String
        var holds: @Sendable (TLSReport) -> Bool = { $0.policies.count == 1 && $0.failed == 2 }
        var testDescription: String { name }
    }

    static let tolerated: [Row] = [
        Row(name: "no failure details", text: report(policies: "[{\(policy)}]")),
        Row(name: "failure details that are null", text: report(policies: "[{\(policy),\"failure-details\":null}]")),
        Row(name: "one host as text", text: report(policies: #"[{"policy":{"policy-type":"sts","policy-domain":"s.example","mx-host":"mx.s.example","policy-string":"version: STSv1"}}]"#),
            holds: { $0.policies[0].policy.hosts == ["mx.s.example"] && $0.policies[0].policy.lines == ["version: STSv1"] && $0.policies[0].succeeded == 0 }),
        Row(name: "empty host", text: report(policies: #"[{"policy":{"policy-type":"no-policy-found","policy-domain":"s.example","mx-host":"","policy-string":[]}}]"#), holds: { $0.policies[0].policy.hosts.isEmpty }),
        Row(name: "counts as text", text: report(policies: #"[{"policy":{"policy-type":"sts","policy-domain":"s.example"},"summary":{"total-failure-session-count":"2"}}]"#)),
        Row(name: "reason as number", text: report(policies: #"[{\#(policy),"failure-details":[{"result-type":"validation-failure","failed-session-count":2,"failure-reason-code":10}]}]"#), holds: { $0.policies[0].failures[0].reason == "10" }),
        Row(name: "no organization, no policies", text: "{\(period)}", holds: { $0.organization.isEmpty && $0.policies.isEmpty && $0.contact == nil }),
        Row(name: "unknown members", text: report(policies: "[{\(policy),\"vendor\":[1]}]")),
        Row(name: "long text", text: report(policies: #"[{\#(policy),"failure-details":[{"result-type":"x\#(String(repeating: "é", count: 600))"}]}]"#), holds: { $0.policies[0].failures[0].type.utf8.count == 1_023 }),
    ]

    @Test(arguments: tolerated) func table(_ row: Row) throws { #expect(row.holds(try Self.decode(row.text))) }

    @Test(arguments: [
        "{}", "[]", "{\"date-range\":{}}", #"{"date-range":{"start-datetime":"today","end-datetime":"2024-01-09T23:59:59Z"}}"#,
        report(policies: "[{}]"), report(policies: "{}"), report(policies: "[1]"), report(policies: #"[{"policy":{"policy-type":"sts"}}]"#),
        report(policies: #"[{"policy":{"policy-domain":"s.example"},"summary":{"total-failure-session-count":-1}}]"#),
        report(policies: #"[{"policy":{"policy-domain":"s.example"},"summary":{"total-failure-session-count":1e300}}]"#),
        report(policies: #"[{"policy":{"policy-domain":"s.example"},"summary":{"total-failure-session-count":1000000000000000}}]"#),
        report(policies: #"[{"policy":{"policy-domain":"s.example"},"failure-details":{}}]"#),
        report(policies: "[" + Array(repeating: "{\(policy)}", count: 1_001).joined(separator: ",") + "]"),
    ]) func refused(_ text: String) { #expect(throws: DecodingError.self) { try Self.decode(text) } }

    @Test func whatIsWrittenIsReadBack() throws {
        var random = SeededGenerator(6)
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        func text() -> String { ["a", "é\"\\", "x\ny", "😀 z", "mx.s.example"][number(0...4)] }
        func some() -> String? { number(0...1) == 0 ? nil : text() }
        for _ in 0..<1_000 {
            let begin = number(0...2_000_000_000)
            let policies = (0..<number(0...3)).map { _ in
                TLSReport.PolicyReport(policy: TLSReport.Policy(type: text(), lines: (0..<number(0...3)).map { _ in text() }, domain: text(), hosts: (0..<number(0...2)).map { _ in text() }),
                                       succeeded: number(0...TLSReportLimits.count), failed: number(0...9), failures: (0..<number(0...3)).map { _ in
                    TLSReport.Failure(type: text(), sessions: number(0...9), sender: some(), receiver: some(), receiverHost: some(), receiverHELO: some(), more: some(), reason: some())
                })
            }
            let report = TLSReport(organization: text(), period: TLSReport.Period(begin: TLSReportDate(seconds: begin), end: TLSReportDate(seconds: begin + 86_399)), contact: some(), reportID: text(), policies: policies)
            #expect(try JSONDecoder().decode(TLSReport.self, from: Data(jsonOctets(report))) == report)
        }
    }

    @Test func sumsDoNotOverflow() {
        let each = TLSReport.PolicyReport(policy: TLSReport.Policy(type: "sts", domain: "s.example"), succeeded: .max, failed: .max)
        let report = TLSReport(organization: "", period: TLSReport.Period(begin: TLSReportDate(seconds: 0), end: TLSReportDate(seconds: 1)), contact: nil, reportID: "", policies: [each, each])
        #expect(report.succeeded == .max && report.failed == .max)
    }

    /// The sessions of each sample, that succeeded and that failed.
    @Test(Suites.needed(), arguments: [("mail.ru", 0, 1), ("rfc8460", 5_326, 303), ("smtp_tls", 0, 3)]) func samples(_ name: String, _ succeeded: Int, _ failed: Int) throws {
        let report = try JSONDecoder().decode(TLSReport.self, from: Data(Suites.octets("dmarc/parsedmarc/samples/smtp_tls/\(name).json")))
        #expect(report.succeeded == succeeded && report.failed == failed && report.policies.count == 1)
        #expect(!report.policies[0].failures.isEmpty && report.period.begin < report.period.end)
    }
}

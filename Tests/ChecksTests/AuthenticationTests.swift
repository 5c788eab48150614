import BlockLists
import Checks
import DMARC
import DNS
import Foundation
import JSON
import TestSupport
import Testing
import Verdicts

/// What SPF, DKIM and DMARC together make of the author.
@Suite struct AuthenticationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var from = "anna@example.org"
        var mailFrom = "anna@example.org"
        var client = "198.100.1.25"
        var recipients = ["b@example.net"]
        var record: String? = "v=DMARC1; p=reject"
        var local: [String] = []
        var failing: [String] = []
        var expected: [String]
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "SPF aligned", expected: ["dkim.none", "dmarc.pass", "author.aligned"]),
        Row(name: "SPF aligned, no record", record: nil, expected: ["dmarc.none", "author.aligned"]),
        Row(name: "another sender", mailFrom: "x@example.com", expected: ["dmarc.fail.reject", "author.unaligned"]),
        Row(name: "another sender, quarantine", mailFrom: "x@example.com", record: "v=DMARC1; p=quarantine", expected: ["dmarc.fail.quarantine"]),
        Row(name: "another sender, testing", mailFrom: "x@example.com", record: "v=DMARC1; p=reject; t=y", expected: ["dmarc.fail.quarantine"]),
        Row(name: "another sender, none asked", mailFrom: "x@example.com", record: "v=DMARC1; p=none", expected: ["dmarc.fail.none"]),
        Row(name: "another sender, no record", mailFrom: "x@example.com", record: nil, expected: ["dmarc.none", "author.unaligned"]),
        Row(name: "passes everybody", from: "a@open.example", mailFrom: "a@open.example", expected: ["spf.pass_all", "dmarc.pass_all", "author.unaligned"]),
        Row(name: "below the sender", from: "a@news.example.org", record: nil, expected: ["dmarc.none", "author.aligned"]),
        Row(name: "a recipient's domain", mailFrom: "x@example.com", recipients: ["chef@example.org"], expected: ["dmarc.fail.reject", "author.spoof"]),
        Row(name: "a recipient's domain with proof", recipients: ["chef@example.org"], expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "ours by the local list", mailFrom: "x@example.com", record: nil, local: [".example.org"], expected: ["dmarc.none", "author.spoof"]),
        Row(name: "SPF not known", failing: ["example.org"], expected: ["spf.temperror", "dmarc.temperror", "author.unknown"]),
        Row(name: "record not known", mailFrom: "x@example.com", failing: ["_dmarc.example.org"], expected: ["dmarc.temperror", "author.unknown"]),
        Row(name: "two domains", from: "a@example.org, b@example.com", expected: ["dmarc.none", "author.unaligned", "author.several"]),
        Row(name: "two domains, one of them with a policy", from: "b@example.com, a@example.org", mailFrom: "x@example.com", expected: ["dmarc.fail.reject", "author.unaligned", "author.several"]),
        Row(name: "two From fields of one domain", from: "boss@example.org\r\nFrom: anna@example.org", expected: ["dmarc.permerror", "author.unaligned", "author.several"]),
        Row(name: "many domains", from: (0..<6).map { "a@d\($0).example" }.joined(separator: ", "), expected: ["dmarc.permerror", "author.unaligned", "author.several"]),
        Row(name: "ours behind many domains", from: (0..<20).map { "a@d\($0).example" }.joined(separator: ", ") + ", chef@example.org", mailFrom: "x@example.com",
            recipients: ["b@example.org"], expected: ["author.spoof", "author.several"]),
        Row(name: "below a domain of ours", from: "chef@example.com", mailFrom: "x@sub.example.com", record: nil, local: ["example.com"], expected: ["spf.pass", "author.spoof"]),
        Row(name: "no domain", from: "nobody", expected: ["dmarc.permerror"]),
    ]

    static func resolver(_ row: Row) -> MemoryResolver {
        let resolver = PipelineTests.resolver()
        resolver.txt("example.com", "v=spf1 ip4:198.100.1.25 -all")
        resolver.txt("sub.example.com", "v=spf1 ip4:198.100.1.25 -all")
        resolver.txt("open.example", "v=spf1 +all")
        resolver.txt("_dmarc.open.example", "v=DMARC1; p=reject")
        if let record = row.record { resolver.txt("_dmarc.example.org", record) }
        for name in row.failing { resolver.fail(name, .txt) }
        return resolver
    }

    @Test(arguments: rows) func codes(_ row: Row) async throws {
        let envelope = try PipelineTests.envelope { $0.mailFrom = row.mailFrom; $0.recipients = row.recipients }
        let message = Array("From: \(row.from)\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n".utf8)
        let local = try row.local.map { LocalEntry(effect: .own, subject: try #require(LocalSubject($0)), reason: "x") }
        let found = await PipelineTests.examine(Self.resolver(row), envelope: envelope, message: message, local: local)
        let codes = found.verdict.findings.map(\.code)
        for code in row.expected { #expect(codes.contains(code), "\(codes)") }
        #expect(codes.count { $0.hasPrefix("dmarc.") } == 1 && codes.count { $0.hasPrefix("author.") && $0 != "author.several" } <= 1, "\(codes)")
        #expect(!codes.contains { $0.hasPrefix("author.") } || row.expected.contains { $0.hasPrefix("author.") } || row.name.hasPrefix("another"), "\(codes)")
    }

    @Test func whoAuthenticatedIsNotAskedForProof() async throws {
        let envelope = try PipelineTests.envelope { $0.mailFrom = "x@example.com"; $0.authUser = "anna"; $0.direction = .outbound }
        let found = await PipelineTests.examine(Self.resolver(Self.rows[0]), envelope: envelope)
        #expect(found.evidence.dmarc == nil && found.evidence.author == nil && found.evidence.dkim == nil)
    }

    @Test func evidenceIsReadAgain() async throws {
        let found = await PipelineTests.examine(Self.resolver(Self.rows[9]), envelope: try PipelineTests.envelope { $0.recipients = ["chef@example.org"]; $0.mailFrom = "x@example.com" })
        #expect(try JSONDecoder().decode(Evidence.self, from: Data(jsonOctets(found.evidence))) == found.evidence)
        #expect(found.evidence.author?.ours == "a recipient has it" && found.evidence.author?.standing == .unaligned)
        #expect(found.evidence.dmarc?.disposition == .reject)
    }
}

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
        /// More records.
        var texts: [String: String] = [:]
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
        Row(name: "no domain", from: "nobody", expected: ["dmarc.permerror", "author.unaligned"]),
        Row(name: "ours not known, beside another one's fail", from: "a@example.org, b@example.com", recipients: ["chef@example.org"], record: nil,
            texts: ["_dmarc.example.com": "v=DMARC1; p=reject"], failing: ["example.org"], expected: ["dmarc.fail.reject", "author.unknown", "author.several"]),
        Row(name: "each author by his own record", from: "chef@sub.example.org, b@example.com", recipients: ["chef@sub.example.org"], record: nil,
            texts: ["_dmarc.sub.example.org": "v=DMARC1; p=none; aspf=s", "_dmarc.example.com": "v=DMARC1; p=reject"],
            expected: ["spf.pass", "dmarc.fail.reject", "author.spoof", "author.several"]),
        Row(name: "what is near, under a record that is not known", from: "a@news.example.org", record: nil, failing: ["_dmarc.news.example.org"],
            expected: ["spf.pass", "dmarc.temperror", "author.unknown"]),
        Row(name: "the same, under a record that is not known", record: nil, failing: ["_dmarc.example.org"], expected: ["spf.pass", "dmarc.temperror", "author.aligned"]),
        Row(name: "silent servers below the same public suffix", from: "a@victim.co.example", mailFrom: "x@evil.co.example",
            texts: ["_dmarc.co.example": "v=DMARC1; p=none; psd=y", "_dmarc.victim.co.example": "v=DMARC1; p=reject"], failing: ["evil.co.example", "_dmarc.evil.co.example"],
            expected: ["spf.temperror", "dmarc.fail.reject", "author.unaligned"]),
    ]

    static let fields = String(repeating: "X: y\r\n", count: 2_000)

    /// What readers may show is judged, and only that.
    static let hostile: [Row] = [
        Row(name: "a mailbox before the mailbox", from: "Anna anna@example.org <ceo@example.com>", expected: ["author.unaligned", "author.several"]),
        Row(name: "a mailbox behind the mailbox", from: "Anna <anna@example.org> <ceo@example.com>", expected: ["author.unaligned", "author.several"]),
        Row(name: "a second @", from: "anna@example.org@example.com", expected: ["author.unaligned", "author.several"]),
        Row(name: "a second mailbox in the brackets", from: "<ceo@example.com, anna@example.org>", expected: ["author.unaligned", "author.several"]),
        Row(name: "a route", from: "<@example.org:ceo@example.com>", expected: ["dmarc.none", "author.unaligned"]),
        Row(name: "a route to him", from: "<@example.com:anna@example.org>", expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "a group", from: "Team: anna@example.org;", expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "a group of two", from: "Team: anna@example.org, ceo@example.com;", expected: ["author.unaligned", "author.several"]),
        Row(name: "a group with another's name", from: "ceo@example.com: anna@example.org;", expected: ["author.unaligned", "author.several"]),
        Row(name: "comments", from: "anna(ceo@example.com)@(example.com)example.org (<ceo@example.com>)", expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "a display name", from: "\"ceo@example.com\" <anna@example.org>", expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "capitals and a final dot", from: "anna@EXAMPLE.ORG", mailFrom: "anna@Example.Org", expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "letters and A-labels", from: "anna@bücher.example", mailFrom: "anna@xn--bcher-kva.example",
            texts: ["xn--bcher-kva.example": "v=spf1 ip4:198.100.1.25 -all", "_dmarc.xn--bcher-kva.example": "v=DMARC1; p=reject"], expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "letters that look alike", from: "anna@exаmple.org", expected: ["dmarc.none", "author.unaligned"]),
        Row(name: "a suffix that all share", from: "anna@example.org", mailFrom: "x@org", record: nil, texts: ["org": "v=spf1 ip4:198.100.1.25 -all"], expected: ["dmarc.none", "author.unaligned"]),
        Row(name: "the domain in the middle", from: "anna@example.org.evil.example", expected: ["dmarc.none", "author.unaligned"]),
        Row(name: "the domain as an end", from: "anna@badexample.org", expected: ["dmarc.none", "author.unaligned"]),
        Row(name: "a suffix that is the author", from: "anna@org", record: nil, expected: ["dmarc.none", "author.unaligned"]),
        Row(name: "2,000 fields and another From", from: "anna@example.org\r\n\(fields)From: ceo@example.com", expected: ["dmarc.permerror", "author.unaligned", "author.hidden", "author.several"]),
        Row(name: "2,000 fields and ours", from: "anna@example.org\r\n\(fields)From: ceo@ours.example", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.hidden"]),
        Row(name: "2,000 mailboxes and another", from: String(repeating: "anna@example.org,", count: 2_000) + "ceo@ours.example", local: ["ours.example"], expected: ["dmarc.permerror", "author.unaligned", "author.hidden"]),
        Row(name: "64 KiB and another mailbox", from: "anna@example.org (\(String(repeating: "x", count: 66_000))), ceo@ours.example", local: ["ours.example"], expected: ["dmarc.permerror", "author.unaligned", "author.hidden"]),
        Row(name: "another From behind a bare CR", from: "anna@example.org\r\nX: y\rFrom: ceo@example.com", expected: ["dmarc.permerror", "author.unaligned", "author.several", "author.hidden"]),
        Row(name: "ours behind a byte order mark", from: "anna@example.org\r\n\u{feff}From: ceo@ours.example", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.several", "author.hidden"]),
        Row(name: "ours with NUL in the name", from: "anna@example.org\r\nFrom\u{0}: ceo@ours.example", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.several", "author.hidden"]),
        Row(name: "ours and a mark", from: "CEO <ceo@ours.example\u{200e}>", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.unreadable"]),
        Row(name: "ours and a mark beside a good one", from: "anna@example.org, CEO <ceo@ours.example\u{200e}>", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.unreadable"]),
        Row(name: "below ours with a blank", from: "CEO <ceo@a.ours.example\u{3000}>", local: [".ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.unreadable"]),
        Row(name: "nobody's domain and a mark", from: "anna@example.org, CEO <ceo@example.com\u{200e}>", expected: ["dmarc.permerror", "author.unaligned", "author.unreadable"]),
        Row(name: "ours in words that are no mailbox", from: "=?utf-8?q?ceo=40ours.example?=", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.unreadable"]),
        Row(name: "ours in a quote that does not end", from: "\"ceo@ours.example <anna@example.org>", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.unreadable"]),
        Row(name: "ours encoded behind a mailbox", from: "anna@example.org =?utf-8?q?=3Cceo=40ours.example=3E?=", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.hidden"]),
        Row(name: "another's address in an encoded name", from: "=?utf-8?q?J=C3=BCrgen_=3Cj=40example.com=3E_via_List?= <anna@example.org>", expected: ["dmarc.pass", "author.aligned", "author.decoded_address"]),
        Row(name: "ours in an encoded name", from: "=?utf-8?q?J=C3=BCrgen_=3Cceo=40ours.example=3E?= <anna@example.org>", local: ["ours.example"], expected: ["dmarc.pass", "author.spoof", "author.decoded_address"]),
        Row(name: "ours in a comment that does not end", from: "anna@example.org (Anna <ceo@ours.example>", local: ["ours.example"], expected: ["dmarc.permerror", "author.spoof", "author.hidden"]),
        Row(name: "nobody's domain in a comment that does not end", from: "anna@example.org (=?utf-8?b?PGNlb0BleGFtcGxlLmNvbT4=?=", expected: ["dmarc.permerror", "author.unaligned", "author.hidden"]),
        Row(name: "a smile behind a mailbox", from: "anna@example.org (: =?utf-8?q?Anna?=", recipients: ["chef@example.org"], expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "an unquoted comma", from: "Doe, Anna <anna@example.org>", recipients: ["chef@example.org"], expected: ["dmarc.pass", "author.aligned"]),
        Row(name: "a second From below", from: "anna@example.org\r\nfrom : ceo@example.com", expected: ["author.unaligned", "author.several"]),
    ]

    static func resolver(_ row: Row) -> MemoryResolver {
        let resolver = PipelineTests.resolver()
        resolver.txt("example.com", "v=spf1 ip4:198.100.1.25 -all")
        resolver.txt("sub.example.com", "v=spf1 ip4:198.100.1.25 -all")
        resolver.txt("open.example", "v=spf1 +all")
        resolver.txt("_dmarc.open.example", "v=DMARC1; p=reject")
        if let record = row.record { resolver.txt("_dmarc.example.org", record) }
        for (name, text) in row.texts { resolver.txt(name, text) }
        for name in row.failing { resolver.fail(name, .txt) }
        return resolver
    }

    @Test(arguments: rows + hostile) func codes(_ row: Row) async throws {
        let envelope = try PipelineTests.envelope { $0.mailFrom = row.mailFrom; $0.recipients = row.recipients }
        let message = Array("From: \(row.from)\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n".utf8)
        let local = try row.local.map { LocalEntry(effect: .own, subject: try #require(LocalSubject($0)), reason: "x") }
        let found = await PipelineTests.examine(Self.resolver(row), envelope: envelope, message: message, local: local)
        let codes = found.verdict.findings.map(\.code)
        for code in row.expected { #expect(codes.contains(code), "\(codes)") }
        #expect(codes.count { $0.hasPrefix("dmarc.") } == 1 && codes.count { $0.hasPrefix("author.") && !["author.several", "author.hidden", "author.unreadable", "author.decoded_address"].contains($0) } <= 1, "\(codes)")
        #expect(!codes.contains { $0.hasPrefix("author.") } || row.expected.contains { $0.hasPrefix("author.") } || row.name.hasPrefix("another"), "\(codes)")
    }

    /// Mail that goes out is ours, and no spoof of us, whoever brings it.
    @Test func whatGoesOutIsNoSpoof() async throws {
        for direction in [Direction.inbound, .outbound] {
            let envelope = try PipelineTests.envelope { $0.mailFrom = "x@example.com"; $0.recipients = ["chef@example.org"]; $0.direction = direction }
            let found = await PipelineTests.examine(Self.resolver(Self.rows[0]), envelope: envelope)
            #expect(found.verdict.findings.map(\.code).contains("author.spoof") == (direction == .inbound))
            #expect((found.evidence.author?.ours == nil) == (direction == .outbound) && found.evidence.author?.standing == .unaligned)
        }
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

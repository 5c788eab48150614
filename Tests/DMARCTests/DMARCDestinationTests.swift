import DMARC
import DNS
import TestSupport
import Testing

/// Source: RFC 9990 §4.
@Suite struct DMARCDestinationTests {
    enum Expected: Sendable { case own, authorised([String]), refused, unknown }

    @Test("Destinations", arguments: [
        ("the same domain", "mailto:a@example.com", [], Expected.own),
        ("a domain of the same organization", "mailto:a@reports.example.com", [], .own),
        ("a stranger", "mailto:a@other.example", [], .refused),
        ("one that agrees", "mailto:a@other.example", ["v=DMARC1"], .authorised([])),
        ("one that agrees, with a semicolon", "mailto:a@other.example", ["v=DMARC1;"], .authorised([])),
        ("one of several texts agrees", "mailto:a@other.example", ["x", "v=DMARC1"], .authorised([])),
        ("two of them do", "mailto:a@other.example", ["v=DMARC1", "v=DMARC1; p=none"], .authorised([])),
        ("another address of its own", "mailto:a@other.example", ["v=DMARC1; rua=mailto:b@other.example"], .authorised(["b@other.example"])),
        ("another host", "mailto:a@other.example", ["v=DMARC1; rua=mailto:b@third.example"], .refused),
        ("no record", "mailto:a@other.example", ["v=spf1 -all"], .refused),
        ("another version", "mailto:a@other.example", ["v=DMARC2"], .refused),
        ("no host", "urn:x", [], .refused),
        ("not now", "mailto:a@other.example", ["timeout"], .unknown),
    ])
    func destination(_ name: String, _ address: String, _ texts: [String], _ expected: Expected) async throws {
        let zone = Zone(["example.com": "p=reject"])
        for text in texts {
            if text == "timeout" { zone.resolver.fail("example.com._report._dmarc.other.example") } else { zone.resolver.txt("example.com._report._dmarc.other.example", text) }
        }
        let uri = try #require(DMARCReportURI(Array(address.utf8))), domain = try #require(DomainName("example.com"))
        let answer = await DMARCEvaluator(resolver: zone.resolver).isAuthorised(uri, for: domain, by: .now + .seconds(20))
        switch (answer, expected) {
        case (.own, .own), (.refused, .refused), (.unknown, .unknown): break
        case (.authorised(let instead), .authorised(let mailboxes)): #expect(instead.compactMap(\.mailbox) == mailboxes)
        default: Issue.record("\(name): \(answer)")
        }
    }

    @Test func nameTooLong() async throws {
        let long = (Array(repeating: String(repeating: "a", count: 40), count: 4) + ["com"]).joined(separator: ".")
        let zone = Zone([:]), domain = try #require(DomainName(long)), uri = try #require(DMARCReportURI(Array("mailto:a@\(String(repeating: "b", count: 60)).\(String(repeating: "c", count: 60)).example".utf8)))
        guard case .refused = await DMARCEvaluator(resolver: zone.resolver).isAuthorised(uri, for: domain, by: .now + .seconds(20)) else { Issue.record("not refused"); return }
    }
}

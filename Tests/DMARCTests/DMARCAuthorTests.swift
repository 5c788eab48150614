import DKIM
import DMARC
import DNS
import JSON
import Mail
import SPF
import Testing
import struct Foundation.Data
import class Foundation.JSONDecoder

/// Messages that do not name exactly one author's domain, and the document.
@Suite struct DMARCAuthorTests {
    @Test("From fields", arguments: [
        ("From: a@example.com\r\n", ["example.com"], nil as String?),
        ("From: \"x@other.example\" <a@EXAMPLE.com>\r\n", ["example.com"], nil),
        ("From: a@example.com, b@example.com\r\n", ["example.com"], nil),
        ("From: a@example.com, b@other.example\r\n", ["example.com", "other.example"], "the From field names several domains"),
        ("From: a@example.com\r\nFrom: b@example.com\r\n", ["example.com"], nil),
        ("From: a@example.com\r\nfrom: b@other.example\r\n", ["example.com", "other.example"], "several From fields name different domains"),
        ("From: a@bücher.example\r\n", ["xn--bcher-kva.example"], nil),
        ("From: a@[192.0.2.1]\r\n", [], "the From field names no domain"),
        ("From: nobody\r\n", [], "the From field names no domain"),
        ("From: Undisclosed:;\r\n", [], "the From field names no domain"),
        ("Sender: a@example.com\r\n", [], "there is no From field"),
    ])
    func authors(_ fields: String, _ domains: [String], _ problem: String?) {
        let authors = DMARCAuthors(Message(octets: Array("\(fields)Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nHello\r\n".utf8)))
        #expect(authors.domains.map(\.text) == domains)
        #expect(authors.problem == problem)
    }

    static func message(_ from: String) -> DMARCAuthors { DMARCAuthors(Message(octets: Array("From: \(from)\r\n\r\n".utf8))) }

    @Test("Of several domains the worst counts", arguments: [
        ("a@one.example, b@two.example", DMARCResult.fail, DMARCPolicy.reject, "two.example"), ("b@two.example, a@one.example", .fail, .reject, "two.example"),
        ("a@one.example, c@three.example", .none, .none, "three.example"), ("d@four.example, a@one.example, b@two.example", .fail, .reject, "two.example"),
        ("d@four.example, a@one.example", .fail, .quarantine, "four.example"), ("a@one.example, e@five.example", .temperror, .none, "five.example"),
    ])
    func several(_ from: String, _ result: DMARCResult, _ disposition: DMARCPolicy, _ domain: String) async {
        let zone = Zone(["one.example": "p=reject", "two.example": "p=reject", "four.example": "p=quarantine", "five.example": "timeout"])
        let outcome = await zone.evaluate(Self.message(from), dkim: [("one.example", .pass)])
        #expect(outcome.result == result && outcome.disposition == disposition && outcome.domain == domain)
        #expect(outcome.authors?.count == from.split(separator: ",").count)
    }

    @Test func noneAndTooMany() async {
        let zone = Zone(["one.example": "p=reject"])
        let none = await zone.evaluate(Self.message("nobody"))
        #expect(none.result == .permerror && none.authors == [] && none.problem == "the From field names no domain" && none.domain == nil)
        let many = await zone.evaluate(Self.message((0..<9).map { "a@d\($0).example" }.joined(separator: ", ")))
        #expect(many.result == .permerror && many.authors?.count == 4 && many.problem == "the From field names more than 4 domains")
        #expect(zone.asked.count <= 40, "four are looked at")
    }

    @Test("The document reads back", arguments: [
        ("example.com", SPFResult.pass), ("a.example.com", .fail), ("none.example", .none), ("broken.example", .fail), ("slow.example", .pass),
    ])
    func document(_ author: String, _ spf: SPFResult) async throws {
        let zone = Zone(["example.com": "p=reject; sp=quarantine; t=y; rua=mailto:a@example.com", "broken.example": "p=x", "slow.example": "timeout"])
        let outcome = try await zone.evaluate(author, spf: (author, spf), dkim: [("x.example.com", .pass), ("other.net", .fail)])
        let octets = jsonOctets(outcome)
        #expect(try JSONDecoder().decode(DMARCOutcome.self, from: Data(octets)) == outcome)
        if let record = outcome.record { #expect(DMARCRecord(Array(record.utf8))?.text == record) }
    }
}

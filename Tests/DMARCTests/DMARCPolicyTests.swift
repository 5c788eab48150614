import DKIM
import DMARC
import DNS
import TestSupport
import Testing

/// Where the record is found, and which policy applies to mail that fails.
@Suite struct DMARCPolicyTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, author: String
        let records: [(String, String)]
        let result: DMARCResult
        var domain: String? = nil, tag: DMARCPolicyTag? = nil, disposition: DMARCPolicy = .none
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "the author's own record", author: "example.com", records: [("example.com", "p=reject")], result: .fail, domain: "example.com", tag: .p, disposition: .reject),
        Row(name: "quarantine", author: "example.com", records: [("example.com", "p=quarantine")], result: .fail, domain: "example.com", tag: .p, disposition: .quarantine),
        Row(name: "none", author: "example.com", records: [("example.com", "p=none")], result: .fail, domain: "example.com", tag: .p),
        Row(name: "no record", author: "example.com", records: [], result: .none),
        Row(name: "its own sp is not for itself", author: "example.com", records: [("example.com", "p=reject; sp=none")], result: .fail, domain: "example.com", tag: .p, disposition: .reject),
        Row(name: "a subdomain takes p", author: "a.example.com", records: [("example.com", "p=reject"), ("a.example.com", "exists")], result: .fail, domain: "example.com", tag: .p, disposition: .reject),
        Row(name: "a subdomain takes sp", author: "a.example.com", records: [("example.com", "p=reject; sp=quarantine; np=none"), ("a.example.com", "exists")],
            result: .fail, domain: "example.com", tag: .sp, disposition: .quarantine),
        Row(name: "one that does not exist takes np", author: "a.example.com", records: [("example.com", "p=none; sp=none; np=reject")], result: .fail, domain: "example.com", tag: .np, disposition: .reject),
        Row(name: "without np, sp", author: "a.example.com", records: [("example.com", "p=none; sp=reject")], result: .fail, domain: "example.com", tag: .sp, disposition: .reject),
        Row(name: "a record of its own goes before", author: "a.example.com", records: [("example.com", "p=reject"), ("a.example.com", "p=none")], result: .fail, domain: "a.example.com", tag: .p),
        Row(name: "the shortest name is the organization", author: "a.b.example.com", records: [("example.com", "p=reject"), ("b.example.com", "p=none")],
            result: .fail, domain: "example.com", tag: .p, disposition: .reject),
        Row(name: "psd=n ends the walk", author: "a.b.example.com", records: [("example.com", "p=reject"), ("b.example.com", "p=quarantine; psd=n")],
            result: .fail, domain: "b.example.com", tag: .p, disposition: .quarantine),
        Row(name: "psd=y above, the organization has a record", author: "a.example.com", records: [("com", "p=reject; psd=y"), ("example.com", "p=quarantine")],
            result: .fail, domain: "example.com", tag: .p, disposition: .quarantine),
        Row(name: "psd=y above, the organization has none", author: "a.example.com", records: [("com", "p=none; sp=quarantine; psd=y"), ("a.example.com", "exists")],
            result: .fail, domain: "com", tag: .sp, disposition: .quarantine),
        Row(name: "psd=y above, np", author: "example.com", records: [("com", "p=none; np=reject; psd=y")], result: .fail, domain: "com", tag: .np, disposition: .reject),
        Row(name: "a record between does not count", author: "a.b.example.com", records: [("com", "p=reject; psd=y"), ("b.example.com", "p=none")],
            result: .fail, domain: "com", tag: .p, disposition: .reject),
        Row(name: "the suffix itself", author: "com", records: [("com", "p=reject; psd=y")], result: .fail, domain: "com", tag: .p, disposition: .reject),
        Row(name: "two records: both are discarded", author: "example.com", records: [("example.com", "p=reject"), ("example.com", "p=none")], result: .none),
        Row(name: "two records below, one above", author: "a.example.com", records: [("a.example.com", "p=none"), ("a.example.com", "p=none"), ("example.com", "p=reject")],
            result: .fail, domain: "example.com", tag: .p, disposition: .reject),
        Row(name: "other texts beside it", author: "example.com", records: [("example.com", "=v=spf1 -all"), ("example.com", "p=reject"), ("example.com", "=x")],
            result: .fail, domain: "example.com", tag: .p, disposition: .reject),
        Row(name: "t=y asks for less: reject", author: "example.com", records: [("example.com", "p=reject; t=y")], result: .fail, domain: "example.com", tag: .p, disposition: .quarantine),
        Row(name: "t=y asks for less: quarantine", author: "example.com", records: [("example.com", "p=quarantine; t=y")], result: .fail, domain: "example.com", tag: .p),
        Row(name: "pct=0 is the same", author: "example.com", records: [("example.com", "p=reject; pct=0")], result: .fail, domain: "example.com", tag: .p, disposition: .quarantine),
        Row(name: "pct=10 is nothing", author: "example.com", records: [("example.com", "p=reject; pct=10")], result: .fail, domain: "example.com", tag: .p, disposition: .reject),
        Row(name: "a broken p with rua", author: "example.com", records: [("example.com", "p=x; sp=reject; rua=mailto:a@example.com")], result: .fail, domain: "example.com", tag: .p),
        Row(name: "a broken p without", author: "example.com", records: [("example.com", "p=x")], result: .permerror, domain: "example.com"),
        Row(name: "no p", author: "example.com", records: [("example.com", "sp=reject")], result: .fail, domain: "example.com", tag: .p),
        Row(name: "the look-up fails", author: "example.com", records: [("example.com", "timeout")], result: .temperror),
        Row(name: "the look-up above fails", author: "a.example.com", records: [("a.example.com", "exists"), ("example.com", "p=reject"), ("com", "timeout")], result: .temperror),
        Row(name: "above its own record nothing matters", author: "a.example.com", records: [("a.example.com", "p=reject"), ("example.com", "timeout")],
            result: .fail, domain: "a.example.com", tag: .p, disposition: .reject),
        Row(name: "U-labels", author: "bücher.example", records: [("xn--bcher-kva.example", "p=reject")], result: .fail, domain: "xn--bcher-kva.example", tag: .p, disposition: .reject),
    ]

    @Test("Policies", arguments: rows)
    func policy(_ row: Row) async throws {
        let zone = Zone([:])
        for (domain, text) in row.records { zone.add(domain, text) }
        let outcome = try await zone.evaluate(row.author)
        #expect(outcome.result == row.result, "\(outcome.problem ?? "")")
        #expect(outcome.policyDomain == row.domain)
        #expect(outcome.policyTag == row.tag)
        #expect(outcome.disposition == row.disposition)
        #expect((outcome.problem != nil) == (row.result == .temperror || row.result == .permerror))
    }

    @Test("Existence that cannot be known matters only for a failing message")
    func existence() async throws {
        let zone = Zone(["example.com": "p=none; np=reject"])
        zone.resolver.fail("a.example.com", .a)
        let fails = try await zone.evaluate("a.example.com")
        #expect(fails.result == .temperror && fails.policy == nil && fails.problem?.contains("a.example.com") == true)
        let passes = try await zone.evaluate("a.example.com", dkim: [("a.example.com", .pass)])
        #expect(passes.result == .pass && passes.problem == nil)
    }

    @Test("The walk asks what RFC 9989 §4.10 shows, and no more", arguments: [
        ("a.b.c.d.e.f.g.h.i.j.mail.example.com", ["a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com", "h.i.j.mail.example.com", "i.j.mail.example.com",
                                                  "j.mail.example.com", "mail.example.com", "example.com", "com"]),
        ("mail.a.b.c.d.e.f.g.example.com", ["mail.a.b.c.d.e.f.g.example.com", "c.d.e.f.g.example.com", "d.e.f.g.example.com", "e.f.g.example.com", "f.g.example.com",
                                            "g.example.com", "example.com", "com"]),
        ("a.mail.example.com", ["a.mail.example.com", "mail.example.com", "example.com", "com"]),
        ("localhost", ["localhost"]),
    ])
    func walk(_ author: String, _ names: [String]) async throws {
        let zone = Zone([:])
        #expect(try await zone.evaluate(author).result == .none)
        #expect(zone.asked == names)
    }

    @Test("A name of 253 characters")
    func longName() async throws {
        let name = Array(repeating: String(repeating: "a", count: 49), count: 5).joined(separator: ".") + ".com"
        #expect(name.utf8.count == 253)
        let zone = Zone(["com": "p=reject"])
        let outcome = try await zone.evaluate(name)
        #expect(outcome.result == .fail && outcome.policyDomain == "com")
    }

    @Test("Organizational domains", arguments: [
        ("a.mail.example.com", [("mail.example.com", "p=none"), ("example.com", "p=none")], "example.com"),
        ("a.mail.example.com", [("mail.example.com", "p=none; psd=n"), ("example.com", "p=none")], "mail.example.com"),
        ("a.mail.example.com", [("com", "p=none; psd=y")], "example.com"),
        ("a.mail.example.com", [], "a.mail.example.com"),
        ("example.com", [("com", "p=none; psd=y")], "example.com"),
        ("com", [("com", "p=none; psd=y")], "com"),
        ("a.b.c.d.e.f.g.h.i", [("c.d.e.f.g.h.i", "p=none; psd=y")], "b.c.d.e.f.g.h.i"),
    ] as [(String, [(String, String)], String)])
    func organization(_ domain: String, _ records: [(String, String)], _ expected: String) async throws {
        let zone = Zone([:])
        for (domain, text) in records { zone.add(domain, text) }
        let found = await DMARCEvaluator(resolver: zone.resolver).organizationalDomain(of: try #require(DomainName(domain)), by: .now + .seconds(20))
        #expect(found?.text == expected)
    }
}

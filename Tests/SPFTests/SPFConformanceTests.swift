import DNS
import SPF
import TestSupport
import Testing

/// The suites of the SPF project and of other implementations.
@Suite(Suites.needed()) struct SPFConformanceTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let path: String
        /// How many tests the file has; fewer means that it was not read whole.
        let count: Int
        /// Tests whose expectation is not RFC 7208's, with what RFC 7208 says, and why.
        var differing: [String: (result: String, why: String)] = [:]
        var testDescription: String { path }
    }

    static let rows = [
        Row(path: "spf/pyspf/rfc7208-tests.yml", count: 203),
        Row(path: "spf/albertito-rfc7208/rfc7208-tests.yml", count: 203),
        Row(path: "spf/perl-mail-spf/rfc7208-tests.yml", count: 200),
        Row(path: "spf/pyspf/test.yml", count: 16, differing: [
            "default-modifier": ("neutral", "default= was in drafts only: RFC 7208 §6 ignores unknown modifiers, as rfc7208-tests.yml asserts"),
            "default-modifier-harsh": ("neutral", "\"ambiguous\" is a mode of pyspf, not a result of RFC 7208"),
        ]),
    ]

    @Test("Suites of openspf.org", arguments: rows)
    func suite(_ row: Row) async throws {
        var ran = 0, right = 0
        for scenario in try SPFSuite.scenarios(row.path) {
            for test in scenario.tests {
                ran += 1
                let evaluator = SPFEvaluator(resolver: scenario.resolver, receiver: test.receiver)
                let client = try #require(IPAddress(test.client), "\(test.name): \(test.client)")
                let outcome = await evaluator.evaluate(client: client, helo: test.helo, mailFrom: test.mailFrom,
                                                       deadline: .now + .seconds(20), at: 1_700_000_000).mailfrom
                let expected = row.differing[test.name].map { [$0.result] } ?? test.results
                let isRight = expected.contains(outcome.result.rawValue)
                #expect(isRight, "\(scenario.description): \(test.name): \(outcome.result), expected \(expected); \(outcome.problem ?? "")")
                var explained = true
                if let explanation = test.explanation {
                    explained = outcome.explanation == (explanation == "DEFAULT" ? nil : explanation)
                    #expect(explained, "\(scenario.description): \(test.name): explained as \(outcome.explanation ?? "nothing"), expected \(explanation)")
                }
                if isRight && explained { right += 1 }
                #expect((outcome.problem != nil) == (outcome.result == .temperror || outcome.result == .permerror), "\(test.name)")
            }
        }
        #expect(ran == row.count)
        print("\(row.path): \(right) of \(ran) right, \(row.differing.count) of them against RFC 7208 where the file differs")
    }

    /// Where mail-auth expects what RFC 7208, and the suite of openspf.org, do not.
    static let mailAuthDiffers: [String: (result: String, why: String)] = [
        "all: All test: 10.0.0.1 sender@test.org": ("permerror", "RFC 7208 §4.6: an error anywhere in the record counts, after \"all\" too"),
        "exists: Exists: 167.1.2.3 sender@ip6.test.org": ("fail", "RFC 7208 §5.7: exists asks for A records only"),
        "ip: IPv6 match: 10.1.2.3 sender@test.org": ("fail", "RFC 7208 §5: an IPv4 client meets ip4 only"),
        "macro: Macro expansion 2: 2001:db8::cb01 strong-bad@email.example.com": ("fail", "RFC 7208 §5.7: exists asks for A records only"),
    ]

    /// A HELO that fails decides; its zone changes from test to test, MX records name addresses, and it knows no limit of void look-ups.
    @Test("Suite of mail-auth", arguments: [
        ("a", 16), ("all", 6), ("basic", 19), ("examples", 35), ("exists", 4), ("exp", 4), ("include", 29), ("ip", 13), ("macro", 6), ("mx", 16),
        ("ptr", 8), ("redirect", 7),
    ])
    func mailAuth(_ file: String, _ count: Int) async throws {
        var limits = SPFLimits(), ran = 0
        limits.voidLookups = limits.lookups
        for document in try SPFSuite.documents("spf/mail-auth/spf/\(file).yml") {
            let fields = Dictionary(document) { first, _ in first }
            var zone = SPFMailAuthZone()
            for (key, value) in SPFSuite.pairs(fields["records"]) { zone.set(key, value) }
            var client = "", helo = "", sender = "", name = fields["name"] as? String ?? ""
            for (key, value) in (fields["tests"] as? [Any] ?? []).flatMap(SPFSuite.pairs) {
                let text = value as? String ?? ""
                switch key {
                case "ip": client = text
                case "domain": helo = text
                case "sender": sender = text
                case "name": name = text
                case "expect":
                    ran += 1
                    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
                    let evidence = try await SPFZone.evaluate(try zone.resolver(), client: client, helo: helo, from: sender, limits: limits)
                    let outcome = evidence.helo?.result == .fail ? evidence.helo ?? evidence.mailfrom : evidence.mailfrom
                    let row = "\(file): \(name): \(client) \(sender)"
                    #expect(outcome.result.rawValue == Self.mailAuthDiffers[row]?.result ?? words.first, "\(row): \(outcome.problem ?? "")")
                    if words.count == 2 { #expect(outcome.explanation == words[1], "\(row)") }
                default: zone.set(key, value)
                }
            }
        }
        #expect(ran == count)
    }
}

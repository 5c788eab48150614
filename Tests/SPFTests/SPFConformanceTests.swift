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
}

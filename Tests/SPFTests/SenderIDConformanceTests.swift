import DNS
import Mail
import SPF
import TestSupport
import Testing

/// The suite of Mail::SPF for RFC 4406, and the suites of SPF in scope mfrom.
@Suite(Suites.needed()) struct SenderIDConformanceTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let path: String, count: Int
        var testDescription: String { path }
    }

    static let rows = [
        Row(path: "spf/perl-mail-spf/rfc4406-tests.yml", count: 2),
        Row(path: "spf/pyspf/rfc7208-tests.yml", count: 203),
        Row(path: "spf/pyspf/rfc4408-tests.yml", count: 191),
    ]

    @Test("Scope mfrom", arguments: rows) func mfrom(_ row: Row) async throws {
        var ran = 0, right = 0
        for scenario in try SPFSuite.scenarios(row.path) {
            for test in scenario.tests {
                ran += 1
                let evaluator = SPFEvaluator(resolver: scenario.resolver, receiver: test.receiver)
                let client = try #require(IPAddress(test.client), "\(test.name): \(test.client)")
                let spf = await evaluator.evaluate(client: client, helo: test.helo, mailFrom: test.mailFrom, deadline: .now + .seconds(20), at: 1_700_000_000)
                let found = await evaluator.senderID(client: client, helo: test.helo, mailFrom: test.mailFrom, pra: .failure(.noField), spf: spf,
                                                       deadline: .now + .seconds(20), at: 1_700_000_000).mfrom
                let outcome = try #require(found)
                let isRight = test.results.contains(outcome.result.rawValue)
                #expect(isRight, "\(scenario.description): \(test.name): \(outcome.result), expected \(test.results); \(outcome.problem ?? "")")
                if isRight { right += 1 }
            }
        }
        #expect(ran == row.count)
        print("\(row.path), scope mfrom: \(right) of \(ran) right")
    }
}

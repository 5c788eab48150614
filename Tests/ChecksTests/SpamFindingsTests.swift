import Checks
import Testing
import Verdicts

@Suite struct SpamFindingsTests {
    static let rows: [(name: String, logit: Double, code: String, strength: Double)] = [
        ("even", 0, "spam.likely", 0), ("half", 2.24, "spam.likely", 0.5), ("where a message is tagged", 3.84, "spam.likely", 0.632), ("sure", 20, "spam.likely", 0.899),
        ("no spam", -2.24, "spam.unlikely", 0.5), ("surely none", -20, "spam.unlikely", 0.899),
    ]

    @Test(arguments: rows) func strengthFollowsTheLogOdds(_ row: (name: String, logit: Double, code: String, strength: Double)) {
        let found = spamFindings(SpamEvidence(probability: 0.5, logit: row.logit, familiarity: 1))
        #expect(found.map(\.code) == [row.code] && found.first?.strength == row.strength, "\(row.name)")
    }

    @Test func abstainsWithTheReason() {
        let found = spamFindings(SpamEvidence(abstained: "3 messages were learned"))
        #expect(found.map(\.code) == ["spam.abstained"] && found.first?.detail.contains("3 messages were learned") == true && found.first?.strength == nil)
    }

    /// With the policy that is shipped the filter alone tags what the trial showed to be spam, and refuses nothing.
    @Test func theFilterAloneTagsAndDoesNotRefuse() {
        let policy = Policy(name: "x", thresholds: Thresholds(), rules: ["spam.likely": Rule(weight: 9.5), "spam.unlikely": Rule(weight: -5)])
        func action(_ logit: Double) -> Action { policy.decide(spamFindings(SpamEvidence(probability: 0.5, logit: logit))).action }
        #expect(action(3.8) == .accept && action(3.9) == .tag && action(1_000) == .tag && action(-1_000) == .accept)
    }
}

import Checks
import Testing
import Verdicts

@Suite struct SpamFindingsTests {
    static let rows: [(probability: Double, band: String?)] = [
        (1, "99"), (0.99, "99"), (0.9899, "95"), (0.95, "95"), (0.9, "80"), (0.8, "80"), (0.79, nil), (0.5, nil), (0.21, nil), (0.2, "20"), (0.06, "20"), (0.05, "05"), (0.011, "05"), (0.01, "01"), (0, "01"),
    ]

    @Test(arguments: rows) func onlyOneBandCounts(_ row: (probability: Double, band: String?)) {
        let codes = spamFindings(SpamEvidence(probability: row.probability, towardsSpam: [.init(name: "pills", share: 1)])).map(\.code)
        #expect(codes == ["spam.classifier"] + (row.band.map { ["spam.probability.\($0)"] } ?? []))
    }

    @Test func abstainingIsSaid() {
        let findings = spamFindings(SpamEvidence(abstained: "3 messages were learned"))
        #expect(findings.map(\.code) == ["spam.abstained"] && findings[0].detail.contains("3 messages"))
    }
}

import DMARC
import Testing

@Suite struct DMARCResultTests {
    @Test func theWordsAreThoseOfTheRegistry() {
        #expect(Set(DMARCResult.allCases.map(\.rawValue)) == ["none", "pass", "fail", "temperror", "permerror"])
    }
}

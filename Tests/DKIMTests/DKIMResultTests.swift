import DKIM
import Testing

@Suite struct DKIMResultTests {
    @Test func theWordsAreThoseOfTheRegistry() {
        #expect(Set(DKIMResult.allCases.map(\.rawValue)) == ["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"])
    }
}

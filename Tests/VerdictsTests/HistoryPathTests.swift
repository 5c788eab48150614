import Testing
import Verdicts

@Suite struct HistoryPathTests {
    @Test(arguments: [
        ("Bob@Example.ORG", "bob@example.org", "example.org"), ("bob@example.org.", "bob@example.org", "example.org"),
        ("Иван@Почта.РФ", "иван@xn--80a1acny.xn--p1ai", "xn--80a1acny.xn--p1ai"), ("иван@XN--80A1ACNY.xn--p1ai", "иван@xn--80a1acny.xn--p1ai", "xn--80a1acny.xn--p1ai"),
        ("a@straße.example", "a@xn--strae-oqa.example", "xn--strae-oqa.example"), ("\"x@y\"@b.example", "\"x@y\"@b.example", "b.example"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]", "[192.0.2.1]"), ("a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]", "[ipv6:2001:db8::1]"),
        ("a@B..C", "a@b..c", "b..c"), ("a@\u{301}B", "a@\u{301}b", "\u{301}b"), ("a@.", "a@.", "."),
        ("Postmaster", "postmaster", nil), ("a@", "a@", nil), ("", "", nil),
    ] as [(String, String, String?)])
    func form(_ path: String, _ text: String, _ domain: String?) {
        let made = HistoryPath(path)
        #expect(made.text == text)
        #expect(made.domain == domain)
        #expect(HistoryPath(trusted: text) == made, "what was kept is what was made")
        #expect(HistoryPath(text) == made, "made of what was kept")
    }
}

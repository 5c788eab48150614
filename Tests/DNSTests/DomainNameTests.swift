import DNS
import Testing

@Suite struct DomainNameTests {
    @Test(arguments: [
        ("Example.ORG", "example.org"), ("example.org.", "example.org"), (".", ""), ("", ""), ("a..b", nil), (".a", nil),
        ("_dmarc.example.org", "_dmarc.example.org"), ("пример.рф", "xn--e1afmkfd.xn--p1ai"), ("bücher.example", "xn--bcher-kva.example"),
        ("a b.example", "a\\032b.example"), ("a\\.b.example", "a\\046b.example"), ("a\\046b.example", "a\\046b.example"), ("a\\", nil),
        // What is mapped to a blank, and what has no form: a reader sees another name, or none.
        ("example.org\u{a0}", nil), ("\u{3000}example.org", nil), ("exa\u{2003}mple.org", nil), ("example.org\u{200e}", nil), ("example.org\u{85}", nil), ("b\u{fc}cher example.org", nil),
    ] as [(String, String?)])
    func reading(_ text: String, _ expected: String?) {
        #expect(DomainName(text)?.text == expected)
    }

    @Test func limits() {
        let label = String(repeating: "a", count: 63)
        #expect(DomainName(label) != nil)
        #expect(DomainName(label + "a") == nil)
        #expect(DomainName("\(label).\(label).\(label).\(String(repeating: "a", count: 61))") != nil)
        #expect(DomainName("\(label).\(label).\(label).\(String(repeating: "a", count: 62))") == nil)
    }

    @Test func within() throws {
        let name = try #require(DomainName("mx.example.org")), zone = try #require(DomainName("example.org"))
        #expect(name.isWithin(zone))
        #expect(zone.isWithin(zone))
        #expect(!zone.isWithin(name))
        #expect(try !#require(DomainName("badexample.org")).isWithin(zone))
        #expect(name.parent == zone)
    }

    @Test(arguments: [("mx.example.org", true), ("localhost", false), ("192.0.2.1", false), ("-a.example", false), ("a_b.example", false)])
    func hostNames(_ text: String, _ expected: Bool) throws {
        #expect(try #require(DomainName(text)).isFullyQualifiedHostName == expected)
    }
}

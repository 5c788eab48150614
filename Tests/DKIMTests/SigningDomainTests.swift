import DKIM
import DNS
import Testing

@Suite struct SigningDomainTests {
    @Test(arguments: [
        ("example.org", "example.org"), ("EXAMPLE.Org", "example.org"), ("example.org.", "example.org"), ("a.b", "a.b"), ("_x.example.org", "_x.example.org"), ("a_b.example.org", "a_b.example.org"),
        ("a-b--c.example.org", "a-b--c.example.org"), ("1.2.3.example", "1.2.3.example"), ("163.com", "163.com"), ("bücher.example", "xn--bcher-kva.example"), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("example.xn--p1ai", "example.xn--p1ai"), ("\(String(repeating: "a", count: 63)).example", "\(String(repeating: "a", count: 63)).example"),
    ])
    func taken(_ text: String, _ name: String) { #expect(SigningDomain.read(text)?.text == name) }

    @Test(arguments: [
        "", ".", "org", "org.", "..", "a..b", ".example.org", "exa;mple.test", "a b.test", "a\u{0}b.test", "\"x\".test", "a\nb.test", "a\\;b.test", "a\\032b.test", "a/b.test", "a@b.test", "a(b).test", "$x.test",
        "*.example.org", "-a.test", "a-.test", "example.-", "1.2.3.4", "example.123", "\(String(repeating: "a", count: 64)).example", "a\u{a0}b.test", "a\u{200e}.test",
    ])
    func refused(_ text: String) { #expect(SigningDomain.read(text) == nil) }
}

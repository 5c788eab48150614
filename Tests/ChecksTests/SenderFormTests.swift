import Checks
import DNS
import Testing

@Suite struct SenderFormTests {
    @Test(arguments: [
        ("as it is", "Anna@Example.ORG", "anna@example.org", "example.org"),
        ("letters of the domain", "anna@почта.рф", "anna@xn--80a1acny.xn--p1ai", "xn--80a1acny.xn--p1ai"),
        ("BATV", "prvs=1234abcdef=anna@example.org", "anna@example.org", "example.org"),
        ("BATV of Exim", "prvs=anna/1234abcdef@example.org", "anna@example.org", "example.org"),
        ("BATV of Barracuda", "btv1==099bc0a7d5c==anna@example.org", "anna@example.org", "example.org"),
        ("BATV without an end", "prvs=anna@example.org", "prvs=anna@example.org", "example.org"),
        ("SRS", "SRS0=HHHH=TT=example.org=anna@forward.net", "srs=example.org=anna@forward.net", "forward.net"),
        ("SRS another day", "SRS0+abcd=5Z=example.org=anna@forward.net", "srs=example.org=anna@forward.net", "forward.net"),
        ("SRS of SRS", "SRS1=HHHH=first.net==HHHH=TT=example.org=anna@forward.net", "srs=first.net=example.org=anna@forward.net", "forward.net"),
        ("SRS cut short", "srs0=x@forward.net", "srs=@forward.net", "forward.net"),
        ("no SRS", "srs0@forward.net", "srs#@forward.net", "forward.net"),
        ("extension", "bounces+83471-a1b2-b=example.net@em.example.org", "bounces@em.example.org", "em.example.org"),
        ("numbers", "bounce-1234567-89@lists.example.org", "bounce-#-#@lists.example.org", "lists.example.org"),
        ("a hexadecimal name", "010001849d7b3f0e-1a2b3c4d-000000@ses.example", "#-#-#@ses.example", "ses.example"),
        ("words of the same letters", "deadbeef.facade@example.org", "deadbeef.facade@example.org", "example.org"),
        ("number and name", "john1990@example.org", "john#@example.org", "example.org"),
        ("no domain", "root", "root", ""),
        ("a literal", "a@[192.0.2.1]", "a@[192.0.2.1]", "[192.0.2.1]"),
        ("nothing before the plus", "+x1@example.org", "+x#@example.org", "example.org"),
        ("only an at sign", "@", "", ""),
    ])
    func oneForm(_ name: String, _ mailFrom: String, _ text: String, _ domain: String) {
        let form = SenderForm(mailFrom, helo: DomainName("mx.example.net"))
        #expect(form.domain == domain, "\(name): \(form)")
        #expect(form.text == (text.isEmpty ? form.text : text), "\(name): \(form)")
    }

    @Test func theNullReversePathHasTheDomainOfHELO() {
        for mailFrom in ["", nil] {
            #expect(SenderForm(mailFrom, helo: DomainName("mx.example.net")) == SenderForm("", helo: DomainName("MX.example.net")))
            #expect(SenderForm(mailFrom, helo: DomainName("mx.example.net")).domain == "mx.example.net")
            #expect(SenderForm(mailFrom, helo: nil).domain == "" && SenderForm(mailFrom, helo: nil).text == "<>")
        }
    }

    /// Anything comes to something, in time that grows with it only.
    @Test func hostileSenders() {
        for piece in ["=", "+", "prvs=", "srs0=", "SRS1==", "btv1==", "1", "f", "@", "\u{0301}", "ß", "\u{0}"] {
            for head in ["", "prvs=", "srs0=", "srs1+", "btv1=="] { _ = SenderForm(head + String(repeating: piece, count: 2000) + "@example.org", helo: nil) }
        }
    }
}

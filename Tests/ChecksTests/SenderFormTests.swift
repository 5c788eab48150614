import Checks
import DNS
import TestSupport
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
        ("a UUID", "3f2504e0-4f89-11d3-9a0c-0305e82c3301@example.org", "#@example.org", "example.org"),
        ("a UUID of letters", "b-ABCDEFAB-cdef-abcd-efab-cdefabcdefab-x@example.org", "b-#-x@example.org", "example.org"),
        ("a UUID with more behind", "abcdefab-cdef-abcd-efab-cdefabcdefabx@example.org", "abcdefab-cdef-abcd-efab-cdefabcdefabx@example.org", "example.org"),
        ("a UUID cut short", "abcdefab-cdef-abcd-efab@example.org", "abcdefab-cdef-abcd-efab@example.org", "example.org"),
        ("a UUID without dashes", "3f2504e04f8911d39a0c0305e82c3301@example.org", "#@example.org", "example.org"),
        ("letters and digits mixed", "b.k3j9x2qw7z@example.org", "b.#@example.org", "example.org"),
        ("a digit before letters", "msgid_7xkqpzrw@example.org", "msgid_#@example.org", "example.org"),
        ("letters drawn by lot", "qjxkvzpwbnmrtyhgfdslcaoq@example.org", "#@example.org", "example.org"),
        ("a long word", "newsletter-unsubscriptions@example.org", "newsletter-unsubscriptions@example.org", "example.org"),
        ("VERP", "bounces-anna=example.net@lists.example.org", "bounces-anna=example.net@lists.example.org", "lists.example.org"),
        ("VERP with a token", "msprvs1=19k3jx7q2a=bounces-12@example.org", "msprvs#=#=bounces-#@example.org", "example.org"),
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

    /// A new name for every attempt is known again.
    @Test(arguments: ["hex", "uuid", "letters and digits", "digits"]) func namesDrawnByLot(_ kind: String) {
        var generator = SeededGenerator(7), forms: [String: Int] = [:]
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789"), rounds = 1000
        for _ in 0..<rounds {
            func word(_ length: Int, _ range: Range<Int>) -> String { String((0..<length).map { _ in letters[Int.random(in: range, using: &generator)] }) }
            let token = switch kind {
            case "hex": (0..<4).map { _ in String(Int.random(in: 0x1000...0xffff, using: &generator), radix: 16) }.joined()
            case "uuid": (0..<8).map { _ in String(Int.random(in: 0x1000...0xffff, using: &generator), radix: 16) }.enumerated().map { (2...5).contains($0) ? "-\($1)" : $1 }.joined()
            case "digits": word(12, 26..<36)
            default: word(16, 0..<36)
            }
            forms[SenderForm("b-\(token)@example.org", helo: nil).text, default: 0] += 1
        }
        #expect(forms["b-#@example.org", default: 0] > rounds * 97 / 100, "\(forms.keys.sorted().prefix(8))")
    }

    /// Anything comes to something, in time that grows with it only.
    @Test func hostileSenders() {
        for piece in ["=", "+", "prvs=", "srs0=", "SRS1==", "btv1==", "1", "f", "@", "\u{0301}", "ß", "\u{0}"] {
            for head in ["", "prvs=", "srs0=", "srs1+", "btv1=="] { _ = SenderForm(head + String(repeating: piece, count: 2000) + "@example.org", helo: nil) }
        }
    }
}

import Mail
import Testing

/// Fields that some readers see and we do not.
@Suite struct StrangeFieldTests {
    static let forged: [(String, Int)] = [
        ("X: y\rAuthentication-Results: mx.example.org; dkim=pass\r\n", 1), ("X: y\r\r authentication-results : mx.example.org; dkim=pass\r\n", 0), ("X: y\r\rauthentication-results : mx.example.org; dkim=pass\r\n", 1),
        ("\u{feff}Authentication-Results: mx.example.org; dkim=pass\r\n", 1), ("\u{0}Authentication-Results: mx.example.org; dkim=pass\r\n", 1), ("Authentication\u{0}-Results: mx.example.org; dkim=pass\r\n", 1),
        ("Authentication-Results\u{0}: mx.example.org; dkim=pass\r\n", 1), ("Authentication-Results\u{a0}: mx.example.org; dkim=pass\r\n", 1), ("Auth\u{7f}entication-Results\t: (a) mx . example.org 1; dkim=pass (\r\n", 1),
        ("X: y\rAuthentication-Results:\r\n (a)\r\n mx.example.org; dkim=pass\r\n", 1), ("X: y\rAuthentication-Results:\r\tmx.example.org; dkim=pass\r\n", 1), ("X: y\rAuthentication-Results:\r\nmx.example.org; dkim=pass\r\n", 0),
        ("X: y\rAuthentication-Results: =?utf-8?q?mx=2Eexample.org?=\r\n", 1), ("X: y\rAuthentication-Results: (\(String(repeating: "x", count: 66_000))) mx.example.org\r\n", 1),
        ("X: y\rAuthentication-Results: mx.example.org\rAuthentication-Results: mx.example.org\r\u{1}Authentication-Results: mx.example.org\r\n", 3),
        ("Authentication-Results: mx.example.org; dkim=pass\r\n", 0), ("Authentication-Results: mx.example.org; dkim=pass\r\nX: y\rz\r\n", 0), ("X: y\rAuthentication-Results: other.example; dkim=pass\r\n", 0),
        ("X: y\rX-Authentication-Results: mx.example.org; dkim=pass\r\n", 0), ("X: y\rARC-Authentication-Results: i=1; mx.example.org; dkim=pass\r\n", 0), ("X: y\r\n Authentication-Results: mx.example.org\rz\r\n", 0),
        ("X: y\r\n\r\n\rAuthentication-Results: mx.example.org\r\n", 0),
    ]

    @Test("Results that claim to be ours", arguments: forged) func results(_ fields: String, _ count: Int) {
        let message = Message(octets: Array("From: a@b.example\r\n\(fields)To: c@d.example\r\n\r\nHello\r\n".utf8))
        #expect(message.strangeAuthenticationResults(claiming: "mx.example.org") == count)
        #expect(message.strangeAuthenticationResults(claiming: "MX.example.org.") == count)
        // What is too long for knowing better is whoever's.
        #expect(message.strangeAuthenticationResults(claiming: "b.example") == (fields.utf8.count > 60_000 ? count : 0))
    }

    @Test("Values go on in folded lines") func folded() {
        let message = Message(octets: Array("To: x\rFrom: a@b.example,\r\n c@d.example,\r\te@f.example\rX: y\r\nFrom: g@h.example\r\n\r\n".utf8))
        #expect(message.strangeFromFields.map { String(decoding: $0, as: UTF8.self) } == [" a@b.example,\r\n c@d.example,\r\te@f.example"])
    }

    @Test("A hundred are told of") func many() {
        let message = Message(octets: Array("From: a@b.example\r\nX: y\(String(repeating: "\rAuthentication-Results: mx.example.org", count: 150))\r\n\r\n".utf8))
        #expect(message.strangeAuthenticationResults(claiming: "mx.example.org") == 100)
    }
}

import Mail
import TestSupport
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

    static let results = "Authentication-Results: mx.example.org; dkim=pass\r\n", from = "From: a@b.example\r\n"
    static let unended: [(String, Int)] = [
        // The body begins at a line that is no field, and not to whoever passes over it.
        ("\(from)no field\r\n\(results)", 1), ("\(from)no field\r\n\(results)\(results)X: y\r\n", 2), ("\(from)no field\n\(results)", 1), ("no field\r\n\(results)\r\nHello\r\n", 1),
        ("\(from)--b\r\n\(results)\r\nHello\r\n", 1), ("\(from)--b\r\nAuthentication-Results:\r\n mx.example.org; dkim=pass\r\n\r\nHello\r\n", 1), ("\(from)--b\nX: y\n\n\(results)", 0), ("\(from)--b\r\n x\r\n\(results)", 1),
        ("\(from)--b\r\nX: y\r\n\r\n\(results)", 0), ("\(from)\r\nno field\r\n\(results)", 0), ("\(from)\r\n--b\r\n\(results)\r\n", 0), ("\(from)\n\(results)", 0), ("\r\n\(results)", 0),
        // With an empty line behind it, it is passed over here, too.
        ("\(from)no field\r\n\(results)\r\nHello\r\n", 0), ("\(from)--b\r\nAuthentication-Results: other.example; dkim=pass\r\n\r\n", 0), ("\(from)--b\r\n \(results)", 0),
    ]

    @Test("Results behind a line that is no field", arguments: unended) func behindTheEnd(_ text: String, _ count: Int) {
        #expect(Message(octets: Array(text.utf8)).strangeAuthenticationResults(claiming: "mx.example.org") == count)
    }

    @Test("Where the header ends nothing of the body is looked at, wherever it ends") func ends() {
        var random = SeededGenerator(7)
        for _ in 0..<3_000 {
            let lines = (0..<Int.random(in: 1...6, using: &random)).map { _ in ["X: y", " z", "no field", "--b", "\u{0}", "From x", "a\rb"].randomElement(using: &random) ?? "" }
            let text = (lines + [""]).joined(separator: Bool.random(using: &random) ? "\r\n" : "\n")
            let known = Message(octets: Array("\(text)\(Self.results)\r\n".utf8)), behind = Message(octets: Array("\(text)\r\n\(Self.results)".utf8))
            // Before the empty line some reader sees it, and it is among ours or told of; behind it nobody does.
            #expect(known.header.authenticationResultsPlaces(claiming: "mx.example.org").count + known.strangeAuthenticationResults(claiming: "mx.example.org") == 1, "\(lines)")
            #expect(behind.strangeAuthenticationResults(claiming: "mx.example.org") == 0, "\(lines)")
        }
    }

    @Test("Values go on in folded lines") func folded() {
        let message = Message(octets: Array("To: x\rFrom: a@b.example,\r\n c@d.example,\r\te@f.example\rX: y\r\nFrom: g@h.example\r\n\r\n".utf8))
        #expect(message.strangeFromFields.map { String(decoding: $0, as: UTF8.self) } == [" a@b.example,\r\n c@d.example,\r\te@f.example"])
    }

    @Test("A hundred are told of") func many() {
        let message = Message(octets: Array("From: a@b.example\r\nX: y\(String(repeating: "\rAuthentication-Results: mx.example.org", count: 150))\r\n\r\n".utf8))
        #expect(message.strangeAuthenticationResults(claiming: "mx.example.org") == 100)
    }

    @Test("Where there are more than are looked at, one more may claim it", arguments: [(99, 0), (100, 0), (101, 1), (150, 1)]) func behindMany(_ count: Int, _ told: Int) {
        let others = String(repeating: "\u{0}Authentication-Results: x\r\n", count: count), ours = "\u{0}Authentication-Results: mx.example.org; dkim=pass\r\n"
        #expect(Message(octets: Array("From: a@b.example\r\n\(others)\r\n".utf8)).strangeAuthenticationResults(claiming: "mx.example.org") == told)
        #expect(Message(octets: Array("From: a@b.example\r\n\(others)\(ours)\r\n".utf8)).strangeAuthenticationResults(claiming: "mx.example.org") == 1)
        #expect(Message(octets: Array("From: a@b.example\r\n\(ours)\(others)\r\n".utf8)).strangeAuthenticationResults(claiming: "mx.example.org") == 1)
    }
}

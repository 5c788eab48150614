import Mail
import Testing

/// Where readers of mail differ, what each of them may show is seen.
@Suite struct ReadingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var lines: [String]
        /// Of ``Message/texts``, each with the path of its part.
        var texts: [String]
        var files: [String] = []
    }

    static let html = "Content-Type: text/html", plain = "Content-Type: text/plain", base64 = "Content-Transfer-Encoding: base64", mixed = "Content-Type: multipart/mixed; boundary=b"
    static let cases: [Case] = [
        Case(testDescription: "sound base64 has one reading", lines: [plain, base64, "", "aGVsbG8="], texts: ["1 hello"]),
        Case(testDescription: "text that is no base64", lines: [plain, base64, "", "See http://a.example/"], texts: ["1 See http://a.example/\r\n", "1 I\u{e7}\u{a1}\u{b6}\u{da}\u{7f}\u{fd}\u{a7}\u{b1}jje"]),
        Case(testDescription: "base64 with an octet too many", lines: [plain, base64, "", "aGV*sbG8="], texts: ["1 hello", "1 aGV*sbG8=\r\n"]),
        Case(testDescription: "base64 that ends early", lines: [plain, base64, "", "aGVsbG8"], texts: ["1 hel", "1 aGVsbG8\r\n"]),
        Case(testDescription: "a page that is no base64", lines: [html, base64, "", "<a href='http://a.example/'>x</a>"], texts: ["1 x", "1 j\u{1a}\u{de}\u{2020}\u{db}i\u{ff}\u{f6}\u{17e}\u{c5}\u{a9}\u{a9}\u{2022}\u{ef}\u{f1}"]),
        Case(testDescription: "a file has no second reading", lines: ["Content-Type: a/b", base64, "", "aGV*sbG8="], texts: [], files: ["1 a/b text"]),
        Case(testDescription: "the first type is HTML, the last plain", lines: [html, plain, "", "<b>x</b>"], texts: ["1 x", "1 <b>x</b>\r\n"]),
        Case(testDescription: "the first type is plain, the last HTML", lines: [plain, html, "", "<b>x</b>"], texts: ["1 <b>x</b>\r\n", "1 x"]),
        Case(testDescription: "types that are the same", lines: [plain, plain, "", "x"], texts: ["1 x\r\n"]),
        Case(testDescription: "the first type is multipart, the last plain", lines: [mixed, plain, "", "y", "--b", "", "x", "--b--"], texts: ["1.1 x", "1 y\r\n--b\r\n\r\nx\r\n--b--\r\n"]),
        Case(testDescription: "the first type is plain, the last multipart", lines: [plain, mixed, "", "y", "--b", "", "x", "--b--"], texts: ["1.1 x", "1 y\r\n--b\r\n\r\nx\r\n--b--\r\n"]),
        Case(testDescription: "two transfer encodings", lines: [plain, "Content-Transfer-Encoding: 7bit", base64, "", "aGVsbG8="], texts: ["1 aGVsbG8=\r\n", "1 hello"]),
        Case(testDescription: "two transfer encodings of a file", lines: ["Content-Type: a/b", base64, "Content-Transfer-Encoding: 7bit", "", "JVBERi0xLjQK"], texts: [], files: ["1 a/b pdf", "1 a/b text"]),
        Case(testDescription: "a file to one, a text to the other", lines: ["Content-Type: a/b", plain, "", "x"], texts: ["1 x\r\n"], files: ["1 a/b text"]),
        Case(testDescription: "a line of the header that is none", lines: [plain, "see http://a.example/", "X: 1", "", "x"], texts: ["1 x\r\n", "1 see http://a.example/\r\nX: 1\r\n\r\nx\r\n"]),
        Case(testDescription: "such a line before the type", lines: ["X: 1", "see", html, "", "<b>x</b>"], texts: ["1 x", "1 see\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n"]),
        Case(testDescription: "such a line in the header of a multipart", lines: ["X: 1", "see", mixed, "", "--b", "", "x", "--b--"], texts: ["1.1 x", "1 see\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"]),
        Case(testDescription: "a part that begins with a stray line", lines: [mixed, "", "--b", "junk", html, base64, "", "PGI+eDwvYj4=", "--b--"], texts: ["1.1 x", "1.1 junk\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+eDwvYj4="]),
        Case(testDescription: "message/rfc822 that is none", lines: ["Content-Type: message/rfc822; name=a.eml", "", "hello"], texts: ["1 hello\r\n"], files: ["1 message/rfc822 text"]),
        Case(testDescription: "message/rfc822 that is a page", lines: ["Content-Type: message/rfc822", "", "<html><b>x</b>"], texts: ["1 <html><b>x</b>\r\n", "1 x"], files: ["1 message/rfc822 html"]),
        Case(testDescription: "message/rfc822 that is a program", lines: ["Content-Type: message/rfc822", base64, "", "TVqQAA=="], texts: ["1 MZ\u{fffd}\u{0}"], files: ["1 message/rfc822 pe"]),
        Case(testDescription: "boundaries that only begin the lines", lines: [mixed, "", "--bc", html, base64, "", "PGI+eDwvYj4=", "--bd"], texts: ["1.1 x"]),
    ]

    @Test(arguments: cases) func texts(_ row: Case) {
        let message = Message(octets: Sample.octets(row.lines))
        #expect(message.texts.map { "\(message.parts[$0.part].path) \($0.text)" } == row.texts)
        #expect(message.attachments.map { "\(message.parts[$0.part].path) \($0.declaredType) \($0.kind.rawValue)" } == row.files)
    }

    static let bodies: [(String, [String], String)] = [
        ("text that is no base64", ["text/plain; charset=utf-8", "?garbage"], "?garbage"), ("a damaged line of base64", ["text/plain; charset=utf-8", "aGV*sbG8="], "hello"),
        ("a first line of base64", ["text/plain; charset=utf-8", "aGVsbG8g\r\nThe end."], "hello N\u{17}\u{fffd}"), ("what decodes to text", ["text/plain", "aGVs. bG8="], "hello"),
        ("no text in either way", ["text/plain; charset=utf-8", "\u{1}?garbage"], "\u{fffd}\u{fffd}\u{fffd}"),
    ]

    @Test(arguments: bodies) func decodedText(_ name: String, _ part: [String], _ text: String) {
        let message = Sample.part(["Content-Type: \(part[0])", Self.base64], Array(part[1].utf8))
        #expect(message.root.decodedText == text, "\(name)")
    }
}

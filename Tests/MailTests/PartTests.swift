import DNS
import Mail
import Testing

@Suite struct PartTests {
    @Test func structureOfAMixedMessage() throws {
        let message = Message(octets: try #require(Sample.kinds.first { $0.name == "mixed" }).octets)
        #expect(message.parts.map(\.path) == ["1", "1.1", "1.1.1", "1.1.2", "1.2", "1.3", "1.3.1"])
        #expect(message.parts.map(\.contentType.mediaType) == [
            "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf", "message/rfc822", "text/plain"])
        #expect(message.parts.map(\.depth) == [0, 1, 2, 2, 1, 1, 2])
        #expect(message.parts.map(\.parent) == [nil, 0, 1, 1, 0, 0, 5])
        #expect(message.parts[2].decodedText == "café soft")
        #expect(message.parts[4].fileName == "a b.pdf")
        #expect(message.parts[6].header.first("subject")?.value == "inner")
        #expect(message.parts.allSatisfy { message.octets[$0.bodyRange].elementsEqual($0.body) && $0.isInMessage })
        #expect(message.attachments.map(\.kind) == [.pdf])
        #expect(message.texts.map(\.part) == [2, 3, 6])
        #expect(message.texts[1].text == "Hi there")
        #expect(message.texts[1].hiddenText == "secret")
        #expect(message.urls.map(\.raw) == ["http://example.net/&x"])
        #expect(message.urls.first?.linkText == "there")
        #expect(message.from.map(\.address) == ["a@example.org", "c@example.net", "d@[IPv6:2001:db8::1]"])
        #expect(message.received.first?.addresses.map(\.description) == ["192.0.2.7"])
    }

    @Test func anEncodedMessageIsRead() throws {
        let message = Message(octets: try #require(Sample.kinds.first { $0.name == "encoded message" }).octets)
        #expect(message.parts.map(\.path) == ["1", "1.1"])
        #expect(message.parts[1].header.first("subject")?.value == "inner")
        #expect(!message.parts[1].isInMessage)
        #expect(message.texts.map(\.text) == ["hello\r\n"])
        #expect(message.has(.encodedContainer))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var lines: [String]
        var paths: [String]
        var codes: [String]
    }

    static let head = "Content-Type: multipart/mixed; boundary=b"
    static let cases: [Case] = [
        Case(testDescription: "unclosed", lines: [head, "", "--b", "", "x"], paths: ["1", "1.1"], codes: ["boundary-unclosed"]),
        Case(testDescription: "no delimiter", lines: [head, "", "x"], paths: ["1"], codes: ["boundary-missing"]),
        Case(testDescription: "no parameter", lines: ["Content-Type: multipart/mixed", "", "--b", "", "x"], paths: ["1"], codes: ["boundary-missing"]),
        Case(testDescription: "parts after the end", lines: [head, "", "--b", "", "x", "--b--", "--b", "", "y"], paths: ["1", "1.1", "1.2"], codes: ["part-after-end"]),
        Case(testDescription: "blanks after the boundary", lines: [head, "", "--b \t", "", "x", "--b--  "], paths: ["1", "1.1"], codes: []),
        Case(testDescription: "words after the boundary", lines: [head, "", "--b word", "", "x", "--b-- word"], paths: ["1", "1.1"], codes: []),
        Case(testDescription: "a longer line is no delimiter", lines: [head, "", "--b", "", "--bc", "--b--"], paths: ["1", "1.1"], codes: ["ambiguous-delimiter"]),
        Case(testDescription: "longer lines only: the boundary begins them", lines: [head, "", "--bc", "", "x", "--bd", "", "y", "--b--"], paths: ["1", "1.1", "1.2"], codes: []),
        Case(testDescription: "longer lines only and none that is the boundary", lines: [head, "", "--bc", "", "x", "--bd", "", "y"], paths: ["1", "1.1", "1.2"], codes: ["boundary-missing"]),
        Case(testDescription: "longer lines only, the last one with two hyphens", lines: [head, "", "--bc", "", "x", "--b--c", "y"], paths: ["1", "1.1"], codes: ["boundary-missing"]),
        Case(testDescription: "longer lines in the preamble", lines: [head, "", "--bc", "--b", "", "x", "--b--"], paths: ["1", "1.1"], codes: ["ambiguous-delimiter"]),
        Case(testDescription: "longer lines end a header", lines: [head, "", "--bc", "Content-Type: text/html", "--bd", "", "y"], paths: ["1", "1.1", "1.2"], codes: ["boundary-missing"]),
        Case(testDescription: "the longest of two boundaries begins the line", lines: [head, "", "--bcx", "Content-Type: multipart/mixed; boundary=bc", "", "--bcd", "", "x", "--be", "", "y"],
             paths: ["1", "1.1", "1.1.1", "1.2"], codes: ["boundary-missing"]),
        Case(testDescription: "a delimiter with nothing after it begins nothing", lines: [head, "", "--b", "", "x", "--b"], paths: ["1", "1.1"], codes: ["boundary-unclosed"]),
        Case(testDescription: "a delimiter with an empty line after it begins an empty part", lines: [head, "", "--b", "", "x", "--b", ""], paths: ["1", "1.1", "1.2"], codes: ["boundary-unclosed"]),
        Case(testDescription: "no message in message/rfc822", lines: ["Content-Type: message/rfc822", "", "no header", "at all"], paths: ["1"], codes: ["header-without-separator"]),
        Case(testDescription: "a message without fields", lines: ["Content-Type: message/rfc822", "", "", "x"], paths: ["1", "1.1"], codes: []),
        Case(testDescription: "a message behind an mbox line", lines: ["Content-Type: message/rfc822", "", "From a@b Mon Jan 1 2024", "Subject: x", "", "y"], paths: ["1", "1.1"], codes: ["mbox-from"]),
        Case(testDescription: "no message in base64 in message/rfc822", lines: ["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "", "bm8gaGVhZGVy"], paths: ["1"],
             codes: ["encoded-container", "header-without-separator"]),
        Case(testDescription: "a multipart beats a text before it", lines: ["Content-Type: text/plain", head, "", "--b", "", "x", "--b--"], paths: ["1", "1.1"], codes: ["duplicate-header"]),
        Case(testDescription: "the outer delimiter ends the inner multipart", lines: [head, "", "--b", "Content-Type: multipart/mixed; boundary=bb", "", "--bb", "", "x", "--b", "", "y", "--b--"],
             paths: ["1", "1.1", "1.1.1", "1.2"], codes: ["boundary-unclosed"]),
        Case(testDescription: "digest", lines: ["Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: x", "", "y", "--b--"], paths: ["1", "1.1", "1.1.1"], codes: []),
        Case(testDescription: "header cut by a delimiter", lines: [head, "", "--b", "A: 1", "--b--"], paths: ["1", "1.1"], codes: []),
        Case(testDescription: "boundary of hyphens", lines: ["Content-Type: multipart/mixed; boundary=\"b--\"", "", "--b--", "", "x", "--b----"], paths: ["1", "1.1"], codes: []),
        Case(testDescription: "boundary like an encoded word", lines: ["Content-Type: multipart/mixed; boundary=\"=?b?q?\"", "", "--=?b?q?", "", "x", "--=?b?q?--"], paths: ["1", "1.1"], codes: []),
        Case(testDescription: "continued boundary", lines: ["Content-Type: multipart/mixed; boundary*0=a; boundary*1=b", "", "--ab", "", "x", "--ab--"], paths: ["1", "1.1"], codes: []),
    ]

    @Test(arguments: cases) func structure(_ row: Case) {
        for lineEnd in ["\r\n", "\n"] {
            let message = Message(octets: Sample.octets(["From: a@b.example", "Date: 1 Jan 2024 00:00:00 +0000"] + row.lines, lineEnd: lineEnd))
            #expect(message.parts.map(\.path) == row.paths)
            #expect(message.defects.map(\.code).filter { $0 != "bare-lf" } == row.codes)
        }
    }

    @Test(arguments: [
        ("text/plain; charset=utf-8", "text/plain", "charset=utf-8"), ("TEXT/Html ;Charset = \"x y\" ; ", "text/html", "charset=x y"), ("text/plain (a comment); (b) charset=us-ascii (c)", "text/plain", "charset=us-ascii"),
        ("application/x; name=a b.pdf; x=1", "application/x", "name=a b.pdf,x=1"), ("application/x; name=\"a;b\\\"c\"", "application/x", "name=a;b\"c"), ("application/x; name=\"C:\\dir\\f.txt\"", "application/x", "name=C:\\dir\\f.txt"),
        ("application/x; name*=utf-8'en'%e2%82%ac%20rates", "application/x", "name=€ rates"), ("application/x; name*0*=iso-8859-1''caf; name*1*=%E9; name*2=\" x\"", "application/x", "name=café x"),
        ("application/x; name*1=b; name*0=a", "application/x", "name=ab"), ("application/x; name=plain; name*=utf-8''better", "application/x", "name=better"),
        ("application/x; name=\"=?utf-8?q?a=C3=A4?=\"", "application/x", "name=aä"), ("application/x; name=\"unclosed", "application/x", "name=unclosed"), ("text/plain charset=utf-8", "text/plain", "charset=utf-8"),
        ("text", "text/", ""), ("text/plain;;;charset=a;", "text/plain", "charset=a"), ("text/plain; =x; charset=a", "text/plain", "charset=a"), ("text/plain; flowed; charset=a", "text/plain", "charset=a"),
    ]) func contentType(_ written: String, _ type: String, _ parameters: String) {
        let found = Sample.message("Content-Type: \(written)", "").root.contentType
        #expect(found.mediaType == type)
        #expect(found.parameters.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: ",") == parameters)
    }

    @Test(arguments: [
        ("base64", "aGVsbG8=", "hello", ""), ("BASE64", "aGVs\r\nbG8=\r\n", "hello", ""), ("base64", "a G\tV s b G 8 =", "hello", ""), ("base64", "aGVsbG8", "hel", "truncated-base64"),
        ("base64", "aGV*sbG8=", "hello", "invalid-base64"), ("base64", "aGk=aGk=", "hihi", "invalid-base64"), ("base64", "", "", ""), ("base64", "====", "", ""), ("base64", "a", "", "truncated-base64"),
        ("quoted-printable", "a=3Db=\r\nc", "a=bc", ""), ("quoted-printable", "a  \r\nb", "a\r\nb", ""), ("quoted-printable", "a=  \r\nb", "ab", ""), ("quoted-printable", "=e4=C4", "äÄ", ""),
        ("quoted-printable", "100=%", "100=%", "invalid-quoted-printable"), ("quoted-printable", "a=", "a", ""), ("quoted-printable", "a=4", "a=4", "invalid-quoted-printable"),
        ("x-uuencode", "junk\r\nbegin 644 x\r\n%:&5L;&\\\r\n`\r\nend\r\n", "hello", ""), ("uuencode", "nothing", "nothing", "invalid-uuencode"), ("x-uue", "begin 644 x\r\n%:&5L;&\\\r\n", "hello", "invalid-uuencode"),
        ("7bit", "x", "x", ""), ("8bit", "x", "x", ""), ("binary", "x", "x", ""), ("x-what", "x", "x", "unknown-transfer-encoding"), ("\"base64\"", "aGk=", "aGk=", "unknown-transfer-encoding"), ("base64 (comment)", "aGk=", "hi", ""),
    ]) func transferEncoding(_ name: String, _ body: String, _ decoded: String, _ code: String) {
        let message = Sample.part(["From: a@b.example", "Date: 1 Jan 2024 00:00:00 +0000", "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: \(name)"], Array(body.utf8))
        #expect(message.root.decodedText == decoded)
        #expect(message.defects.map(\.code) == (code.isEmpty ? [] : [code]))
    }

    @Test func longBase64() {
        let octets = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        for width in [4, 57, 76, 77, 1000] {
            let message = Sample.part(["Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64"], Self.base64(octets, width: width))
            #expect(message.root.decoded == octets)
            #expect(message.attachments.first?.size == octets.count)
        }
    }

    static func base64(_ octets: [UInt8], width: Int) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = [], column = 0
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : 61)
                column += 1
                if column == width { text += [13, 10]; column = 0 }
            }
        }
        return text
    }
}

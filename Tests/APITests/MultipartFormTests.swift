import Testing
import Verdicts

@Suite struct MultipartFormTests {
    private func parse(_ text: String, boundary: String = "b") throws -> [(String, String)] {
        let octets = Array(text.utf8)
        return try MultipartForm.parse(octets, boundary: Array(boundary.utf8)).parts.map { ($0.name, String(decoding: octets[$0.content], as: UTF8.self)) }
    }

    private static let field = "Content-Disposition: form-data; name=\"x\"\r\n"

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        let contents: [String]?
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "one part", text: "--b\r\n\(field)\r\nhello\r\n--b--\r\n", contents: ["hello"]),
        Row(name: "no line end at the end", text: "--b\r\n\(field)\r\nhello\r\n--b--", contents: ["hello"]),
        Row(name: "preamble and epilogue", text: "before\r\n--b\r\n\(field)\r\nhello\r\n--b--\r\nafter --b\r\n--b\r\n", contents: ["hello"]),
        Row(name: "two parts", text: "--b\r\n\(field)\r\n1\r\n--b\r\n\(field)\r\n2\r\n--b--\r\n", contents: ["1", "2"]),
        Row(name: "padding behind boundaries", text: "--b \t\r\n\(field)\r\nhello\r\n--b-- \r\n", contents: ["hello"]),
        Row(name: "empty content", text: "--b\r\n\(field)\r\n\r\n--b--\r\n", contents: [""]),
        Row(name: "no content", text: "--b\r\n\(field)--b--\r\n", contents: [""]),
        Row(name: "line ends at the end of the content", text: "--b\r\n\(field)\r\nhello\r\n\r\n\r\n--b--\r\n", contents: ["hello\r\n\r\n"]),
        Row(name: "what looks like a boundary", text: "--b\r\n\(field)\r\n--bx\r\n --b\r\n-b\r\n--\r\n--b-x\r\n--b--x\r\n\r\n--b--\r\n", contents: ["--bx\r\n --b\r\n-b\r\n--\r\n--b-x\r\n--b--x\r\n"]),
        Row(name: "bare line ends are content", text: "--b\r\n\(field)\r\na\n--b\nb\r--b\rc\r\n--b--\r\n", contents: ["a\n--b\nb\r--b\rc"]),
        Row(name: "carriage returns before a boundary", text: "--b\r\n\(field)\r\na\r\r\r\n--b--\r\n", contents: ["a\r\r"]),
        Row(name: "folded field", text: "--b\r\nContent-Disposition: form-data;\r\n name=x\r\n\r\nhello\r\n--b--\r\n", contents: ["hello"]),
        Row(name: "quoted name", text: "--b\r\nContent-Disposition: form-data; name=\"a\\\"b\"; filename=\"c;d\"\r\n\r\nhello\r\n--b--\r\n", contents: ["hello"]),
        Row(name: "encodings that change nothing", text: "--b\r\n\(field)Content-Transfer-Encoding: 8BIT\r\n\r\nhello\r\n--b--\r\n", contents: ["hello"]),
        Row(name: "no parts", text: "--b--\r\n", contents: []),
        Row(name: "empty", text: "", contents: nil),
        Row(name: "no boundary", text: "hello", contents: nil),
        Row(name: "not closed", text: "--b\r\n\(field)\r\nhello\r\n", contents: nil),
        Row(name: "closed in the middle of a line", text: "--b\r\n\(field)\r\nhello--b--\r\n", contents: nil),
        Row(name: "no name", text: "--b\r\nContent-Disposition: form-data\r\n\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "empty name", text: "--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "two names", text: "--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "two dispositions", text: "--b\r\n\(field)\(field)\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "no header", text: "--b\r\n\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "an attachment", text: "--b\r\nContent-Disposition: attachment; name=x\r\n\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "base64", text: "--b\r\n\(field)Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n", contents: nil),
        Row(name: "no field", text: "--b\r\n\(field)rubbish\r\n\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "open quote", text: "--b\r\nContent-Disposition: form-data; name=\"x\r\n\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "long header", text: "--b\r\n\(field)X: \(String(repeating: "x", count: 9000))\r\n\r\nhello\r\n--b--\r\n", contents: nil),
        Row(name: "many parts", text: String(repeating: "--b\r\n\(field)\r\n1\r\n", count: 17) + "--b--\r\n", contents: nil),
    ])
    func parts(_ row: Row) throws {
        if let contents = row.contents {
            #expect(try parse(row.text).map(\.1) == contents)
        } else {
            #expect(throws: InvalidMultipart.self) { try parse(row.text) }
        }
    }

    @Test func whatAPartSays() throws {
        let octets = Array("--b\r\nContent-Disposition: form-data; name=message; filename=\"m.eml\"\r\nContent-Type: Message/RFC822; charset=x\r\n\r\nhello\r\n--b--\r\n".utf8)
        let part = try #require(try MultipartForm.parse(octets, boundary: Array("b".utf8)).parts.first)
        #expect(part.name == "message" && part.fileName == "m.eml" && part.mediaType == "message/rfc822")
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=abc", "abc"), ("Multipart/Form-Data;BOUNDARY=\"a b:c\" ; x=y", "a b:c"), ("multipart/form-data; boundary=" + String(repeating: "a", count: 70), String(repeating: "a", count: 70)),
        ("multipart/form-data; boundary=" + String(repeating: "a", count: 71), nil), ("multipart/form-data; boundary=\"a \"", nil), ("multipart/form-data; boundary=\"\"", nil), ("multipart/form-data", nil),
        ("multipart/mixed; boundary=abc", nil), ("multipart/form-data; boundary=a; boundary=b", nil), ("multipart/form-data; boundary=\"a\\\r\"", nil), ("multipart/form-data; boundary=a;;", "a"), ("", nil),
    ])
    func boundaries(_ value: String, _ boundary: String?) {
        #expect(MultipartForm.boundary(of: value).map { String(decoding: $0, as: UTF8.self) } == boundary)
    }

    /// Every delimiter cut short at every place is content or an error, never a crash.
    @Test func everyBeginning() {
        let octets = Array("x\r\n--b \r\n\(Self.field)Content-Type: text/plain\r\n\r\nhello\r\n--b\r\n\(Self.field)\r\n\r\n--b-- \r\n".utf8)
        for count in 0...octets.count {
            if let form = try? MultipartForm.parse(Array(octets.prefix(count)), boundary: Array("b".utf8)) {
                #expect(form.parts.count == 2)
                #expect(count >= octets.count - 3)
            }
        }
    }
}

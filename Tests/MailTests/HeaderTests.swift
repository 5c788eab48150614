import Mail
import Testing

@Suite struct HeaderTests {
    @Test func fieldsKeepTheirOctets() {
        let octets = Sample.octets(["Subject: one", "\ttwo", "X-Odd : a ", "x-odd:b", ""]) + Array("body: no".utf8)
        let header = HeaderSection(octets: octets)
        #expect(header.fields.map(\.name) == ["Subject", "X-Odd", "x-odd"])
        #expect(header.fields.map { String(decoding: $0.octets, as: UTF8.self) } == ["Subject: one\r\n\ttwo\r\n", "X-Odd : a \r\n", "x-odd:b\r\n"])
        #expect(header.first("SUBJECT")?.value == "one\ttwo")
        #expect(header.first("subject").map { String(decoding: $0.rawValue, as: UTF8.self) } == " one\r\n\ttwo")
        #expect(header.all("X-ODD").map(\.value) == ["a", "b"])
        #expect(header.first("absent") == nil)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var lines: [String]
        var names: [String]
        var body: String
        var code: String?
    }

    static let cases: [Case] = [
        Case(testDescription: "no header at all", lines: ["hello", "x: y"], names: [], body: "hello\r\nx: y\r\n", code: "header-without-separator"),
        Case(testDescription: "body at once", lines: ["", "hello"], names: [], body: "hello\r\n", code: nil),
        Case(testDescription: "a line that is none is passed over", lines: ["A: 1", "what is this", "B: 2", "", "t"], names: ["A", "B"], body: "t\r\n", code: "malformed-header"),
        Case(testDescription: "no empty line: the body begins at the stray line", lines: ["A: 1", "what is this", "b: c"], names: ["A"], body: "what is this\r\nb: c\r\n", code: "header-without-separator"),
        Case(testDescription: "a stray line before fields of a message", lines: ["junk", "Subject: 1", "", "t"], names: ["Subject"], body: "t\r\n", code: "malformed-header"),
        Case(testDescription: "a stray line before other fields", lines: ["junk", "A: 1", "", "t"], names: [], body: "junk\r\nA: 1\r\n\r\nt\r\n", code: "header-without-separator"),
        Case(testDescription: "a stray line before fields and no empty line", lines: ["junk", "Subject: 1", "t"], names: [], body: "junk\r\nSubject: 1\r\nt\r\n", code: "header-without-separator"),
        Case(testDescription: "a stray line before a delimiter", lines: ["junk", "Subject: 1", "--x", "", "t"], names: [], body: "junk\r\nSubject: 1\r\n--x\r\n\r\nt\r\n", code: "header-without-separator"),
        Case(testDescription: "mbox line", lines: ["From a@b Mon Jan 1 2024", "A: 1", "", "t"], names: ["A"], body: "t\r\n", code: "mbox-from"),
        Case(testDescription: "leading continuation", lines: [" x", "A: 1", "", "t"], names: [], body: " x\r\nA: 1\r\n\r\nt\r\n", code: "header-without-separator"),
        Case(testDescription: "line of blanks continues", lines: ["A: 1", "  ", " 2", "", "t"], names: ["A"], body: "t\r\n", code: nil),
        Case(testDescription: "delimiter instead of the empty line", lines: ["A: 1", "--x", "B: 1"], names: ["A"], body: "--x\r\nB: 1\r\n", code: "header-without-separator"),
        Case(testDescription: "empty name", lines: ["A: 1", ": 2", "", "t"], names: ["A"], body: "t\r\n", code: "malformed-header"),
    ]

    @Test(arguments: cases) func headerEnds(_ row: Case) {
        let message = Message(octets: Sample.octets(row.lines))
        #expect(message.header.fields.map(\.name) == row.names)
        #expect(String(decoding: message.root.body, as: UTF8.self) == row.body)
        if let code = row.code { #expect(message.defects.map(\.code).contains(code)) }
    }

    @Test(arguments: [
        ("plain", "plain"), ("=?utf-8?q?a_=C3=A4?=", "a ä"), ("=?utf-8?B?w6Q=?= =?utf-8?b?w7Y=?=", "äö"), ("=?utf-8?b?w6Q=?= x =?utf-8?b?w7Y=?=", "ä x ö"),
        ("=?iso-8859-1?Q?=E4?=", "ä"), ("=?windows-1251?b?z/Do4uXy?=", "Привет"), ("=?koi8-r?Q?=F0=D2?=", "Пр"), ("=?iso-2022-jp?B?GyRCJDMbKEI=?=", "こ"),
        // One character in two words.
        ("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"), ("=?utf-8*de?q?=C3=A4?=", "ä"), ("=?utf-8?q?a b?=", "a b"), ("=?UTF-8?Q??=", ""),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="), ("=?utf-8?q?a", "=?utf-8?q?a"), ("=?utf-8?q?a =?utf-8?q?b?=", "=?utf-8?q?a b"), ("=??q?a?=", "=??q?a?="), ("= ?", "= ?"), ("=?", "=?"),
    ]) func encodedWords(_ written: String, _ text: String) {
        #expect(HeaderSection(octets: Array("Subject: \(written)\r\n".utf8)).first("subject")?.text == text)
    }

    @Test func eightBitHeaders() {
        let latin = Message(octets: Array("Subject: caf".utf8) + [0xe9] + Array("\r\n\r\n".utf8))
        #expect(latin.subject == "café")
        #expect(latin.has(.eightBitHeader))
        let utf8 = Message(octets: Array("Subject: café\r\n\r\n".utf8))
        #expect(utf8.subject == "café")
        #expect(!utf8.has(.eightBitHeader))
        #expect(Message(octets: Array("Subject: =?x-none?q?a?=\r\n\r\n".utf8)).has(.unknownCharset))
        #expect(Message(octets: Array("Subject: =?utf-8?q?a\r\n\r\n".utf8)).has(.invalidEncodedWord))
    }

    @Test func faultsOfTheHeader() {
        let message = Sample.message("From: a@b.example", "from: c@d.example", "Subject: x", "Date: yesterday", "")
        #expect(message.from.map(\.address) == ["a@b.example", "c@d.example"])
        #expect(message.has(.duplicateHeader) && message.has(.malformedDate))
        #expect(!message.has(.missingFrom) && !message.has(.missingDate))
        #expect(message.defects.first { $0.kind == .duplicateHeader }?.detail == "from")
        #expect(Message(octets: Array("X: ".utf8) + [UInt8](repeating: 97, count: 1000) + Array("\r\n\r\n".utf8)).has(.headerLineTooLong))
    }
}

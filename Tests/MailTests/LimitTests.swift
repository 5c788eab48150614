import Mail
import Synchronization
import TestSupport
import Testing

@Suite struct LimitTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String { limit.rawValue }
        var limit: MessageLimit
        var set: @Sendable (inout MessageLimits) -> Void
        var octets: [UInt8]
    }

    static func row(_ limit: MessageLimit, _ lines: [String], _ set: @escaping @Sendable (inout MessageLimits) -> Void) -> Row {
        Row(limit: limit, set: set, octets: Sample.octets(lines))
    }

    static let mixed = ["Content-Type: multipart/mixed; boundary=b", ""]
    static let rows: [Row] = [
        row(.headerOctets, ["A: 1", "B: 2", "C: 3", "", "x"]) { $0.headerOctets = 8 },
        row(.headerFields, ["A: 1", "B: 2", "C: 3", "", "x"]) { $0.headerFields = 2 },
        row(.allHeaderFields, mixed + ["--b", "A: 1", "B: 2", "", "x", "--b--"]) { $0.allHeaderFields = 2 },
        row(.headerFieldOctets, ["Subject: abcdefghij", "", "x"]) { $0.headerFieldOctets = 8 },
        row(.parts, mixed + ["--b", "", "x", "--b", "", "y", "--b--"]) { $0.parts = 2 },
        row(.nesting, mixed + ["--b", "Content-Type: multipart/mixed; boundary=c", "", "--c", "", "x", "--c--", "--b--"]) { $0.nesting = 1 },
        row(.nestedMessages, ["Content-Type: message/rfc822", "", "Content-Type: message/rfc822", "", "Subject: x", "", "y"]) { $0.nestedMessages = 1 },
        row(.parameters, ["Content-Type: a/b; c=1; d=2; e=3", "", "x"]) { $0.parameters = 2 },
        row(.continuations, ["Content-Type: a/b; c*0=1; c*1=2; c*2=3", "", "x"]) { $0.continuations = 2 },
        row(.encodedWords, ["Subject: =?utf-8?q?a?= =?utf-8?q?b?= =?utf-8?q?c?=", "", "x"]) { $0.encodedWords = 2 },
        row(.boundaryOctets, ["Content-Type: multipart/mixed; boundary=abcdefgh", "", "--abcdefgh", "", "x"]) { $0.boundaryOctets = 7 },
        row(.delimiterLines, mixed + ["--bc", "--bd", "--b", "", "x", "--b--"]) { $0.delimiterLines = 2 },
        row(.otherReadings, ["Content-Type: text/plain", "Content-Type: text/html", "", "x"]) { $0.otherReadings = 1 },
        row(.otherReadingOctets, ["Content-Type: text/plain", "Content-Type: text/html", "", "<b>x"]) { $0.otherReadingOctets = 5 },
        row(.addresses, ["To: a@x.example, b@x.example, c@x.example", "", "x"]) { $0.addresses = 2 },
        row(.receivedFields, ["Received: from a by b; x", "Received: from a by b; x", "", "x"]) { $0.receivedFields = 1 },
        row(.urls, ["", "http://a.example http://b.example http://c.example"]) { $0.urls = 2 },
        row(.urlOctets, ["", "http://a.example/abcdefghijklmnopqrstuvwxyz"]) { $0.urlOctets = 20 },
        row(.htmlDepth, ["Content-Type: text/html", "", "<b><i><u>x"]) { $0.htmlDepth = 2 },
        row(.htmlTags, ["Content-Type: text/html", "", "<b></b><b></b>x"]) { $0.htmlTags = 3 },
        row(.htmlAttributes, ["Content-Type: text/html", "", "<b a=1 b=2 c=3>x"]) { $0.htmlAttributes = 2 },
        row(.textOctets, ["", "0123456789abcdef"]) { $0.textOctets = 10 },
        row(.attachments, mixed + ["--b", "Content-Type: a/b", "", "x", "--b", "Content-Type: a/b", "", "y", "--b--"]) { $0.attachments = 1 },
        row(.decodedOctets, mixed + ["--b", "Content-Type: a/b", "", "x", "--b", "Content-Type: a/b", "", "yyyyyyyyyy", "--b--"]) { $0.decodedOctets = 5 },
        row(.fileNameOctets, ["Content-Type: a/b; name=abcdefghijk", "", "x"]) { $0.fileNameOctets = 5 },
    ]

    @Test(arguments: rows) func limitIsMet(_ row: Row) {
        var limits = MessageLimits()
        #expect(!Message(octets: row.octets).has(.limitMet(row.limit)))
        row.set(&limits)
        let message = Message(octets: row.octets, limits: limits)
        #expect(message.has(.limitMet(row.limit)), "\(message.defects.map(\.code))")
        #expect(message.octets == row.octets)
        #expect(message.digest == Message(octets: row.octets).digest)
    }

    @Test func everyLimitHasARow() { #expect(Set(Self.rows.map(\.limit)) == Set(MessageLimit.allCases)) }

    @Test func limitsOfZeroAreLimits() {
        var limits = MessageLimits()
        limits.headerOctets = 0; limits.headerFields = 0; limits.allHeaderFields = 0; limits.headerFieldOctets = 0; limits.parts = 0; limits.nesting = 0
        limits.nestedMessages = 0; limits.parameters = 0; limits.continuations = 0; limits.encodedWords = 0; limits.boundaryOctets = 0; limits.addresses = 0
        limits.delimiterLines = 0; limits.otherReadings = 0; limits.otherReadingOctets = 0
        limits.receivedFields = 0; limits.urls = 0; limits.urlOctets = 0; limits.htmlDepth = 0; limits.htmlTags = 0; limits.htmlAttributes = 0
        limits.textOctets = 0; limits.attachments = 0; limits.decodedOctets = 0; limits.fileNameOctets = 0
        for (_, octets) in Sample.kinds { #expect(Message(octets: octets, limits: limits).octets == octets) }
    }

    static func repeated(_ head: String, _ piece: String, _ count: Int, _ tail: String = "") -> [UInt8] {
        var octets = Array(head.utf8)
        let unit = Array(piece.utf8)
        octets.reserveCapacity(octets.count + unit.count * count + tail.utf8.count)
        for _ in 0..<count { octets += unit }
        return octets + Array(tail.utf8)
    }

    struct Flood: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: String
        var make: @Sendable () -> [UInt8]
    }

    static let floods: [Flood] = [
        Flood(testDescription: "100,000 parts", code: "limit-met.parts") { repeated("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\nx\r\n", 100_000) },
        Flood(testDescription: "1,000 nested multiparts", code: "nesting-too-deep") { (0..<1000).flatMap { Array("Content-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n".utf8) } },
        Flood(testDescription: "1,000 nested messages", code: "nesting-too-deep") { repeated("", "Content-Type: message/rfc822\r\n\r\n", 1000) },
        Flood(testDescription: "20 MB header line", code: "limit-met.header-field-octets") { repeated("Subject: ", "aaaaaaaaaa", 2_000_000, "\r\n\r\nx") },
        Flood(testDescription: "1,000,000 header fields", code: "limit-met.header-fields") { repeated("", "X: y\r\n", 1_000_000, "\r\nx") },
        Flood(testDescription: "50 MB text", code: "limit-met.text-octets") { repeated("Subject: x\r\n\r\n", "The quick brown fox http://example.org/ jumps over the lazy dog..\r\n", 750_000) },
        Flood(testDescription: "a million open tags", code: "limit-met.html-tags") { repeated("Content-Type: text/html\r\n\r\n", "<b>", 1_000_000) },
        Flood(testDescription: "a million open comments of an address", code: "header-line-too-long") { repeated("From: ", "(", 1_000_000) },
        Flood(testDescription: "mailboxes in brackets without end", code: "limit-met.addresses") { repeated("From: <", "a@b ", 16_300, "\r\n\r\nx") },
        Flood(testDescription: "empty words before each @ in brackets", code: "limit-met.addresses") { repeated("From: <", "\"\"@b ", 13_000, "\r\n\r\nx") },
        Flood(testDescription: "a bracket in each mailbox", code: "limit-met.addresses") { repeated("To: ", "a@b <", 13_000, "\r\n\r\nx") },
        Flood(testDescription: "a million attributes", code: "limit-met.html-attributes") { repeated("Content-Type: text/html\r\n\r\n<a", " b=\"", 1_000_000) },
        Flood(testDescription: "a million encoded words", code: "invalid-encoded-word") { repeated("Subject: ", "=?utf-8?q?=?", 1_000_000) },
        Flood(testDescription: "lines that begin with one of 40 boundaries", code: "boundary-missing") {
            (0..<40).flatMap { n in
                let boundary = String(repeating: "a", count: 1000 - n)
                return Array("Content-Type: multipart/mixed; boundary=\(boundary)\r\n\r\n--\(boundary)x\r\n".utf8)
            } + repeated("\r\n", "--" + String(repeating: "a", count: 960) + "y\r\n", 20_000)
        },
        Flood(testDescription: "delimiters under 50 boundaries", code: "nesting-too-deep") {
            (0..<60).flatMap { Array("Content-Type: multipart/mixed; boundary=----------------b\($0)\r\n\r\n------------------b\($0)\r\n".utf8) } + repeated("\r\n", "------------------c\r\n", 200_000)
        },
    ]

    /// On a thread with a small stack: nothing recurses.
    @Test(.longWork, arguments: floods) func floodIsBounded(_ flood: Flood) throws {
        let octets = flood.make()
        let message = try #require(SmallStack.run { Message(octets: octets) })
        #expect(message.defects.map(\.code).contains(flood.code), "\(message.defects.map(\.code))")
        #expect(message.octets.count == octets.count)
        #expect(message.parts.count <= MessageLimits().parts && message.urls.count <= MessageLimits().urls)
    }
}

import Mail
import Testing

/// Parts that only some readers of mail find: they are seen, the defects tell why, and they take no more than the limits leave.
@Suite struct OtherReadingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var lines: [String]
        /// Of ``Message/parts``: the first reading, which no other one changes.
        var paths: [String]
        /// Of ``Message/texts`` and ``Message/attachments``, each with the path of its part; of texts the first line.
        var texts: [String]
        var files: [String] = []
        var codes: [String]
    }

    static let plain = "Content-Type: text/plain", html = "Content-Type: text/html", message = "Content-Type: message/rfc822", base64 = "Content-Transfer-Encoding: base64"
    static let b = "Content-Type: multipart/mixed; boundary=b", c = "Content-Type: multipart/mixed; boundary=c"
    static let first = ["--b", "", "one", "--b--"], hidden = ["--c", html, base64, "", "PGI+dHdvPC9iPg==", "--c", "Content-Type: a/b", base64, "", "TVqQAA==", "--c--"]
    static let cases: [Case] = [
        Case(testDescription: "two multiparts", lines: [b, c, ""] + first + hidden, paths: ["1", "1.1"], texts: ["1.1 one", "1 two"], files: ["1 a/b pe"], codes: ["duplicate-header"]),
        Case(testDescription: "the second multipart among three types", lines: [plain, c, plain, ""] + hidden, paths: ["1"], texts: ["1 --c", "1 two"], files: ["1 a/b pe"], codes: ["duplicate-header"]),
        Case(testDescription: "two multiparts, of which one has no delimiter", lines: [b, c, ""] + first, paths: ["1", "1.1"], texts: ["1.1 one", "1 --b"], codes: ["duplicate-header"]),
        Case(testDescription: "one multipart, named twice", lines: [b, b + "; x=y", ""] + first, paths: ["1", "1.1"], texts: ["1.1 one"], codes: ["duplicate-header"]),
        Case(testDescription: "of a multipart that is mixed and digest", lines: [b, "Content-Type: multipart/digest; boundary=b", "", "--b", "", html, "", "<b>in</b>", "--b--"],
             paths: ["1", "1.1"], texts: ["1.1 Content-Type: text/html", "1 in"], codes: ["duplicate-header"]),
        Case(testDescription: "two boundaries", lines: [b + "; boundary=c", ""] + first + hidden, paths: ["1", "1.1"], texts: ["1.1 one", "1 two"], files: ["1 a/b pe"], codes: ["duplicate-parameter"]),
        Case(testDescription: "one boundary, named twice", lines: [b + "; boundary=\"b\"", ""] + first, paths: ["1", "1.1"], texts: ["1.1 one"], codes: ["duplicate-parameter"]),
        Case(testDescription: "a boundary and one in segments", lines: [b + "; boundary*0=\"\"; boundary*1=c", ""] + first + hidden, paths: ["1", "1.1"], texts: ["1.1 one", "1 two"], files: ["1 a/b pe"], codes: ["duplicate-parameter"]),
        Case(testDescription: "an encoded boundary and a plain one", lines: ["Content-Type: multipart/mixed; boundary*=us-ascii''b; boundary=c", ""] + first + hidden,
             paths: ["1", "1.1"], texts: ["1.1 one", "1 two"], files: ["1 a/b pe"], codes: ["duplicate-parameter"]),
        Case(testDescription: "two boundaries of the second multipart", lines: [b, "Content-Type: multipart/mixed; boundary=d; boundary=c", ""] + first + ["--d", "", "three", "--d--"] + hidden,
             paths: ["1", "1.1"], texts: ["1.1 one", "1 three", "1 two"], files: ["1 a/b pe"], codes: ["duplicate-header"]),
        Case(testDescription: "a text or a message", lines: [plain, message, "", "Subject: x", html, base64, "", "PGI+dHdvPC9iPg=="], paths: ["1"], texts: ["1 Subject: x", "1 two"], codes: ["duplicate-header"]),
        Case(testDescription: "a text or a message in base64", lines: [plain, message, base64, "", "U3ViamVjdDogeA0KQ29udGVudC1UeXBlOiB0ZXh0L2h0bWwNCg0KPGI+dHdvPC9iPg=="], paths: ["1"],
             texts: ["1 Subject: x", "1 two"], codes: ["duplicate-header"]),
        Case(testDescription: "a message or a multipart", lines: [message, b, "", "Subject: x", html, "", "<b>two</b>", ""] + first, paths: ["1", "1.1"],
             texts: ["1.1 one", "1 two --b one --b--"], codes: ["duplicate-header"]),
        Case(testDescription: "a part that is a text or a multipart", lines: [b, "", "--b", plain, message, "", c, ""] + hidden + ["--b--"], paths: ["1", "1.1"],
             texts: ["1.1 Content-Type: multipart/mixed; boundary=c", "1.1 two"], files: ["1.1 a/b pe"], codes: ["duplicate-header"]),
        Case(testDescription: "a file of two types", lines: ["Content-Type: a/b", "Content-Type: c/d", base64, "", "TVqQAA=="], paths: ["1"], texts: [], files: ["1 a/b pe", "1 c/d pe"], codes: ["duplicate-header"]),
        Case(testDescription: "a longer line before the boundary", lines: [b, "", "--bx", html, base64, "", "PGI+dHdvPC9iPg=="] + first, paths: ["1", "1.1"], texts: ["1.1 one", "1 two"], codes: ["ambiguous-delimiter"]),
        Case(testDescription: "a longer line behind the boundary", lines: [b, "", "--b", "", "one", "--bx", "Content-Type: a/b", base64, "", "TVqQAA==", "--b--"], paths: ["1", "1.1"],
             texts: ["1.1 one", "1 one"], files: ["1 a/b pe"], codes: ["ambiguous-delimiter"]),
        Case(testDescription: "a longer line behind the last boundary", lines: [b, ""] + first + ["--bx", html, base64, "", "PGI+dHdvPC9iPg=="], paths: ["1", "1.1"], texts: ["1.1 one", "1 two"], codes: ["ambiguous-delimiter"]),
        Case(testDescription: "a longer line in a header", lines: [b, "", "--b", "X: y", "--bx", html, base64, "", "PGI+dHdvPC9iPg==", "--b--"], paths: ["1", "1.1"],
             texts: ["1.1 --bx", "1 two"], codes: ["header-without-separator", "ambiguous-delimiter"]),
        Case(testDescription: "longer lines, of two boundaries", lines: [b + "; boundary=c", ""] + first + ["--cx", html, base64, "", "PGI+dHdvPC9iPg==", "--c", "", "three", "--c--"],
             paths: ["1", "1.1"], texts: ["1.1 one", "1 three", "1 two"], codes: ["duplicate-parameter"]),
        Case(testDescription: "an inner boundary that begins with the outer one", lines: [b, "", "--b", "Content-Type: multipart/mixed; boundary=bb", "", "--bb", "", "one", "--bb--", "--b--"],
             paths: ["1", "1.1", "1.1.1"], texts: ["1.1.1 one"], codes: []),
        Case(testDescription: "two ways, one inside the other", lines: [b, "Content-Type: multipart/mixed; boundary=d", ""] + first + ["--d", plain, c, "", "--cx", html, "", "<b>three</b>"] + hidden + ["--d--"],
             paths: ["1", "1.1"], texts: ["1.1 one", "1 two", "1 three", "1 --cx"], files: ["1 a/b pe"], codes: ["duplicate-header"]),
        Case(testDescription: "delimiters behind a line of the header that is none", lines: [c, "junk", "--c", html, "", "<b>two</b>", "--c--"], paths: ["1"],
             texts: ["1 <b>two</b>", "1 two --c--", "1 two"], codes: ["malformed-header", "duplicate-header"]),
    ]

    @Test(arguments: cases) func partsAreSeen(_ row: Case) {
        let message = Message(octets: Sample.octets(["From: a@b.example", "Date: 1 Jan 2024 00:00:00 +0000"] + row.lines))
        #expect(message.parts.map(\.path) == row.paths)
        #expect(message.texts.map { "\(message.parts[$0.part].path) \($0.text.split(whereSeparator: \.isNewline).first ?? "")" } == row.texts)
        #expect(message.attachments.map { "\(message.parts[$0.part].path) \($0.declaredType) \($0.kind.rawValue)" } == row.files)
        #expect(message.defects.map(\.code) == row.codes)
    }

    /// Of each multipart are two readings, and the next one is in both: 2 to the power of the levels, without a bound.
    static func doubling(_ levels: Int) -> [String] {
        (0..<levels).flatMap { ["Content-Type: multipart/mixed; boundary=b\($0)z", "", "--b\($0)zz", "", "text \($0)", "--b\($0)z"] } + ["", "x"]
    }

    /// A text for each of the other readings of the message, and no more of them than the limit.
    static func fields(_ count: Int) -> [String] {
        (0..<count).map { "Content-Type: multipart/mixed; boundary=b\($0)" } + [""] + (0..<count).flatMap { ["--b\($0)", "", "text \($0)", "--b\($0)--"] }
    }

    struct Bound: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var lines: [String]
        var set: @Sendable (inout MessageLimits) -> Void
        var limit: MessageLimit
        /// Of ``Message/texts``.
        var texts: Int
    }

    static let nested = (0..<30).flatMap { _ in [plain, message, ""] } + ["x"]
    static let bounds: [Bound] = [
        Bound(testDescription: "fields, by number", lines: fields(1_000), set: { $0.otherReadingTimes = 1_000 }, limit: .otherReadings, texts: 500),
        Bound(testDescription: "fields, by a small number", lines: fields(10), set: { $0.otherReadings = 4 }, limit: .otherReadings, texts: 4),
        Bound(testDescription: "boundaries, by a small number", lines: [c + (0..<9).map { "; boundary=b\($0)" }.joined(), ""] + fields(9).drop { !$0.isEmpty },
              set: { $0.otherReadings = 3 }, limit: .otherReadings, texts: 4),
        Bound(testDescription: "fields, by octets", lines: fields(10), set: { $0.otherReadingOctets = 600 }, limit: .otherReadingOctets, texts: 3),
        Bound(testDescription: "fields, by times the message", lines: fields(1_000), set: { _ in }, limit: .otherReadingOctets, texts: 23),
        Bound(testDescription: "fields, by parts", lines: fields(10), set: { $0.parts = 6 }, limit: .parts, texts: 6),
        Bound(testDescription: "messages, by their number", lines: nested, set: { $0.nestedMessages = 5 }, limit: .nestedMessages, texts: 6),
        Bound(testDescription: "messages, by nesting", lines: nested, set: { $0.nesting = 5 }, limit: .nesting, texts: 6),
    ]

    @Test(arguments: bounds) func readingsAreBounded(_ row: Bound) {
        var limits = MessageLimits()
        row.set(&limits)
        let message = Message(octets: Sample.octets(row.lines), limits: limits)
        #expect(message.has(.limitMet(row.limit)), "\(message.defects.map(\.code))")
        #expect(message.texts.count == row.texts)
    }

    @Test(arguments: [4, 8, 12, 20, 40]) func nestedReadingsAreBounded(_ levels: Int) {
        var limits = MessageLimits()
        limits.otherReadingTimes = 1_000
        let message = Message(octets: Sample.octets(Self.doubling(levels)), limits: limits)
        #expect(message.parts.count == levels + 1)
        #expect(message.texts.count { $0.text.hasPrefix("text") } == levels)
        #expect(message.texts.count <= levels + 1 + MessageLimits().otherReadings)
        #expect(message.has(.limitMet(.otherReadings)) == (levels > 8))
    }

    /// Ambiguous parts of any number take what the limits leave; those of the first reading are all there.
    @Test func manyAmbiguousParts() {
        let piece = ["--a", Self.plain, Self.c + "; boundary=d", "", "--c", "", "one", "--d", "", "two"]
        let message = Message(octets: Sample.octets(["Content-Type: multipart/mixed; boundary=a", ""] + (0..<900).flatMap { _ in piece }))
        #expect(message.parts.count == 1_801)
        #expect(message.texts.count { $0.part % 2 == 0 } == 900)
        #expect(message.has(.limitMet(.otherReadings)))
    }
}

import Mail
import Testing

/// Parts that are replaced by texts, octet for octet.
@Suite struct ReplacementTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Lines, without a line break at the end.
        var text: String
        var notes: [Int: String] = [0: "note"]
        var drops = false
        /// `%` stands for the fields of a plain note, `&` for those of an encoded one in UTF-8.
        var result: String
    }

    static let fields = "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\nContent-Disposition: inline"
    static let encoded = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\nContent-Disposition: inline"
    static let b = "Content-Type: multipart/mixed; boundary=b\n"
    static let cases: [Case] = [
        Case(testDescription: "the message itself", text: "From: a@b\nContent-Type: a/b\nSubject: x\n\nTVqQ\n", result: "From: a@b\nSubject: x\n%\n\nnote\n"),
        Case(testDescription: "an empty message", text: "", result: "%\n\nnote\n"),
        Case(testDescription: "a header alone", text: "From: a@b\n", result: "From: a@b\n%\n\nnote\n"),
        Case(testDescription: "a header whose last line is open", text: "From: a@b", result: "From: a@b\n%\n\nnote\n"),
        Case(testDescription: "a body alone", text: "\nTVqQ", result: "%\n\nnote\n"),
        Case(testDescription: "a line that is no field, and no header", text: "TVqQ\nTVqQ\n", result: "%\n\nnote\n"),
        Case(testDescription: "a note of no octets", text: "A: 1\n\nTVqQ\n", notes: [0: ""], result: "A: 1\n%\n\n"),
        Case(testDescription: "a note in UTF-8, and no MIME-Version", text: "A: 1\n\nTVqQ\n", notes: [0: "ä"], result: "A: 1\nMIME-Version: 1.0\n&\n\nw6Q=\n"),
        Case(testDescription: "a note in UTF-8, and MIME-Version", text: "mime-version : 1.0\nA: 1\n\nTVqQ\n", notes: [0: "ä"], result: "mime-version : 1.0\nA: 1\n&\n\nw6Q=\n"),
        Case(testDescription: "a note with a delimiter", text: b + "\n--b\n\none\n--b--\n", notes: [1: "--b"], result: b + "\n--b\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: base64\nContent-Disposition: inline\n\nLS1i\n--b--\n"),
        Case(testDescription: "each field of the content, in any case, folded, twice", text: "CONTENT-md5: x\nContent-Type: a/b;\n name=x\n\tand=y\nA: 1\n 2\nContent-Type : c/d\ncontent-location:\n x\nContent-ID: <x>\nContent-Features: x\n\nx\n",
             result: "A: 1\n 2\nContent-ID: <x>\n%\n\nnote\n"),
        Case(testDescription: "a field of another name", text: "Contents: x\nX-Content-Type: y\n\nx\n", result: "Contents: x\nX-Content-Type: y\n%\n\nnote\n"),
        Case(testDescription: "a field behind a bare CR", text: "A: 1\rContent-Type: a/b\n ; x=y\nB: 2\n\nx\n", result: "A: 1\nB: 2\n%\n\nnote\n"),
        Case(testDescription: "a strange field behind a bare CR", text: "A: 1\rB: 2\r\u{1}cOntent -Type\u{0}: a/b\nB: 2\n\nx\n", result: "A: 1\rB: 2\nB: 2\n%\n\nnote\n"),
        Case(testDescription: "a field behind a bare CR of a folded line", text: "A: 1\n \rContent-Type: a/b\nB: 2\n\nx\n", result: "A: 1\nB: 2\n%\n\nnote\n"),
        Case(testDescription: "an end of the header of bare CR", text: "A: 1\r\rTVqQ\n\nx\n", result: "A: 1\n%\n\nnote\n"),
        Case(testDescription: "a delimiter behind a bare CR", text: "A: 1\r--b\n\nx\n", result: "A: 1\n%\n\nnote\n"),
        Case(testDescription: "bare CR that means nothing", text: "A: 1\r2\rContent-ID: x\n\nx\n", result: "A: 1\r2\rContent-ID: x\n%\n\nnote\n"),
        Case(testDescription: "lines that are no fields", text: "A: 1\njunk\n more\nB: 2\nContent\u{0}-Type: a/b\n\nx\n", result: "A: 1\nB: 2\n%\n\nnote\n"),
        Case(testDescription: "a line that is no field, and no empty line", text: "A: 1\njunk\nB: 2\n", result: "A: 1\n%\n\nnote\n"),
        Case(testDescription: "a line of blanks", text: "A: 1\n 2\n \t\n TVqQ\nB: 2\n\nx\n", result: "A: 1\n 2\nB: 2\n%\n\nnote\n"),
        Case(testDescription: "a line of blanks between bare CR", text: "A: 1\r \rTVqQ\nB: 2\n\nx\n", result: "A: 1\nB: 2\n%\n\nnote\n"),
        Case(testDescription: "an mbox line", text: "From a@b\nContent-Type: a/b\nA: 1\n\nx\n", result: "From a@b\nA: 1\n%\n\nnote\n"),
        Case(testDescription: "one part of two", text: b + "\npre\n--b\nContent-Type: a/b\nA: 1\n\none\n\n--b\n\ntwo\n--b--\npost\n", notes: [1: "note"], result: b + "\npre\n--b\nA: 1\n%\n\nnote\n--b\n\ntwo\n--b--\npost\n"),
        Case(testDescription: "both", text: b + "\n--b\n\none\n--b\n\ntwo\n--b--\n", notes: [1: "x", 2: "y\n", 7: "z", -1: "z"], result: b + "\n--b\n%\n\nx\n--b\n%\n\ny\n\n--b--\n"),
        Case(testDescription: "a part of a header", text: b + "\n--b\nContent-Type: a/b\nA: 1\n--b--\n", notes: [1: "note"], result: b + "\n--b\nA: 1\n%\n\nnote\n--b--\n"),
        Case(testDescription: "a part of a header and an empty line", text: b + "\n--b\nContent-Type: a/b\n\n--b--\n", notes: [1: "note"], result: b + "\n--b\n%\n\nnote\n--b--\n"),
        Case(testDescription: "a part of an empty line", text: b + "\n--b\n\n--b--\n", notes: [1: "note"], result: b + "\n--b\n%\n\nnote\n--b--\n"),
        Case(testDescription: "a part of nothing", text: b + "\n--b\n--b\n--b--\n", notes: [1: "x", 2: "y"], result: b + "\n--b\n%\n\nx\n--b\n%\n\ny\n--b--\n"),
        Case(testDescription: "a part without header", text: b + "\n--b\nTVqQ\nTVqQ\n--b--\n", notes: [1: "note"], result: b + "\n--b\n%\n\nnote\n--b--\n"),
        Case(testDescription: "a part without end", text: b + "\n--b\n\none", notes: [1: "note"], result: b + "\n--b\n%\n\nnote\n"),
        Case(testDescription: "a part of a message inside", text: "Content-Type: message/rfc822\n\n" + b + "\n--b\n\none\n--b--\n", notes: [2: "note"], result: "Content-Type: message/rfc822\n\n" + b + "\n--b\n%\n\nnote\n--b--\n"),
        Case(testDescription: "a message inside", text: "A: 1\nContent-Type: message/rfc822\n\n" + b + "\n--b\n\none\n--b--\n", notes: [1: "ä"],
             result: "A: 1\nContent-Type: message/rfc822\n\nMIME-Version: 1.0\n&\n\nw6Q=\n"),
        Case(testDescription: "a container, and a part inside it", text: "A: 1\n" + b + "\n--b\n\none\n--b--\n", notes: [0: "note", 1: "other"], result: "A: 1\n%\n\nnote\n"),
        Case(testDescription: "a container inside", text: b + "\n--b\nContent-Type: multipart/mixed; boundary=c\n\npre\n--c\n\none\n--c--\npost\n--b\n\ntwo\n", notes: [1: "note"], result: b + "\n--b\n%\n\nnote\n--b\n\ntwo\n"),
        Case(testDescription: "two boundaries", text: "Content-Type: multipart/mixed; boundary=b\nContent-Type: multipart/mixed; boundary=c\n\n--b\n\n--c\n\none\n--c--\n--b--\n", notes: [1: "note"],
             result: "Content-Type: multipart/mixed; boundary=b\nContent-Type: multipart/mixed; boundary=c\n\n--b\n%\n\nnote\n--b--\n"),
        Case(testDescription: "longer lines", text: b + "\n--b\n\none\n--bx\n\ntwo\n--b--\n", notes: [1: "note"], result: b + "\n--b\n%\n\nnote\n--b--\n"),
        Case(testDescription: "a container whose header has no empty line behind it", text: b + "junk\n--b\n--b--\n", notes: [1: "note"], result: b + "\njunk\n--b\n%\n\nnote\n--b--\n"),
        Case(testDescription: "a container whose header ends at a delimiter", text: b + "--b\n--b--\n", notes: [1: "note"], result: b + "--b\n%\n\nnote\n--b--\n"),
        Case(testDescription: "text in no part", text: b + "\npre\n\n--b words\n\none\n--b \n\ntwo\n--b-- words\npost\n--b\n\nthree\n--b-- \nTVqQ\n", notes: [2: "note"], drops: true,
             result: b + "\n--b\n\none\n--b\n%\n\nnote\n--b--\n--b\n\nthree\n--b--\n"),
        Case(testDescription: "text in no part of a multipart inside", text: b + "\n--b\nContent-Type: multipart/mixed; boundary=c\n\npre\n--c\n\n--c--\npost\n--b--\n", notes: [:], drops: true,
             result: b + "\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n--c--\n\n--b--\n"),
        Case(testDescription: "no text in no part", text: b + "\n--b\n\none\n--b\n\n\n--b--\n", notes: [:], drops: true, result: b + "\n--b\n\none\n--b\n\n\n--b--\n"),
    ]

    @Test(arguments: cases) func isAsWritten(_ row: Case) {
        for lineBreak in ["\n", "\r\n"] {
            if lineBreak == "\n", !row.text.utf8.contains(10) { continue }
            func octets(_ text: String) -> [UInt8] {
                text.utf8.reduce(into: []) { $1 == 10 ? $0 += Array(lineBreak.utf8) : $1 == 37 ? $0 += octets(Self.fields) : $1 == 38 ? $0 += octets(Self.encoded) : $0.append($1) }
            }
            let message = Message(octets: octets(row.text))
            let result = message.replacing(row.notes, droppingStrayText: row.drops)
            #expect(String(decoding: result, as: UTF8.self) == String(decoding: octets(row.result), as: UTF8.self))
            if row.notes.keys.contains(0), let note = row.notes[0] { #expect(message.replacingAll(by: note) == result) }
            if !row.drops { #expect(ReplacementTrial(message, row.notes).faults() == []) }
        }
    }

    /// A message of bare CR is one line to us, and all of it is header.
    @Test func aMessageOfBareCR() {
        let result = Message(octets: Array("A: 1\rB: 2\r\rTVqQ\r".utf8)).replacingAll(by: "note")
        #expect(String(decoding: result, as: UTF8.self) == "A: 1\rB: 2\r\n" + Self.fields.split(separator: "\n").map { $0 + "\r\n" }.joined() + "\r\nnote\r\n")
    }

    struct Encoded: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Of the message inside.
        var fields: [String]
        var body: String
        var result: [String]
    }

    static let inner = "Subject: x\r\n\(b.dropLast())\r\n\r\n--b\r\nContent-Type: a/b\r\n\r\nTVqQ\r\n--b--\r\n"
    static let encodings: [Encoded] = [
        Encoded(testDescription: "base64", fields: ["Content-Transfer-Encoding: BASE64 (x)", "A: 1"], body: String(decoding: PartTests.base64(Array(inner.utf8), width: 60), as: UTF8.self),
                result: ["Content-Transfer-Encoding: BASE64 (x)", "A: 1"]),
        Encoded(testDescription: "quoted-printable", fields: ["Content-Transfer-Encoding:", " quoted-printable", "A: 1"], body: inner.replacing("=", with: "=3D"), result: ["Content-Transfer-Encoding: base64", "A: 1"]),
        Encoded(testDescription: "base64, named twice", fields: ["content-transfer-encoding: base64", "A: 1", "Content-Transfer-Encoding: 7bit"], body: String(decoding: PartTests.base64(Array(inner.utf8), width: 60), as: UTF8.self),
                result: ["content-transfer-encoding: base64", "A: 1"]),
    ]

    @Test(arguments: encodings) func partsOfEncodedMessages(_ row: Encoded) throws {
        let before = ["From: a@b", "Content-Type: multipart/mixed; boundary=a", "", "--a", "Content-Type: message/rfc822"]
        let message = Message(octets: Sample.octets(before + row.fields + ["", row.body, "--a", "", "more", "--a--"]))
        try #require(message.parts.map(\.path) == ["1", "1.1", "1.1.1", "1.1.1.1", "1.2"])
        let result = message.replacing([3: "note"])
        let changed = Self.inner.replacing("Content-Type: a/b\r\n\r\nTVqQ", with: Self.fields.replacing("\n", with: "\r\n") + "\r\n\r\nnote")
        let lines = String(decoding: PartTests.base64(Array(changed.utf8), width: 76), as: UTF8.self)
        #expect(String(decoding: result, as: UTF8.self) == String(decoding: Sample.octets(before + row.result + ["", lines, "--a", "", "more", "--a--"]), as: UTF8.self))
        #expect(ReplacementTrial(message, [3: "note"]).faults() == [])
    }

    /// Where a header is longer than readers read it, what tells of the note is seen all the same.
    @Test func longHeaders() {
        for count in [1_990, 1_997, 1_998, 2_000, 2_500] {
            let message = Message(octets: Sample.octets(["From a@b"] + (0..<count).map { "X\($0): y" } + ["Content-Type: a/b", "Content-Transfer-Encoding: base64", "", "TVqQ"]))
            let again = Message(octets: message.replacingAll(by: "ä"))
            #expect(again.root.decodedText == "ä" && again.has(.mboxFrom))
            #expect(!String(decoding: again.octets, as: UTF8.self).contains("a/b"))
        }
    }

    @Test func deepEncodings() {
        var octets = Sample.octets(["Content-Type: multipart/mixed; boundary=b", "", "--b", "", "secret-secret-secret", "--b--"])
        for _ in 0..<20 { octets = Sample.octets(["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", ""]) + PartTests.base64(octets, width: 76) }
        let message = Message(octets: octets)
        #expect(message.parts.count == 22)
        ReplacementTrial.tryAll(octets, number: 1)
        #expect(Message(octets: message.replacing([21: "note"])).texts.map(\.text) == ["note"])
    }

    /// As many parts as a message may hold: each is replaced, in one pass.
    @Test func manyParts() {
        var limits = MessageLimits()
        limits.parts = 120_000
        limits.allHeaderFields = 1_000_000
        let text = Self.b + "\n" + String(repeating: "--b\nA: 1\nContent-Type: a/b\nContent-Transfer-Encoding: base64\n\nTVqQ\n", count: 100_000) + "--b--\n"
        let message = Message(octets: Array(text.utf8), limits: limits)
        let notes = Dictionary(uniqueKeysWithValues: message.parts.indices.dropFirst().map { ($0, "note \($0)") })
        let again = Message(octets: message.replacing(notes, droppingStrayText: true, limits: limits), limits: limits)
        #expect(again.parts.count == 100_001 && again.parts.dropFirst().allSatisfy { $0.body.elementsEqual("note \($0.index)".utf8) && $0.header.fields.count == 4 })
    }
}

import Foundation
import Mail
import Testing

/// What would take a reader's time or memory by its number alone: each must end, within the limits, and lose nothing that comes before.
@Suite struct FloodTests {
    @Test func delimiterLinesWithoutNumber() {
        var text = "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nfirst\r\n"
        for number in 0..<60_000 { text += "--a\(number)\r\n" }
        let message = Message(octets: Array(text.utf8))
        #expect(message.parts.count == 2)
        #expect(message.texts.contains { $0.text.hasPrefix("first") })
    }

    /// Beyond the lines that are noted the whole line must be the boundary: what is there under such a line is still found.
    @Test func aDelimiterBehindAFlood() {
        var text = "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"
        for number in 0..<30_000 { text += "--b\(number)\r\n" }
        text += "--a\r\n\r\nhttp://seen.example/\r\n--a--\r\n"
        #expect(Message(octets: Array(text.utf8)).urls.map(\.host) == ["seen.example"])
    }

    /// What another reading looks at begins with the body that it reads: what is before it is not read again for each of 480 boundaries.
    @Test func otherReadingsBehindAFlood() {
        var text = "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=root\r\n\r\n--root\r\n\r\n" + String(repeating: "--x\n", count: 500_000) + "--root\r\n"
        for field in 0..<8 { text += "Content-Type: multipart/mixed" + (0..<60).map { "; boundary=b\(field)-\($0)" }.joined() + "\r\n" }
        text += "\r\n"
        for field in 0..<8 { for number in 0..<60 { text += "--b\(field)-\(number)x\r\n\r\ntext\r\n" } }
        let message = Message(octets: Array(text.utf8))
        #expect(message.texts.count > 400)
    }

    /// A header without its empty line is not read to the end again by every message inside.
    @Test func messagesInsideWithoutAnEmptyLine() {
        let octets = Array((String(repeating: "Content-Type: message/rfc822\nFrom abc\n", count: 60) + String(repeating: "x\n", count: 1_500_000)).utf8)
        let message = Message(octets: octets)
        #expect(message.parts.count <= MessageLimits().nesting + 2)
        #expect(message.defects.contains { $0.code == "limit-met.header-octets" })
    }

    /// Of a bracket that never ends no more mailboxes are read than are kept, and none is as long as all before it.
    @Test(arguments: ["a@b ", "\"a\"@b ", "a@b <", "a@b a:", "\"\"@b ", "a@b,"]) func mailboxesInABracketWithoutEnd(_ piece: String) {
        let text = "<" + String(repeating: piece, count: 60_000 / piece.utf8.count)
        let found = MailAddress.parse(list: text)
        #expect(found.count == MessageLimits().addresses)
        #expect(found.reduce(0) { $0 + $1.localPart.utf8.count } <= found.count * 1_000)
        let message = Message(octets: Array("From: \(text)\r\n\r\n".utf8))
        #expect(message.has(.limitMet(.addresses)) && !message.hasWholeFrom)
    }
}

import Learning
import Testing

@Suite struct MailboxCutterTests {
    static let rows: [(name: String, file: String, messages: [String])] = [
        ("empty", "", []), ("no mailbox", "Subject: x\n\ny\n", []),
        ("one", "From a@b Mon\nSubject: x\n\ny\n", ["Subject: x\n\ny\n"]),
        ("two", "From a@b Mon\nSubject: x\n\ny\n\nFrom c Tue\nSubject: z\n\n", ["Subject: x\n\ny\n", "Subject: z\n"]),
        ("no line end", "From a@b Mon\nSubject: x\n\ny", ["Subject: x\n\ny\n"]),
        ("CRLF", "From a\r\nSubject: x\r\n\r\ny\r\n\r\nFrom b\r\nA: b\r\n\r\n", ["Subject: x\r\n\r\ny\r\n", "A: b\r\n"]),
        ("quoted", "From a\nA: b\n\n>From here\n>>From there\n> From\nFrom within a paragraph\n\n", ["A: b\n\nFrom here\n>From there\n> From\nFrom within a paragraph\n"]),
        ("text before", "junk\n\nFrom a\nA: b\n\n", ["A: b\n"]),
    ]

    @Test(arguments: rows) func cuts(_ row: (name: String, file: String, messages: [String])) {
        let octets = Array(row.file.utf8)
        for size in [1, 2, 3, 7, 1_000] {
            var cutter = MailboxCutter(limit: 1_000), found: [[UInt8]] = []
            for at in stride(from: 0, to: octets.count, by: size) { found += cutter.take(octets[at..<min(at + size, octets.count)]) }
            if let last = cutter.finish() { found.append(last) }
            let texts = found.map { String(decoding: $0, as: UTF8.self) }
            #expect(texts.map { $0.hasSuffix("\n\n") ? String($0.dropLast()) : $0 } == row.messages.map { $0.hasSuffix("\n\n") ? String($0.dropLast()) : $0 }, "\(row.name) in pieces of \(size)")
        }
    }

    @Test func largeMessagesAreLeftOut() {
        var cutter = MailboxCutter(limit: 20)
        let found = cutter.take(Array("From a\nA: b\n\n\(String(repeating: "x", count: 100))\n\nFrom b\nC: d\n\n\nFrom c\n\(String(repeating: "x\n", count: 11))".utf8))
        #expect(found == [Array("C: d\n\n".utf8)] && cutter.finish() == nil && cutter.leftOut == 2)
    }
}

import Mail
import TestSupport
import Testing

/// Files that only those find who look further than to show a message.
@Suite struct FurtherReadingTests {
    static let file = Array("MZ: a file of sixty-eight octets, which is no multiple of three. End".utf8)

    @Test(arguments: HiddenFile.all(file).filter { $0.description != "winmail.dat" }) func filesAreFound(_ row: HiddenFile) {
        let message = Message(octets: row.octets), (leaves, met) = message.leaves(limits: MessageLimits())
        let found = leaves.filter { $0.part.decoded == Self.file }
        #expect(!found.isEmpty, "\(leaves.map { "\($0.part.path) \($0.part.contentType.mediaType) \(String(decoding: $0.part.decoded.prefix(60), as: UTF8.self))" })")
        #expect(found.allSatisfy { message.parts.indices.contains($0.part.index) })
        #expect(found.contains { $0.part.path.hasPrefix(row.path) }, "\(found.map(\.part.path))")
        #expect(met.isEmpty || row.meetsLimit, "\(met)")
    }

    /// What is only there for those who look further changes nothing else.
    @Test(arguments: HiddenFile.inMail(file) + HiddenFile.inText(file) + HiddenFile.inMultipart(file)) func nothingElseSeesThem(_ row: HiddenFile) {
        let message = Message(octets: row.octets)
        for leaf in message.leaves(limits: MessageLimits()).leaves where !leaf.isOther { #expect(message.parts[leaf.part.index].path == leaf.part.path) }
        #expect(message.attachments.allSatisfy { message.parts[$0.part].bodyRange.count >= $0.size })
        let gone = message.replacing([message.parts.first { $0.path == row.path }?.index ?? 0: "gone"])
        let left = Message(octets: gone).leaves(limits: MessageLimits())
        #expect(left.leaves.allSatisfy { $0.part.decoded != Self.file } && left.met.isEmpty)
    }

    static func lines(_ text: String) -> [UInt8] { Array(text.replacing("\n", with: "\r\n").utf8) }

    struct Bound: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var octets: [UInt8]
        var set: @Sendable (inout MessageLimits) -> Void = { _ in }
        var limit: MessageLimit
        var most: Int
    }

    static let uu = AttachedFile.uuencoded(Array("abcdefghijklmnopqrst".utf8))
    /// Ten thousand runs of 255 octets in each.
    static let inflated = "(This file must be converted with BinHex 4.0)\n\n:" + String(repeating: "!*$r", count: 10_000) + ":\n"
    static let bounds: [Bound] = [
        Bound(testDescription: "files in a text, by number", octets: lines("\n") + Array(HiddenFile.bait(600).utf8), limit: .otherReadings, most: 501),
        Bound(testDescription: "files in a text, by octets", octets: lines("\n") + Array(HiddenFile.bait(100).utf8), set: { $0.otherReadingOctets = 280 }, limit: .otherReadingOctets, most: 11),
        Bound(testDescription: "files that are larger than their text", octets: lines("\n" + String(repeating: inflated, count: 20)), limit: .otherReadingOctets, most: 25),
        Bound(testDescription: "mails in mails", octets: lines("Content-Type: a/b; name=x.eml\n\n" + String(repeating: "Content-Type: a/b\n\n", count: 60)), limit: .nesting, most: 60),
        Bound(testDescription: "mails in mails, by octets", octets: lines("Content-Type: a/b; name=x.eml\n\n" + String(repeating: "Content-Type: a/b\n\n", count: 40) + String(repeating: "x", count: 100_000)), limit: .otherReadingOctets, most: 12),
        Bound(testDescription: "mails beside each other", octets: lines("Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: "--b\nContent-Type: a/b\n\nContent-Type: c/d\n\nx\n", count: 600)), limit: .otherReadings, most: 1_100),
        Bound(testDescription: "multiparts in multiparts, each quoted", octets: lines((0..<49).map { "Content-Type: multipart/mixed; boundary=b\($0)-\nContent-Transfer-Encoding: quoted-printable\n\n--b\($0)-\n" }.joined() + "\nx" + String(repeating: "y", count: 100_000)),
              limit: .otherReadingOctets, most: 500),
        Bound(testDescription: "headers with bare CRs", octets: lines((0..<49).map { "Content-Type: multipart/mixed; boundary=b\($0)-\nX: y\rz\n\n--b\($0)-\n" }.joined() + "\nx" + String(repeating: "y", count: 100_000)), limit: .otherReadingOctets, most: 500),
    ]

    @Test(arguments: bounds) func readingsAreBounded(_ row: Bound) {
        var limits = MessageLimits()
        row.set(&limits)
        let message = Message(octets: row.octets, limits: limits), (leaves, met) = message.leaves(limits: limits)
        #expect(met.contains(row.limit), "\(met), \(leaves.count)")
        #expect(leaves.count <= row.most, "\(leaves.count)")
        #expect(!message.has(.limitMet(row.limit)), "of no reading that is shown")
        let copied = leaves.filter { $0.isOther }.reduce(0) { $0 + $1.part.body.count }
        #expect(copied <= 9 * row.octets.count + 65_536)
    }

    /// Each once, and of no other place.
    @Test func filesAreTakenInTurns() {
        var limits = MessageLimits()
        limits.further.readings = 70
        let parts = (0..<2).map { "--b\n\n" + HiddenFile.bait(100).replacing("file", with: "f\($0)") }.joined()
        let (leaves, met) = Message(octets: Self.lines("Content-Type: multipart/mixed; boundary=b\n\n" + parts)).leaves(limits: limits)
        #expect(met == [.otherReadings])
        #expect(leaves.filter(\.isOther).map(\.part.path) == [String](repeating: "1.1", count: 32) + [String](repeating: "1.2", count: 32) + [String](repeating: "1.1", count: 6))
    }

    struct Honest: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var part: String, count = 1, others: Int
    }

    @Test(arguments: [
        Honest(testDescription: "mails", part: "Content-Type: application/octet-stream; name=x.eml\nContent-Transfer-Encoding: base64\n\n" + HiddenFile.base64(Array("From: a@b\r\nContent-Type: text/plain\r\n\r\nhello\r\n".utf8)), count: 120, others: 120),
        Honest(testDescription: "headers", part: "Content-Type: text/rfc822-headers\n\nFrom: a@b\nContent-Type: text/plain\n", count: 120, others: 0),
        Honest(testDescription: "a patch", part: "\n+begin 644 x\n+M0\nbegin 644 things\nHELLO WORLD\nplain words here\n-- \n2.30", others: 0),
        Honest(testDescription: "words", part: "\nbegin with this\nattached is what you want\n\nAttach: nothing\n", others: 0),
    ])
    func honestMailMeetsNoLimit(_ row: Honest) {
        let mail = "Content-Type: multipart/mixed; boundary=b\n\n" + (0..<row.count).map { _ in "--b\n\(row.part)\n" }.joined() + "--b--\n"
        let (leaves, met) = Message(octets: Self.lines(mail)).leaves(limits: MessageLimits())
        #expect(met.isEmpty)
        #expect(leaves.count { $0.isOther } == row.others, "\(leaves.filter(\.isOther).map { String(decoding: $0.part.decoded, as: UTF8.self) })")
    }

    /// What takes much for little.
    @Test(arguments: [
        ("parameters", "ATTACH" + String(repeating: ";a", count: 1_000_000) + ":\n", 2), ("lines that begin a file", String(repeating: "begin 0 x\n", count: 100_000), 2),
        ("lines that begin yEnc", String(repeating: "=ybegin \nab\n", count: 50_000), 10), ("runs", inflated, 2),
        ("CRs", "begin 644 x\r" + String(repeating: "\r", count: 100_000), 3),
    ]) func hostileTextsAreRead(_ name: String, _ text: String, _ most: Int) {
        #expect(Message(octets: Self.lines("\n" + text)).leaves(limits: MessageLimits()).leaves.count <= most)
    }

    /// A stray line of a header is none to those to whom a CR alone ends a line.
    @Test func nothingIsWhollyReplaced() {
        let message = Message(octets: Self.lines("Subject: x\ry\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\nQUJD\n--b--\n"))
        #expect(message.leaves(limits: MessageLimits()).leaves.allSatisfy { $0.part.body.count < 40 })
    }

    @Test func anythingIsReadToItsEnd() throws {
        try FuzzSeeds("Message", atLeast: 4).atRandom(500, number: 11, pieces: ["\r\n", "begin 644 x\n", "=ybegin line=1 name=x\n", "(This file must be converted with BinHex", "\n\n:", "Content-Type: message/rfc822\n", "Content-Transfer-Encoding: base64\n\n", "=", "\r"]) { octets in
            for leaf in Message(octets: octets).leaves(limits: MessageLimits()).leaves { _ = leaf.part.decoded }
        }
        for row in HiddenFile.all(Self.file) where row.octets.count < 4_000 {
            for end in stride(from: 0, to: row.octets.count, by: 3) { _ = Message(octets: Array(row.octets[..<end])).leaves(limits: MessageLimits()) }
        }
    }

    struct Ending: Sendable, CustomTestStringConvertible {
        var testDescription: String { text }
        var text: String, first: [UInt8], others: [[UInt8]]
    }

    @Test(arguments: [
        Ending(text: "QQ", first: [], others: [[65]]), Ending(text: "QUI", first: [], others: [[65, 66]]), Ending(text: "QUJDQUI", first: [65, 66, 67], others: [[65, 66, 67, 65, 66]]),
        Ending(text: "Q", first: [], others: [[]]), Ending(text: "QQ==", first: [65], others: []), Ending(text: "QUI=", first: [65, 66], others: []),
        Ending(text: "QQ==QUI=", first: [65, 65, 66], others: [[65, 4, 20], [65]]), Ending(text: "QU=JD", first: [65], others: [[65, 36], [65, 66, 67], [65]]),
        Ending(text: "-__-", first: [], others: [[0xfb, 0xff, 0xfe]]),
    ])
    func endingsOfBase64(_ row: Ending) {
        let message = Message(octets: Self.lines("Content-Transfer-Encoding: base64\n\n" + row.text)), leaves = message.leaves(limits: MessageLimits()).leaves
        #expect(message.root.decoded == row.first)
        let others = leaves.dropFirst().map(\.part.decoded).filter { $0 != Array(row.text.utf8) }
        #expect(others == row.others.filter { !$0.isEmpty })
    }

    /// Files that are begun and come to nothing cost time as well.
    @Test func beginningsAreCounted() {
        var limits = MessageLimits()
        let bait = String(repeating: "begin 0 x\r\n!0\r\nend\r\n", count: 10), mail = Array(("From: a@example.org\r\n\r\n" + bait).utf8)
        #expect(Message(octets: mail).leaves(limits: limits).met.isEmpty)
        limits.further.begun = 10
        #expect(Message(octets: mail).leaves(limits: limits).met.isEmpty)
        limits.further.begun = 9
        #expect(Message(octets: mail).leaves(limits: limits).met == [.otherReadingOctets])
    }
}

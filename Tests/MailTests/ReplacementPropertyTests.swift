import Mail
import TestSupport
import Testing

/// Parts that are replaced, in messages of any kind.
@Suite struct ReplacementPropertyTests {
    /// A message of parts inside parts, its line ends all the same.
    struct Maker {
        var random: SeededGenerator
        var lineBreak: String
        var boundaries = 0
        /// Random octets of the leaves, as they travel: 32 and more each.
        var bodies: [[UInt8]] = []

        mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

        mutating func entity(_ depth: Int) -> [UInt8] {
            var header: [String] = [], body: [UInt8]
            for name in ["Content-ID", "X-A", "Content-Description", "Content-MD5", "content-Language", "Comments"] where chance(4) { header.append("\(name): x\(chance(3) ? lineBreak + " y" : "")") }
            switch depth <= 0 ? 4 : Int.random(in: 0..<7, using: &random) {
            case 0...2:
                boundaries += 1
                let boundary = "z\(boundaries)z"
                header.append("Content-Type: multipart/\(chance(4) ? "digest" : "mixed"); boundary=\"\(boundary)\"")
                body = Array((chance(2) ? "" : "preamble\(lineBreak)").utf8)
                for _ in 0..<Int.random(in: 1...4, using: &random) { body += Array("--\(boundary)\(lineBreak)".utf8) + entity(depth - 1) + Array(lineBreak.utf8) }
                if !chance(4) { body += Array("--\(boundary)--\(chance(2) ? lineBreak : "")".utf8) }
            case 3:
                header.append("Content-Type: message/rfc822")
                body = Array("Subject: x\(lineBreak)".utf8) + entity(depth - 1)
                if chance(2) {
                    header.append("Content-Transfer-Encoding: base64")
                    body = PartTests.base64(body, width: 76)
                }
            default:
                header.append("Content-Type: application/octet-stream; name=x")
                if chance(8) { header = [] }
                let octets = (0..<Int.random(in: 32...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                if chance(2), !header.isEmpty {
                    header.append("Content-Transfer-Encoding: base64")
                    body = PartTests.base64(octets, width: 1_000)
                } else {
                    body = octets.map { $0 % 64 + 190 }
                }
                bodies.append(body)
                if chance(8) { body += Array(lineBreak.utf8) }
            }
            if chance(4) { header.append("X-B: caf\u{e9}") }
            header.shuffle(using: &random)
            return Array((header.map { $0 + lineBreak } + [lineBreak]).joined().utf8) + body
        }
    }

    @Test(arguments: 1...12) func generatedMessages(_ number: Int) {
        for round in 0..<40 {
            var maker = Maker(random: SeededGenerator(UInt64(number * 1_000 + round)), lineBreak: number % 2 == 0 ? "\n" : "\r\n")
            let octets = Array("From: a@b\(maker.lineBreak)".utf8) + maker.entity(4)
            ReplacementTrial.tryAll(octets, number: UInt64(round), "\(number)/\(round)")
        }
    }

    /// Octets that were removed are nowhere, as they travel or decoded.
    @Test(arguments: 1...6) func removedOctetsAreGone(_ number: Int) {
        for round in 0..<40 {
            var maker = Maker(random: SeededGenerator(UInt64(number * 1_000 + round)), lineBreak: number % 2 == 0 ? "\n" : "\r\n")
            let message = Message(octets: Array("From: a@b\(maker.lineBreak)".utf8) + maker.entity(3))
            for part in message.parts where !part.isContainer && part.bodyRange.count >= 32 {
                let again = Message(octets: message.replacing([part.index: "note"]))
                #expect(!again.parts.contains { Self.contains($0.decoded, Array(part.body.prefix(32))) }, "\(number)/\(round) \(part.path)")
                #expect(!Self.contains(again.octets, Array(part.body.prefix(32))))
            }
            let all = Dictionary(uniqueKeysWithValues: message.parts.filter { !$0.isContainer }.map { ($0.index, "note") })
            let result = message.replacing(all, droppingStrayText: true)
            for body in maker.bodies { #expect(!Self.contains(result, Array(body.prefix(32)))) }
            #expect(!Self.contains(result, Array("preamble".utf8)))
            #expect(Message(octets: result).parts.map(\.path) == message.parts.map(\.path))
        }
    }

    static func contains(_ octets: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first, octets.count >= wanted.count else { return false }
        for at in 0...(octets.count - wanted.count) where octets[at] == first && octets[at..<(at + wanted.count)] == wanted[...] { return true }
        return false
    }

    @Test func samplesAndTheirPrefixes() {
        for (name, octets) in Sample.kinds {
            for end in 0...octets.count { ReplacementTrial.tryAll(Array(octets[..<end]), number: UInt64(end), sets: 1, "\(name) to \(end)") }
        }
    }

    @Test func ambiguousMessages() {
        for row in OtherReadingTests.cases { ReplacementTrial.tryAll(Sample.octets(row.lines), number: 3, row.testDescription) }
        for row in PartTests.cases { ReplacementTrial.tryAll(Sample.octets(row.lines), number: 4, row.testDescription) }
    }

    @Test func seedsOfTheFuzzers() throws {
        for name in ["Message", "HeaderSection", "Replacement"] {
            try FuzzSeeds(name, atLeast: 4).atRandom(300, number: 7, pieces: ["\r\n", "--b", "\n--b--\n", "\rContent-Type: a/b", "Content-Type: message/rfc822\n", "\n\n"]) { ReplacementTrial.tryAll($0, number: 5, sets: 1, most: 20) }
        }
    }

    /// Of each way that only some readers go, nothing of the part stays.
    @Test func otherReadingsAreGone() {
        let secret = Array("TVqQAA==".utf8), seen = Array("PGI+dHdvPC9iPg==".utf8)
        for row in OtherReadingTests.cases {
            let message = Message(octets: Sample.octets(row.lines))
            let places = Set(message.attachments.map(\.part) + message.texts.map(\.part))
            let result = message.replacing(Dictionary(uniqueKeysWithValues: places.map { ($0, "note") }))
            #expect(!Self.contains(result, secret) && !Self.contains(result, seen), "\(row.testDescription)")
            #expect(Message(octets: result).texts.allSatisfy { $0.text.hasPrefix("note") || $0.text.isEmpty || $0.text.hasPrefix("--") }, "\(row.testDescription)")
        }
    }

    /// Messages of the wild and of other projects that have parts, some of each folder.
    @Test(Suites.needed(), arguments: ["mime", "av", "sa-spam", "sa-hard_ham", "sa-easy_ham", "trec07p", "phishing_pot-2019-2024", "list-man-2019-2023", "peer"])
    func messagesOfTheSuites(_ folder: String) throws {
        let files = try Suites.files(folder)
        var count = 0
        for place in stride(from: 0, to: files.count, by: max(files.count / 250, 1)) {
            let octets = try Suites.octets(files[place])
            guard octets.count < 300_000, Self.hasParts(octets) else { continue }
            ReplacementTrial.tryAll(octets, number: UInt64(place), sets: 2, most: 6, files[place])
            count += 1
        }
        #expect(count > 0)
    }

    private static func hasParts(_ octets: [UInt8]) -> Bool {
        let message = Message(octets: octets)
        return message.parts.count > 1 || !message.attachments.isEmpty
    }
}

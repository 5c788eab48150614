import Mail
import TestSupport
import Testing

/// What takes many octets a step finds the same as a loop that looks at each of them.
@Suite struct PlainLoopTests {
    private static let rounds = 20_000

    private func length(_ round: Int, _ generator: inout SeededGenerator) -> Int { Int.random(in: 0...(round % 10 == 0 ? 300 : 40), using: &generator) }

    private static let quoted = [Array("=AF3a \t\r\n\n==".utf8) + [0, 0x80, 0xff], Array("abcdefghij klmnopqrst=\n".utf8), Array("a  \t\r".utf8), SeededGenerator.allOctets]

    @Test(arguments: quoted, [false, true]) func quotedPrintable(_ alphabet: [UInt8], _ takesBareCR: Bool) {
        var generator = SeededGenerator(1)
        for round in 0..<Self.rounds {
            let piece = generator.piece(of: generator.octets(length(round, &generator), of: alphabet))
            let decoded = QuotedPrintable.decode(piece, takesBareCR: takesBareCR), plain = PlainQuotedPrintable.decode(piece, takesBareCR: takesBareCR)
            if decoded.octets != plain.octets || decoded.invalid != plain.invalid { Issue.record("\(Array(piece))"); return }
        }
    }

    /// Of each length around those from which on runs are taken whole, with blanks and what ends them.
    @Test(arguments: ["", " ", "\t ", "=", "= \n", "\r", "\r\n", " \r", " \r\n", "\n", " \n", "=41", " =41 ", "=4", "=\r", "=\rb"], [false, true])
    func runs(_ tail: String, _ takesBareCR: Bool) {
        for count in 0...40 {
            for blanks in 0...2 {
                let text = Array(("xx" + String(repeating: "a", count: count) + String(repeating: " ", count: blanks) + tail + "\n").utf8), pieces = [text[2...], text[2..<(text.count - 1)]]
                for piece in pieces {
                    let decoded = QuotedPrintable.decode(piece, takesBareCR: takesBareCR), plain = PlainQuotedPrintable.decode(piece, takesBareCR: takesBareCR)
                    #expect(decoded.octets == plain.octets && decoded.invalid == plain.invalid, "\(Array(piece))")
                }
            }
        }
    }

    private static let letters = [Array("ABCDz0/+==\r\n -".utf8) + [0, 0x80, 0xff], Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/ABCDEFGHIJKLMNOPQRSTUVWXYZ=\n".utf8), SeededGenerator.allOctets]

    @Test(arguments: letters) func base64(_ alphabet: [UInt8]) {
        var generator = SeededGenerator(2)
        for round in 0..<Self.rounds {
            let piece = generator.piece(of: generator.octets(length(round, &generator), of: alphabet)), decoded = Base64.decode(piece), plain = PlainBase64.decode(piece)
            if decoded.octets != plain.octets || decoded.invalid != plain.invalid || decoded.truncated != plain.truncated || decoded.continued != plain.continued { Issue.record("\(Array(piece))"); return }
        }
    }

    private typealias Scan = ([UInt8], Int, (ArraySlice<UInt8>, Bool) -> Bool) -> Void

    private func found(_ text: [UInt8], _ scan: Scan) -> [String] {
        var found: [String] = []
        scan(text, 20) { found.append("\($0.startIndex)..<\($0.endIndex) \($1)"); return true }
        return found
    }

    private func isSame(_ text: [UInt8]) -> Bool { found(text) { URLScanner.scan($0, limit: $1, $2) } == found(text) { PlainURLScanner.scan($0, limit: $1, $2) } }

    private static let addresses = [Array("wW:./htps wwwww.a".utf8) + [0, 0x80, 0xff, 0x76, 0x78, 0x56, 0x58, 0x3b, 0x39], SeededGenerator.allOctets]

    @Test(arguments: addresses) func links(_ alphabet: [UInt8]) {
        var generator = SeededGenerator(3)
        for round in 0..<Self.rounds {
            var text = generator.octets(length(round, &generator), of: alphabet)
            let link = Array((round % 2 == 0 ? "http://a.b" : " WwW.ab.c ").utf8)
            if text.count >= link.count { text.replaceSubrange(Int.random(in: 0...(text.count - link.count), using: &generator)..., with: link + generator.octets(round % 9, of: alphabet)) }
            if !isSame(text) { Issue.record("\(text)"); return }
        }
    }

    /// Wherever it lies to the steps of eight octets, whatever stands before and behind it.
    @Test(arguments: ["www.a.example", "WWW.\u{e9}.example", "wwww.a.example", "http://a.example/", "mailto:a@b.example", "www.", "ww", "w", ":"])
    func linksAtEachOffset(_ link: String) {
        for offset in 0...24 {
            for before in [32, 46, 97, 119, 0, 0x80, 0xff] as [UInt8] {
                for behind in [[], [32], [119], [0, 0x80, 0xff], Array(" www.c.example w".utf8)] as [[UInt8]] {
                    let text = [UInt8](repeating: before, count: offset) + Array(link.utf8) + behind
                    #expect(isSame(text), "\(text)")
                }
            }
        }
        let plain = Array("see www.a.example".utf8)
        #expect(found(plain) { URLScanner.scan($0, limit: $1, $2) } == ["4..<17 false"])
    }
}

import JSON
import TestSupport
import Testing

/// Texts that are looked through eight octets a step are written as by a loop that looks at each.
@Suite struct PlainLoopTests {
    private func written(_ text: String) -> [UInt8] {
        var json = JSONWriter()
        json.string(text)
        return json.octets
    }

    /// Source: RFC 8259 §7.
    private func plain(_ text: String) -> [UInt8] {
        var octets: [UInt8] = []
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): octets += [UInt8(ascii: "\\"), octet]
            case 0x0a: octets += Array(#"\n"#.utf8)
            case 0x0d: octets += Array(#"\r"#.utf8)
            case 0x09: octets += Array(#"\t"#.utf8)
            case 0..<0x20, 0x7f: octets += Array(#"\u00"#.utf8) + [octet >> 4, octet & 15].map { Array("0123456789abcdef".utf8)[Int($0)] }
            default: octets.append(octet)
            }
        }
        return [UInt8(ascii: "\"")] + octets + [UInt8(ascii: "\"")]
    }

    @Test(arguments: [SeededGenerator.allOctets, Array("abcdefgh".utf8) + [0, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7e, 0x7f], Array("abcdefghijklmnopqrstuvwxyz0123456789äöü\"".utf8)])
    func texts(_ alphabet: [UInt8]) {
        var generator = SeededGenerator(1)
        for round in 0..<20_000 {
            let text = String(decoding: generator.piece(of: generator.octets(Int.random(in: 0...(round % 10 == 0 ? 200 : 40), using: &generator), of: alphabet)), as: UTF8.self)
            if written(text) != plain(text) { Issue.record("\(Array(text.utf8))"); return }
        }
    }

    /// Wherever an octet lies to the steps, and whatever is beside it.
    @Test(arguments: ["a", "\u{80}", "\u{10ffff}", "~", " "]) func eachOctetAtEachOffset(_ filling: String) {
        for octet in UInt8(0)..<0x80 {
            for offset in 0...17 {
                let text = String(repeating: filling, count: offset) + String(decoding: [octet], as: UTF8.self) + String(repeating: filling, count: 17 - offset)
                #expect(written(text) == plain(text), "\(Array(text.utf8))")
            }
        }
    }
}

import BlockLists
import DNS
import Testing

struct AnswerPatternTests {
    static let rows: [(String, AnswerPattern?)] = [
        ("127.0.0.2", .range(0x7f00_0002...0x7f00_0002)), ("127.0.0.4-127.0.0.7", .range(0x7f00_0004...0x7f00_0007)), ("&8", .bits(8)), ("&255", .bits(255)),
        ("", nil), ("-", nil), ("127.0.0.7-127.0.0.4", nil), ("127.0.0.2-", nil), ("8.8.8.8", nil), ("127.0.0.2-128.0.0.1", nil), ("&0", nil), ("&256", nil), ("&", nil),
        ("::1", nil), ("127.0.0.1-127.0.0.2-127.0.0.3", nil), ("0.0.0.0-255.255.255.255", nil),
    ]

    @Test(arguments: rows) func text(_ text: String, _ pattern: AnswerPattern?) { #expect(AnswerPattern(text) == pattern) }

    @Test func answersOutsideOf127NeverMatch() {
        for pattern in [AnswerPattern.range(0...UInt32.max), .bits(2), .octets(0...255, 0...255)] {
            #expect(pattern.matches(0x7f00_0002) && !pattern.matches(0x0808_0802) && !pattern.matches(0x8000_0002))
        }
    }
}

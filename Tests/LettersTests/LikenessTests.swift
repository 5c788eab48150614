import Letters
import Testing

@Suite struct LikenessTests {
    static let alike: [(String, String)] = [
        ("paypal", "раураӏ"), ("paypal", "paypa1"), ("microsoft", "rnicrosoft"), ("google", "g00gle"), ("apple", "аррӏе"), ("wells", "vvells"), ("cafe", "café"), ("amazon", "аmаzоn"),
    ]

    @Test(arguments: alike) func looksLike(_ one: String, _ other: String) {
        #expect(Likeness.skeleton(of: one) == Likeness.skeleton(of: other))
    }

    @Test func looksLikeNothing() {
        #expect(Likeness.skeleton(of: "paypal") != Likeness.skeleton(of: "paypol"))
        #expect(Likeness.skeleton(of: "почта") != Likeness.skeleton(of: "mail"))
        #expect(Likeness.skeleton(of: "") == "")
    }

    @Test func scripts() {
        #expect(Likeness.scripts(of: "pаypal").isMixed)
        #expect(!Likeness.scripts(of: "paypal-1").isMixed)
        #expect(!Likeness.scripts(of: "почта").isMixed)
        #expect(!Likeness.scripts(of: "sony日本の").isMixed)
        #expect(Likeness.scripts(of: "日本д").isMixed)
        #expect(Likeness.ascii("а") == UInt8(ascii: "a"))
        #expect(Likeness.ascii("д") == nil)
        #expect(Likeness.ascii("m") == UInt8(ascii: "m"))
    }
}

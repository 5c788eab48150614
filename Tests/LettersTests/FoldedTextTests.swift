import Letters
import TestSupport
import Testing

@Suite struct FoldedTextTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, octets: [UInt8], folded: String
        var unseen = 0, soft = 0, mixed = 0, styled = 0, marks = 0, invalid = 0
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ folded: String, unseen: Int = 0, soft: Int = 0, mixed: Int = 0, styled: Int = 0, marks: Int = 0) {
            (self.name, octets, self.folded) = (name, Array(text.utf8), folded)
            (self.unseen, self.soft, self.mixed, self.styled, self.marks) = (unseen, soft, mixed, styled, marks)
        }

        init(_ name: String, octets: [UInt8], _ folded: String, invalid: Int) {
            (self.name, self.octets, self.folded, self.invalid) = (name, octets, folded, invalid)
        }
    }

    static let rows: [Row] = [
        Row("nothing", "", ""),
        Row("plain", "Hello, World! 42 [\\]^_`{|}~ @AZ", "hello, world! 42 [\\]^_`{|}~ @az"),
        Row("full width", "ＦＲＥＥ　Ｖｉａｇｒａ", "free viagra"),
        Row("zero width inside of a word", "Via\u{200b}gr\u{2060}a now", "viagra now", unseen: 2),
        Row("zero width between words", "Viagra \u{200b}now\u{200b}", "viagra now"),
        Row("zero width before the first letter", "\u{feff}Viagra", "viagra"),
        Row("soft hyphens", "Donau\u{ad}dampf\u{ad}schiff", "donaudampfschiff", soft: 2),
        Row("joiners of Persian", "می‌خواهم", "میخواهم"),
        Row("joiners of Latin", "via\u{200c}gra", "viagra", unseen: 1),
        Row("turned by a control", "\u{202e}abc\u{202c}", "abc"),
        Row("tags", "ab\u{e0041}c", "abc", unseen: 1),
        Row("variation selector on a sign", "ok \u{2764}\u{fe0f} ok", "ok \u{2764} ok"),
        Row("Latin with letters of Cyrillic", "pаypаl", "paypal", mixed: 1),
        Row("capitals of Cyrillic", "РАYРАL ВASE", "paypal base", mixed: 2),
        Row("letters of Greek", "Αpple miсrοsοft", "apple microsoft", mixed: 2),
        Row("a word that looks like Latin, and is not", "сора", "сора"),
        Row("letters that look like nothing of Latin stay", "WiFiшка webинар", "wifiшка webинар"),
        Row("mixed with an unseen character", "p\u{200b}аypal", "paypal", unseen: 1, mixed: 1),
        Row("two words, one mixed", "Оплата cчёт cчет аpple", "оплата cчёт cчет apple", mixed: 1),
        Row("bold letters of mathematics", "𝐅𝐫𝐞𝐞 𝓜𝓸𝓷𝓮𝔂", "free money", styled: 9),
        Row("letters in circles", "ⓕⓡⓔⓔ", "free", styled: 4),
        Row("strokes through letters", "V\u{336}i\u{336}agra", "viagra", marks: 2),
        Row("strokes through Cyrillic", "Д\u{336}а", "да", marks: 1),
        Row("accents, whole and apart", "Élan e\u{301}lan Ångström naïve", "elan elan angstrom naive", marks: 1),
        Row("sharp s and ligatures", "Straße ﬁne", "strasse fine"),
        Row("Russian", "Привет, Ёжик и йод", "привет, ёжик и йод"),
        Row("Russian, apart", "и\u{306}од е\u{308}ж", "йод ёж"),
        Row("Ukrainian", "Їжак і ґанок", "їжак і ґанок"),
        Row("Greek", "Καλημέρα ΚΌΣΜΕ", "καλημέρα κόσμε"),
        Row("Japanese", "日本語のテキスト", "日本語のテキスト"),
        Row("half width kana", "ｶﾀｶﾅ", "カタカナ"),
        Row("Korean", "안녕하세요", "안녕하세요"),
        Row("fractions", "½ cup", "1⁄2 cup"),
        Row("a fraction behind a mixed word", "pаypаl½", "paypal1⁄2", mixed: 1),
        Row("a sign of letters before a letter of Cyrillic", "℀о", "a/co", mixed: 1),
        Row("beyond the tables", "\u{20000}\u{2a6d6}", "\u{20000}\u{2a6d6}"),
        Row("many marks", "я" + String(repeating: "\u{301}", count: 1000), "я" + String(repeating: "\u{301}", count: 4), marks: 996),
        Row("many marks on Latin", "a" + String(repeating: "\u{301}", count: 1000), "a", marks: 1000),
        Row("no UTF-8", octets: [0x41, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0x42, 0xc0, 0x80], "a\u{fffd}\u{fffd}(\u{fffd}b\u{fffd}\u{fffd}", invalid: 5),
        Row("a surrogate", octets: [0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}", invalid: 3),
    ]

    @Test(arguments: rows) func folds(_ row: Row) {
        let folded = FoldedText(row.octets)
        #expect(folded.octets == Array(row.folded.utf8), "\(folded.text)")
        #expect(folded.unseenInWords == row.unseen)
        #expect(folded.softHyphens == row.soft)
        #expect(folded.mixedWords == row.mixed)
        #expect(folded.styledLetters == row.styled)
        #expect(folded.droppedMarks == row.marks)
        #expect(folded.invalid == row.invalid)
        #expect(FoldedText(folded.octets).octets == folded.octets)
    }

    @Test func tellsScripts() {
        #expect(FoldedText("Привет мир").scripts == .cyrillic)
        #expect(FoldedText("Привет мир").foreignLetters == 9)
        #expect(FoldedText("naïve").scripts == [])
        #expect(FoldedText("Wi-Fi для всех").firstMixedWord == nil)
        #expect(FoldedText("pаypаl аpple").firstMixedWord == "paypal")
    }

    @Test func anyOctets() {
        var random = SeededGenerator(7)
        let pieces: [[UInt8]] = ["a", "Z", " ", "1", "а", "О", "д", "α", "\u{301}", "\u{306}", "\u{336}", "\u{200b}", "\u{ad}", "é", "½", "℀", "ﬁ", "𝐅", "Ａ", "日", "ﷺ", "\u{fe0f}", "и", "І", "\u{e0041}", "ı", "ﬃ", "´", "ᾳ", "İ", "ǰ"]
            .map { Array($0.utf8) }
        for round in 0..<4000 {
            var octets: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<24, using: &random) {
                if round % 3 == 0, Bool.random(using: &random) { octets.append(UInt8.random(in: 0...255, using: &random)) } else {
                    octets += Bool.random(using: &random) ? pieces.randomElement(using: &random) ?? [] : Array(String(Unicode.Scalar(UInt32.random(in: 0..<0x1_ffff, using: &random)) ?? "x").utf8)
                }
            }
            let once = FoldedText(octets), twice = FoldedText(once.octets)
            #expect(once.octets == twice.octets, "\(octets) \(once.text.unicodeScalars.map { String($0.value, radix: 16) }) \(twice.text.unicodeScalars.map { String($0.value, radix: 16) })")
            #expect(once.octets.count <= octets.count * FoldedText.longestFolding)
            #expect(String(validating: once.octets, as: UTF8.self) != nil)
            #expect(once.unseenInWords <= octets.count && once.mixedWords <= octets.count)
        }
    }
}

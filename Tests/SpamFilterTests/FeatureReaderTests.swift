import Letters
import Mail
import SpamFilter
import TestSupport
import Testing

@Suite struct FeatureReaderTests {
    private let reader = FeatureReader()

    private func features(_ text: String) -> MessageFeatures { reader.features(of: Message(octets: Array(text.utf8))) }

    @Test func lineEndsDoNotMatter() {
        var generator = SeededGenerator(4)
        for place in 0..<50 {
            let octets = SamplePost.octets(isSpam: place.isMultiple(of: 2), &generator)
            let first = Message(octets: octets), second = Message(octets: octets.filter { $0 != 13 }), a = reader.features(of: first), b = reader.features(of: second)
            let more = Set(a.hashes).symmetricDifference(b.hashes)
            #expect(a == b || more.isEmpty, "\(reader.names(of: more, in: first).values.sorted().prefix(5)) \(reader.names(of: more, in: second).values.sorted().prefix(5))")
        }
    }

    @Test func eachFeatureOnceInItsView() {
        var generator = SeededGenerator(8)
        let found = reader.features(of: Message(octets: SamplePost.octets(isSpam: true, &generator)))
        for view in FeatureView.allCases { #expect(!found[view].isEmpty && Set(found[view]).count == found[view].count) }
    }

    static let disguises: [(name: String, plain: String, disguised: String)] = [
        ("letters that look alike", "buy viagra now", "buy vi\u{430}gra now"),
        ("zero-width characters", "buy viagra now", "buy v\u{200b}ia\u{200d}gra now"),
        ("full width", "buy viagra now", "buy \u{ff56}\u{ff49}\u{ff41}\u{ff47}\u{ff52}\u{ff41} now"),
        ("accents", "buy viagra now", "buy vi\u{e1}gr\u{e0} now"),
        ("capitals", "buy viagra now", "Buy VIAGRA NoW"),
    ]

    @Test(arguments: disguises) func disguisedWordsAreTheSame(_ row: (name: String, plain: String, disguised: String)) {
        let head = "From: a@example.com\nContent-Type: text/plain; charset=utf-8\n\n"
        let isSame = features(head + row.plain)[.words] == features(head + row.disguised)[.words]
        #expect(isSame, "\(row.name)")
    }

    @Test func featuresHaveNames() {
        let message = Message(octets: Array("From: Ann <ann@example.com>\nSubject: hello there\n\nsee https://www.shop.example/path".utf8))
        let found = reader.features(of: message), names = reader.names(of: Set(found.hashes), in: message)
        #expect(names.count == Set(found.hashes).count)
        for wanted in ["hello there", "from: ann", "link to www.shop.example", "link to site shop.example", "\"From\"", "author has a name"] { #expect(names.values.contains(wanted), "\(wanted)") }
    }

    /// Whatever comes is read, and the number of features is bounded.
    @Test func anyOctetsAreRead() {
        var generator = SeededGenerator(21)
        for _ in 0..<300 {
            let octets = (0..<Int.random(in: 0..<3_000, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let found = reader.features(of: Message(octets: octets))
            #expect(found.hashes.count <= FeatureLimits.features && found.ends.count == FeatureView.allCases.count)
        }
    }
}

@Suite struct LongTextTests {
    /// What stands behind a long letter is read.
    @Test func theEndOfALongTextIsSeen() {
        let reader = FeatureReader(), letter = String(repeating: "we met in the garden and talked of the weather of that year. ", count: 1_000)
        func words(_ end: String) -> Set<UInt32> { Set(reader.features(of: Message(octets: Array(("From: a@example.com\n\n" + letter + end).utf8)))[.words]) }
        let plain = words(""), offer = words("buy cheap replica pills")
        #expect(offer.subtracting(plain).count >= 8)
        #expect(offer.count < 3 * FeatureLimits().words)
    }
}

@Suite struct FeatureBoundTests {
    private let reader = FeatureReader()

    private func features(_ text: String) -> MessageFeatures { reader.features(of: Message(octets: Array(text.utf8))) }

    /// As much of everything as there can be stays within the bound, so that it can be kept and taken back.
    @Test func theLargestMessageFits() {
        var generator = SeededGenerator(2)
        func word() -> String { String((0..<6).map { _ in Character(UnicodeScalar(UInt8.random(in: 97...122, using: &generator))) }) }
        let head = (0..<100).map { _ in "X-\(word()): " + (0..<60).map { _ in word() }.joined(separator: " ") }.joined(separator: "\n")
        let body = (0..<3_000).map { _ in word() }.joined(separator: " "), links = (0..<60).map { _ in "http://\(word()).example/\(word())/\(word())" }.joined(separator: " ")
        let found = features(head + "\n\n" + links + " " + body)
        #expect(found.hashes.count > 10_000 && found.hashes.count <= FeatureLimits.features)
        #expect(MessageFeatures(hashes: found.hashes, ends: found.ends) == found)
    }

    static let words: [(name: String, text: String, words: [String])] = [
        ("quotation marks", "buy \u{201c}viagra\u{201d} now", ["buy", "viagra", "now"]), ("dashes", "cheap\u{2014}viagra\u{b7}now", ["cheap", "viagra", "now"]),
        ("long Russian words", "благодарность за достопримечательности", ["благодарность", "достопримечательности"]), ("blanks of no width", "a\u{2009}b", ["a", "b"]),
        ("Japanese in pairs", "今日はとても良い天気ですね", ["今日", "日は", "はと"]),
    ]

    @Test(arguments: words) func wordsAreCut(_ row: (name: String, text: String, words: [String])) {
        let message = Message(octets: Array(("From: a@example.com\nContent-Type: text/plain; charset=utf-8\n\n" + row.text).utf8))
        let names = Set(reader.names(of: Set(reader.features(of: message)[.words]), in: message).values)
        for word in row.words { #expect(names.contains(FoldedText(word).text), "\(row.name): \(names.sorted())") }
    }

    /// What only stands in the poorer alternative is told apart from what is shown.
    @Test func alternativesThatNobodySeesAreMarked() {
        let message = Message(octets: Array("From: a@example.com\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\ngarden letter\n--b\nContent-Type: text/html\n\n<p>cheap pills</p>\n--b--\n".utf8))
        let names = Set(reader.names(of: Set(reader.features(of: message)[.words]), in: message).values)
        #expect(names.contains("not shown: garden") && !names.contains("garden") && names.contains("pills"))
    }

    @Test func aNameAndItsWordAreApart() {
        let first = features("X-Ma: ilers\n\n")[.headWords], second = features("X-Mail: ers\n\n")[.headWords]
        #expect(Set(first).isDisjoint(with: second))
    }
}

import Mail
import TestSupport
import Testing

/// Whose Authentication-Results fields are, and which have to go. RFC 8601 §5.
@Suite struct AuthservIDClaimTests {
    static let ours = [
        "mx.example.org; none", "MX.Example.ORG; none", "mx.example.org", "mx.example.org 1; spf=pass", "mx.example.org.; none", "  mx.example.org ; none", "\tmx.example.org\t1; none", "\r\n mx.example.org; none",
        "\"mx.example.org\"; none", "\"mx.example\\.org\"; none", "\"mx\".example.org; none", "mx.\"example\".org; none", "(a) mx.example.org; none", "(a (b) \\) c) mx.example.org; none", "()mx.example.org(b); none",
        "mx(a).example.org; none", "mx. example . org; none", "mx.example.org(unclosed; none", "(mx.example.org unclosed; none", "\"mx.example.org; none", "mx.example.org spf=pass", "mx.example.org/1; spf=pass", "mx.example.org=x; spf=pass", "mx.example.org,other",
        "mx.example.org; spf", "mx.example.org\u{0}; none", "\u{0}mx.example.org; none", "mx.\u{7f}example.org; none", "; mx.example.org; none", "<mx.example.org>; none", ")mx.example.org; none", "\"\"mx.example.org", "\\mx.example.org; none",
        "i=1; mx.example.org; none", "i=1;mx.example.org; none", "=?utf-8?q?mx=2Eexample.org?=; none", "=?utf-8?b?bXguZXhhbXBsZS5vcmc=?= ; none", "mx.example.org \u{1b}[2J",
        // A version behind a name with gaps: some join what is about the dots, some the words that a comment parts, and then read on.
        "mx . example.org 1; none", "mx .example. org 1; none", "mx(a).(b)example.org 1; none", "m(a)x.example.org 1; none", "m(a)x . example.org 1; none", "i = 1 ; mx . example.org 1; none",
        // A parenthesis without a partner is one reader's end of the field, to another it is nothing; and not all know what nests, is escaped or quoted.
        "(a) mx.example.org; none (", "(a)(b) mx.example.org; none (c", "mx(a).example.org; none (", "((a) mx.example.org; none", "(a (b) mx.example.org; none", "((a) mx.example.org) other.example; none",
        "(a\\) mx.example.org; none", "(a\\) mx.example.org; none (", "\" (a) mx.example.org; none", "(a) mx.example.org; (\u{fc}", "(\u{fc}) mx.example.org; none (", "(a (\u{fc}\\) b) mx.example.org; none", "(a) =?utf-8?q?mx=2Eexample.org?= (",
        // Comments that do not nest, with escapes; quotes that hide parentheses, without escapes.
        "(a\\)(b) mx.example.org; none", "(\"(\\) (\") mx.example.org; none (\")", "(a\\) (b) mx.example.org) x; none", "(\\((\\)) mx.example.org; none)", "\"\\\"(\") mx.example.org; none",
    ]
    static let others = [
        "", "other.example; none", "mx.example.org.evil.example; none", "mx.example.orgx; none", "xmx.example.org; none", "mx-example.org; none", "mx.example.org-1; none", "a.mx.example.org; none", "example.org; none", "mx.example; none",
        "spf=pass smtp.helo=mx.example.org", "other.example (mx.example.org); none", "(mx.example.org) other.example; none", "other.example; mx.example.org; none", "mx.example.org\u{f6}; none", "i=1; other.example; mx.example.org",
        "(a) other.example; none (mx.example.org", "other.example 1; (mx.example.org", "(a (mx.example.org)) other.example; none", "(a) other.example; none (", "mx . example.orgx 1; none", "a . mx.example.org 1; none", "\"a (mx.example.org) b\"; none",
        "(a\\)(mx.example.org) other.example; none", "(see \\(mx.example.org\\)) other.example; none", "other.example (a \\(b\\) (c)); none", "(\"a\") other.example; none",
    ]

    @Test("Ours", arguments: ours) func claims(_ value: String) {
        let header = HeaderSection(octets: Sample.octets(["Authentication-Results:" + value, "To: x", ""]))
        #expect(header.authenticationResultsPlaces(claiming: "mx.example.org") == [1])
        #expect(header.authenticationResultsPlaces(claiming: "Mx.Example.Org.") == [1])
    }

    /// Blanks of other scripts, and octets that are no UTF-8, are taken away by some readers.
    static let unseen: [[UInt8]] = [[0xa0], [0xc2, 0xa0], [0xe2, 0x80, 0x83], [0xe3, 0x80, 0x80], [0xc2, 0x85], [0x85], [0xff, 0xfe], [0xef, 0xbb, 0xbf], [0xe2, 0x80, 0x8b], [0xe2, 0x81, 0xa0], [0xe2, 0x80, 0xa8], [0xe2]]

    @Test("Ours behind and before what is not seen", arguments: unseen) func unseenIsABlank(_ octets: [UInt8]) {
        let name = Array("Authentication-Results:".utf8), id = Array("mx.example.org".utf8), end = Array("; none\r\n".utf8)
        for value in [octets + id, [ASCII.space] + octets + octets + id, id + octets, id + octets + [ASCII.space] + octets, octets + id + octets] {
            #expect(HeaderSection(octets: name + value + end).authenticationResultsPlaces(claiming: "mx.example.org") == [1], "\(value)")
        }
        for value in [Array("x".utf8) + id, octets + Array("a.".utf8) + id, id + Array(".evil.example".utf8) + octets] {
            #expect(HeaderSection(octets: name + value + end).authenticationResultsPlaces(claiming: "mx.example.org").isEmpty, "\(value)")
        }
    }

    @Test("Of others", arguments: others) func doesNotClaim(_ value: String) {
        let header = HeaderSection(octets: Sample.octets(["Authentication-Results:" + value, "To: x", ""]))
        #expect(header.authenticationResultsPlaces(claiming: "mx.example.org").isEmpty)
    }

    static let lines = [
        "Authentication-Results: other.example; spf=pass", "ARC-Authentication-Results: i=1; mx.example.org; none", "authentication-results : mx.example.org; dkim=pass", "X-Authentication-Results: mx.example.org; none",
        "AUTHENTICATION-RESULTS: upstream.example 1; dmarc=pass", "Authentication-Results: mx.example.org.evil.example; none", "Authentication-Results:", " mx.example.org;", " spf=pass", "Authentication-Results: upstream.example 2; dmarc=pass",
        "Authentication-Results: UPSTREAM.example.; dkim=none", "Authentication-Results: upstream.example; dkim", "Subject: s", "", "Authentication-Results: mx.example.org; none",
    ]

    @Test("Places count the fields of that name") func places() {
        let header = Message(octets: Sample.octets(Self.lines)).header
        #expect(header.authenticationResultsPlaces(claiming: "mx.example.org") == [2, 5])
        #expect(header.authenticationResultsPlaces(claiming: "nobody.example").isEmpty && header.authenticationResultsPlaces(claiming: "").isEmpty)
        let fields = header.all("Authentication-Results")
        #expect(fields.count == 8 && fields[1].value.contains("dkim=pass") && fields[4].value.contains("spf=pass"))
    }

    @Test("Trusted hosts") func trusted() {
        let header = Message(octets: Sample.octets(Self.lines)).header
        let found = header.authenticationResults(trusted: ["upstream.example"])
        #expect(found.map(\.place) == [3, 7] && found.map { $0.results.results[0].method } == ["dmarc", "dkim"])
        #expect(header.authenticationResults(trusted: ["Other.Example", "upstream.example"]).map(\.place) == [1, 3, 7])
        #expect(header.authenticationResults(trusted: []).isEmpty)
        var limits = AuthenticationResultsLimits()
        limits.fields = 2
        #expect(header.authenticationResults(trusted: ["upstream.example", "other.example"], limits: limits).map(\.place) == [1])
    }

    @Test("Names beyond ASCII") func letters() {
        let header = HeaderSection(octets: Sample.octets(["Authentication-Results: b\u{fc}ro.example; none", "Authentication-Results: xn--bro-hoa.example; none", "Authentication-Results: \"B\u{dc}RO.example\" 1; none", ""]))
        let apart = HeaderSection(octets: Sample.octets(["b\u{fc}ro . example 1; none", "(a) b\u{fc}ro.example; none (", "b\u{fc}(a)ro.example 1; none", "(\u{fc}) xn--bro-hoa . example 1"].map { "Authentication-Results: \($0)" } + [""]))
        for id in ["b\u{fc}ro.example", "xn--bro-hoa.example"] {
            #expect(apart.authenticationResultsPlaces(claiming: id) == [1, 2, 3, 4])
            #expect(header.authenticationResultsPlaces(claiming: id) == [1, 2, 3])
            #expect(header.authenticationResults(trusted: [id]).map(\.place) == [1, 2, 3])
        }
    }

    @Test("A name beyond ASCII is ours behind any number of gaps in it, and many words are nobody's name", arguments: [
        ("b\u{fc}ro.example a b c d e f g h i j; none", true), ("b \u{fc} r o . e x a m p l e; none", true), ("b \u{fc} r o . e x a m p l e 1; none", true), ("b(a)\u{fc}(a)r(a)o(a).(a)e(a)x(a)a(a)m(a)p(a)l(a)e 1; none", true),
        ("b\u{fc}ro . ex\u{ad}ample . a b c d e f g h", true), ("b\u{fc}ro\u{3002}example a b c d e f g h i", true), ("\u{ff42}\u{fc} r o . \u{ff45} \u{ff58} \u{ff41} \u{ff4d} \u{ff50} \u{ff4c} \u{ff45} 1", true), ("bu\u{308}ro.example 1 2 3 4 5 6 7 8 9", true),
        ("gr\u{f6}\u{df}ere Menge von W\u{f6}rtern ohne Semikolon und noch mehr davon", false), ("Gr\u{fc}\u{df}e aus K\u{f6}ln. Wie geht es dir heute in der Ferne so weit", false), ("m\u{fc}ll.example 1 2 3 4 5 6 7 8 9 10; none", false),
        ("b\u{fc}ro.example.evil.example 1 2 3 4 5 6 7 8 9", false), ("xb\u{fc}ro.example 1 2 3 4 5 6 7 8 9 10; none", false), ("a b c d e f g h i b\u{fc}ro.example j k l m n o p q r s", false), ("b\u{fc}ro . exampl 1 2 3 4 5 6 7 8 9 e", false),
    ])
    func manyGaps(_ value: String, _ isOurs: Bool) {
        let header = HeaderSection(octets: Sample.octets(["Authentication-Results: \(value)", ""]))
        for id in ["b\u{fc}ro.example", "xn--bro-hoa.example"] { #expect(header.authenticationResultsPlaces(claiming: id) == (isOurs ? [1] : [])) }
        #expect(header.authenticationResultsPlaces(claiming: "mx.example.org").isEmpty)
    }

    /// What a reader of the plainest kind leaves of a value; nil where a comment or a quoted string does not end.
    static func plain(_ value: String, nests: Bool, escapes: Bool, quotes: Bool) -> String? {
        var depth = 0, isQuoted = false, left = "", isEscaped = false
        for character in value {
            if isEscaped { isEscaped = false; if depth == 0 { left.append(character) }; continue }
            if character == "\\" { isEscaped = escapes; continue }
            if character == "\"", depth == 0 { isQuoted.toggle(); continue }
            if character == "(", !(isQuoted && quotes) { depth = nests ? depth + 1 : 1; continue }
            if character == ")", depth > 0 { depth -= 1; continue }
            if depth == 0 { left.append(character) }
        }
        return depth > 0 || isQuoted || isEscaped ? nil : left
    }

    @Test("Whoever reads comments by whatever rule sees no field as ours that stays") func everyRule() {
        var random = SeededGenerator(8), seen = 0
        for _ in 0..<40_000 {
            let value = (0..<Int.random(in: 1...9, using: &random)).map { _ in ["(", ")", "\\", "\"", "(", ")", " ", "other.example", "mx.example.org"].randomElement(using: &random) ?? "" }.joined()
            let readings = (0..<8).compactMap { Self.plain(value, nests: $0 & 1 == 0, escapes: $0 & 2 == 0, quotes: $0 & 4 == 0) }
            guard readings.contains(where: { $0.drop { $0 == " " || $0 == ")" || $0 == "(" }.split(separator: " ").first == "mx.example.org" }) else { continue }
            seen += 1
            #expect(HeaderSection(octets: Array("Authentication-Results:\(value)\r\n\r\n".utf8)).authenticationResultsPlaces(claiming: "mx.example.org") == [1], "\(value)")
        }
        #expect(seen > 2_000)
    }

    @Test("A field too long for knowing better is ours") func tooLong() {
        let comment = "(" + String(repeating: "x", count: 65_600) + ")"
        let header = HeaderSection(octets: Sample.octets(["Authentication-Results: \(comment) mx.example.org; none", "Authentication-Results: other.example", ""]))
        #expect(header.authenticationResultsPlaces(claiming: "mx.example.org") == [1])
        #expect(header.authenticationResults(trusted: ["mx.example.org"]).isEmpty)
    }

    @Test("Many fields") func many() {
        let header = HeaderSection(octets: Sample.octets((0..<1500).map { "Authentication-Results: \($0 % 3 == 0 ? "mx" : "my").example.org; none" }))
        #expect(header.authenticationResultsPlaces(claiming: "mx.example.org").count == 500)
    }

    @Test("A name is ours behind any length of what is not seen", arguments: ["\u{200b}", "\u{a0}", " ", ";", "\\ ", "\"", "<", ")", "(a)", "\u{1}", "\u{fffd}", "i"])
    func farBehind(_ piece: String) {
        let header = HeaderSection(octets: Array("Authentication-Results: \(String(repeating: piece, count: 9_000))mx.example.org; spf=pass\r\n\r\n".utf8))
        #expect(header.authenticationResultsPlaces(claiming: "mx.example.org") == (piece == "i" ? [] : [1]))
        let octets = Array("Authentication-Results:".utf8) + [UInt8](repeating: 0x80, count: 60_000) + Array("mx.example.org; spf=pass\r\n\r\n".utf8)
        #expect(HeaderSection(octets: octets).authenticationResultsPlaces(claiming: "mx.example.org") == [1])
    }

    /// A field with every reading there is: comments that rules differ about, letters of another script, gaps, and a sign of an encoded word.
    static func costly(_ name: String) -> String { "Authentication-Results: (\\\"(\"\(name)e e e e e e e ; x=?" }

    static let uml = "\u{e4}", uo = "\u{f6}"
    static let floods: [(String, String, [String], places: Int, conversions: Int)] = [
        ("long labels", "mx.ours.example", Array(repeating: costly(String(repeating: uml, count: 200) + "." + String(repeating: uo, count: 20) + "."), count: 300), 0, 0),
        ("labels that fit, always the same", "mx.ours.example", Array(repeating: costly("m\(uml).ours.exampl"), count: 300), 0, 2),
        ("names that fit, each another one", "mx.ours.example", (0..<300).map { costly("m\(uml).o\($0).exampl") }, 300 - 32, 64),
        ("names that fit a name beyond ASCII", "b\(uml)r.ours.example", (0..<300).map { "Authentication-Results: \(uml)\($0).ours.example; x" }, 300 - 64, 64),
        ("the same behind the real one", "b\(uml)r.ours.example", (0..<10).map { "Authentication-Results: \($0 == 9 ? "b\(uml)r" : "\(uml)\($0)").ours.example; x" }, 1, 10),
        ("honest fields", "mx.ours.example", Array(repeating: "Authentication-Results: mx.other.example; spf=pass", count: 300), 0, 0),
        ("honest fields of a name beyond ASCII", "b\(uml)r.ours.example", Array(repeating: "Authentication-Results: b\(uml)r.other.example; spf=pass", count: 300), 0, 1),
    ]

    @Test("One message converts few names, and what would take more is ours", arguments: floods.indices) func conversions(_ place: Int) {
        let (name, id, lines, places, conversions) = Self.floods[place]
        let header = HeaderSection(octets: Sample.octets(lines + [""]))
        var claim = AuthservIDClaim(id)
        let claiming = header.fields.count { claim.isMade(by: $0) }
        #expect(claiming == places && claim.conversions == conversions, "\(name): \(claiming), \(claim.conversions)")
        #expect(header.authenticationResultsPlaces(claiming: id).count == places, "\(name)")
        var limits = AuthenticationResultsLimits()
        limits.conversions = 0
        claim = AuthservIDClaim(id, limits: limits)
        // Without any, whatever would take one claims.
        #expect(header.fields.count { claim.isMade(by: $0) } == (conversions > 0 ? lines.count : 0) && claim.conversions == 0, "\(name)")
    }

    /// Octets that are counted as they are taken, by all copies together.
    struct Counted: IteratorProtocol {
        final class Count { var taken = 0 }
        var octets: ArraySlice<UInt8>.Iterator
        let count: Count
        mutating func next() -> UInt8? { count.taken += 1; return octets.next() }
    }

    @Test("Whatever stands there, each octet is taken once, and once more for the ends of comments", arguments: ["(", "()", ")", "\"", "\\", "\\(", "(\"", "i=1;", ";", " ", "ж", "\u{200b}", "a", "((a)", "\u{301}"])
    func work(_ piece: String) {
        let octets = Array(String(repeating: piece, count: 5_000).utf8), spoiled = octets.enumerated().map { $0.offset % 7 == 3 ? 0x80 : $0.element }
        for value in [octets, spoiled] {
            for rule in CommentRule.all + [.none] {
                let count = Counted.Count()
                var bare = BareOctets(Counted(octets: value[...].makeIterator(), count: count), rule: rule)
                while bare.next() != nil {}
                #expect(count.taken <= 2 * value.count + 4)
                count.taken = 0
                var seen = SeenOctets(BareOctets(Counted(octets: value[...].makeIterator(), count: count), rule: rule))
                while seen.next() != nil {}
                #expect(count.taken <= 2 * value.count + 8)
            }
        }
    }
}

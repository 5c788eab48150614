import Cryptography
import DKIM
import TestSupport
import Testing

@Suite struct CanonicalizationTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String, input: String, simple: String, relaxed: String
        init(_ name: String, _ input: String, simple: String, relaxed: String) { (testDescription, self.input, self.simple, self.relaxed) = (name, input, simple, relaxed) }
    }

    static func body(_ canonicalization: Canonicalization, _ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var canonicalizer = BodyCanonicalizer(canonicalization), output: [UInt8] = []
        for piece in pieces { canonicalizer.add(piece, to: &output) }
        canonicalizer.finish(to: &output)
        return output
    }

    static func header(_ canonicalization: Canonicalization, _ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var canonicalizer = HeaderCanonicalizer(canonicalization), output: [UInt8] = []
        for piece in pieces { canonicalizer.add(piece, to: &output) }
        canonicalizer.finish(lineEnd: true, to: &output)
        return output
    }

    static let bodies = [
        Row("RFC 6376 §3.4.5", " C \r\nD \t E\r\n\r\n\r\n", simple: " C \r\nD \t E\r\n", relaxed: " C\r\nD E\r\n"),
        Row("empty", "", simple: "\r\n", relaxed: ""),
        Row("one line end", "\r\n", simple: "\r\n", relaxed: ""),
        Row("white space only", " \t", simple: " \t\r\n", relaxed: ""),
        Row("lines of white space only", " \r\n\t\r\n", simple: " \r\n\t\r\n", relaxed: ""),
        Row("no line end at the end", "a", simple: "a\r\n", relaxed: "a\r\n"),
        Row("white space at the end without line end", "a \t ", simple: "a \t \r\n", relaxed: "a\r\n"),
        Row("empty lines inside", "\r\n\r\na\r\n\r\nb\r\n", simple: "\r\n\r\na\r\n\r\nb\r\n", relaxed: "\r\n\r\na\r\n\r\nb\r\n"),
        Row("LF alone", "a\nb \n\n\nc\n\n", simple: "a\r\nb \r\n\r\n\r\nc\r\n", relaxed: "a\r\nb\r\n\r\n\r\nc\r\n"),
        Row("CR alone", "a\rb\r\r\n \r \r\n", simple: "a\rb\r\r\n \r \r\n", relaxed: "a\rb\r\r\n \r\r\n"),
        Row("CR at the end", "a\r", simple: "a\r\r\n", relaxed: "a\r\r\n"),
        Row("longer than a step of sixteen", "one two three four five six\r\nseven  eight\tnine  \r\nten\r\n", simple: "one two three four five six\r\nseven  eight\tnine  \r\nten\r\n",
            relaxed: "one two three four five six\r\nseven eight nine\r\nten\r\n"),
    ]

    static let headers = [
        Row("RFC 6376 §3.4.5, A", "A: X\r\n", simple: "A: X\r\n", relaxed: "a:X\r\n"),
        Row("RFC 6376 §3.4.5, B", "B : Y\t\r\n\tZ  \r\n", simple: "B : Y\t\r\n\tZ  \r\n", relaxed: "b:Y Z\r\n"),
        Row("no line end", "Subject: a", simple: "Subject: a\r\n", relaxed: "subject:a\r\n"),
        Row("LF alone", "Subject:\n a\n\tb\n", simple: "Subject:\r\n a\r\n\tb\r\n", relaxed: "subject:a b\r\n"),
        Row("CR alone", "Subject: \ra\r b\r\r\n", simple: "Subject: \ra\r b\r\r\n", relaxed: "subject:\ra\r b\r\r\n"),
        Row("no value", "Subject:\r\n", simple: "Subject:\r\n", relaxed: "subject:\r\n"),
        Row("white space for a value", "Subject: \r\n \t\r\n", simple: "Subject: \r\n \t\r\n", relaxed: "subject:\r\n"),
        Row("colons in the value", "X-A:b: C :d\r\n", simple: "X-A:b: C :d\r\n", relaxed: "x-a:b: C :d\r\n"),
        Row("control characters and UTF-8", "Subject: \u{1}ü \u{7f}\r\n", simple: "Subject: \u{1}ü \u{7f}\r\n", relaxed: "subject:\u{1}ü \u{7f}\r\n"),
    ]

    @Test("Bodies, whole and cut anywhere", arguments: bodies)
    func bodyRow(_ row: Row) {
        cuts(Array(row.input.utf8)) { pieces in
            #expect(String(decoding: Self.body(.simple, pieces), as: UTF8.self) == row.simple)
            #expect(String(decoding: Self.body(.relaxed, pieces), as: UTF8.self) == row.relaxed)
        }
    }

    @Test("Header fields, whole and cut anywhere", arguments: headers)
    func headerRow(_ row: Row) {
        cuts(Array(row.input.utf8)) { pieces in
            #expect(String(decoding: Self.header(.simple, pieces), as: UTF8.self) == row.simple)
            #expect(String(decoding: Self.header(.relaxed, pieces), as: UTF8.self) == row.relaxed)
        }
    }

    private func cuts(_ octets: [UInt8], _ check: ([ArraySlice<UInt8>]) -> Void) {
        check([octets[...]])
        check(octets.indices.map { octets[$0...$0] })
        for cut in 0...octets.count { check([octets[..<cut], octets[cut...]]) }
    }

    // MARK: - Against the plainest implementation

    static func lines(_ octets: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        for octet in octets {
            if octet == 10 {
                if lines[lines.count - 1].last == 13 { lines[lines.count - 1].removeLast() }
                lines.append([])
            } else { lines[lines.count - 1].append(octet) }
        }
        return lines
    }

    static func squeezed(_ line: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for octet in line {
            if octet != 32 && octet != 9 { result.append(octet) } else if result.last != 32 { result.append(32) }
        }
        return result
    }

    static func plainBody(_ canonicalization: Canonicalization, _ octets: [UInt8]) -> [UInt8] {
        var lines = lines(octets)
        if canonicalization == .relaxed {
            lines = lines.map { line in
                var line = squeezed(line)
                if line.last == 32 { line.removeLast() }
                return line
            }
        }
        while lines.last == [] { lines.removeLast() }
        if lines.isEmpty { return canonicalization == .simple ? [13, 10] : [] }
        return lines.flatMap { $0 + [13, 10] }
    }

    static func plainHeader(_ canonicalization: Canonicalization, _ octets: [UInt8]) -> [UInt8] {
        var lines = lines(octets)
        if lines.count > 1, lines.last == [] { lines.removeLast() }
        if canonicalization == .simple { return Array(lines.joined(separator: [13, 10])) + [13, 10] }
        let whole = lines.flatMap { $0 }, colon = whole.firstIndex(of: 58) ?? 0
        func trimmed(_ text: [UInt8]) -> [UInt8] { var text = text[...]; while text.first == 32 { text.removeFirst() }; while text.last == 32 { text.removeLast() }; return Array(text) }
        return Array(String(decoding: whole[..<colon].filter { $0 != 32 && $0 != 9 }, as: UTF8.self).lowercased().utf8) + [58] + trimmed(squeezed(Array(whole[(colon + 1)...]))) + [13, 10]
    }

    @Test("Odd octets, cut at random", arguments: 0..<40)
    func odd(_ seed: Int) {
        var generator = SeededGenerator(UInt64(seed))
        for _ in 0..<100 {
            let octets = generator.oddOctets(generator.below(300)), field = Array("X-Odd \t:".utf8) + octets
            var pieces: [[ArraySlice<UInt8>]] = [[], []]
            for (place, whole) in [octets, field].enumerated() {
                var at = 0
                while at < whole.count {
                    let end = min(whole.count, at + generator.below(40))
                    pieces[place].append(whole[at..<end])
                    at = end
                }
            }
            for canonicalization in Canonicalization.allCases {
                #expect(Self.body(canonicalization, pieces[0]) == Self.plainBody(canonicalization, octets))
                #expect(Self.header(canonicalization, pieces[1]) == Self.plainHeader(canonicalization, field))
            }
        }
    }

    @Test("Body hashes of several lengths come of one pass and are those of the prefixes")
    func lengths() {
        var generator = SeededGenerator(7)
        for _ in 0..<200 {
            let octets = generator.oddOctets(generator.below(6_000))
            let canonical = Canonicalization.allCases.map { Self.plainBody($0, octets) }
            let wanted = (0..<6).map { _ in BodyCoverage(Canonicalization.allCases[generator.below(2)], length: generator.below(canonical[0].count + 20)) } + [BodyCoverage(.simple), BodyCoverage(.relaxed)]
            var hashes = BodyHashes(body: octets[...], for: wanted)
            for coverage in wanted + [BodyCoverage(.simple, length: 0), BodyCoverage(.relaxed, length: Int.max)] {
                let whole = canonical[coverage.canonicalization == .simple ? 0 : 1]
                let digest = hashes.digest(coverage)
                #expect(digest.octets == SHA256.digest(whole.prefix(coverage.length ?? Int.max)))
                #expect(digest.canonicalLength == whole.count)
            }
        }
    }
}

import API
import Foundation
import Testing
import TestSupport

@Suite struct JSONBodyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String, text: String, parameter: String?, isRefused: Bool
        var testDescription: String { name }

        init(_ name: String, _ text: String, parameter: String? = nil, isRefused: Bool = false) { self.name = name; self.text = text; self.parameter = parameter; self.isRefused = isRefused || parameter != nil }
    }

    static let rows = [
        Row("nothing", "{}"), Row("blanks", " { \"a\" : [ 1 , 2 ] , \"b\" : { } } \n"),
        Row("the same name in others", #"{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":{"a":{"a":[]}}}"#),
        Row("values like names", #"{"a":"a","b":["a","a"],"c":"a"}"#),
        Row("texts with marks in them", #"{"a":"},{\"a\":1,]","b":"\\","c":",}","d":"\\\""}"#),
        Row("twice", #"{"a":1,"b":2,"a":3}"#, parameter: "a"), Row("twice within", #"{"x":[0,{"a":[],"b":{},"a":""}]}"#, parameter: "a"),
        Row("twice, written otherwise", #"{"limits":1,"lim\u0069ts":2}"#, parameter: #"lim\u0069ts"#),
        Row("an empty name twice", #"{"":1,"":2}"#, parameter: ""),
        Row("comma at the end", #"{"a":1,}"#, isRefused: true), Row("comma at a list's end", #"{"a":[1, ]}"#, isRefused: true),
        Row("no UTF-8 mark", "\u{feff}{}", isRefused: true), Row("NUL", "{\0}", isRefused: true), Row("UTF-16", "\0{\0}", isRefused: true),
        // Left to who reads it.
        Row("broken", #"{"a":1,"a"#, parameter: "a"), Row("no text's end", #"{"a":"b"#), Row("closed too often", "}}}]"), Row("nothing at all", ""), Row("a backslash at the end", "{\"a\\"), Row("deep", String(repeating: "[", count: 100_000)),
    ]

    @Test(arguments: rows) func readersAgree(_ row: Row) {
        do throws(Problem) {
            try JSONBody.check(Array(row.text.utf8))
            #expect(!row.isRefused)
        } catch {
            #expect(row.isRefused && error.parameter == row.parameter, "\(error)")
        }
    }

    @Test func notInUTF8() {
        #expect(throws: Problem.self) { try JSONBody.check([0x7b, 0x22, 0xff, 0x22, 0x7d]) }
        #expect(throws: Problem.self) { try JSONBody.check(Array("{\"a\":1}".utf16).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }) }
    }

    /// Whatever comes, it says something of it; what Foundation writes it lets pass.
    @Test func anyOctets() throws {
        var random = SeededGenerator(5)
        let pieces = ["{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\\", "\"", "1", " ", "\\u0061", "é", "\u{1F600}"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...20, using: &random)).map { _ in pieces[Int.random(in: pieces.indices, using: &random)] }.joined()
            _ = try? JSONBody.check(Array(text.utf8))
        }
        let written = try JSONSerialization.data(withJSONObject: ["a": ["a": [1, 2, ["a": "x\"},{"]]], "b": "é\\\""])
        try JSONBody.check(Array(written))
    }
}

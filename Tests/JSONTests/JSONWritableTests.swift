import Foundation
import JSON
import Testing

@Suite struct JSONWritableTests {
    enum Word: String, Decodable, JSONWritable { case some = "a word", other }

    struct Inner: Decodable, JSONWritable, Equatable {
        var name: String, values: [Int], flag: Bool?

        enum CodingKeys: String, CodingKey { case name, values, flag }

        func write(to json: inout JSONWriter) {
            json.openObject()
            json.member(CodingKeys.name, name)
            json.member(CodingKeys.values, values)
            json.member(CodingKeys.flag, flag)
            json.closeObject()
        }
    }

    struct Outer: Decodable, JSONWritable, Equatable {
        var number: Double, text: String, inner: [Inner], table: [String: [String]], none: Int64?, small: UInt16, empty: [String], nested: [[Int]], word: Word

        enum CodingKeys: String, CodingKey { case number, text, inner, table, none, small = "small_number", empty, nested, word }

        func write(to json: inout JSONWriter) {
            json.openObject()
            json.member(CodingKeys.number, number)
            json.member(CodingKeys.text, text)
            json.member(CodingKeys.inner, inner)
            json.member(CodingKeys.table, table)
            json.member(CodingKeys.none, none)
            json.member(CodingKeys.small, small)
            json.member(CodingKeys.empty, empty)
            json.member(CodingKeys.nested, nested)
            json.member(CodingKeys.word, word)
            json.closeObject()
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let value = Outer(number: 0.1, text: "a\"b\\c\n\r\t\u{1}\u{7f}é\u{1F600}/", inner: [
            Inner(name: "", values: [], flag: nil), Inner(name: "x", values: [1, -2, 300], flag: true),
        ], table: ["k": ["v", "w"], "j": []], none: nil, small: 65535, empty: [], nested: [[], [1], [2, 3]], word: .some)
        let octets = jsonOctets(value)
        #expect(try JSONDecoder().decode(Outer.self, from: Data(octets)) == value)
        let text = String(decoding: octets, as: UTF8.self)
        #expect(text.hasPrefix(#"{"number":0.1,"text":"a\"b\\c\n\r\t\u0001\u007fé😀/","inner":[{"name":"","values":[]},{"name":"x","values":[1,-2,300],"flag":true}],"#))
        #expect(text.hasSuffix(#""table":{"j":[],"k":["v","w"]},"small_number":65535,"empty":[],"nested":[[],[1],[2,3]],"word":"a word"}"#))
    }

    /// Wherever the first octet that needs an escape stands, what is before and behind it stays.
    @Test(arguments: 0...6) func escapesAnywhere(_ place: Int) throws {
        var text = "ab\u{e9}d😀f"
        text.insert("\"", at: text.index(text.startIndex, offsetBy: place))
        #expect(try JSONDecoder().decode([String].self, from: Data(jsonOctets(["x", text, "y"]))) == ["x", text, "y"])
    }

    @Test func whatJSONCannotSayIsNull() {
        #expect(String(decoding: jsonOctets([Double.infinity, 3, -.nan]), as: UTF8.self) == "[null,3,null]")
    }
}

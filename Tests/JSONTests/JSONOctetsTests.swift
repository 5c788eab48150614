import Foundation
import JSON
import Testing

@Suite struct JSONOctetsTests {
    struct Inner: Codable, Equatable { var name: String, values: [Int], flag: Bool? }
    struct Outer: Codable, Equatable {
        var number: Double, text: String, inner: [Inner], table: [String: [String]], none: Int?, small: UInt16, empty: [String], nested: [[Int]]
    }

    @Test func roundTripThroughFoundation() throws {
        let value = Outer(number: 0.1, text: "a\"b\\c\n\r\t\u{1}\u{7f}é\u{1F600}/", inner: [
            Inner(name: "", values: [], flag: nil), Inner(name: "x", values: [1, -2, 300], flag: true),
        ], table: ["k": ["v", "w"]], none: nil, small: 65535, empty: [], nested: [[], [1], [2, 3]])
        let octets = try jsonOctets(value)
        #expect(try JSONDecoder().decode(Outer.self, from: Data(octets)) == value)
    }

    @Test func orderAndForm() throws {
        struct Row: Encodable { var b = 1, a = 2.5, c: String? = nil, d = "x" }
        #expect(String(decoding: try jsonOctets(Row()), as: UTF8.self) == #"{"b":1,"a":2.5,"d":"x"}"#)
        #expect(String(decoding: try jsonOctets([Row()]), as: UTF8.self) == #"[{"b":1,"a":2.5,"d":"x"}]"#)
        struct Nothing: Encodable {}
        #expect(String(decoding: try jsonOctets([Nothing(), Nothing()]), as: UTF8.self) == "[{},{}]")
        #expect(String(decoding: try jsonOctets([Double.infinity, 3]), as: UTF8.self) == "[null,3]")
        #expect(String(decoding: try jsonOctets(Optional<Int>.none), as: UTF8.self) == "null")
    }
}

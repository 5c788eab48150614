import Foundation
import JSON
import Testing

@Suite struct CodedAsTextTests {
    struct Shade: CodedAsText, Equatable {
        static var textForm: String { "a shade of 0…9" }
        let depth: Int
        var description: String { "#\(depth)" }

        init(depth: Int) { self.depth = depth }
        init?(_ text: some StringProtocol) {
            guard text.utf8.count == 2, text.hasPrefix("#"), let depth = Int(text.dropFirst()) else { return nil }
            self.depth = depth
        }
    }

    @Test func aValueIsOneText() throws {
        let shades = [Shade(depth: 3), Shade(depth: 0)]
        let octets = jsonOctets(["a": shades])
        #expect(String(decoding: octets, as: UTF8.self) == ##"{"a":["#3","#0"]}"##)
        #expect(try JSONDecoder().decode([String: [Shade]].self, from: Data(octets)) == ["a": shades])
    }

    @Test func anotherTextIsRefusedByItsForm() throws {
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode([String: Shade].self, from: Data(##"{"a":"#x"}"##.utf8)) }
        guard case .dataCorrupted(let place)? = error else { Issue.record("\(String(describing: error))"); return }
        #expect(place.debugDescription == "not a shade of 0…9: #x")
        #expect(place.codingPath.map(\.stringValue) == ["a"])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Shade].self, from: Data("[3]".utf8)) }
    }
}

import Foundation
import JSON
import Limiting
import RateLimits
import Testing

@Suite struct LimitDocumentTests {
    private static func read(_ text: String) throws -> LimitDefinition { try JSONDecoder().decode(LimitDocument.self, from: Data(text.utf8)).definition }

    @Test func whatIsWrittenIsRead() throws {
        let text = #"{"parent":"customer/acme","limits":[{"counts":"recipients","limit":100,"per":"1h","burst":20,"excess":"defer","first":"14d"}],"defaults":{"mailbox":[],"client":[{"counts":"octets","limit":1,"per":"90s"}]},"override":{"limits":[],"until":"2026-12-01T00:00:00.5Z","reason":"x"},"created_at":"2026-11-01","language":"DE-at"}"#
        let definition = try Self.read(text)
        #expect(definition.limits == [try RateLimit(counts: .recipients, most: 100, window: #require(LimitWindow("1h")), burst: 20, youth: 14 * 86_400)])
        #expect(definition.override?.until == 1_796_083_200_500 && definition.language == LanguageTag("de-AT"))
        #expect(try Self.read(String(decoding: jsonOctets(LimitDocument(definition)), as: UTF8.self)) == definition)
        #expect(try Self.read(#"{"defaults":{"mailbox":null}}"#) == LimitDefinition(), "null is left out, and not none")
        #expect(try Self.read("{}") == LimitDefinition())
        #expect(try Self.read(#"{"limits":null,"override":null,"parent":null,"defaults":null,"created_at":null,"language":null}"#) == LimitDefinition())
    }

    @Test(arguments: [
        ("no object", "[]", nil), ("unknown member", #"{"limit":[]}"#, "limit"), ("no list", #"{"limits":5}"#, "limits"), ("no limit", #"{"limits":[5]}"#, "limits[0]"),
        ("nothing counted", #"{"limits":[{"limit":1,"per":"1h"}]}"#, "limits[0].counts"), ("something else counted", #"{"limits":[{"counts":"stars","limit":1,"per":"1h"}]}"#, "limits[0].counts"),
        ("no number", #"{"limits":[{"counts":"messages","limit":"1","per":"1h"}]}"#, "limits[0].limit"), ("a fraction", #"{"limits":[{"counts":"messages","limit":1.5,"per":"1h"}]}"#, "limits[0].limit"),
        ("zero", #"{"limits":[{"counts":"messages","limit":0,"per":"1h"}]}"#, "limits[0].limit"), ("less than nothing", #"{"limits":[{"counts":"messages","limit":-1,"per":"1h"}]}"#, "limits[0].limit"),
        ("too many", #"{"limits":[{"counts":"messages","limit":99999999999999999999999,"per":"1h"}]}"#, "limits[0].limit"), ("a window of no length", #"{"limits":[{"counts":"messages","limit":1,"per":"0s"}]}"#, "limits[0].per"),
        ("a window too long", #"{"limits":[{"counts":"messages","limit":1,"per":"9999999d"}]}"#, "limits[0].per"), ("a burst beyond", #"{"limits":[{"counts":"messages","limit":1,"per":"1h","burst":2}]}"#, "limits[0].burst"),
        ("another excess", #"{"limits":[{"counts":"messages","limit":1,"per":"1h","excess":"drop"}]}"#, "limits[0].excess"), ("the second", #"{"limits":[{"counts":"messages","limit":1,"per":"1h"},{"counts":"messages","limit":1,"per":"1h","x":1}]}"#, "limits[1].x"),
        ("a scope that is none", #"{"defaults":{"planet":[]}}"#, "defaults.planet"), ("a default that is none", #"{"defaults":{"mailbox":[{"counts":"messages","limit":0,"per":"1h"}]}}"#, "defaults.mailbox[0].limit"),
        ("an override without end", #"{"override":{"limits":[]}}"#, "override.until"), ("an end that is none", #"{"override":{"limits":[],"until":"tomorrow"}}"#, "override.until"), ("an override without limits", #"{"override":{"until":"2026-12-01"}}"#, "override.limits"),
        ("a language that is none", #"{"language":"Deutsch oder so"}"#, "language"), ("a language that is no text", #"{"language":1}"#, "language"), ("a parent that is none", #"{"parent":"acme"}"#, "parent"), ("a parent without a name", #"{"parent":"customer/"}"#, "parent"), ("seventeen", "{\"limits\":[\(Array(repeating: #"{"counts":"messages","limit":1,"per":"1h"}"#, count: 17).joined(separator: ","))]}", "limits"),
    ] as [(String, String, String?)])
    func whatIsWrongIsNamed(_ name: String, _ text: String, _ member: String?) {
        do {
            _ = try Self.read(text)
            Issue.record("it was read")
        } catch let fault as LimitFault {
            #expect(fault.member == member)
        } catch { #expect(member == nil && error is DecodingError) }
    }
}

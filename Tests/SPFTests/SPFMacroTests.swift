import DNS
import Testing
import SPF

/// RFC 7208 §7.3 and §7.4, with names of our own.
@Suite struct SPFMacroTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let text: String, expanded: String
        init(_ text: String, _ expanded: String) { (self.text, self.expanded) = (text, expanded) }
        var testDescription: String { text }
    }

    static func values(_ client: String) throws -> SPFMacroValues {
        SPFMacroValues(localPart: Array("ann-marie+list".utf8), senderDomain: DomainName(trusted: "post.office.example"),
                       domain: DomainName(trusted: "spf.office.example"), client: try #require(IPAddress(client)), helo: Array("Gate.Example".utf8),
                       receiver: "mx.here.example", time: 1_700_000_000, validatedName: nil)
    }

    static func expand(_ text: String, _ client: String) throws -> String {
        let macros = try SPFMacroString(ArraySlice(text.utf8), in: .explanation)
        return String(decoding: try #require(macros.expanded(try values(client), limit: 4096)), as: UTF8.self)
    }

    @Test("An IPv4 client's letters", arguments: [
        Row("%{s}", "ann-marie+list@post.office.example"), Row("%{l}", "ann-marie+list"), Row("%{o}", "post.office.example"),
        Row("%{d}", "spf.office.example"), Row("%{d1}", "example"), Row("%{d2}", "office.example"), Row("%{d3}", "spf.office.example"),
        Row("%{d9}", "spf.office.example"), Row("%{d99999999999999999999999}", "spf.office.example"), Row("%{dr}", "example.office.spf"),
        Row("%{d2R}", "office.spf"), Row("%{d1r}", "spf"), Row("%{l-}", "ann.marie+list"), Row("%{l+-}", "ann.marie.list"),
        Row("%{lr-}", "marie+list.ann"), Row("%{l1r-}", "ann"), Row("%{l2r+-}", "marie.ann"), Row("%{o.-}", "post.office.example"),
        Row("%{i}", "192.0.2.65"), Row("%{ir}", "65.2.0.192"), Row("%{c}", "192.0.2.65"), Row("%{v}", "in-addr"), Row("%{h}", "Gate.Example"),
        Row("%{p}", "unknown"), Row("%{r}", "mx.here.example"), Row("%{t}", "1700000000"), Row("a%%b%_c%-d", "a%b c%20d"),
        Row("%{S}", "ann-marie%2Blist%40post.office.example"), Row("%{L1r+}", "ann-marie"), Row("%{lr=/,_}", "ann-marie+list"),
        Row("%{ir}.%{v}.%{d2}", "65.2.0.192.in-addr.office.example"), Row("", ""), Row("no macro", "no macro"),
    ] as [Row])
    func fourLetters(_ row: Row) throws { #expect(try Self.expand(row.text, "192.0.2.65") == row.expanded) }

    @Test("An IPv6 client's letters", arguments: [
        Row("%{i}", "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1"),
        Row("%{ir}", "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2"),
        Row("%{i1}", "1"), Row("%{c}", "2001:db8::cb01"), Row("%{v}", "ip6"),
    ] as [Row])
    func sixLetters(_ row: Row) throws { #expect(try Self.expand(row.text, "2001:db8::cb01") == row.expanded) }

    @Test func mappedClientIsFour() throws { #expect(try Self.expand("%{c} %{v} %{ir}", "::ffff:192.0.2.65") == "192.0.2.65 in-addr 65.2.0.192") }

    @Test("Not macros", arguments: ["%", "%x", "%{", "%{}", "%{d", "%{x}", "%{d0}", "%{d00}", "%{dr2}", "%{d2rr}", "%{d:}", "%{d r}", "%{dd}", "%(d)", "% {d}",
                                    "%{1d}", "\u{e9}", "\t"])
    func refused(_ text: String) {
        #expect(throws: SPFSyntaxError.self) { try SPFMacroString(ArraySlice(text.utf8), in: .explanation) }
    }

    @Test("Only explanations", arguments: ["%{c}", "%{r}", "%{t}", "%{T}", "two words"])
    func onlyExplanations(_ text: String) {
        #expect(throws: SPFSyntaxError.self) { try SPFMacroString(ArraySlice(text.utf8), in: .record) }
        #expect(throws: Never.self) { try SPFMacroString(ArraySlice(text.utf8), in: .explanation) }
    }

    @Test func growthHasALimit() throws {
        let macros = try SPFMacroString(ArraySlice(String(repeating: "%{s}", count: 200).utf8), in: .record)
        #expect(macros.expanded(try Self.values("192.0.2.1"), limit: 4096) == nil)
        #expect(macros.expanded(try Self.values("192.0.2.1"), limit: 20_000)?.count == 200 * 34)
    }

    @Test("Long names lose labels on the left", arguments: [252, 253, 254, 255, 300, 600])
    func truncation(_ length: Int) throws {
        var text = "host.example"
        while text.utf8.count + 10 <= length { text = "label-sev.\(text)" }
        if length - text.utf8.count >= 2 { text = String(repeating: "x", count: length - text.utf8.count - 1) + ".\(text)" }
        let name = try #require(SPFDomainSpec.targetName(Array(text.utf8)))
        #expect(name.text.utf8.count <= 253 && text.hasSuffix(name.text))
        #expect(name.text == text || text.utf8.count > 253)
    }

    @Test("Names nobody can ask for", arguments: ["", ".", "..", "a..b", ".a.b", String(repeating: "x", count: 64) + ".example", String(repeating: "x", count: 300)])
    func unqueryable(_ text: String) { #expect(SPFDomainSpec.targetName(Array(text.utf8)) == nil) }
}

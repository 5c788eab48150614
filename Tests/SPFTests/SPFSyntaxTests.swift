import DNS
import SPF
import Testing

/// What the grammar takes, and what it refuses with which words. RFC 7208 §12.
@Suite struct SPFSyntaxTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let record: String, term: String, why: String
        init(_ terms: String, _ term: String, _ why: String) { (record, self.term, self.why) = ("v=spf1 " + terms, term, why) }
        var testDescription: String { record }
    }

    @Test("Records that are read", arguments: [
        "", "a", "a/8", "a//8", "a/8//8", "a/0//0", "a/32//128", "a:b.example", "a:b.example/8//8", "a:%{d}", "a:%{d}/8", "a:x%{d2r.-+,/_=}", "a:%%", "a:b.c%_",
        "a:.example", "a:b.c-d.e-1f", "a:b.1e", "a:b.e1", "a:b/c.example/24", "mx", "mx/8", "mx:b.example", "ptr", "ptr:b.example", "include:b.example",
        "exists:b.example", "ip4:1.2.3.4", "ip4:1.2.3.4/0", "ip4:1.2.3.4/32", "ip6:::", "ip6:::1/128", "ip6:1:2:3:4:5:6:7:8", "ip6:::1.2.3.4/96", "redirect=b.example",
        "exp=b.example", "exp=%{d}", "REDIRECT=b.example", "x=", "x=y", "a.b-c_d=%{i}", "x=a=b", "all all", "+a -mx ~ptr ?all", "a  mx   all  ",
    ])
    func taken(_ terms: String) throws {
        let record = try SPFRecord(Array("v=spf1 \(terms)".utf8))
        #expect(record.directives.map { record.text(of: $0) } == terms.split(separator: " ").filter { !$0.contains("=") || $0.contains("{") && $0.contains(":") }.map(String.init))
    }

    @Test("Records that are refused", arguments: [
        Row("al", "al", "no mechanism al"), Row("-all mox", "mox", "no mechanism mox"), Row("all.", "all.", "no mechanism"), Row("all/8", "all/8", "nothing may follow all"),
        Row("all:b.example", "all:b.example", "nothing may follow all"), Row("include", "include", "include wants"), Row("include:", "include:", "domain is empty"),
        Row("include/8", "include/8", "include wants"), Row("exists", "exists", "exists wants"), Row("exists:b.example/8", "exists:b.example/8", "last label"),
        Row("include:b.example/24", "include:b.example/24", "last label"), Row("ptr/8", "ptr/8", "ptr wants"), Row("ptr:", "ptr:", "empty"), Row("a:", "a:", "empty"), Row("a:/8", "a:/8", "empty"),
        Row("a/", "a/", "prefix length"), Row("a/33", "a/33", "0…32"), Row("a//129", "a//129", "0…128"), Row("a/08", "a/08", "leading zeros"), Row("a/8/8", "a/8/8", "prefix length"),
        Row("a/8//", "a/8//", "prefix length"), Row("a///8", "a///8", "prefix length"), Row("a/1000", "a/1000", "0…32"), Row("a/-1", "a/-1", "prefix length"), Row("a@b", "a@b", "wants \":\""),
        Row("a:192.0.2.1", "a:192.0.2.1", "ip4: takes addresses"), Row("mx:b.123", "mx:b.123", "is a number"), Row("a:museum", "a:museum", "end in a dot"), Row("a:museum.", "a:museum.", "end in a dot"),
        Row("a:b.-c", "a:b.-c", "hyphen"), Row("a:b.c-", "a:b.c-", "hyphen"), Row("a:b.c..", "a:b.c..", "last label is empty"), Row("a:b.c_d", "a:b.c_d", "letters, digits"), Row("a:b.example:25", "a:b.example:25", "letters, digits"),
        Row("a:%{d}b", "a:%{d}b", "end in a dot"), Row("a:%{d}.", "a:%{d}.", "end in a dot"), Row("a:%{d", "a:%{d", "without"), Row("a:%d", "a:%d", "\"%\" before"), Row("a:b.c%", "a:b.c%", "\"%\" at the end"),
        Row("a:%{c}", "a:%{c}", "explanations only"), Row("x=%{r}", "x=%{r}", "explanations only"), Row("exists:%{t}.b.example", "exists:%{t}.b.example", "explanations only"), Row("a:%{z}", "a:%{z}", "not a macro"), Row("a:%{d0}", "a:%{d0}", "keeps no part"),
        Row("ip4", "ip4", "ip4 wants"), Row("ip4:", "ip4:", "not an IPv4"), Row("ip4:1.2.3", "ip4:1.2.3", "not an IPv4"), Row("ip4:1.2.3.04", "ip4:1.2.3.04", "not an IPv4"), Row("ip4:1.2.3.4:25", "ip4:1.2.3.4:25", "not an IPv4"),
        Row("ip4:1.2.3.4/33", "ip4:1.2.3.4/33", "0…32"), Row("ip4:1.2.3.4/", "ip4:1.2.3.4/", "0…32"), Row("ip4:1.2.3.4//32", "ip4:1.2.3.4//32", "0…32"), Row("ip4:1.2.3.4/032", "ip4:1.2.3.4/032", "leading zeros"), Row("ip4:::1", "ip4:::1", "not an IPv4"),
        Row("ip6", "ip6", "ip6 wants"), Row("ip6:1.2.3.4", "ip6:1.2.3.4", "not an IPv6"), Row("ip6:::g", "ip6:::g", "not an IPv6"), Row("ip6:::1/129", "ip6:::1/129", "0…128"), Row("ip6:::1//8", "ip6:::1//8", "0…128"), Row("ip6:[::1]", "ip6:[::1]", "not an IPv6"),
        Row("redirect:b.example", "redirect:b.example", "is a modifier"), Row("-redirect=b.example", "-redirect=b.example", "is a modifier"), Row("redirect=", "redirect=", "empty"), Row("exp=", "exp=", "empty"), Row("exp=-all", "exp=-all", "end in a dot"),
        Row("redirect=b.example redirect=b.example", "redirect=b.example", "a second redirect="), Row("exp=b.example all exp=c.example", "exp=c.example", "a second exp="), Row("=all", "=all", "begins like this"), Row("1x=y", "1x=y", "begins like this"),
        Row("x=%", "x=%", "\"%\" at the end"), Row("--all", "--all", "begins like this"), Row("- all", "-", "begins like this"), Row("a\tmx", "a\\x09mx", "octet 9"), Row("a:b.example\u{0}", "a:b.example\\x00", "octet 0"), Row("\u{e9}", "\\xC3\\xA9", "octet 195"), Row("a;mx", "a;mx", "wants"), Row("include=b.example:%{d", "include=b.example:%{d", "without"),
    ] as [Row])
    func refused(_ row: Row) {
        do throws(SPFSyntaxError) {
            let record = try SPFRecord(Array(row.record.utf8))
            Issue.record("read as \(record.directives)")
        } catch {
            #expect(error.term == row.term)
            #expect(error.why.contains(row.why), "\(error.why)")
        }
    }

    @Test("Not records of ours", arguments: ["", "v", "v=spf", "v=spf10", "v=spf1a", "v=spf2 all", "v=spf1\tall", " v=spf1 all", "spf2.0 all", "spf2.0/ all", "spf2./mfrom all", "spf2.0/mfrom, all", "v:spf1 all", "v=sqf1 -all"])
    func others(_ text: String) { #expect(throws: SPFSyntaxError.self) { try SPFRecord(Array(text.utf8)) } }

    @Test func modifiersAreKeptApart() throws {
        let record = try SPFRecord(Array("V=spF1 exp=why.example a/24//64 redirect=%{d1}.example ip6:2001:db8::/32".utf8))
        #expect(record.explanation == .name(DomainName(trusted: "why.example")))
        guard case .macros(let macros)? = record.redirect else { Issue.record("no macros"); return }
        #expect(macros.usesValidatedName == false && macros.usesLocalPart == false)
        #expect(record.directives.map(\.mechanism) == [.a(nil, v4: 24, v6: 64), .network(try #require(IPNetwork("2001:db8::/32")))])
        #expect(record.directives.map(\.qualifier) == [.pass, .pass])
    }

    @Test func longTermsAreCutInErrors() {
        do throws(SPFSyntaxError) {
            _ = try SPFRecord(Array("v=spf1 \(String(repeating: "x", count: 5000))".utf8))
            Issue.record("read")
        } catch { #expect(error.term.count == 101 && error.why.count < 200) }
    }
}

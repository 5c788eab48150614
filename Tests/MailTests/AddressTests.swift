import DNS
import Mail
import Testing

@Suite struct AddressTests {
    /// Each mailbox as `name|address|group|comment`.
    static let lists: [(String, [String])] = [
        ("ann@example.org", ["|ann@example.org||"]),
        ("Ann <ann@Example.ORG>", ["Ann|ann@example.org||"]),
        ("\"Doe, Ann\" <ann@example.org>, bob@example.net", ["Doe, Ann|ann@example.org||", "|bob@example.net||"]),
        ("\"a \\\"b\\\" c\" <a@b.example>", ["a \"b\" c|a@b.example||"]),
        ("ann@example.org (Ann (the) Doe)", ["|ann@example.org||Ann (the) Doe"]),
        ("=?utf-8?q?J=C3=BCrgen?= <j@example.org>", ["Jürgen|j@example.org||"]),
        ("=?utf-8?q?a=2C_b?= <j@example.org>", ["a, b|j@example.org||"]),
        ("Ann Doe<ann@example.org>", ["Ann Doe|ann@example.org||"]),
        ("John Q. Public <j@example.org>", ["John Q. Public|j@example.org||"]),
        ("team: a@x.example, B <b@x.example>;, c@y.example", ["|a@x.example|team|", "B|b@x.example|team|", "|c@y.example||"]),
        ("undisclosed-recipients:;", []),
        ("<@a.example,@b.example:c@d.example>", ["|c@d.example||"]),
        ("\"quoted local\"@example.org", ["|\"quoted local\"@example.org||"]),
        ("ann @ example . org", ["|ann@example.org||"]),
        ("a@[192.0.2.1]", ["|a@[192.0.2.1]||"]),
        ("<a@[IPv6:2001:db8::1]>", ["|a@[IPv6:2001:db8::1]||"]),
        ("用户 <用户@例子.example>", ["用户|用户@xn--fsqu00a.example||"]),
        ("", []), (",,,", []), ("<>", ["|\"\"||"]), ("Ann", ["|Ann||"]),
        ("a@x.example, <b@y.example", ["|a@x.example||", "|b@y.example||"]),
        ("a@x.example <b@y.example>", ["|a@x.example||", "|b@y.example||"]),
        // Where readers differ about who is meant, all of them are.
        ("Ann a@x.example <b@y.example>", ["Ann|a@x.example||", "|b@y.example||"]), ("Ann <a@x.example> <b@y.example>", ["Ann|a@x.example||", "|b@y.example||"]),
        ("a@x.example or <b@y.example>", ["|a@x.example||", "or|b@y.example||"]), ("a@x.example b@y.example", ["|a@x.example||", "|b@y.example||"]),
        ("a@x.example@y.example", ["|a@x.example||", "|a@y.example||"]), ("<a@x.example@y.example>", ["|a@x.example||", "|a@y.example||"]),
        ("<a@x.example b@y.example", ["|a@x.example||", "|b@y.example||"]),
        ("<a@x.example, b@y.example>", ["|a@x.example||", "|b@y.example||"]), ("<a@x.example:b@y.example>", ["|a@x.example||", "|b@y.example||"]),
        ("a@x.example (b@y.example)", ["|a@x.example||b@y.example"]), ("a@x.example Ann", ["|a@x.example||"]),
        // A comment parts atoms, but where a dot is beside it.
        ("a@bank.com(x)evil.example", ["|a@bank.com||x"]), ("<a@bank.com (x)evil.example>", ["|a@bank.com||x"]), ("a@bank.com (x)evil.example, b@c.example", ["|a@bank.com||x", "|b@c.example||"]),
        ("a@bank(x)evil.example@c.example", ["|a@bank||x", "|evil.example@c.example||"]), ("a@bank.com (comment)", ["|a@bank.com||comment"]), ("a@bank.com(comment)", ["|a@bank.com||comment"]),
        ("a@bank . com", ["|a@bank.com||"]), ("a@(c)bank.(c)com", ["|a@bank.com||c"]), ("<a@ (c) bank (c) . (c) com (c)>", ["|a@bank.com||c"]), ("a@bank(c).com(c)(d)", ["|a@bank.com||c"]),
        ("\"service@bank.example\" <evil@other.example>", ["service@bank.example|evil@other.example||"]),
    ]

    @Test(arguments: lists) func list(_ written: String, _ wanted: [String]) {
        let found = MailAddress.parse(list: written).map { "\($0.name ?? "")|\($0.address)|\($0.group ?? "")|\($0.comment ?? "")" }
        #expect(found == wanted)
    }

    @Test func literalsAndDomains() {
        #expect(MailAddress.parse(list: "a@[IPv6:2001:db8::1]").first?.literal == IPAddress("2001:db8::1"))
        #expect(MailAddress.parse(list: "a@[192.0.2.1]").first?.literal == IPAddress("192.0.2.1"))
        #expect(MailAddress.parse(list: "a@[192.0.2.1]").first?.domain == nil)
        #expect(MailAddress.parse(list: "a@EXAMPLE.org.").first?.domain == DomainName("example.org"))
        #expect(MailAddress.parse(list: "a@exa mple.org").first?.domain == DomainName("exa"))
    }

    static let paths: [(String, String?)] = [
        ("<>", nil), (" <> ", nil), ("<ann@example.org>", "ann@example.org"), ("ann@Example.org", "ann@example.org"), ("<Postmaster>", "Postmaster"),
        ("<\"a b\"@example.org>", "\"a b\"@example.org"), ("<\"a\\\"b\"@example.org>", "\"a\\\"b\"@example.org"), ("<@r1.example,@r2.example:a@b.example>", "a@b.example"),
        ("<a@[192.0.2.1]>", "a@[192.0.2.1]"), ("<a@[IPv6:::1]>", "a@[IPv6:::1]"), ("<a.b+c=d@example.org>", "a.b+c=d@example.org"),
        ("<józef@example.pl>", "józef@example.pl"), ("<a@bücher.example>", "a@xn--bcher-kva.example"), ("<a@host_1.example>", "a@host_1.example"), ("<\"\"@example.org>", "\"\"@example.org"),
    ]

    @Test(arguments: paths) func path(_ written: String, _ wanted: String?) throws {
        #expect(try MailAddress.path(written)?.address == wanted)
    }

    static let bad: [(String, PathError)] = [
        ("", .empty), ("   ", .empty), ("<a@b.example", .unbalancedBrackets), ("a@b.example>", .unbalancedBrackets), ("<ann>", .noAtSign), ("<@example.org>", .emptyLocalPart),
        ("<a@>", .emptyDomain), ("<a b@example.org>", .badLocalPart), ("<\"a@example.org>", .badLocalPart), ("<\"a\"b@example.org>", .badLocalPart), ("<a@b..example>", .badDomain("b..example")),
        ("<a@b c.example>", .badDomain("b c.example")), ("<a@[300.1.1.1]>", .badLiteral("[300.1.1.1]")), ("<a@[IPv6:zz]>", .badLiteral("[IPv6:zz]")), ("<a\u{0}@b.example>", .controlCharacter(0)),
        ("<a@b.example>\r\nRCPT TO:<c@d.example>", .controlCharacter(13)), ("<\(String(repeating: "a", count: 65))@b.example>", .localPartTooLong(octets: 65)),
        ("<a@\(String(repeating: "b.", count: 130))c>", .tooLong(octets: 265)), ("<a@b@c.example>", .badDomain("b@c.example")),
    ]

    @Test(arguments: bad) func badPath(_ written: String, _ error: PathError) {
        #expect(throws: error) { try MailAddress.path(written) }
        #expect(!error.description.isEmpty)
    }
}

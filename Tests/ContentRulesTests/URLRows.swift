import ContentRules
import DNS
import Mail

extension RuleRow {
    private static func domain(_ text: String) -> DomainName { DomainName(text) ?? DomainName(trusted: text) }

    static let url: [RuleRow] = [
        RuleRow("url.credentials", .link("https://bank.example.org@other.example.net/"), .link("https://other.example.net/@bank")),
        RuleRow("url.address", .link("http://203.0.113.9/a"), .link("http://10.1.2.3/a")),
        RuleRow("url.number_address", .link("http://3405803785/a"), .link("http://203.0.113.9/a")),
        RuleRow("url.port", .link("http://other.example.net:8181/"), .link("http://other.example.net:443/")),
        RuleRow("url.long_host", .link("http://a.b.c.d.e.example.net/"), .link("http://d.e.example.net/")),
        RuleRow("url.punycode", .link("http://xn--mnchen-3ya.example/"), .link("http://muenchen.example/")),
        RuleRow("url.mixed_scripts", .link("http://pаypal.example/"), .link("http://почта.example/")),
        RuleRow("url.lookalike", .link("http://paypa1.com/"), .link("http://www.paypal.com/")),
        RuleRow("url.shortener", .link("https://bit.ly/abc"), .link("https://bit.example.net/abc")),
        RuleRow("url.free_page", .link("https://login-here.pages.dev/"), .link("https://pages.example.net/")),
        RuleRow("url.one_link", .text("http://site.example/"), .text("http://one.example/ http://two.example/")),
        RuleRow("url.many_sites", .text((0..<15).map { "http://site\($0).example/\r\n" }.joined()), .text((0..<14).map { "http://site\($0).example/\r\n" }.joined())),
        RuleRow("url.recipient", .link("https://other.example.net/?u=erika@rcpt.example.org"), .link("https://other.example.net/?u=hans@example.com")),
        RuleRow("url.redirector", .link("https://other.example.net/?u=https%3A%2F%2Fthird.example.com%2F"), .link("https://other.example.net/?u=https%3A%2F%2Fwww.example.net%2F")),
        RuleRow("url.escaped_host", .link("http://%6f%74her.example.net/"), .link("http://other.example.net/%6f")),
        RuleRow("url.random_host", .link("http://xkrtzvbq.net/"), .link("http://switzerland.net/")),
        RuleRow("url.brand_label", .link("http://paypal.login.example.net/"), .link("http://pay.login.example.net/")),
        RuleRow("url.program", .link("http://other.example.net/a/setup.exe"), .link("http://other.example.net/a/setup.html")),
        RuleRow("url.no_encryption", .text("http://one.example/ and http://two.example/"), .text("http://one.example/ and https://two.example/")),
    ]

    static let target: [RuleRow] = [
        RuleRow("url.text_differs", .link("http://other.example.net/", "https://www.bank.example.org/"), .link("http://other.example.net/", "https://www.example.net/login")),
        RuleRow("url.data", .link("data:text/html;base64,SGk="), .link("https://other.example.net/data:text/html")),
        RuleRow("url.script", .link("javascript:alert(1)"), .link("https://other.example.net/javascript:")),
        RuleRow("url.file", .link("file://other.example.net/a"), .link("https://other.example.net/file:")),
        RuleRow("url.escaped_target", .link("http://&#111;ther.example.net/"), .link("http://other.example.net/?a=1&amp;b=2")),
        RuleRow("url.foreign", .link("http://other.example.net/"), .link("http://www.example.com/")),
        RuleRow("url.free_author_link", .link("http://other.example.net/", "here", [("From", "Hans <hans@gmail.com>")]), .link("http://other.example.net/")),
    ]

    static let name: [RuleRow] = [
        RuleRow("name.address", .from("\"service@bank.example.net\" <hans@example.com>"), .from("\"hans@example.com\" <hans@mail.example.com>")),
        RuleRow("name.host", .from("\"bank.example-bank.com\" <hans@example.com>"), .from("\"www.example.com\" <hans@example.com>")),
        RuleRow("name.own", .from("\"example.org Support\" <hans@example.com>"), .from("\"example.net Support\" <hans@example.com>")),
        RuleRow("name.person", RuleSample(fields: [("From", "\"Mustermann, Erika\" <e@gmail.com>")], names: ProtectedNames(people: ["Erika Mustermann"])), RuleSample(fields: [("From", "Erika Mustermann <e@rcpt.example.org>")], names: ProtectedNames(people: ["Erika Mustermann"]))),
        RuleRow("name.own_brand", RuleSample(fields: [("From", "Example Bank Support <e@other.example.net>")], names: ProtectedNames(brands: [.init(name: "Example Bank", domains: [domain("bank.example")])])),
                RuleSample(fields: [("From", "Example Bank Support <e@mail.bank.example>")], names: ProtectedNames(brands: [.init(name: "Example Bank", domains: [domain("bank.example")])]))),
        RuleRow("name.brand", .from("PayPal <e@other.example.net>"), .from("PayPal <e@mail.paypal.com>")),
        RuleRow("name.recipient", .from("erika <hans@example.com>"), .from("erika <erika@rcpt.example.org>")),
        RuleRow("name.mixed_words", .from("Pаypаl <hans@example.com>"), .from("Иван <hans@example.com>")),
        RuleRow("name.unseen", .from("Pay\u{200b}pal <hans@example.com>"), .from("Pay pal <hans@example.com>")),
        RuleRow("name.lookalike_domain", .from("Service <a@paypa1.com>"), .from("Service <a@paypal.com>")),
        RuleRow("name.business_free", .from("Customer Support <hans@gmail.com>"), .from("Customer Support <hans@example.com>")),
        RuleRow("name.capitals", .from("HANS MEIER <hans@example.com>"), .from("HANS Meier <hans@example.com>")),
        RuleRow("name.signs", .from("\"Win $ now\" <hans@example.com>"), .from("\"Win now\" <hans@example.com>")),
        RuleRow("name.none", .from("hans@example.com")),
    ]

    private static func reply(_ to: String, from: String = "Hans Meier <hans@example.com>", _ more: [(String, String?)] = []) -> RuleSample { .with([("From", from), ("Reply-To", to)] + more) }

    static let reply: [RuleRow] = [
        RuleRow("reply.other_site", reply("hans@other.example.net"), reply("hans@other.example.net", [("List-Id", "<l.example.org>"), ("Precedence", "list")])),
        RuleRow("reply.free", reply("hans@gmail.com"), reply("hans@gmail.com", from: "hans@gmx.de")),
        RuleRow("reply.other_free", reply("hans@gmail.com", from: "hans@gmx.de"), reply("hans@gmx.de", from: "hans@gmx.de")),
        RuleRow("reply.recipient", reply("erika@rcpt.example.org"), reply("hans@example.com")),
        RuleRow("reply.several", reply("hans@example.com, maria@example.com"), reply("hans@example.com")),
    ]
}

import Mail

extension RuleRow {
    static let subject: [RuleRow] = [
        RuleRow("subject.empty", .subject("")),
        RuleRow("subject.capitals", .subject("READ THIS TODAY"), .subject("READ THIS Today")),
        RuleRow("subject.gaps", .subject("Buy V I A G R A"), .subject("Plan B or C")),
        RuleRow("subject.fake_reply", .subject("Re: Tomorrow"), .with([("Subject", "Re: Tomorrow"), ("In-Reply-To", "<a@b.example>")])),
        RuleRow("subject.fake_forward", .subject("Fwd: Tomorrow"), RuleSample(fields: [("Subject", "Fwd: Tomorrow")], body: "----- Forwarded message -----\r\nHello\r\n")),
        RuleRow("subject.odd_start", .subject("* Read this"), .subject("[list] Read this")),
        RuleRow("subject.exclamation", .subject("Come!"), .subject("Come! Now")),
        RuleRow("subject.exclamations", .subject("Come! Now!"), .subject("Come now!")),
        RuleRow("subject.question", .subject("Why?"), .subject("Why? Because")),
        RuleRow("subject.currency", .subject("Win $500 now"), .subject("The $HOME folder")),
        RuleRow("subject.percent", .subject("80% off"), .subject("The % sign")),
        RuleRow("subject.needless_encoding", .subject("=?utf-8?Q?Tomorrow?="), .subject("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=")),
        RuleRow("subject.needless_base64", .subject("=?utf-8?B?VG9tb3Jyb3c=?="), .subject("=?utf-8?Q?Tomorrow?=")),
        RuleRow("subject.odd_charset", .subject("=?macroman?Q?Gr=9F=A7e?="), .subject("=?iso-8859-1?Q?Gr=FC=DFe?=")),
        RuleRow("subject.raw_octets", RuleSample(raw: Array("From: a@example.com\r\nSubject: Gr".utf8) + [0xfc, 0xdf] + Array("e\r\n\r\nHello\r\n".utf8)), .subject("Grüße")),
        RuleRow("subject.recipient", .subject("News for erika@rcpt.example.org"), .subject("News for erik@rcpt.example.org")),
        RuleRow("subject.recipient_name", .subject("Erika, your prize"), .subject("Erikas prize")),
        RuleRow("subject.unseen", .subject("Pay\u{200b}pal"), .subject("Pay \u{200b}pal")),
        RuleRow("subject.mixed_words", .subject("Your pаypаl account"), .subject("Ваш paypal")),
        RuleRow("subject.styled", .subject("𝐅𝐫𝐞𝐞 gift"), .subject("𝐅𝐫ee gift")),
        RuleRow("subject.long", .subject(String(repeating: "word ", count: 50)), .subject(String(repeating: "word ", count: 39))),
        RuleRow("subject.wide_gap", .subject("Hello        4711"), .subject("Hello   4711")),
        RuleRow("subject.random_tail", .subject("Hello qwrtzpsd"), .subject("Hello Switzerland")),
        RuleRow("subject.emoji", .subject("Hello 🎁"), .subject("Hello :-)")),
    ]

    private static let words = "The plain words that stand here are many and they are altogether about something else, like weather, mountains, rivers, summer holidays and trains."
    private static func page(_ inner: String) -> RuleSample { .html("<html><body><p>Here is enough text to be read as a letter by somebody who wants to read a letter this evening, after work.</p>\(inner)</body></html>") }

    static let html: [RuleRow] = [
        RuleRow("html.only", page(""), .alternative("Hello Erika", "<p>Hello Erika</p>")),
        RuleRow("html.hidden_text", page("<div style=\"display:none\">\(String(repeating: "lorem ipsum ", count: 60))</div>"), page("<div style=\"display:none\">\(String(repeating: "lorem ", count: 20))</div>")),
        RuleRow("html.some_hidden_text", page("<div style=\"display:none\">\(String(repeating: "lorem ", count: 20))</div>"), page("<div style=\"display:none\">Preview of the letter</div>")),
        RuleRow("html.image_only", .html("<img src=\"cid:1\">"), page("<img src=\"cid:1\">")),
        RuleRow("html.linked_image", .html("<a href=\"http://buy.example.net/\"><img src=\"http://buy.example.net/a.png\"></a>"), .html("<a href=\"http://buy.example.net/\"><img src=\"cid:1\"></a>")),
        RuleRow("html.foreign_form", page("<form action=\"https://collect.example.net/\"><input name=a></form>"), page("<form action=\"https://www.example.com/\"><input name=a></form>")),
        RuleRow("html.password_field", page("<input type=password name=p>"), page("<input type=text name=p>")),
        RuleRow("html.comments_in_words", page("<p>Vi<!-- a -->agra Ci<!-- b -->alis lo<!-- c -->an</p>"), page("<p>Vi<!-- a -->agra <!-- b -->Cialis <!-- c --></p>")),
        RuleRow("html.much_comment", page("<!-- \(String(repeating: "word ", count: 500)) -->"), page("<!-- \(String(repeating: "word ", count: 300)) -->")),
        RuleRow("html.open_comment", page("<!-- and so on"), page("<!-- and so on -->")),
        RuleRow("html.base", .html("<html><head><base href=\"http://other.example.net/\"></head><body>Hello Erika, how are you?</body></html>"), page("")),
        RuleRow("html.refresh", page("<meta http-equiv=\"refresh\" content=\"0;url=http://other.example.net/\">"), page("<meta name=\"refresh\" content=\"0;url=http://other.example.net/\">")),
        RuleRow("html.frame", page("<iframe src=\"http://other.example.net/\"></iframe>"), page("")),
        RuleRow("html.script", page("<script>alert(1)</script>"), page("<style>p {}</style>")),
        RuleRow("html.letter_references", page((0..<20).map { "&#\(97 + $0);" }.joined()), page((0..<19).map { "&#\(97 + $0);" }.joined())),
        RuleRow("html.brand_title", .html("<html><head><title>PayPal</title></head><body>Hello Erika, how are you?</body></html>"), .html("<html><head><title>PayPal</title></head><body>Hello</body></html>", [("From", "PayPal <service@paypal.com>")])),
        RuleRow("html.parts_differ", .alternative(words, "<p>Cheap software and medicine without prescription: order today, delivered overnight, everything guaranteed, unbeatable bargain prices always.</p>"), .alternative(words, "<p>\(words)</p>")),
        RuleRow("html.many_tags", .html(String(repeating: "<b></b>", count: 120) + "Hello"), page("<b>Hello</b>")),
        RuleRow("html.no_root", .html("<p>Hello</p>"), .html("<html><p>Hello</p></html>")),
        RuleRow("html.short", .link("http://other.example.net/", "here"), page("")),
    ]
}

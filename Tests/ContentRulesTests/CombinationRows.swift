extension RuleRow {
    private static let near = "from mail.example.com (mail.example.com [192.0.2.7]) by mx.example.org with ESMTPS id 1; Tue, 14 Nov 2023 22:13:20 +0000"
    private static let number = received("from 203.0.113.9 (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")
    private static let localhost = received("from localhost (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")
    private static let backwards = received("from pc.example.com (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 23:00:00 +0000")
    private static let ahead = received("from pc.example.com (unknown [203.0.113.9]) by mail.example.com; Wed, 15 Nov 2023 23:13:00 +0000")
    private static let numberAhead = received("from 203.0.113.9 (unknown [203.0.113.9]) by mail.example.com; Wed, 15 Nov 2023 23:13:00 +0000")
    private static let undated = received("from pc.example.com (unknown [203.0.113.9]) by mail.example.com")
    private static let listed: [(String, String?)] = [("List-Id", "<l.example.org>")]
    private static let bareID: [(String, String?)] = [("Message-ID", "<abcdef.1@pc7>")], freeAuthor: [(String, String?)] = [("From", "Hans <hans@gmail.com>")], cheer: [(String, String?)] = [("Subject", "Come!")]
    private static let undisclosed: [(String, String?)] = [("To", "undisclosed-recipients:;")], urgent: [(String, String?)] = [("X-Priority", "1")], nameless: [(String, String?)] = [("From", "hans@example.com")]
    private static let capitals: [(String, String?)] = [("From", "HANS MEIER <hans@example.com>")], digits: [(String, String?)] = [("From", "Hans <hans98765@gmail.com>")], random: [(String, String?)] = [("From", "Hans <xkrtzvbq@example.com>")]
    private static let elsewhere = "http://other.example.net/", own = "http://www.example.com/"
    private static let long = String(repeating: "<p>We met on Monday and spoke of the garden, the house and the weather of this week.</p>", count: 6)

    private static func received(_ value: String) -> [(String, String?)] { [("Received", near), ("Received", value)] }
    private static func plain(_ more: [(String, String?)], _ link: String = elsewhere) -> RuleSample { RuleSample(fields: more, body: "Please look: \(link)\r\n") }
    /// A page that is not short.
    private static func page(_ more: [(String, String?)] = [], _ link: String = elsewhere) -> RuleSample { .html("<html><body>\(long)<a href=\"\(link)\">here</a></body></html>", more) }

    static let together: [RuleRow] = [
        RuleRow("together.html_exclamation", page(cheer), plain(cheer)),
        RuleRow("together.html_short", .link(elsewhere), page()),
        RuleRow("together.html_urgent", page(urgent), plain(urgent)),
        RuleRow("together.html_free", page(freeAuthor), plain(freeAuthor)),
        RuleRow("together.html_nameless", page(nameless), plain(nameless)),
        RuleRow("together.html_percent", page([("Subject", "80% off")]), plain([("Subject", "80% off")])),
        RuleRow("together.html_signs", page([("From", "\"Win $ now\" <hans@example.com>")]), plain([("From", "\"Win $ now\" <hans@example.com>")])),
        RuleRow("together.html_address", page([], "http://203.0.113.9/a"), plain([], "http://203.0.113.9/a")),
        RuleRow("together.html_long_host", page([], "http://a.b.c.d.e.example.net/"), plain([], "http://a.b.c.d.e.example.net/")),
        RuleRow("together.html_number_name", page(number), plain(number)),
        RuleRow("together.html_text_differs", .link(elsewhere, "https://www.bank.example.org/"), .link(elsewhere, "here")),
        RuleRow("together.html_undisclosed", page(undisclosed), plain(undisclosed)),
        RuleRow("together.html_one_link", page(), page(listed)),
        RuleRow("together.html_shortener", page([], "http://bit.ly/abc"), plain([], "http://bit.ly/abc")),
        RuleRow("together.html_no_root", .html("<p>Hello</p><a href=\"\(elsewhere)\">here</a>"), page()),
        RuleRow("together.html_priority", page([("X-Priority", "3")]), page([("X-Priority", "3"), ("X-MSMail-Priority", "Normal")])),
        RuleRow("together.foreign_backwards", plain(backwards), plain(backwards, own)),
        RuleRow("together.foreign_ahead", plain(ahead), plain(ahead, own)),
        RuleRow("together.foreign_number_name", plain(number), plain(number, own)),
        RuleRow("together.foreign_random", plain(random), plain(random, own)),
        RuleRow("together.foreign_capitals", plain(capitals), plain(capitals, own)),
        RuleRow("together.foreign_exclamation", plain(cheer), plain(cheer, own)),
        RuleRow("together.foreign_short", .link(elsewhere), .link(elsewhere, "here", listed)),
        RuleRow("together.foreign_account", .text("Verify your account login at \(elsewhere)"), .text("Verify your account login at \(own)")),
        RuleRow("together.number_name_ahead", .with(numberAhead), .with(number)),
        RuleRow("together.number_name_exclamation", .with(number + cheer), .with(number + cheer + listed)),
        RuleRow("together.number_name_id", .with(number + bareID), .with(number + bareID + listed)),
        RuleRow("together.number_name_free", .with(number + freeAuthor), .with(number + freeAuthor + listed)),
        RuleRow("together.id_no_date", .with(undated + bareID), .with(undated)),
        RuleRow("together.id_short", .link(elsewhere, "here", bareID), .link(elsewhere)),
        RuleRow("together.id_free", .with(bareID + freeAuthor), .with(bareID + freeAuthor + listed)),
        RuleRow("together.unlisted_localhost", .with(localhost), .with(localhost + listed)),
        RuleRow("together.unlisted_no_date", .with(undated), .with(undated + listed)),
        RuleRow("together.unlisted_undisclosed", .with(undisclosed), .with(undisclosed + listed)),
        RuleRow("together.unlisted_digits", .with(digits), .with(digits + listed)),
    ]
}

import Mail

extension RuleRow {
    private static func people(_ names: [String]) -> RuleSample { .with("To", names.map { "\($0)@rcpt.example.org" }.joined(separator: ", ")) }

    static let header: [RuleRow] = [
        RuleRow("header.missing_to", .with("To", nil), .with([("To", nil), ("Cc", "erika@rcpt.example.org")])),
        RuleRow("header.empty_to", .with("To", ""), .with("To", "friends:;")),
        RuleRow("header.undisclosed", .with("To", "undisclosed-recipients:;"), .with("To", "friends: erika@rcpt.example.org;")),
        RuleRow("header.not_addressed", .with("To", "other@rcpt.example.org"), .with([("To", "other@rcpt.example.org"), ("List-Id", "<l.example.org>"), ("Precedence", "list")])),
        RuleRow("header.sorted_recipients", people(["ab", "ac", "ad", "be", "ca", "da", "erika"]), people(["ab", "ac", "ad", "ca", "be", "da", "erika"])),
        RuleRow("header.alike_recipients", people(["erika", "erikb", "erikc", "erid", "erie"]), people(["erika", "erikb", "erikc", "erid", "fred"])),
        RuleRow("header.many_recipients", people((0..<20).map { "p\($0)" }), people((0..<19).map { "p\($0)" })),
        RuleRow("header.missing_subject", .with("Subject", nil)),
        RuleRow("header.missing_message_id", .with("Message-ID", nil)),
        RuleRow("header.malformed_message_id", .with("Message-ID", "abcdef@example.com")),
        RuleRow("header.message_id_host", .with("Message-ID", "<abcdef.1@pc7>"), .with("Message-ID", "<abcdef.1@[192.0.2.1]>")),
        RuleRow("header.message_id_own", .with("Message-ID", "<abcdef.1@mx.example.org>"), .with([("Message-ID", "<abcdef.1@mx.example.org>"), ("In-Reply-To", "<a@b.example>")])),
        RuleRow("header.message_id_short", .with("Message-ID", "<ab@example.com>")),
        RuleRow("header.high_priority", .with("X-Priority", "1 (Highest)"), .with("X-Priority", "3")),
        RuleRow("header.lone_priority", .with("X-Priority", "3"), .with([("X-Priority", "3"), ("X-MSMail-Priority", "Normal")])),
        RuleRow("header.message_id_capitals", .with("Message-ID", "<XKRTZVBQABCDEFGH@mail.example.com>"), .with("Message-ID", "<XKRTZVBQABCDEFG1@mail.example.com>")),
        RuleRow("header.mime_version", .with("MIME-Version", nil), .with([("MIME-Version", nil), ("Content-Type", nil)])),
        RuleRow("header.odd_mime_version", .with("MIME-Version", "1.1"), .with("MIME-Version", "1.0 (Apple Message framework)")),
        RuleRow("header.odd_boundary", RuleSample(fields: [("Content-Type", "multipart/mixed; boundary=\"--1234567890123\"")], body: "----1234567890123\r\n\r\nHello\r\n----1234567890123--\r\n"), .file("text/plain", "a.txt", Array("Hello".utf8))),
        RuleRow("header.odd_charset", .with("Content-Type", "text/plain; charset=martian-7"), .with("Content-Type", "text/plain; charset=iso-8859-15")),
        RuleRow("header.base64_text", RuleSample(fields: [("Content-Transfer-Encoding", "base64")], body: "SGVsbG8gRXJpa2EsIHNlZSB5b3UgdG9tb3Jyb3c=\r\n"), RuleSample(fields: [("Content-Transfer-Encoding", "base64")], body: "R3LDvMOfZSBhdXMgZGVtIHNjaMO2bmVuIEvDtmxuIQ==\r\n")),
    ]

    static let origin: [RuleRow] = [
        RuleRow("header.from_recipient", .from("Erika <erika@rcpt.example.org>"), .from("Other <other@rcpt.example.org>")),
        RuleRow("header.from_without_domain", .from("Hans Meier <hans>"), .from("Hans Meier <hans@[192.0.2.1]>")),
        RuleRow("header.several_authors", .from("hans@example.com, maria@example.com"), .from("hans@example.com <hans@example.com>")),
        RuleRow("header.from_digits", .from("Hans <hans98765@gmail.com>"), .from("Hans <hans77@gmail.com>")),
        RuleRow("header.from_free", .from("Hans <hans@gmail.com>")),
        RuleRow("header.from_random", .from("Hans <xkrtzvbq@example.com>"), .from("Hans <schmidt@example.com>")),
        RuleRow("header.from_long_host", .from("Hans <hans@a.b.c.example.com>"), .from("Hans <hans@b.c.example.com>")),
        RuleRow("header.sender_other", .with("Sender", "x@other.example.net"), .with("Sender", "x@sub.example.com")),
    ]

    static let date: [RuleRow] = [
        RuleRow("date.ahead", .with("Date", "Wed, 15 Nov 2023 03:12:00 +0000"), .with("Date", "Tue, 14 Nov 2023 23:12:00 +0000")),
        RuleRow("date.far_ahead", .with("Date", "Thu, 16 Nov 2023 03:12:00 +0000"), .with("Date", "Wed, 15 Nov 2023 03:12:00 +0000")),
        RuleRow("date.behind", .with("Date", "Tue, 14 Nov 2023 12:12:00 +0000"), .with("Date", "Tue, 14 Nov 2023 18:12:00 +0000")),
        RuleRow("date.far_behind", .with("Date", "Tue, 7 Nov 2023 12:12:00 +0000"), .with("Date", "Sun, 12 Nov 2023 12:12:00 +0000")),
        RuleRow("date.odd_zone", .with("Date", "Tue, 14 Nov 2023 22:19:00 +0007"), .with("Date", "Wed, 15 Nov 2023 03:57:00 +0545")),
        RuleRow("date.malformed", .with("Date", "yesterday"), .with("Date", "14 Nov 2023 22:12 GMT")),
    ]

    static let agent: [RuleRow] = [
        RuleRow("agent.outlook_express", .with("X-Mailer", "Microsoft Outlook Express 6.00.2900.2180"),
                .with([("X-Mailer", "Microsoft Outlook Express 6.00.2900.2180"), ("X-MimeOLE", "Produced By Microsoft MimeOLE V6"), ("X-MSMail-Priority", "Normal")])),
        RuleRow("agent.outlook", .with("X-Mailer", "Microsoft Outlook 16.0"), .with([("X-Mailer", "Microsoft Outlook 16.0"), ("Thread-Index", "AQ==")])),
        RuleRow("agent.outlook_html", .html("<p>Hello</p>", [("X-Mailer", "Microsoft Office Outlook, Build 11.0.5510")]), .alternative("Hello", "<p>Hello</p>")),
        RuleRow("agent.thunderbird", .with([("User-Agent", "Mozilla Thunderbird"), ("Message-ID", "<zz-hello@example.com>")]), .with([("User-Agent", "Mozilla Thunderbird"), ("Message-ID", "<5f6d3c1a-1111-2222-3333-123456789abc@example.com>")])),
        RuleRow("agent.apple_mail", .with("X-Mailer", "Apple Mail (2.3445)"), .with([("X-Mailer", "Apple Mail (2.3445)"), ("Message-ID", "<5F6D3C1A-1111-2222-3333-123456789ABC@example.com>")])),
        RuleRow("agent.the_bat", .with("X-Mailer", "The Bat! (v3.0)"), .with([("X-Mailer", "The Bat! (v3.0)"), ("X-Priority", "3 (Normal)"), ("Message-ID", "<1234567890.20231114@example.com>")])),
        RuleRow("agent.two", .with([("X-Mailer", "One 1.0"), ("User-Agent", "Other 2.0")]), .with([("X-Mailer", "One 1.0"), ("User-Agent", "One 1.0")])),
        RuleRow("agent.random", .with("X-Mailer", "xkrtzvbq"), .with("X-Mailer", "Evolution 3.1")),
        RuleRow("agent.script", .with("X-PHP-Originating-Script", "1000:mail.php")),
        RuleRow("agent.mailer_script", .with("X-Mailer", "PHPMailer 6.1"), .with("X-Mailer", "Phoenix 1.0")),
        RuleRow("agent.odd_priority", .with("X-Priority", "7"), .with("X-Priority", "5 (Lowest)")),
    ]

    private static let near = "from mail.example.com (mail.example.com [192.0.2.7]) by mx.example.org with ESMTPS id 1; Tue, 14 Nov 2023 22:13:20 +0000"
    private static func first(_ value: String) -> RuleSample { .with([("Received", near), ("Received", value)]) }

    static let received: [RuleRow] = [
        RuleRow("received.missing", .with("Received", nil)),
        RuleRow("received.impossible_address", first("from 300.1.2.3 (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000"), first("from 203.0.113.9 (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")),
        RuleRow("received.own_name", first("from rcpt.example.org (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000"), first("from pc.example.com (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")),
        RuleRow("received.localhost", first("from localhost (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000"), first("from localhost (localhost [127.0.0.1]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")),
        RuleRow("received.backwards", first("from pc.example.com (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 23:13:00 +0000"), first("from pc.example.com (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:20:00 +0000")),
        RuleRow("received.ahead", first("from pc.example.com (unknown [203.0.113.9]) by mail.example.com; Wed, 15 Nov 2023 23:13:00 +0000"), first("from pc.example.com (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:33:00 +0000")),
        RuleRow("received.bare_name", first("from mypc (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000"), first("from mypc (unknown [192.168.1.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")),
        RuleRow("received.number_name", first("from 203.0.113.9 (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000"), first("from [203.0.113.9] (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")),
        RuleRow("received.random_name", first("from xkrtzvbq.net (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000"), first("from example.net (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")),
        RuleRow("received.no_date", first("from pc.example.com (unknown [203.0.113.9]) by mail.example.com"), first("from pc.example.com (unknown [203.0.113.9]) by mail.example.com; Tue, 14 Nov 2023 22:13:00 +0000")),
    ]
}

import Mail

extension RuleRow {
    private static let test = "XJS*C4JDBQADN1.NSBN3*2IDNEN" + "*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*" + "C.34X"

    static let text: [RuleRow] = [
        RuleRow("gtube", .text("This is a test:\r\n\(test)\r\n"), .text("XJS*C4JDBQADN1.NSBN3*2IDNEN")),
        RuleRow("text.unseen_in_words", .text("Vi\u{200b}ag\u{200b}ra ci\u{2060}alis"), .text("Vi\u{200b}ag\u{200b}ra \u{200b}")),
        RuleRow("text.soft_hyphens", .text(String(repeating: "ab\u{ad}cd ", count: 30)), .text(String(repeating: "ab\u{ad}cd ", count: 29))),
        RuleRow("text.mixed_words", .text("pаypаl аpple miсrosoft"), .text("pаypаl аpple microsoft")),
        RuleRow("text.styled_letters", .text(String(repeating: "𝐅", count: 20)), .text(String(repeating: "𝐅", count: 19))),
        RuleRow("text.marks", .text(String(repeating: "a\u{336}", count: 50)), .text(String(repeating: "é", count: 100))),
        RuleRow("text.capitals", .text(String(repeating: "COME HERE ", count: 30)), .text(String(repeating: "Come Here ", count: 30))),
        RuleRow("text.exclamations", .text("Come here!!!!!"), .text("Come! here! now!!! !!")),
        RuleRow("text.gaps", .text("Buy l e v i t r a now"), .text("Plan A, then b c d")),
        RuleRow("text.bitcoin_demand", .text("I hacked your webcam and recorded a video. Send bitcoin to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT now."), .text("Donations in bitcoin to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT are welcome.")),
        RuleRow("text.threat", .text("I hacked your device with malware and recorded a video with the webcam; pay bitcoin or your contacts see it."), .text("The webcam recorded a video.")),
        RuleRow("text.fortune", .text("I am a barrister of the late widow, who deposited ten million; transfer of the fund to a beneficiary as next of kin in utmost confidentiality."), .text("The barrister deposited ten million.")),
        RuleRow("text.some_account", .text("Verify your account login: http://other.example.net/"), .text("Your account login: http://other.example.net/")),
        RuleRow("text.account", .text("Your mailbox quota: verify your account login to avoid suspension, else it is deactivated: http://other.example.net/"), .text("Your mailbox quota: verify your account login to avoid suspension, else it is deactivated.")),
        RuleRow("text.medicine", .text("Viagra, cialis and xanax"), .text("Viagra and cialis")),
        RuleRow("text.prize", .text("Congratulations lucky winner of the lottery draw, claim your prize"), .text("The winner of the prize draw")),
        RuleRow("text.loan", .text("Approved mortgage: refinance your debt, best lenders and rates"), .text("The loan is approved")),
        RuleRow("text.shares", .text("Stock alert: symbol ABC, current price and target; traded otc, strong buy for investors, shares"), .text("Stock price and shares")),
        RuleRow("text.offer", .text("Free exclusive offer: save cash, order this limited bargain instantly with guaranteed discount, click"), .text("Free offer: order now")),
        RuleRow("text.parcel", .text("Your parcel waits: the courier could not deliver, pay customs, choose a new delivery of the shipment http://other.example.net/"), .text("Your parcel waits http://other.example.net/")),
        RuleRow("text.bill", .text("Invoice: your subscription renewal was charged, payment done; for refund or to cancel call the helpline"), .text("The invoice for your payment")),
        RuleRow("text.greets_address", RuleSample(body: "Dear erika@rcpt.example.org,\r\nyour mailbox\r\n"), .text("Dear Erika,\r\nyour mailbox\r\n")),
        RuleRow("text.recipient", .text("erika@rcpt.example.org, erika@rcpt.example.org, erika@rcpt.example.org"), .text("erika@rcpt.example.org, erika@rcpt.example.org")),
        RuleRow("text.invalid", RuleSample(raw: Array("From: a@example.com\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello ".utf8) + [UInt8](repeating: 0xff, count: 12)), .text("Hello \u{fffd}")),
        RuleRow("text.empty", .text("\r\n"), .text("Hello")),
        RuleRow("text.link_only", .text("http://other.example.net/abc\r\n"), .text("Look here, that is what I told you: http://other.example.net/abc\r\n")),
    ]

    private static let loginPage = Array("<html><body>Please log in <form action=\"http://other.example.net/\"><input type=password></form></body></html>".utf8)
    private static let plainPage = Array("<html><body>Hello Erika, this is the page.</body></html>".utf8)
    private static let zip: [UInt8] = [0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16) + [1, 0, 0, 0, 0x61, 0x62, 0x63]
    private static let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]

    static let file: [RuleRow] = [
        RuleRow("file.type_lies", .file("image/png", "a.png", zip), .file("image/png", "a.png", png)),
        RuleRow("file.double_extension", .file("application/octet-stream", "invoice.pdf.exe", [1, 2, 3]), .file("application/octet-stream", "invoice.2023.exe", [1, 2, 3])),
        RuleRow("file.wide_gap", .file("application/octet-stream", "invoice.pdf            .exe", [1, 2, 3]), .file("application/octet-stream", "invoice of may.pdf", [1, 2, 3])),
        RuleRow("file.page", .file("text/html", "page.html", plainPage), .file("application/pdf", "page.pdf", Array("%PDF-1.4".utf8))),
        RuleRow("file.page_form", .file("text/html", "page.html", loginPage), .file("text/html", "page.html", plainPage)),
        RuleRow("file.page_leads_away", .file("text/html", "page.html", Array("<html><meta http-equiv=refresh content=\"0;url=http://other.example.net/\"></html>".utf8)), .file("text/html", "page.html", plainPage)),
        RuleRow("file.password_told", .file("application/zip", "a.zip", zip, text: "The password is 4711, please open the file and tell me what you think of it."), .file("application/zip", "a.zip", zip)),
        RuleRow("file.without_text", .file("application/zip", "a.zip", zip, text: ""), .file("application/zip", "a.zip", zip)),
        RuleRow("file.only_image", .file("image/png", "a.png", png, text: "See"), .file("image/png", "a.png", png)),
        RuleRow("file.calendar", .file("text/calendar", "a.ics", Array("BEGIN:VCALENDAR\r\n".utf8)), .file("text/plain", "a.txt", Array("Hello".utf8))),
        RuleRow("file.unnamed", .file("application/octet-stream", nil, [1, 2, 3]), .file("application/octet-stream", "a.bin", [1, 2, 3])),
        RuleRow("file.picture_page", .file("image/svg+xml", "a.svg", Array("<svg></svg>".utf8)), .file("image/png", "a.png", png)),
    ]

    static let list: [RuleRow] = [
        RuleRow("list.id", .with("List-Id", "<l.example.org>")),
        RuleRow("list.unsubscribe", .with("List-Unsubscribe", "<mailto:leave@example.com>")),
        RuleRow("list.one_click", .with([("List-Unsubscribe", "<https://example.com/x>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]), .with("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
        RuleRow("list.bulk", .with("Precedence", "bulk"), .with("Precedence", "first-class")),
        RuleRow("list.unnamed_unsubscribe", .text("To unsubscribe answer this."), RuleSample(fields: [("List-Unsubscribe", "<mailto:leave@example.com>")], body: "To unsubscribe answer this.")),
        RuleRow("list.reply", .with([("In-Reply-To", "<a@b.example>"), ("References", "<a@b.example>")]), .with("In-Reply-To", "<a@b.example>")),
        RuleRow("list.feedback", .with("Feedback-ID", "1:2:3:example")),
        RuleRow("list.automatic", .with("Auto-Submitted", "auto-replied"), .with("Auto-Submitted", "no")),
    ]
}

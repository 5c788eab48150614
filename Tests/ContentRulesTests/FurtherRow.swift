import ContentRules
import DNS
import Mail
import Testing

/// What rules meet and do not meet beyond their first rows.
struct FurtherRow: Sendable, CustomTestStringConvertible {
    let name: String, code: String, isMet: Bool, sample: RuleSample
    var testDescription: String { "\(code): \(name)" }

    init(_ name: String, _ code: String, _ isMet: Bool, _ sample: RuleSample) { (self.name, self.code, self.isMet, self.sample) = (name, code, isMet, sample) }

    private static func person(_ from: String) -> RuleSample { RuleSample(fields: [("From", from)], names: ProtectedNames(people: ["Hans", "Erika Mustermann"])) }
    private static func brand(_ from: String) -> RuleSample {
        RuleSample(fields: [("From", from)], names: ProtectedNames(brands: [.init(name: "Example Bank", domains: [DomainName("bank.example") ?? DomainName(trusted: "bank.example")])]))
    }
    private static let list: [(String, String?)] = [("List-Id", "<l.example.org>"), ("List-Post", "<mailto:l@example.org>")]

    static let names: [FurtherRow] = [
        FurtherRow("with an office behind", "name.person", true, person("\"Erika Mustermann (CEO)\" <e@gmail.com>")),
        FurtherRow("with an office before", "name.person", true, person("CEO Erika Mustermann <e@gmail.com>")),
        FurtherRow("with a title", "name.person", true, person("\"Dr. Erika Mustermann\" <e@gmail.com>")),
        FurtherRow("by way of a program", "name.person", true, person("Erika Mustermann via Teams <e@gmail.com>")),
        FurtherRow("with the own address", "name.person", true, person("\"Erika Mustermann <erika@rcpt.example.org>\" <x@evil.example>")),
        FurtherRow("written together", "name.person", true, person("ErikaMustermann <e@gmail.com>")),
        FurtherRow("written together, the other way", "name.person", true, person("\"MustermannErika (CEO)\" <e@gmail.com>")),
        FurtherRow("letters that look alike", "name.person", true, person("\"Erlka Musterrnann\" <e@gmail.com>")),
        FurtherRow("letters of Cyrillic", "name.person", true, person("Еrіkа Mustermann <e@gmail.com>")),
        FurtherRow("an author without a domain", "name.person", true, person("Erika Mustermann <erika>")),
        FurtherRow("one of the words", "name.person", false, person("Erika Meier <e@gmail.com>")),
        FurtherRow("a name of many words", "name.person", false, person("\"News of Erika and Max and Moritz Mustermann\" <e@gmail.com>")),
        FurtherRow("a protected name of one word", "name.person", false, person("Hans <e@gmail.com>")),
        FurtherRow("written together", "name.own_brand", true, brand("ExampleBank <e@other.example.net>")),
        FurtherRow("of a list", "name.own_brand", true, RuleSample(fields: [("From", "Example Bank <e@other.example.net>")] + list, names: brand("").names)),
        FurtherRow("among eight words", "name.own_brand", true, brand("\"Your friends of Example Bank in town today\" <e@other.example.net>")),
        FurtherRow("who has the name in his domain", "name.own_brand", true, brand("Example Bank <e@examplebank-secure.example>")),
        FurtherRow("a domain below the brand's", "name.own_brand", false, brand("Example Bank <e@mail.bank.example>")),
        FurtherRow("the name in the domain", "name.brand", true, .from("PayPal <x@paypal-secure.example>")),
        FurtherRow("an I for an l", "name.brand", true, .from("PayPaI <x@other.example.net>")),
        FurtherRow("written apart", "name.brand", true, .from("Pay Pal <x@other.example.net>")),
        FurtherRow("written together", "name.brand", true, .from("WellsFargo Online <x@other.example.net>")),
        FurtherRow("words such as support", "name.brand", true, .from("PayPal Customer Support <x@other.example.net>")),
        FurtherRow("a label with the same letters", "name.brand", true, .from("UPS <x@startups.com>")),
        FurtherRow("of a list", "name.brand", true, .with([("From", "PayPal <x@other.example.net>")] + list)),
        FurtherRow("its own domain elsewhere", "name.brand", false, .from("PayPal <x@mail.paypal.ca>")),
        FurtherRow("a person", "name.brand", false, .from("Chase Miller <x@other.example.net>")),
        FurtherRow("another person", "name.brand", false, .from("Edward Norton <x@other.example.net>")),
        FurtherRow("another thing", "name.brand", false, .from("UPS Monitor <x@other.example.net>")),
        FurtherRow("a report of Exchange", "name.brand", false, RuleSample(fields: [("From", "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>"), ("Content-Type", "multipart/report; report-type=delivery-status; boundary=\"cut-here-1234\"")], body: "--cut-here-1234\r\n\r\nNot delivered.\r\n--cut-here-1234--\r\n")),
        FurtherRow("whoever says Microsoft", "name.brand", true, .from("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>")),
        FurtherRow("of a list", "name.address", true, .with([("From", "\"service@bank.example.net\" <hans@example.com>")] + list)),
        FurtherRow("a mark on the @", "name.address", false, .from("\"service@\u{301}bank.example.net\" <hans@example.com>")),
    ]

    static let marks: [FurtherRow] = [
        FurtherRow("two stars, as watchers write", "subject.odd_start", false, .subject("** PROBLEM Host **")),
        FurtherRow("a number", "subject.odd_start", false, .subject("#4711: printer")),
        FurtherRow("a price", "subject.odd_start", false, .subject("$50 for you")),
        FurtherRow("an exclamation mark", "subject.odd_start", true, .subject("! Read this")),
        FurtherRow("what a French colleague sends on", "subject.fake_forward", false, RuleSample(fields: [("Subject", "Fwd: facture")], body: "Pour info.\r\n\r\nDe\u{a0}: Compta\r\n")),
        FurtherRow("a word that ends so", "subject.fake_forward", true, RuleSample(fields: [("Subject", "Fwd: code")], body: "Your code: 1\r\nCode: 2\r\n")),
        FurtherRow("what a Russian colleague sends on", "subject.fake_forward", false, RuleSample(fields: [("Subject", "Fwd: code")], body: "От кого: Иван\r\n")),
        FurtherRow("a mark in Cyrillic", "subject.odd_start", false, .subject("#Новости")),
        FurtherRow("a registered mark", "name.signs", false, .from("\"Shoes® of Example™\" <h@example.com>")),
        FurtherRow("who was let in by a password", "received.number_name", false, RuleSample.hop("from 203.0.113.9 (unknown [203.0.113.9]) by mail.example.com with ESMTPSA id 1")),
        FurtherRow("a page of the web", "received.localhost", false, RuleSample.hop("from localhost (unknown [203.0.113.9]) by mail.example.com with HTTP")),
        FurtherRow("by the usual protocol", "received.number_name", true, RuleSample.hop("from 203.0.113.9 (unknown [203.0.113.9]) by mail.example.com with ESMTP id 1")),
        FurtherRow("what also lies ahead", "together.foreign_backwards", false, RuleSample.hop("from pc.example.com (unknown [203.0.113.9]) by mail.example.com with ESMTP id 1", date: "Wed, 15 Nov 2023 23:13:00 +0000").body("Please look: http://other.example.net/\r\n")),
        FurtherRow("one mark of a list", "reply.other_site", true, .with([("Reply-To", "hans@other.example.net"), ("List-Id", "<l.example.org>")])),
        FurtherRow("answers of a list to a free provider", "reply.free", true, .with([("Reply-To", "hans@gmail.com")] + list)),
        FurtherRow("a list in place of its author", "reply.free", false, .with([("From", "Hans by way of L <l@example.org>"), ("Reply-To", "hans@gmail.com")] + list)),
        FurtherRow("of a list", "url.text_differs", true, .link("http://other.example.net/", "https://www.bank.example.org/", list)),
        FurtherRow("SafeLinks", "url.text_differs", false, .link("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.bank.example.org%2Flogin&amp;data=1", "https://www.bank.example.org/login")),
        FurtherRow("SafeLinks to elsewhere", "url.text_differs", true, .link("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fother.example.net%2F&amp;data=1", "https://www.bank.example.org/login")),
        FurtherRow("Proofpoint", "url.text_differs", false, .link("https://urldefense.proofpoint.com/v2/url?u=https-3A__www.big-2Dbank.example_login&amp;d=1", "https://www.big-bank.example/login")),
        FurtherRow("Proofpoint, third form", "url.text_differs", false, .link("https://urldefense.com/v3/__https://www.bank.example.org/login__;!!x", "https://www.bank.example.org/login")),
        FurtherRow("whoever wraps links", "url.text_differs", true, .link("https://other.example.net/?u=https://www.bank.example.org/", "https://www.bank.example.org/")),
        FurtherRow("escaped, in capitals", "url.recipient", true, .link("https://other.example.net/?u=ERIKA%40RCPT.example.org")),
        FurtherRow("in the fragment", "url.recipient", true, .link("https://other.example.net/#erika@rcpt.example.org")),
        FurtherRow("a private network of IPv6", "url.address", false, .link("http://[fd12::1]/")),
        FurtherRow("the own link", "url.address", false, .link("http://169.254.1.1/")),
        FurtherRow("shared by providers", "url.address", false, .link("http://100.64.1.1/")),
        FurtherRow("a public address of IPv6", "url.address", true, .link("http://[2600::1]/")),
    ]

    private static let test = "XJS*C4JDBQADN1.NSBN3*2IDNEN" + "*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*" + "C.34X"
    private static let filling = String(repeating: "one two three\r\n", count: 20_000)
    private static let pills = "viagra cialis xanax"
    private static let picture = "<a href=\"http://a.example/\"><img src=\"http://a.example/a.png\"></a>"

    static let texts: [FurtherRow] = [
        FurtherRow("in the subject", "gtube", true, .subject("Test \(test)")),
        FurtherRow("in an attached text", "gtube", true, .file("text/plain", "a.txt", Array(test.utf8))),
        FurtherRow("in an attached page", "gtube", true, .file("text/html", "a.html", Array("<p>\(test)</p>".utf8))),
        FurtherRow("in what is hidden", "gtube", true, .html("<p>Hello</p><div style=\"display:none\">\(test)</div>")),
        FurtherRow("the page behind much plain text", "text.medicine", true, .alternative(filling, "<p>\(pills)</p>")),
        FurtherRow("the end of much text", "text.medicine", true, .text(filling + pills)),
        FurtherRow("the middle of much text", "text.medicine", false, .text(filling + pills + "\r\n" + filling)),
        FurtherRow("a link behind pictures", "url.address", true, .html(String(repeating: "<img src=\"http://a.example/a.png\">", count: 300) + "<a href=\"http://203.0.113.9/\">here</a>")),
        FurtherRow("words with accents", "file.password_told", true, .file("application/zip", "a.zip", [0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16) + [1, 0, 0, 0, 0x61, 0x62, 0x63], text: "La contraseña es 4711, abra el archivo y diga lo que piensa de ello.")),
        FurtherRow("a pixel that counts readers", "html.image_only", false, .html("<p>Hello</p><img src=\"http://a.example/a.png\" width=\"1\" height=1>")),
        FurtherRow("a picture of one hundred pixels", "html.image_only", true, .html("<p>Hello</p><img src=\"http://a.example/a.png\" width=\"100\" height=100>")),
        FurtherRow("a linked picture, which is told once", "html.image_only", false, .html(picture)),
        FurtherRow("a linked picture", "html.linked_image", true, .html(picture)),
        FurtherRow("two and a half hours", "date.ahead", false, .with("Date", "Wed, 15 Nov 2023 00:42:00 +0000")),
        FurtherRow("who is named by an office", "subject.recipient_name", false, RuleSample(fields: [("Subject", "Rechnung 4711")], recipients: ["rechnung@rcpt.example.org"])),
        FurtherRow("who is named by a name", "subject.recipient_name", true, RuleSample(fields: [("Subject", "Mustermann 4711")], recipients: ["mustermann@rcpt.example.org"])),
    ]
}

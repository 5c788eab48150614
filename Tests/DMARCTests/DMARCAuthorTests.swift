import DKIM
import DMARC
import DNS
import JSON
import Mail
import SPF
import TestSupport
import Testing
import struct Foundation.Data
import class Foundation.JSONDecoder

/// Messages that do not name exactly one author's domain, and the document.
@Suite struct DMARCAuthorTests {
    @Test("From fields", arguments: [
        ("From: a@example.com\r\n", ["example.com"], nil as String?),
        ("From: \"x@other.example\" <a@EXAMPLE.com>\r\n", ["example.com"], nil),
        ("From: a@example.com, b@example.com\r\n", ["example.com"], nil),
        ("From: a@example.com, b@other.example\r\n", ["example.com", "other.example"], "the From field names several domains"),
        ("From: a@example.com\r\nFrom: b@example.com\r\n", ["example.com"], nil),
        ("From: a@example.com\r\nfrom: b@other.example\r\n", ["example.com", "other.example"], "several From fields name different domains"),
        ("From: a@bücher.example\r\n", ["xn--bcher-kva.example"], nil),
        ("From: a@[192.0.2.1]\r\n", [], "the From field names no domain"),
        ("From: nobody\r\n", [], "the From field names no domain"),
        ("From: Undisclosed:;\r\n", [], "the From field names no domain"),
        ("Sender: a@example.com\r\n", [], "there is no From field"),
    ])
    func authors(_ fields: String, _ domains: [String], _ problem: String?) {
        let authors = DMARCAuthors(Message(octets: Array("\(fields)Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nHello\r\n".utf8)))
        #expect(authors.domains.map(\.text) == domains)
        #expect(authors.problem == problem)
    }

    struct Doubtful: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var header: String
        var domains: [String] = ["evil.example"]
        var claims: [String] = []
        /// What `doubt` begins with; nil where there is none.
        var doubt: String?
        var decoded: [String] = []
    }

    static let hidden = "the header is longer", reader = "some readers see a mailbox", cut = "the From field is longer", unreadable = "the From field names a mailbox whose domain cannot be read"
    static let fields = "X: y\r\n", evil = "From: a@evil.example\r\n", ceo = "ceo@ours.example"
    /// As ISO-2022-JP has them.
    static let japanese = "\u{1b}$B;3ED\u{1b}(B"
    static let doubtful: [Doubtful] = [
        Doubtful(testDescription: "a quote among the letters of another set", header: "From: \u{1b}$B\"a\u{1b}(B\" <\(ceo)> \" <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "quotes in encoded words", header: "From: =?utf-8?q?\"?= <\(ceo)>, =?utf-8?q?\"?= <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "parentheses in encoded words", header: "From: =?utf-8?q?Boss_(?= <\(ceo)>, =?utf-8?q?)?= <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a backslash before quotes", header: "From: \\\" <\(ceo)>, \" <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a backslash before a parenthesis", header: "From: \\( <\(ceo)>, ) <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "quotes in brackets", header: "From: [\" ] <\(ceo)>, [\" ] <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "parentheses in brackets", header: "From: [( ] <\(ceo)>, [) ] <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a comment in a comment", header: "From: (a(b) <\(ceo)> ) <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a comment with a backslash", header: "From: (a\\) <\(ceo)>, ) <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "an honest list's name", header: "From: \"Ann \\\"A\\\" (ann@good.example) [list]\" <a@evil.example>\r\n"),
        Doubtful(testDescription: "an honest name with brackets and comments", header: "From: [Team] Ann (of (all) things) <a@evil.example>\r\n"),
        Doubtful(testDescription: "an honest Japanese name", header: "From: \u{1b}$B;3ED\u{1b}(B <a@evil.example>\r\n"),
        Doubtful(testDescription: "an honest Japanese name with quotes among its letters", header: "From: \u{1b}$B$\"$\"\u{1b}(B <a@evil.example>\r\n"),
        Doubtful(testDescription: "an honest encoded name", header: "From: =?utf-8?q?Ann_(Sales)?= <a@evil.example>\r\n"),
        Doubtful(testDescription: "a From field behind 2,000 fields", header: evil + String(repeating: fields, count: 2_000) + "From: \(ceo)\r\n", claims: ["ours.example"], doubt: hidden),
        Doubtful(testDescription: "the only one behind 2,000 fields", header: String(repeating: fields, count: 2_000) + "From: \(ceo)\r\n", domains: [], claims: ["ours.example"], doubt: hidden),
        Doubtful(testDescription: "behind a megabyte", header: evil + String(repeating: "X: \(String(repeating: "y", count: 60_000))\r\n", count: 18) + "From: \(ceo)\r\n", claims: ["ours.example"], doubt: hidden),
        Doubtful(testDescription: "behind 2,000 mailboxes", header: "From: " + String(repeating: "a@evil.example,", count: 2_000) + "\(ceo)\r\n", doubt: cut),
        Doubtful(testDescription: "behind 64 KiB", header: "From: a@evil.example (\(String(repeating: "x", count: 66_000))), \(ceo)\r\n", doubt: cut),
        Doubtful(testDescription: "behind a bare CR", header: "X: y\rFrom: \(ceo)\r\n" + evil, claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "behind a hundred that only some readers see", header: evil + String(repeating: "\u{0}\(evil)", count: 100) + "\u{0}From: \(ceo)\r\n", doubt: "some readers see a From field"),
        Doubtful(testDescription: "a comment that parts atoms", header: "From: a@evil.example(x)ours.example\r\n", claims: ["evil.exampleours.example"], doubt: reader),
        Doubtful(testDescription: "a blank and a comment that part atoms in brackets", header: "From: <a@evil.example (x)ours.example>\r\n", claims: ["evil.exampleours.example"], doubt: reader),
        Doubtful(testDescription: "a comment that parts a label", header: "From: ceo@evil.exam(x)ple\r\n", domains: ["evil.exam"], claims: ["evil.example"], doubt: reader),
        Doubtful(testDescription: "two comments that part a name", header: "From: <ceo@ou(x)rs(y).(z)example>, a@evil.example\r\n", domains: ["ou", "evil.example"], claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a comment behind a domain", header: "From: a@evil.example (Ann)\r\n"), Doubtful(testDescription: "a comment right behind a domain", header: "From: a@evil.example(Ann)\r\n"),
        Doubtful(testDescription: "comments beside dots", header: "From: a@(c)evil.(c)example\r\n"), Doubtful(testDescription: "blanks beside a dot", header: "From: a@evil . example\r\n"),
        Doubtful(testDescription: "comments all around", header: "From: Ann <a@ (c) evil (c) . (c) example (c)>\r\n"), Doubtful(testDescription: "a name behind a comment", header: "From: a@evil.example (x) Ann\r\n"),
        Doubtful(testDescription: "NUL in its name", header: evil + "Fr\u{0}om\u{0}: \(ceo)\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a byte order mark before its name", header: "\u{feff}From: \(ceo)\r\n" + evil, claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "an encoded mailbox behind a mailbox", header: "From: a@evil.example =?utf-8?q?=3Cceo=40ours.example=3E?=\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "in two words", header: "From: Ann <a@evil.example> x =?utf-8?q?ceo=40?=\r\n =?utf-8?q?ours.example?=, b@evil.example\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "in base64", header: "From: <a@evil.example> =?utf-8?b?PGNlb0BvdXJzLmV4YW1wbGU+?=\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "behind a mailbox in its brackets", header: "From: Ann <a@evil.example =?utf-8?q?ceo=40ours.example?=>\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "in a local part", header: "From: =?utf-8?q?ceo=40ours.example=3E?=@evil.example\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "another letter for the at sign", header: "From: a@evil.example ceo\u{ff20}ours.example\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "behind a comment that ends", header: "From: a@evil.example (Ann) =?utf-8?q?ceo=40ours.example?=\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a mailbox in a comment that does not end", header: "From: a@evil.example (Ann <ceo@ours.example>\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "an encoded one in a comment that does not end", header: "From: a@evil.example (=?utf-8?q?=3Cceo=40ours.example=3E?=\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "in a comment within one that does not end", header: "From: Ann (x (<ceo@ours.example>) <a@evil.example>, b@evil.example\r\n", domains: [], claims: ["ours.example", "evil.example"], doubt: "some readers"),
        Doubtful(testDescription: "in a comment of the domain that does not end", header: "From: <a@evil.example(ceo@ours.example>\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a parenthesis that is escaped", header: "From: a@evil.example (x\\) <ceo@ours.example>\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "more encoded words than are read", header: "From: a@evil.example \(String(repeating: "=?utf-8?q?x?= y ", count: 2_100)) =?utf-8?q?ceo=40ours.example?=\r\n", doubt: cut),
        Doubtful(testDescription: "an encoded word that begins a domain", header: "From: ceo@=?utf-8?q?ours.example=3E?=.evil.example\r\n", domains: ["=?utf-8?q?ours.example=3e?=.evil.example"], claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "two encoded words behind a mailbox, a comment between", header: "From: a@evil.example =?utf-8?q?ceo=40?= (x) =?utf-8?q?ours.example?=\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a comment in an encoded word", header: "From: a@evil.example =?utf-8?q?ceo=40(x)ours.example?=\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a comment that parts an encoded word", header: "From: a@evil.example =?utf-8(x)?q?ceo=40ours.example?=\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a parenthesis that an encoded word closes", header: "From: a@evil.example x (=?utf-8?q?y)ceo=40ours.example?=\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a comment in an encoded word in brackets", header: "From: Ann <a@evil.example =?utf-8?q?ceo=40?= (x) =?utf-8?q?ours.example?=>\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a local part in two words", header: "From: =?utf-8?q?ceo=40?= =?utf-8?q?ours.example=3E?=@evil.example\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a local part in two words, a comment between", header: "From: =?utf-8?q?ceo=40?=(x)=?utf-8?q?ours.example=3E?=@evil.example\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a local part in two words, in brackets", header: "From: <=?utf-8?q?ceo=40?= (x) =?utf-8?q?ours.example=3E?=@evil.example>\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "an encoded mailbox before one without brackets", header: "From: =?utf-8?q?ceo=40ours.example?= a@evil.example\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "an encoded mailbox between two", header: "From: a@evil.example =?utf-8?q?ceo=40?= =?utf-8?q?ours.example?= b@evil.example\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a local part in quotes", header: "From: \"=?utf-8?q?ceo=40ours.example?=\"@evil.example\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a local part longer than is kept", header: "From: \(String(repeating: "a", count: 1_000))=?utf-8?q?ceo=40ours.example?=@evil.example\r\n", claims: ["ours.example"], doubt: cut),
        Doubtful(testDescription: "a local part longer than is kept, in brackets", header: "From: <\(String(repeating: "a", count: 1_000)) =?utf-8?q?ceo=40ours.example?=@evil.example>\r\n", claims: ["ours.example"], doubt: cut),
        Doubtful(testDescription: "a mailbox behind Japanese letters", header: "From: a@evil.example (\(japanese) ceo@ours.example)\r\n", claims: ["ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a mailbox among Japanese letters", header: "From: \u{1b}$Bxceo@ours.example\u{1b}(B <a@evil.example>\r\n", domains: ["ours.example"], claims: ["evil.example"], doubt: "some readers"),
        Doubtful(testDescription: "an encoded one among Japanese letters", header: "From: a@evil.example, \u{1b}$B=?utf-8?q?ceo=40ours.example?=\u{1b}(B <b@evil.example>\r\n", claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "Japanese letters and a comment that ends", header: "From: \(japanese)\") ceo@ours.example, \" <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "Japanese letters", header: "From: \(japanese) <a@evil.example>\r\n"), Doubtful(testDescription: "Japanese letters with signs", header: "From: \u{1b}$B@P@n$(%\"\u{1b}(B <a@evil.example>\r\n"),
        Doubtful(testDescription: "Japanese letters in a comment", header: "From: a@evil.example (\(japanese))\r\n"), Doubtful(testDescription: "Japanese letters twice", header: "From: \(japanese) \(japanese) <a@evil.example>, \(japanese) <b@evil.example>\r\n"),
        Doubtful(testDescription: "an at sign that is none in a comment that does not end", header: "From: a@evil.example (Ann @home\r\n"), Doubtful(testDescription: "signs in a local part", header: "From: \"ann=?x@y\"@evil.example\r\n"),
        Doubtful(testDescription: "signs in a local part, and a name", header: "From: Ann <\"ann=?x@y.example\"@evil.example>\r\n"), Doubtful(testDescription: "an encoded name before a mailbox without brackets", header: "From: =?utf-8?q?J=C3=B6rg?= (=?utf-8?q?j=40work.example?=) a@evil.example\r\n"),
        Doubtful(testDescription: "himself again, encoded", header: "From: a@evil.example =?utf-8?q?=3Ca=40evil.example=3E?= (a@evil.example\r\n"),
        Doubtful(testDescription: "an encoded mailbox in a comment that ends", header: "From: a@evil.example (=?utf-8?q?ceo=40ours.example?=)\r\n"),
        Doubtful(testDescription: "an encoded mailbox as a name", header: "From: =?utf-8?q?ceo=40ours.example?= <a@evil.example>\r\n"),
        Doubtful(testDescription: "an encoded name behind a mailbox", header: "From: a@evil.example =?utf-8?q?Ann?= (Ann\r\n"),
        Doubtful(testDescription: "many fields", header: evil + String(repeating: fields, count: 1_998)), Doubtful(testDescription: "a folded line that begins with From:", header: evil + "X: y\r\n From: \(ceo)\r\n"),
        Doubtful(testDescription: "a part with many fields", header: evil + "Content-Type: message/rfc822\r\n\r\n" + String(repeating: fields, count: 2_100)),
        Doubtful(testDescription: "a mark beside a good one", header: "From: a@evil.example, CEO <\(ceo)\u{200e}>\r\n", claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "a blank that is no space", header: "From: CEO <\(ceo)\u{a0}>\r\n", domains: [], claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "two dots", header: "From: a@evil.example, ceo@ours..example\r\n", claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "a literal that is no address", header: "From: a@evil.example, ceo@[ours.example]\r\n", claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "an encoded mailbox", header: "From: a@evil.example, =?utf-8?q?ceo=40ours.example?=\r\n", claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "two encoded words", header: "From: a@evil.example, =?utf-8?q?Chef?= =?utf-8?q?ceo=40ours.example?=\r\n", claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "an encoded mailbox alone", header: "From: =?utf-8?q?ceo=40ours.example?=\r\n", domains: [], claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "a quote that does not end", header: "From: \"ceo@ours.example <a@evil.example>\r\n", domains: [], claims: ["ours.example", "evil.example"], doubt: unreadable),
        Doubtful(testDescription: "a quote behind a mailbox", header: "From: a@evil.example \"<ceo@ours.example>\r\n", claims: ["ours.example"], doubt: unreadable),
        Doubtful(testDescription: "a comment that does not end", header: "From: (<a@evil.example> ceo@ours.example\r\n", domains: [], claims: ["evil.example", "ours.example"], doubt: "some readers"),
        Doubtful(testDescription: "a comment and a mark", header: "From: ceo@ours.(x)example\u{200f}\r\n", domains: [], claims: ["ours", "ours.example"], doubt: unreadable),
        Doubtful(testDescription: "no domain behind the at sign", header: "From: ceo@\r\n", domains: [], doubt: unreadable), Doubtful(testDescription: "an address literal", header: "From: a@evil.example, ceo@[192.0.2.1]\r\n", doubt: "the From field names an author without"),
        Doubtful(testDescription: "words alone", header: "From: nobody\r\n", domains: [], doubt: "the From field names an author without"), Doubtful(testDescription: "a group of nobody", header: "From: Undisclosed:;\r\n", domains: [], doubt: "the From field names an author without"),
        Doubtful(testDescription: "a comma in a name", header: "From: Doe, Ann <a@evil.example>\r\n"), Doubtful(testDescription: "a comma behind words", header: "From: Ann Doe, Ltd. Co, Ann <a@evil.example>\r\n"),
        Doubtful(testDescription: "words behind a mailbox", header: "From: a@evil.example Ann\r\n"), Doubtful(testDescription: "an empty field", header: "From:\r\n", domains: []), Doubtful(testDescription: "none", header: "", domains: []),
    ]

    /// Where rules of other readers meet, and what an honest sender has of the same octets.
    static let combined: [Doubtful] = [
        Doubtful(testDescription: "a comma in an encoded word", header: "From: =?utf-8?q?ceo=40ours.example=2C?= <a@evil.example>\r\n", claims: ["ours.example"], decoded: ["ours.example"]),
        Doubtful(testDescription: "a semicolon in base64", header: "From: =?utf-8?b?Y2VvQG91cnMuZXhhbXBsZTs=?= <a@evil.example>\r\n", claims: ["ours.example"], decoded: ["ours.example"]),
        Doubtful(testDescription: "a comma in another word", header: "From: =?utf-8?q?ceo=40ours.example?= =?utf-8?q?=2C?= <a@evil.example>\r\n", claims: ["ours.example"], decoded: ["ours.example"]),
        Doubtful(testDescription: "a comma in another word behind a comment", header: "From: =?utf-8?q?ceo=40ours.example?= (x) =?utf-8?q?=2C?= <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "brackets in an encoded word", header: "From: =?utf-8?q?Ann_=3Cceo=40ours.example=3E?= <a@evil.example>\r\n", claims: ["ours.example"], decoded: ["ours.example"]),
        Doubtful(testDescription: "a bracket in an encoded word", header: "From: =?utf-8?q?=3Cceo=40ours.example?= <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a quote in an encoded word in quotes", header: "From: \"=?utf-8?q?=22?= <ceo@ours.example>, =?utf-8?q?=22?=\" <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "an encoded word in a comment in a comment", header: "From: (a(b) =?utf-8?q?ceo=40ours.example=2C?= ) <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a quote in brackets, a comment in a comment", header: "From: [\"] (a(b) <\(ceo)>, ) [\"] <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a quote in an encoded word, a comment in a comment", header: "From: =?utf-8?q?\"?= (a(b) <\(ceo)>, ) =?utf-8?q?\"?= <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a quote behind a backslash, a comment in a comment", header: "From: \\\" (a(b) <\(ceo)>, ) \" <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a quote among Japanese letters, a comment in a comment", header: "From: \u{1b}$B\"a\u{1b}(B\" (a(b) <\(ceo)>, ) \" <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "Japanese letters that go on in ASCII", header: "From: \u{1b}$Bceo@ours\u{1b}(B.example <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "more readings than are looked at", header: String(repeating: "From: (a(b) c) a@evil.example\r\n", count: 33), doubt: cut),
        Doubtful(testDescription: "a field behind a line like a delimiter", header: evil + "--b\r\nFrom: \(ceo)\r\n", claims: ["ours.example"], doubt: "some readers see a From field"),
        Doubtful(testDescription: "a part behind a line like a delimiter", header: evil + "--b\r\nContent-Type: text/plain\r\n"), Doubtful(testDescription: "a From line in the body", header: evil + "\r\nno field\r\nFrom: \(ceo)\r\n"),
        Doubtful(testDescription: "a body without an empty line", header: evil + "Dear Ann,\r\nwrite to \(ceo)\r\n"),
        Doubtful(testDescription: "a comma in an honest name", header: "From: =?utf-8?q?Doe=2C_Ann?= <a@evil.example>\r\n"), Doubtful(testDescription: "commas in honest names", header: "From: =?utf-8?q?Doe=2C?= =?utf-8?q?_Ann?= <a@evil.example>, =?utf-8?q?Roe=2C_Bob?= <b@evil.example>\r\n"),
        Doubtful(testDescription: "an honest name with a mailbox in it", header: "From: =?utf-8?q?Doe=2C_Ann_ann=40work.example_via_List?= <a@evil.example>\r\n"), Doubtful(testDescription: "an honest name with himself in brackets", header: "From: =?utf-8?q?Ann_=3Cann=40evil.example=3E?= <a@evil.example>\r\n"),
        Doubtful(testDescription: "an honest name with signs", header: "From: =?utf-8?q?Ann_=22A=22_=5BSales=5D_(EU)=3A_3=3C4?= <a@evil.example>\r\n"), Doubtful(testDescription: "an honest name with a mailbox in a comment of it", header: "From: =?utf-8?q?Ann_(ann=40work.example,_home)?= <a@evil.example>\r\n"),
        Doubtful(testDescription: "honest Japanese in quotes", header: "From: \"\u{1b}$B$\"$\"\u{1b}(B\" <a@evil.example>\r\n"), Doubtful(testDescription: "honest Japanese in quotes with an odd one", header: "From: \"\u{1b}$B$\"@P\u{1b}(B\" <a@evil.example>\r\n"),
        Doubtful(testDescription: "honest Japanese before a comment", header: "From: \(japanese) (Tokyo) <a@evil.example>\r\n"), Doubtful(testDescription: "honest Japanese with parentheses among its letters, twice", header: "From: \u{1b}$B%U%)\u{1b}(B Co. \u{1b}$B%)\u{1b}(B <a@evil.example>\r\n"),
        Doubtful(testDescription: "honest Japanese with an at sign and a dot", header: "From: \u{1b}$B@P$.\u{1b}(B <a@evil.example>\r\n"), Doubtful(testDescription: "honest Japanese with a dot between", header: "From: \u{1b}$B@P$.@n\u{1b}(B <a@evil.example>\r\n"),
        Doubtful(testDescription: "honest Japanese with what begins a word", header: "From: \u{1b}$B=?3=\u{1b}(B <a@evil.example>\r\n"), Doubtful(testDescription: "honest Japanese of 1978, and its ASCII", header: "From: \u{1b}$@;3ED\u{1b}(J \u{1b}(B<a@evil.example>\r\n"),
        Doubtful(testDescription: "honest Japanese of two sets", header: "From: \u{1b}$@;3\u{1b}$BED\u{1b}(B <a@evil.example>\r\n"), Doubtful(testDescription: "honest Japanese behind a way back", header: "From: \u{1b}(BAnn \(japanese) <a@evil.example>\r\n"),
        Doubtful(testDescription: "honest Japanese comments", header: "From: a@evil.example (\u{1b}$B%U%)\u{1b}(B), b@evil.example (\u{1b}$B@P$.\u{1b}(B \u{1b}$B\\P\u{1b}(B)\r\n"),
    ]

    /// Longer names than a known one, names that honest senders have in encoded words, and control octets.
    static let placed: [Doubtful] = [
        Doubtful(testDescription: "a longer domain among Japanese letters", header: "From: \u{1b}$B<aa@(x)bank.com>\u{1b}(B <me@bank.co>\r\n", domains: ["bank.co"], claims: ["bank.com"], doubt: reader),
        Doubtful(testDescription: "a longer domain before a letter more", header: "From: \u{1b}$B<aa@(x)chase.network>!\u{1b}(B <me@chase.net>\r\n", domains: ["chase.net"], claims: ["chase.network"], doubt: reader),
        Doubtful(testDescription: "a longer domain behind Japanese letters", header: "From: \u{1b}$B<aa@\u{1b}(Bbank.com>, <me@bank.co>\r\n", domains: ["bank.co"], claims: ["bank.com"], doubt: reader),
        Doubtful(testDescription: "a longer domain in a comment in a comment behind a way back", header: "From: \u{1b}(B(x (y) <aa@bank.com>) <me@bank.co>\r\n", domains: ["bank.co"], claims: ["bank.com"], doubt: reader),
        Doubtful(testDescription: "a domain that goes on with a dot", header: "From: me@bank.co (\u{1b}$B%)\u{1b}(B.bank.com)\r\n", domains: ["bank.co"], claims: ["bank.co.bank.com"], doubt: reader),
        Doubtful(testDescription: "an honest address in brackets in base64", header: "From: =?utf-8?B?SsO8cmdlbiBNw7xsbGVyIDxqbUBrdW5kZS5kZT4=?= <noreply@evil.example>\r\n", claims: ["kunde.de"], decoded: ["kunde.de"]),
        Doubtful(testDescription: "an honest address behind a comma", header: "From: =?utf-8?Q?M=C3=BCller=2C_J=C3=BCrgen_=3Cjm=40kunde.de=3E?= <noreply@evil.example>\r\n", claims: ["kunde.de"], decoded: ["kunde.de"]),
        Doubtful(testDescription: "an honest address of the same domain's family", header: "From: =?utf-8?q?J=C3=BCrgen_=3Cjm=40evil.example=3E?= <noreply@mail.evil.example>\r\n", domains: ["mail.evil.example"]),
        Doubtful(testDescription: "an honest address below the domain", header: "From: =?utf-8?q?J=C3=BCrgen_=3Cjm=40mail.evil.example=3E?= <noreply@evil.example>\r\n"),
        Doubtful(testDescription: "an honest address beside the domain", header: "From: =?utf-8?q?J=C3=BCrgen_=3Cjm=40good.example=3E?= <noreply@evil.example>\r\n", claims: ["good.example"], decoded: ["good.example"]),
        Doubtful(testDescription: "an honest address by way of a list", header: "From: =?utf-8?q?J=C3=BCrgen_=3Cj=40personal.de=3E_via_List?= <list@evil.example>\r\n", claims: ["personal.de"], decoded: ["personal.de"]),
        Doubtful(testDescription: "an honest address before a comma", header: "From: =?utf-8?q?j=40personal.de=2C_Bob_=C3=BC?= <x@evil.example>\r\n", claims: ["personal.de"], decoded: ["personal.de"]),
        Doubtful(testDescription: "an honest address before a semicolon", header: "From: =?utf-8?Q?jm=40kunde.de=3B_M=C3=BCller?= <x@evil.example>\r\n", claims: ["kunde.de"], decoded: ["kunde.de"]),
        Doubtful(testDescription: "an honest address in a quote in a word", header: "From: =?utf-8?Q?=22M=C3=BCller=2C_J=C3=BCrgen_=28jm=40kunde.de=29=22?= <x@evil.example>\r\n"),
        Doubtful(testDescription: "an encoded address and a quote that does not end in its word", header: "From: =?utf-8?q?=3Cceo=40ours.example=3E=2C_=22?= <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "an encoded address and a comment that does not end in its word", header: "From: =?utf-8?q?=3Cceo=40ours.example=3E=2C_=28?= <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "an encoded address between a quote's ends in one word", header: "From: \"=?utf-8?q?=22_=3Cceo=40ours.example=3E=2C_=22?=\" <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "an encoded address between a comment's ends in one word", header: "From: (=?utf-8?q?=29_=3Cceo=40ours.example=3E=2C_=28?=) <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a mailbox of one word and another", header: "From: =?utf-8?q?=3Cceo=40?= ours.example =?utf-8?q?=3E?= <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "an encoded address, and the same in a comment in a comment", header: "From: =?utf-8?q?=3Cceo=40ours.example=3E?= (a(b) <\(ceo)> ) <a@evil.example>\r\n", claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "NUL in a domain", header: "From: CEO <ceo@ou\u{0}rs.example>\r\n", domains: ["ou"], claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "DEL in a domain", header: "From: CEO <ceo@ou\u{7f}rs.example>, a@evil.example\r\n", domains: ["ou", "evil.example"], claims: ["ours.example"], doubt: reader),
        Doubtful(testDescription: "a control octet behind a domain in a comment in a comment", header: "From: (x (y) <a@bank.example\u{1}>) <a@evil.example>\r\n", claims: ["bank.example"], doubt: reader),
        Doubtful(testDescription: "control octets in a domain in a comment in a comment", header: "From: (x (y) <a@ba\u{1}nk.exa\u{1}mple>) <a@evil.example>\r\n", claims: ["bank.example"], doubt: reader),
        Doubtful(testDescription: "a control octet in an encoded domain", header: "From: =?utf-8?q?=3Ca=40ba=01nk.example=3E?= <a@evil.example>\r\n", claims: ["bank.example"], doubt: reader),
        Doubtful(testDescription: "a control octet behind a domain", header: "From: a@bank.example\u{1}, <me@evil.example>\r\n", domains: ["bank.example", "evil.example"]),
        Doubtful(testDescription: "an honest name with a control octet", header: "From: Ann\u{1a} Doe <a@evil.example>\r\n"),
    ]

    /// What may be another author than those whose domains are known.
    @Test(arguments: doubtful + combined + placed) func doubts(_ row: Doubtful) async {
        let authors = DMARCAuthors(Message(octets: Array("\(row.header)Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nHello\r\n".utf8)))
        #expect(authors.domains.map(\.text) == row.domains && authors.claims.map(\.text) == row.claims && authors.decoded.map(\.text) == row.decoded, "\(authors)")
        #expect(row.doubt.map { authors.doubt?.hasPrefix($0) == true } ?? (authors.doubt == nil), "\(authors)")
        for record in ["p=reject", nil] {
            let outcome = await Zone(record.map { ["evil.example": $0] } ?? [:]).evaluate(authors, dkim: [("evil.example", .pass)])
            if row.doubt != nil, record != nil { #expect(outcome.result == .permerror && outcome.problem != nil) }
            if row.doubt == nil, row.domains.count == 1 { #expect(outcome.result == (record == nil ? .none : .pass)) }
        }
    }

    /// Letters of rows 3 to 5 and 16 to 47 of JIS X 0208: digits and letters, kana, the kanji that are used.
    @Test("Japanese names are honest") func japaneseNames() {
        var random = SeededGenerator(9), doubted: [String] = []
        func name() -> String {
            let letters = (0..<Int.random(in: 1...8, using: &random)).map { _ -> String in
                let row = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 0x23...0x25, using: &random) : Int.random(in: 0x30...0x4f, using: &random)
                return String(decoding: [UInt8(row), UInt8.random(in: 0x21...0x7e, using: &random)], as: UTF8.self)
            }
            return "\u{1b}$B\(letters.joined())\u{1b}(B"
        }
        for count in 0..<6_000 {
            let text = count % 4 == 0 ? "\(name()) \(name()) <a@evil.example>" : count % 4 == 1 ? "\"\(name())\" <a@evil.example>" : count % 4 == 2 ? "a@evil.example (\(name()) \(name()))" : "\(name()) (Tokyo) <a@evil.example>"
            let authors = Self.message(text)
            if authors.doubt != nil || authors.domains.map(\.text) != ["evil.example"] { doubted.append(text) }
        }
        // A few look like a domain behind an at sign.
        #expect(doubted.count <= 6, "\(doubted.map(\.debugDescription))")
    }

    @Test("Whatever rules meet, a mailbox in plain sight counts, and the work has an end") func anyRules() {
        var random = SeededGenerator(10)
        let pieces = ["(", ")", "\\", "\"", "[", "]", "\u{1b}$B", "\u{1b}(B", "=?utf-8?q?=2C?=", "=?utf-8?q?\"(?=", "=?utf-8?b?PA==?=", "<ceo@ours.example>", "a@one.example", ",", " ", ";", "x", "\u{0}", "=?utf-8?q?=3Cb=40two.example=3E?="]
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 1...12, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let authors = Self.message("a@evil.example, \(text)")
            #expect(authors.domains.first?.text == "evil.example" && Set(authors.domains).isDisjoint(with: authors.claims), "\(text)")
        }
    }

    static func message(_ from: String) -> DMARCAuthors { DMARCAuthors(Message(octets: Array("From: \(from)\r\n\r\n".utf8))) }

    @Test("Of several domains the worst counts", arguments: [
        ("a@one.example, b@two.example", DMARCResult.fail, DMARCPolicy.reject, "two.example"), ("b@two.example, a@one.example", .fail, .reject, "two.example"),
        ("a@one.example, c@three.example", .none, .none, "three.example"), ("d@four.example, a@one.example, b@two.example", .fail, .reject, "two.example"),
        ("d@four.example, a@one.example", .fail, .quarantine, "four.example"), ("a@one.example, e@five.example", .temperror, .none, "five.example"),
    ])
    func several(_ from: String, _ result: DMARCResult, _ disposition: DMARCPolicy, _ domain: String) async {
        let zone = Zone(["one.example": "p=reject", "two.example": "p=reject", "four.example": "p=quarantine", "five.example": "timeout"])
        let outcome = await zone.evaluate(Self.message(from), dkim: [("one.example", .pass)])
        #expect(outcome.result == result && outcome.disposition == disposition && outcome.domain == domain)
        #expect(outcome.authors?.count == from.split(separator: ",").count)
    }

    @Test func noneAndTooMany() async {
        let zone = Zone(["one.example": "p=reject"])
        let none = await zone.evaluate(Self.message("nobody"))
        #expect(none.result == .permerror && none.authors == [] && none.problem == "the From field names no domain" && none.domain == nil)
        let many = await zone.evaluate(Self.message((0..<9).map { "a@d\($0).example" }.joined(separator: ", ")))
        #expect(many.result == .permerror && many.authors?.count == 4 && many.problem == "the From field names more than 4 domains")
        #expect(zone.asked.count <= 40, "four are looked at")
    }

    @Test("The document reads back", arguments: [
        ("example.com", SPFResult.pass), ("a.example.com", .fail), ("none.example", .none), ("broken.example", .fail), ("slow.example", .pass),
    ])
    func document(_ author: String, _ spf: SPFResult) async throws {
        let zone = Zone(["example.com": "p=reject; sp=quarantine; t=y; rua=mailto:a@example.com", "broken.example": "p=x", "slow.example": "timeout"])
        let outcome = try await zone.evaluate(author, spf: (author, spf), dkim: [("x.example.com", .pass), ("other.net", .fail)])
        let octets = jsonOctets(outcome)
        #expect(try JSONDecoder().decode(DMARCOutcome.self, from: Data(octets)) == outcome)
        if let record = outcome.record { #expect(DMARCRecord(Array(record.utf8))?.text == record) }
    }
}

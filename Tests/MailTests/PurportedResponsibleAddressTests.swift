import Mail
import Testing

/// RFC 4407 §2, step by step.
@Suite struct PurportedResponsibleAddressTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, lines: [String], wanted: String
        init(_ name: String, _ lines: [String], _ wanted: String) { (self.name, self.lines, self.wanted) = (name, lines, wanted) }
        var testDescription: String { name }
    }

    static let from = "From: Ann <ann@a.example>", sender = "Sender: sec@s.example", trace = "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000"
    static let resentFrom = "Resent-From: Rob <rob@r.example>", resentSender = "Resent-Sender: sue@u.example"

    static let rows = [
        Row("4: From alone", [from], "from ann@a.example"),
        Row("3: Sender before From", [from, sender], "sender sec@s.example"),
        Row("2: Resent-From before Sender", [resentFrom, from, sender], "resent-from rob@r.example"),
        Row("2: the first Resent-From", [resentFrom, "Resent-From: old@r.example", from], "resent-from rob@r.example"),
        Row("1: Resent-Sender before Resent-From", [resentFrom, resentSender, from, sender], "resent-sender sue@u.example"),
        Row("1: Resent-Sender first in its block", [resentSender, resentFrom, from], "resent-sender sue@u.example"),
        Row("1: the first Resent-Sender", [resentSender, "Resent-Sender: old@u.example", from], "resent-sender sue@u.example"),
        Row("1: Resent-Sender alone", [trace, resentSender, trace, from], "resent-sender sue@u.example"),
        Row("1: of an older block, by Received", [resentFrom, trace, resentSender, from], "resent-from rob@r.example"),
        Row("1: of an older block, by Return-Path", [resentFrom, "Return-Path: <x@y.example>", resentSender, from], "resent-from rob@r.example"),
        Row("1: of an older block, other fields between", [resentFrom, "Subject: s", trace, "To: t@t.example", resentSender, from], "resent-from rob@r.example"),
        Row("1: trace above both", [trace, resentFrom, resentSender, trace, from], "resent-sender sue@u.example"),
        Row("1: trace below both", [resentFrom, resentSender, trace, from], "resent-sender sue@u.example"),
        Row("1: trace after Resent-Sender, before Resent-From", [resentSender, trace, resentFrom, from], "resent-sender sue@u.example"),
        Row("1: a second Resent-From below the trace", [resentFrom, trace, "Resent-From: old@r.example", resentSender, from], "resent-from rob@r.example"),
        Row("empty: Resent-Sender", ["Resent-Sender:  \t", resentFrom, from], "resent-from rob@r.example"),
        Row("empty: Resent-Sender folded", ["Resent-Sender:", " ", resentFrom, from], "resent-from rob@r.example"),
        Row("empty: Resent-From above the trace counts for nothing", ["Resent-From: ", trace, resentSender, from], "resent-sender sue@u.example"),
        Row("empty: a Received that says nothing", [resentFrom, "Received:", resentSender, from], "resent-sender sue@u.example"),
        Row("empty: Sender", ["Sender:", from], "from ann@a.example"),
        Row("empty: one of two Senders", ["Sender:", sender, from], "sender sec@s.example"),
        Row("empty: one of two Froms", ["From:", from], "from ann@a.example"),
        Row("case and old blanks", ["RESENT-FROM : rob@R.Example", from], "resent-from rob@r.example"),
        Row("3: two Senders", [sender, "Sender: sec@s.example", from], "repeated sender"),
        Row("4: two Froms", [from, "From: bob@b.example"], "repeated from"),
        Row("4: no From", ["To: t@t.example"], "none"),
        Row("4: an empty From", ["From: ", "To: t@t.example"], "none"),
        Row("two Froms do not matter beside a Sender", [from, from, sender], "sender sec@s.example"),
        Row("5: two mailboxes", ["From: a@a.example, b@b.example"], "mailboxes from 2"),
        Row("5: two mailboxes, one Sender", ["From: a@a.example, b@b.example", sender], "sender sec@s.example"),
        Row("5: a malformed Sender is not passed over", [from, "Sender: nobody"], "noDomain sender"),
        Row("5: a malformed Resent-Sender is not passed over", [resentFrom, "Resent-Sender: <>", from], "noDomain resent-sender"),
        Row("5: only a comment", ["From: (nobody)"], "malformed from"),
        Row("5: no domain", ["From: ann"], "noDomain from"),
        Row("5: a domain literal", ["From: ann@[192.0.2.1]"], "noDomain from"),
        Row("5: an empty label", ["From: ann@a..example"], "noDomain from"),
        Row("5: nothing before the @", ["From: <@a.example>"], "malformed from"),
        Row("5: an unquoted comma in the name", ["From: Doe, Ann <ann@a.example>"], "mailboxes from 2"),
        Row("5: words after the mailbox", ["From: <ann@a.example> and more"], "malformed from"),
        Row("5: two mailboxes without a comma", ["From: ann@a.example <bob@b.example>"], "mailboxes from 2"),
        Row("5: a group", ["From: all: ann@a.example;"], "malformed from"),
        Row("a quoted comma is none", ["From: \"Doe, Ann\" <ann@a.example>"], "from ann@a.example"),
        Row("a mailbox in a comment is none", ["From: ann@a.example (not bob@b.example, at all)"], "from ann@a.example"),
        Row("a mailbox in the name is none", ["From: \"bob@b.example\" <ann@a.example>"], "from ann@a.example"),
        Row("an encoded comma is none", ["From: =?utf-8?q?Doe=2C_Ann?= <ann@a.example>"], "from ann@a.example"),
        Row("folded", ["From: Ann", "\t<ann@a.example>"], "from ann@a.example"),
        Row("letters beyond ASCII", ["From: <j\u{f6}rg@b\u{fc}ro.example>"], "from j\u{f6}rg@xn--bro-hoa.example"),
        Row("a quoted local part", ["From: \"a b\"@a.example"], "from \"a b\"@a.example"),
    ]

    @Test(arguments: rows) func row(_ row: Row) {
        let message = Message(octets: Sample.octets(row.lines + ["", "text"]))
        let found = switch message.purportedResponsibleAddress {
        case .success(let pra): "\(pra.field.rawValue) \(pra.address.address)"
        case .failure(.noField): "none"
        case .failure(.repeated(let field)): "repeated \(field.rawValue)"
        case .failure(.mailboxes(let field, let count)): "mailboxes \(field.rawValue) \(count)"
        case .failure(.malformed(let field)): "malformed \(field.rawValue)"
        case .failure(.noDomain(let field)): "noDomain \(field.rawValue)"
        }
        #expect(found == row.wanted)
        if case .failure(let error) = message.purportedResponsibleAddress { #expect(!error.description.isEmpty) }
    }

    @Test("A field inside of the body is none") func body() {
        let message = Sample.message("From: ann@a.example", "", "Resent-Sender: x@y.example")
        #expect((try? message.purportedResponsibleAddress.get())?.field == .from)
    }
}

import Feedback
import Mail
import Testing

@Suite struct DeliveryStatusTests {
    @Test func postfix() throws {
        let status = try FeedbackSample.delivery(FeedbackSample.read("postfix"))
        #expect(status.reportingMTA == TypedText(type: "dns", text: "mx.sender.example") && status.originalEnvelopeID == "campaign-7")
        #expect(status.arrivalDate?.description == "2024-01-09T09:00:01Z" && status.recipientsLeftOut == 0 && status.problems == [])
        #expect(status.recipients == [
            DeliveryRecipient(originalRecipient: TypedText(type: "rfc822", text: "bert@receiver.example"), finalRecipient: TypedText(type: "rfc822", text: "Bert@receiver.example"), action: .failed,
                              status: DeliveryStatusCode("5.1.1"), remoteMTA: TypedText(type: "dns", text: "mx.receiver.example"),
                              diagnosticCode: TypedText(type: "smtp", text: "550 5.1.1 <bert@receiver.example>: Recipient address    rejected: User unknown")),
            DeliveryRecipient(originalRecipient: TypedText(type: "rfc822", text: "c.alias@sender.example"), finalRecipient: TypedText(type: "rfc822", text: "cora@receiver.example"), action: .failed,
                              status: DeliveryStatusCode("5.2.2"), remoteMTA: TypedText(type: "dns", text: "mx.receiver.example"), diagnosticCode: TypedText(type: "smtp", text: "552 5.2.2 mailbox is full")),
        ])
        #expect(status.returned == ReturnedMessage(isMessage: true, messageID: "<news-1@sender.example>", verdictIDs: ["018ceaf2-3c00-7abc-8def-0123456789ab"], from: ["anna@sender.example"],
                                                   to: ["bert@receiver.example", "cora@receiver.example"]))
    }

    @Test func exim() throws {
        let status = try FeedbackSample.delivery(FeedbackSample.read("exim"))
        #expect(status.recipients == [DeliveryRecipient(finalRecipient: TypedText(type: "rfc822", text: "dora@gone.example"), action: .failed, status: DeliveryStatusCode("5.0.0"),
                                                        remoteMTA: TypedText(type: "dns", text: "mx.gone.example"), diagnosticCode: TypedText(type: "smtp", text: "550 no such user here"))])
        #expect(status.returned?.messageID == "<exim-1@sender.example>" && status.returned?.verdictIDs == ["018ceaf2-3c00-7abc-8def-0123456789ac"])
    }

    @Test func exchange() throws {
        let status = try FeedbackSample.delivery(FeedbackSample.read("exchange"))
        #expect(status.receivedFromMTA?.text == "out.sender.example" && status.recipients.map(\.status) == [DeliveryStatusCode("5.7.1")])
        #expect(status.recipients[0].diagnosticCode?.text == "550 5.7.1 RESOLVER.RST.RecipientNotFound; not found")
        #expect(status.returned == ReturnedMessage(isMessage: true, messageID: "<exch-1@sender.example>", from: ["anna@sender.example"], to: ["emil@receiver.example"]))
    }

    @Test func delayed() throws {
        let status = try FeedbackSample.delivery(FeedbackSample.read("delayed")), recipient = status.recipients[0]
        #expect(recipient.action == .delayed && recipient.finalRecipient.text == "fritz@slow.example" && recipient.remoteMTA == TypedText(type: "dns", text: "mx.slow.example"))
        #expect(recipient.lastAttemptDate?.description == "2024-01-09T13:00:00Z" && recipient.willRetryUntil?.description == "2024-01-13T09:00:00Z")
        #expect(status.returned?.isMessage == false && status.returned?.messageID == "<slow-1@sender.example>")
    }

    @Test func beyondASCII() throws {
        let status = try FeedbackSample.delivery(FeedbackSample.read("utf-8"))
        #expect(status.recipients.map(\.action) == [.failed, .relayed] && status.reportingMTA == TypedText(type: "utf-8", text: "mx.bücher.example"))
        let original = try #require(status.recipients[0].originalRecipient), final = status.recipients[0].finalRecipient
        #expect(original == final && final.type == "utf-8" && final.text.hasPrefix("δοκιμή@xn--"))
        #expect(status.recipients[0].diagnosticCode?.text == "550 5.1.1 gibt es nicht: δοκιμή")
        #expect(status.returned?.messageID == "<gruß-1@sender.example>" && status.returned?.from == ["jürgen@xn--bcher-kva.example"])
    }

    @Test func oneGroup() throws {
        let status = try FeedbackSample.delivery(FeedbackSample.read("one-group"))
        #expect(status.recipients == [DeliveryRecipient(finalRecipient: TypedText(type: "rfc822", text: "a@b.example"), action: .failed, status: DeliveryStatusCode("5.0.0"))])
        #expect(status.problems == ["has in group 2 an Action that is none: perhaps", "has no Final-Recipient in group 3"] && status.returned == nil)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, group: String
        let holds: @Sendable (DeliveryRecipient) -> Bool
        var testDescription: String { name }

        init(_ name: String, _ group: String, _ holds: @escaping @Sendable (DeliveryRecipient) -> Bool) { (self.name, self.group, self.holds) = (name, group, holds) }
    }

    static let tolerated = [
        Row("no type", "Final-Recipient: a@b.example\nAction: failed") { $0.finalRecipient == TypedText(type: "rfc822", text: "a@b.example") },
        Row("no type, and a semicolon", "Final-Recipient: ; a@b.example\nAction: failed") { $0.finalRecipient == TypedText(type: "rfc822", text: "a@b.example") },
        Row("type in capitals", "Final-Recipient: RFC822; a@B.example\nAction: FAILED") { $0.finalRecipient == TypedText(type: "rfc822", text: "a@b.example") },
        Row("angle brackets", "Final-Recipient: rfc822; <a@b.example>\nAction: failed") { $0.finalRecipient.text == "a@b.example" },
        Row("comment", "Final-Recipient: rfc822; a@b.example (expanded from list)\nAction: failed") { $0.finalRecipient.text == "a@b.example" },
        Row("name", "Final-Recipient: rfc822; \"A; B\" <a@b.example>\nAction: failed") { $0.finalRecipient.text == "a@b.example" },
        Row("no domain", "Final-Recipient: rfc822; <root>\nAction: failed") { $0.finalRecipient.text == "root" },
        Row("a command", "Final-Recipient: rfc822; |/bin/deliver\nAction: failed") { $0.finalRecipient.text == "|/bin/deliver" },
        Row("another type", "Final-Recipient: x400; /C=de/S=a;b/\nAction: failed") { $0.finalRecipient == TypedText(type: "x400", text: "/C=de/S=a;b/") },
        Row("only the original", "Original-Recipient: rfc822; a@b.example\nAction: failed") { $0.finalRecipient.text == "a@b.example" },
        Row("folded", "Final-Recipient: rfc822;\n a@b.example\nAction:\n failed") { $0.finalRecipient.text == "a@b.example" && $0.action == .failed },
        Row("words behind the action", "Final-Recipient: rfc822; a@b.example\nAction: delivered (to mailbox)") { $0.action == .delivered },
        Row("expanded", "Final-Recipient: rfc822; a@b.example\nAction: expanded\nStatus: 2.1.5") { $0.action == .expanded && $0.status == DeliveryStatusCode("2.1.5") },
        Row("no action, but a status", "Final-Recipient: rfc822; a@b.example\nStatus: 4.4.1") { $0.action == .delayed },
        Row("unknown action, but a status", "Final-Recipient: rfc822; a@b.example\nAction: bounced\nStatus: 5.1.1") { $0.action == .failed },
        Row("no status", "Final-Recipient: rfc822; a@b.example\nAction: failed") { $0.status == nil },
        Row("a status that is none", "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 550") { $0.status == nil },
        Row("a line that is no field", "Final-Recipient: rfc822; a@b.example\nsee below\nAction: failed\nStatus: 5.1.1") { $0.status != nil },
        Row("twice", "Final-Recipient: rfc822; a@b.example\nFinal-Recipient: rfc822; c@d.example\nAction: failed\nAction: delayed") { $0.finalRecipient.text == "a@b.example" && $0.action == .failed },
        Row("a date that is none", "Final-Recipient: rfc822; a@b.example\nAction: delayed\nWill-Retry-Until: soon") { $0.willRetryUntil == nil },
        Row("no type of a diagnostic", "Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: 550 no") { $0.diagnosticCode == TypedText(type: "smtp", text: "550 no") },
        Row("a semicolon in a diagnostic", "Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: 550 no; go away") { $0.diagnosticCode == TypedText(type: "smtp", text: "550 no; go away") },
        Row("control characters", "Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; a\u{7}b\tc") { $0.diagnosticCode?.text == "a?b c" },
        Row("long text", "Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; \(String(repeating: "é", count: 600))") { $0.diagnosticCode?.text.utf8.count == 1_024 - "smtp; ".utf8.count },
    ]

    @Test(arguments: tolerated) func table(_ row: Row) throws {
        let status = try FeedbackSample.status(row.group)
        #expect(status.recipients.count == 1 && row.holds(status.recipients[0]), "\(status.recipients)")
    }

    @Test(arguments: [
        ("", FeedbackReportError.noRecipient), ("Action: failed\nStatus: 5.1.1\n", .missing("Final-Recipient", group: 2)), ("Final-Recipient: rfc822;\nAction: failed\n", .missing("Final-Recipient", group: 2)),
        ("Final-Recipient: rfc822; <>\nAction: failed\n", .missing("Final-Recipient", group: 2)), ("Final-Recipient: rfc822; a@b.example\n", .missing("Action", group: 2)),
        ("Final-Recipient: rfc822; a@b.example\nAction: lost\n", .invalid("Action", group: 2, text: "lost")), ("Final-Recipient: rfc822; a@b.example\nStatus: 9.1.1\n", .missing("Action", group: 2)),
    ]) func refused(_ group: String, _ error: FeedbackReportError) { #expect(throws: error) { try FeedbackSample.status(group) } }

    @Test(arguments: [("5.1.1", "5.1.1"), (" 4.7.1 (greylisted)", "4.7.1"), ("2.0.0; ok", "2.0.0"), ("5.1.10", "5.1.10"), ("5.01.1", "5.1.1"), ("3.1.1", nil), ("5.1", nil), ("5.1.1.1", nil), ("5.1.1000", nil), ("5.-1.1", nil), ("", nil), ("550", nil)])
    func statusCode(_ text: String, _ code: String?) { #expect(DeliveryStatusCode(text)?.description == code) }

    @Test(arguments: [("\\x{3B4}", "δ"), ("a\\x{1F600}b", "a😀b"), ("\\x{D800}", "\\x{D800}"), ("\\x{}", "\\x{}"), ("\\x{41", "\\x{41"), ("\\x{0A}", "\\x{0A}"), ("\\x{0000041}", "\\x{0000041}"), ("\\x", "\\x"), ("\\x{zz}\\x{41}", "\\x{zz}A")])
    func escapes(_ text: String, _ address: String) throws {
        let status = try FeedbackSample.status("Final-Recipient: utf-8; \(text)@b.example\nAction: failed")
        let found = MailAddress.parse(list: "\(address)@b.example").first?.address ?? ""
        #expect(status.recipients[0].finalRecipient.text == found)
    }
}

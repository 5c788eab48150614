import Foundation
import Relay
import Testing
import TestSupport
import Verdicts

@Suite(.longWork) struct SMTPRelayTests {
    private let report = Array("From: dmarc@postern.example\r\nSubject: x\r\n\r\nHello\r\n".utf8)

    private func mail(from sender: String = "", to recipient: String = "ann@example.net", _ octets: [UInt8]? = nil) throws -> OutgoingMail {
        try OutgoingMail(from: sender, to: recipient, octets ?? report)
    }

    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    // MARK: - What arrives

    @Test(arguments: [
        ("lines with CRLF", "a: b\r\n\r\none\r\ntwo\r\n", "a: b\r\n\r\none\r\ntwo\r\n"),
        ("bare LF", "a: b\n\none\ntwo\n", "a: b\r\n\r\none\r\ntwo\r\n"),
        ("bare CR", "a: b\r\rone\rtwo\r\r\n", "a: b\r\n\r\none\r\ntwo\r\n\r\n"),
        ("no end", "a: b\r\n\r\none", "a: b\r\n\r\none\r\n"),
        ("dots", ".a: b\r\n\r\n.\r\n..\r\n.one\r\n.", ".a: b\r\n\r\n.\r\n..\r\n.one\r\n.\r\n"),
        ("an end smuggled with LF", "a: b\r\n\r\none\n.\nMAIL FROM:<x@y>\r\n.\r\n\n.\r\nRCPT", "a: b\r\n\r\none\r\n.\r\nMAIL FROM:<x@y>\r\n.\r\n\r\n.\r\nRCPT\r\n"),
        ("an end smuggled with CR", "a: b\r\n\r\none\r.\rMAIL FROM:<x@y>", "a: b\r\n\r\none\r\n.\r\nMAIL FROM:<x@y>\r\n"),
        ("letters that are not ASCII", "Subject: Zugbrücke\r\n\r\ngrün 🚪\r\n", "Subject: Zugbrücke\r\n\r\ngrün 🚪\r\n"),
        ("nothing", "", "\r\n"),
    ])
    func whatArrives(_ name: String, _ sent: String, _ arrives: String) async throws {
        let server = try await TestRelay(), relay = SMTPRelay(try server.settings())
        let outcome = await relay.send(try mail(Array(sent.utf8)), by: soon)
        #expect(outcome == .accepted(RelayReply(stage: .content, code: 250, text: "2.0.0 kept as 0")), "\(name)")
        let taken = try #require(try server.taken().first)
        #expect(String(decoding: taken.content, as: UTF8.self) == arrives)
        #expect(taken.mail_from == "")
        #expect(taken.rcpt == ["ann@example.net"])
        #expect(taken.helo == "postern.example")
        #expect(taken.options.contains("SIZE=\(arrives.utf8.count)"))
    }

    /// libcurl doubles dots; its buffer ends anywhere.
    @Test func manyDotsArrive() async throws {
        let server = try await TestRelay(), relay = SMTPRelay(try server.settings())
        var random = SeededGenerator(7)
        for place in 0..<12 {
            var text: [UInt8] = []
            while text.count < 200_000 { text += [[10], [13, 10], [46], [46], [13, 10, 46], [120, 121, 122]].randomElement(using: &random) ?? [] }
            let outcome = await relay.send(try mail(text), by: soon)
            guard case .accepted = outcome else { Issue.record("\(outcome)"); return }
            var expected = String(decoding: text, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\n", with: "\r\n")
            if !expected.hasSuffix("\r\n") { expected += "\r\n" }
            #expect(try server.taken()[place].content == Data(expected.utf8))
        }
    }

    @Test(arguments: [
        ("a@example.org", "bob@example.net", "a@example.org", "bob@example.net"),
        ("<a@EXAMPLE.org>", "<bob@example.net>", "a@example.org", "bob@example.net"),
        ("<>", "\"b b\"@example.net", "", "\"b b\"@example.net"),
        ("ä@bücher.example", "\u{3bc}@example.net", "ä@xn--bcher-kva.example", "\u{3bc}@example.net"),
        ("a@bücher.example", "postmaster@[127.0.0.1]", "a@xn--bcher-kva.example", "postmaster@[127.0.0.1]"),
    ])
    func addresses(_ sender: String, _ recipient: String, _ from: String, _ to: String) async throws {
        let server = try await TestRelay(), relay = SMTPRelay(try server.settings(helo: "127.0.0.1"))
        let outcome = await relay.send(try mail(from: sender, to: recipient), by: soon)
        let taken = try #require(try server.taken().first, "\(outcome)")
        #expect(taken.mail_from == from)
        #expect(taken.rcpt == [to])
        #expect(taken.helo == "[127.0.0.1]")
        #expect(taken.options.contains("SMTPUTF8") == !(from + to).utf8.allSatisfy { $0 < 128 })
    }

    @Test func anAddressThatIsNotASCIIAndARelayThatTakesNone() async throws {
        let server = try await TestRelay(utf8: false), relay = SMTPRelay(try server.settings())
        guard case .refused(let reply) = await relay.send(try mail(to: "grün@example.net"), by: soon) else { Issue.record("it was not refused"); return }
        #expect(reply.stage == .local && reply.code == 553)
        let outcome = await relay.send(try mail(to: "gruen@grün.example"), by: soon)
        let taken = try server.taken().map(\.rcpt)
        #expect(taken == [["gruen@xn--grn-ioa.example"]], "\(outcome)")
    }

    @Test(arguments: ["a@b.example\r\nRCPT TO:<x@y.example>", "a b@c.example", "", "a@b.example>", "<a@b.example", "a@b_\u{0}.example"])
    func noAddressBecomesACommand(_ address: String) {
        #expect(throws: (any Error).self) { try mail(to: address) }
        if !address.isEmpty { #expect(throws: (any Error).self) { try mail(from: address) } }
    }

    // MARK: - What is said

    @Test(arguments: ["greeting", "hello", "mail", "rcpt", "data", "content"], ["451 4.3.0 later", "554-5.7.1 never\r\n554 5.7.1 again"])
    func repliesAtEachStage(_ stage: String, _ reply: String) async throws {
        let server = try await TestRelay([stage: reply]), relay = SMTPRelay(try server.settings())
        let outcome = await relay.send(try mail(), by: soon)
        let permanent = reply.hasPrefix("5")
        let said = RelayReply(stage: try #require(RelayStage(rawValue: stage)), code: permanent ? 554 : 451, text: permanent ? "5.7.1 never 5.7.1 again" : "4.3.0 later")
        #expect(outcome == (permanent && !["greeting", "hello"].contains(stage) ? .refused(said) : .deferred(said, why: said.text)))
        #expect(try server.taken().isEmpty)
    }

    @Test(arguments: ["greeting", "hello", "mail", "rcpt", "data", "content"], ["hang", "close"])
    func serversThatSayNothing(_ stage: String, _ how: String) async throws {
        let server = try await TestRelay([stage: how]), relay = SMTPRelay(try server.settings())
        let outcome = await relay.send(try mail(), by: how == "hang" ? .now + .seconds(stage == "content" ? 10 : 2) : soon)
        switch outcome {
        case .unanswered: #expect(stage == "content")
        case .deferred(let reply, _): #expect(stage != "content" && (reply?.code ?? 0) < 400)
        default: Issue.record("\(outcome)")
        }
    }

    /// A server may look through a message for longer than it may think about a command.
    @Test func aServerThatLooksThroughTheMessage() async throws {
        let server = try await TestRelay(["content": "late"])
        var settings = try server.settings()
        #expect(settings.limits.finalReplySeconds == 600)
        settings.limits.replySeconds = 1
        guard case .accepted = await SMTPRelay(settings).send(try mail(), by: soon) else { Issue.record("it was taken"); return }
        settings.limits.finalReplySeconds = 1
        guard case .unanswered = await SMTPRelay(settings).send(try mail(), by: soon) else { Issue.record("it came too late"); return }
    }

    /// The message was taken: whatever follows.
    @Test(arguments: ["hang", "close"])
    func serversWithoutAFarewell(_ how: String) async throws {
        let server = try await TestRelay(["quit": how]), relay = SMTPRelay(try server.settings())
        guard case .accepted = await relay.send(try mail(), by: soon) else { Issue.record("it was taken"); return }
        #expect(try server.taken().count == 1)
    }

    @Test func aServerThatIsNotThere() async throws {
        let server = try await TestRelay(), settings = try server.settings()
        server.kill()
        guard case .deferred(nil, let why) = await SMTPRelay(settings).send(try mail(), by: soon) else { Issue.record("nobody is there"); return }
        #expect(why.contains("\(server.port)"))
        let nobody = try RelaySettings(url: "smtp://no-such-host.invalid", encryption: RelaySettings.Encryption.none, heloName: "postern.example")
        guard case .deferred(nil, _) = await SMTPRelay(nobody).send(try mail(), by: .now + .seconds(2)) else { Issue.record("nobody is there"); return }
    }

    /// A reply without end, and a line without end.
    @Test(arguments: ["250-x\r\n", "x"])
    func serversThatTalkTooMuch(_ what: String) async throws {
        let server = try await TestRelay(["hello": String(repeating: what, count: 100_000)]), relay = SMTPRelay(try server.settings())
        guard case .deferred = await relay.send(try mail(), by: .now + .seconds(20)) else { Issue.record("it was not deferred"); return }
    }

    @Test func messagesBeyondTheLimit() async throws {
        let server = try await TestRelay()
        var settings = try server.settings()
        settings.limits.message = 20
        guard case .refused(let reply) = await SMTPRelay(settings).send(try mail(), by: soon) else { Issue.record("it is too large"); return }
        #expect(reply.stage == .local && reply.code == 552)
        guard case .accepted = await SMTPRelay(settings).send(try mail(Array("a: b\n\n1234567890".utf8)), by: soon) else { Issue.record("it is not too large"); return }
    }

    // MARK: - Those who wait

    @Test func deadlinesHoldForThoseWhoWait() async throws {
        let server = try await TestRelay(["rcpt": "hang"])
        var settings = try server.settings()
        settings.limits.waiting = 2
        let relay = SMTPRelay(settings), message = try mail()
        // The first keeps the relay busy until it is cancelled.
        let first = Task { await relay.send(message, by: .now + .seconds(600)) }
        var outcomes: [RelayOutcome] = []
        while outcomes.count < 3 { outcomes.append(await relay.send(message, by: .now + .milliseconds(50))) }
        for outcome in outcomes { guard case .deferred(nil, _) = outcome else { Issue.record("\(outcome)"); return } }
        let third = Task { await relay.send(message, by: .now + .seconds(600)) }
        third.cancel()
        guard case .deferred(nil, _) = await third.value else { Issue.record("it was cancelled"); return }
        first.cancel()
        guard case .deferred = await first.value else { Issue.record("it was cancelled"); return }
        #expect(try server.taken().isEmpty)
    }
}

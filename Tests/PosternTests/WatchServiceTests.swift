import Foundation
import Glibc
import TestSupport
import Testing

/// Senders that are watched, at the real service with its database.
@Suite(.serialized, .longWork) struct WatchServiceTests {
    private static func send(_ service: RunningService, _ user: String, _ queueID: String, to recipients: [String], from client: String = "127.0.0.1") async throws -> RawAnswer {
        let query = recipients.map { "&rcpt=\($0)" }.joined()
        return try await service.ask("POST", "/v1/verdicts?client_ip=\(client)&auth_user=\(user)&mail_from=\(user)&tls_version=TLSv1.3&queue_id=\(queueID)&server_name=mx\(query)",
                                     body: Array("From: \(user)\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <\(queueID)@example.org>\r\nSubject: Hello \(queueID)\r\n\r\nHello\r\n".utf8))
    }

    private static func people(_ range: Range<Int>) -> [String] { range.map { "r\($0)@example.net" } }

    /// A notification as Postfix writes it, with the header of the message.
    private static func bounce(_ verdict: String, _ messageID: String, _ recipients: [String], status: String = "5.1.1") -> [UInt8] {
        let groups = recipients.map { "\r\nFinal-Recipient: rfc822; \($0)\r\nAction: failed\r\nStatus: \(status)\r\nDiagnostic-Code: smtp; 550 \(status) no such user\r\n" }.joined()
        return Array("""
            From: MAILER-DAEMON@mx.example.net\r\nTo: anna@example.org\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nI'm sorry.\r\n--b\r
            Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\(groups)\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nX-Postern-Verdict: accept; score=0; id=\(verdict)\r\nMessage-ID: <\(messageID)>\r\nFrom: anna@example.org\r\n\r\n--b--\r\n
            """.utf8)
    }

    private static func action(_ answer: RawAnswer) -> String { "\(answer.json["action"] as? String ?? "\(answer.status)") \(answer.json["decided_by"] as? String ?? "")" }

    /// Mail of an account bounces more and more: it is throttled; frozen by hand; both are events; another account is not touched; one call undoes it.
    @Test func throttledFrozenUndone() async throws {
        let settings = "blocklists: {use: []}\nmalware: {scan: false}\nwatch:\n  signals:\n    bounces: {share: 25, least: 5}\n  throttle: {limits: [{counts: recipients, limit: 13, per: 1h}]}\n"
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: settings, dns: [dns.port])
        let made = try await service.ask("POST", "/v1/tokens", body: Array(#"{"name":"bounces","scopes":["feedback"]}"#.utf8), type: "application/json"), token = try #require(made.json["token"] as? String)
        func feedback(_ body: [UInt8], _ type: String = "message/rfc822") async throws -> RawAnswer { try await service.ask("POST", "/v1/feedback", body: body, type: type, token: token) }
        let first = try await Self.send(service, "anna@example.org", "A1", to: Self.people(0..<10)), id = try #require(first.json["id"] as? String)
        #expect(Self.action(first) == "accept ")
        // What was judged is noted a moment later; what comes back is counted at once.
        let back = try await feedback(Self.bounce(id, "A1@example.org", Self.people(0..<4)))
        #expect(back.status == 200 && back.json["counted"] as? Int == 4 && back.json["sender"] as? String == "mailbox/anna@example.org" && back.json["verdict"] as? String == id, "\(back.text)")
        #expect(try await feedback(Self.bounce(id, "A1@example.org", Self.people(0..<4))).json["counted"] as? Int == 0)
        #expect(try await feedback(Self.bounce(id, "A1@example.org", ["stranger@example.net"])).json["counted"] as? Int == 0, "it never went to him")
        #expect(try await feedback(Self.bounce(id, "A1@example.org", Self.people(5..<6), status: "4.4.1")).json["counted"] as? Int == 0)
        let last = try await feedback(Array(#"{"kind":"bounce","message_id":"<A1@example.org>","recipients":["R4@EXAMPLE.net"],"status":"5.1.1"}"#.utf8), "application/json")
        #expect(last.json["counted"] as? Int == 1 && (last.json["restraint"] as? [String: Any])?["state"] as? String == "throttled", "\(last.text)")
        // Throttled: thirteen recipients an hour, of which ten are used; what is more by itself is not refused.
        let much = try await Self.send(service, "anna@example.org", "A2", to: Self.people(0..<14))
        #expect(Self.action(much) == "defer limit.exceeded", "\(much.text)")
        let second = try await Self.send(service, "anna@example.org", "A3", to: Self.people(10..<13)), secondID = try #require(second.json["id"] as? String)
        #expect(Self.action(second) == "accept " && second.text.contains(#""code":"sender.throttled""#), "\(second.text)")
        #expect(try await feedback(Self.bounce(secondID, "A3@example.org", Self.people(10..<13))).json["counted"] as? Int == 3)
        for number in 0..<2 {
            let more = try await feedback(Array(#"{"kind":"bounce","verdict":"\#(secondID)","recipients":["r\#(10 + number)@example.net"]}"#.utf8), "application/json")
            #expect(more.json["counted"] as? Int == 0, "the same again")
        }
        // Three are too few to freeze.
        #expect(Self.action(try await Self.send(service, "anna@example.org", "A4", to: ["x@example.net"])) == "defer limit.exceeded")
        let byHand = try await service.ask("PUT", "/v1/restraints/mailbox/anna@example.org", body: Array(#"{"state":"frozen","reason":"hijacked"}"#.utf8), type: "application/json")
        #expect(byHand.status == 200 && byHand.json["state"] as? String == "frozen", "\(byHand.text)")
        let frozen = try await Self.send(service, "anna@example.org", "A5", to: ["x@example.net"])
        #expect(Self.action(frozen) == "defer sender.frozen" && frozen.text.contains("hijacked") && frozen.text.contains("Sending is stopped for the mailbox anna@example.org."), "\(frozen.text)")
        #expect(((frozen.json["smtp"] as? [String: Any])?["text"] as? String)?.hasPrefix("try again later: sending from this account is stopped") == true, "\(frozen.text)")
        #expect(Self.action(try await Self.send(service, "ben@example.org", "B1", to: ["x@example.net"])) == "accept ")
        // Mail to it comes in.
        let incoming = try await service.ask("POST", "/v1/verdicts?client_ip=192.0.2.25&helo=mx.example.net&mail_from=x@example.net&rcpt=anna@example.org&tls_version=TLSv1.3", body: Array("From: x@example.net\r\nTo: anna@example.org\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <in@example.net>\r\nSubject: Hello\r\n\r\nHello\r\n".utf8))
        #expect(!incoming.text.contains("sender.frozen"), "\(incoming.text)")
        let events = try await service.ask("GET", "/v1/events?order=oldest&subject=mailbox/anna@example.org")
        // Thirteen of thirteen are a warning as well, which is noted beside the way of a message, now or a moment later.
        #expect((events.json["items"] as? [[String: Any]])?.compactMap { $0["type"] as? String }.filter { $0 != "limit.near" } == ["sender.throttled", "sender.frozen"], "\(events.text)")
        let undo = ((events.json["items"] as? [[String: Any]])?.last { $0["type"] as? String == "sender.frozen" }?["data"] as? [String: Any])?["undo"] as? [String: Any]
        let undone = try await service.ask(try #require(undo?["method"] as? String), try #require(undo?["path"] as? String))
        #expect(undone.status == 200 && undone.json["state"] as? String == "lifted", "\(undone.text)")
        #expect(Self.action(try await Self.send(service, "anna@example.org", "A5", to: ["x@example.net"])) == "accept ", "the same message comes again, and goes")
        #expect(try await service.ask("DELETE", "/v1/restraints/mailbox/anna@example.org").status == 404)
        service.stop()
    }

    /// What was seen beside the way of messages: recipients that are new, networks, warnings of limits, and that it is all there after a restart.
    @Test func whatIsSeenOfMessages() async throws {
        let settings = "blocklists: {use: []}\nmalware: {scan: false}\nwatch:\n  learning: 0s\n  signals:\n    new_recipients: {least: 20, share: 80, weight: 2}\nrate_limits:\n  mailbox: [{counts: recipients, limit: 30, per: 1h}]\n"
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: settings, dns: [dns.port])
        for number in 0..<3 { #expect(Self.action(try await Self.send(service, "carla@example.org", "C\(number)", to: Self.people(0..<4), from: "203.0.113.\(number)")) == "accept ") }
        try await eventually("it is noted") { (try await service.ask("GET", "/v1/restraints/mailbox/carla@example.org").json["watched"] as? [String: Any])?["contacts"] as? Int == 4 }
        let seen = try await service.ask("GET", "/v1/restraints/mailbox/carla@example.org"), watched = seen.json["watched"] as? [String: Any]
        #expect(watched?["networks"] as? Int == 1 && seen.json["state"] as? String == "lifted", "\(seen.text)")
        // 12 and 14 are more than four fifths of 30; of 26 recipients 18 are new, which is too few.
        #expect(Self.action(try await Self.send(service, "carla@example.org", "C9", to: Self.people(100..<114))) == "accept ")
        try await eventually("the warning is told") { (try await service.ask("GET", "/v1/events?kind=limit.near").json["items"] as? [[String: Any]])?.count == 1 }
        #expect(try await service.ask("GET", "/v1/restraints/mailbox/carla@example.org").json["state"] as? String == "lifted")
        #expect(Self.action(try await Self.send(service, "dora@example.org", "D1", to: Self.people(0..<25))) == "accept ")
        try await eventually("it is throttled") { try await service.ask("GET", "/v1/restraints/mailbox/dora@example.org").json["state"] as? String == "throttled" }
        let all = try await service.ask("GET", "/v1/restraints?state=throttled")
        #expect((all.json["items"] as? [[String: Any]])?.map { $0["subject"] as? String } == ["dora@example.org"], "\(all.text)")
        #expect(try await service.ask("GET", "/metrics").text.contains(#"postern_restraints{state="throttled"} 1"#))
        service.stop()
    }

    /// A policy of the operator's own, with rows for restraints that are on probation, for all of them together, or not there.
    @Test(arguments: [("limit.near: 0", "defer sender.frozen", "accept "), ("sender.frozen: {dry_run: true}", "accept ", "accept "), ("\"sender.*\": {action: defer, dry_run: true}", "accept ", "accept "),
                      ("\"sender.*\": {action: reject}", "reject sender.frozen", "accept ")])
    func policiesOfOperators(row: String, frozen: String, throttled: String) async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), folder = try TemporaryFolder()
        try folder.write("rules:\n  transport.encrypted: 0\n  \(row)\n", to: "out.yaml")
        let service = try await RunningService(settings: "blocklists: {use: []}\nmalware: {scan: false}\npolicy:\n  outbound_file: \(folder.path)/out.yaml\n", dns: [dns.port], folder: folder)
        for (user, state) in [("anna", "frozen"), ("ben", "throttled")] {
            #expect(try await service.ask("PUT", "/v1/restraints/mailbox/\(user)@example.org", body: Array(#"{"state":"\#(state)"}"#.utf8), type: "application/json").status == 200)
        }
        #expect(Self.action(try await Self.send(service, "anna@example.org", "A1", to: ["x@example.net"])) == frozen)
        #expect(Self.action(try await Self.send(service, "ben@example.org", "B1", to: ["x@example.net"])) == throttled)
        service.stop()
    }

    @Test func whatIsWrong() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: "blocklists: {use: []}\nmalware: {scan: false}\n", dns: [dns.port])
        func json(_ method: String, _ path: String, _ body: String) async throws -> RawAnswer { try await service.ask(method, path, body: Array(body.utf8), type: "application/json") }
        for (body, parameter) in [(#"{"state":"lifted"}"#, "state"), (#"{"state":"gone"}"#, "state"), (#"{}"#, "state"), (#"{"state":"frozen","until":"2020-01-01T00:00:00Z"}"#, "until"), (#"{"state":"frozen","until":"soon"}"#, "until"),
                                  (#"{"state":"frozen","reason":"a\u0000"}"#, "reason"), (#"{"state":"frozen","for":"1d"}"#, "for")] {
            let answer = try await json("PUT", "/v1/restraints/mailbox/a@example.org", body)
            #expect(answer.status == 400 && answer.json["parameter"] as? String == parameter, "\(body): \(answer.text)")
        }
        #expect(try await json("PUT", "/v1/restraints/planet/mars", #"{"state":"frozen"}"#).json["parameter"] as? String == "scope")
        #expect(try await service.ask("DELETE", "/v1/restraints/mailbox/a@example.org?trust=never").json["parameter"] as? String == "trust")
        for (body, parameter) in [(#"{"kind":"bounce"}"#, "verdict"), (#"{"kind":"bounce","verdict":"x","recipients":["a@example.net"]}"#, "verdict"), (#"{"kind":"bounce","message_id":"a@b"}"#, "recipients"), (#"{"kind":"praise","message_id":"a@b"}"#, "kind"),
                                  (#"{"kind":"bounce","message_id":"a@b","recipients":["a@example.net"],"status":"five"}"#, "status")] {
            let answer = try await json("POST", "/v1/feedback", body)
            #expect(answer.status == 400 && answer.json["parameter"] as? String == parameter, "\(body): \(answer.text)")
        }
        let unknown = try await json("POST", "/v1/feedback", #"{"kind":"complaint","message_id":"nobody@example.org"}"#)
        #expect(unknown.status == 200 && unknown.json["verdict"] is NSNull && unknown.json["counted"] as? Int == 0, "\(unknown.text)")
        let none = try await service.ask("POST", "/v1/feedback", body: Array("From: a@example.org\r\n\r\nHello\r\n".utf8), type: "message/rfc822")
        #expect(none.status == 422 && none.text.contains("is no multipart/report"), "\(none.text)")
        service.stop()
    }
}

import Foundation
import Glibc
import TestSupport
import Testing

/// Limits on sending at the real service, with its database.
@Suite(.serialized, .longWork) struct SendingLimitServiceTests {
    private static let settings = "blocklists: {use: []}\nmalware: {scan: false}\nrate_limits:\n  mailbox: [{counts: recipients, limit: 100, per: 1h}]\n"

    private static func send(_ service: RunningService, _ user: String, _ queueID: String, _ more: String = "") async throws -> RawAnswer {
        try await service.ask("POST", "/v1/verdicts?client_ip=127.0.0.1&auth_user=\(user)&mail_from=\(user)&rcpt=b@example.net&tls_version=TLSv1.3&queue_id=\(queueID)\(more)",
                              body: Array("From: \(user)\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <\(queueID)@example.org>\r\nSubject: Hello \(queueID)\r\n\r\nHello\r\n".utf8))
    }

    /// Asks again as an MTA does, while there is no answer or the answer says that it could not be counted: either is told, and neither lets it go.
    private static func settled(_ service: RunningService, _ user: String, _ queueID: String) async throws -> RawAnswer {
        let end = ContinuousClock.now + .seconds(120)
        while true {
            let answer = try await send(service, user, queueID)
            let isUnknown = answer.text.contains(#""code":"limit.unknown""#)
            guard answer.status == 503 || isUnknown, .now < end else { return answer }
            #expect(answer.status == 503 ? answer.json["type"] is String : action(answer) == "defer", "\(answer.text)")
        }
    }

    private static func action(_ answer: RawAnswer) -> String { answer.json["action"] as? String ?? "\(answer.status)" }

    /// Sixteen clients at once, each message tried by some twice.
    @Test func exactlyAsManyAsTheLimit() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: Self.settings, dns: [dns.port])
        let passed = try await withThrowingTaskGroup(of: [String].self) { group in
            for client in 0..<16 {
                group.addTask {
                    var passed: [String] = []
                    for number in stride(from: client, to: 300, by: 16) where Self.action(try await Self.send(service, "anna@example.org", "Q\(number)")) == "accept" { passed.append("Q\(number)") }
                    return passed
                }
            }
            return try await group.reduce(into: [String]()) { $0 += $1 }
        }
        #expect(passed.count == 100 && Set(passed).count == 100)
        let again = try await Self.send(service, "anna@example.org", passed[0])
        #expect(Self.action(again) == "accept", "a message that was counted is not counted again: \(again.text)")
        let refused = try await Self.send(service, "anna@example.org", "Q-late")
        #expect(Self.action(refused) == "defer" && refused.json["decided_by"] as? String == "limit.exceeded", "\(refused.text)")
        #expect(Self.action(try await Self.send(service, "ben@example.org", "B1")) == "accept")
        let shown = try await service.ask("GET", "/v1/limits/mailbox/anna@example.org"), counter = (shown.json["counters"] as? [[String: Any]])?.first
        #expect(counter?["used"] as? Int == 100 && counter?["remaining"] as? Int == 0 && counter?["limit"] as? Int == 100, "\(shown.text)")
        let exceeded = ((refused.json["evidence"] as? [String: Any])?["rate_limit"] as? [String: Any])?["exceeded"] as? [String: Any]
        #expect(exceeded?["retry_at"] as? String == counter?["retry_at"] as? String, "\(refused.text)")
        #expect(try await service.ask("DELETE", "/v1/limits/mailbox/anna@example.org/counters").status == 204)
        #expect(Self.action(try await Self.send(service, "anna@example.org", "Q-late")) == "accept")
        service.stop()
    }

    /// A customer caps his mailboxes; what is said over the API holds at once, and after a server that was killed all is as it was.
    @Test func whatIsSaidAndCountedOutlivesTheServer() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: Self.settings, dns: [dns.port])
        func put(_ path: String, _ body: String) async throws -> RawAnswer { try await service.ask("PUT", "/v1/limits/\(path)", body: Array(body.utf8), type: "application/json") }
        #expect(try await put("domain/example.org", #"{"parent":"customer/acme"}"#).status == 201)
        #expect(try await put("customer/acme", #"{"limits":[{"counts":"recipients","limit":5,"per":"1h"}]}"#).status == 201)
        for number in 0..<5 { #expect(Self.action(try await Self.send(service, "user\(number)@example.org", "C\(number)")) == "accept") }
        let capped = try await Self.send(service, "user9@example.org", "C9")
        #expect(Self.action(capped) == "defer" && capped.text.contains("customer acme: 5 of 5 recipients per 1h are used"), "\(capped.text)")
        let master = try #require(Int32(try service.folder.read("state/postgres/data/postmaster.pid").split(separator: "\n").first ?? ""))
        kill(master, SIGKILL)
        // While it is away there is no verdict, and the answer says so.
        let after = try await Self.settled(service, "user9@example.org", "C10")
        #expect(Self.action(after) == "defer" && after.json["decided_by"] as? String == "limit.exceeded", "the counter is as it was: \(after.text)")
        let passed = try await Self.settled(service, "user0@example.org", "C0")
        #expect(Self.action(passed) == "accept", "and so is who passed: \(passed.text)")
        let wrong = try await put("customer/acme", #"{"limits":[{"counts":"recipients","limit":0,"per":"1h"}]}"#)
        #expect(wrong.status == 400 && wrong.json["parameter"] as? String == "limits[0].limit", "\(wrong.text)")
        // A connection that the killed server left behind may be found out by this only.
        var raised = try await put("customer/acme", #"{"override":{"limits":[],"until":"2099-01-01T00:00:00Z"}}"#)
        if raised.status == 503 { raised = try await put("customer/acme", #"{"override":{"limits":[],"until":"2099-01-01T00:00:00Z"}}"#) }
        #expect(raised.status == 200, "\(raised.text)")
        let free = try await Self.settled(service, "user9@example.org", "C11")
        #expect(Self.action(free) == "accept", "\(free.text)")
        service.stop()
    }

    /// What a limit would have done is reckoned from what was sent: what was put off counts once, and a script is known by what counting made of the header.
    @Test func aLimitIsTriedOnWhatWasSent() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: Self.settings, dns: [dns.port])
        func simulate(_ query: String) async throws -> RawAnswer { try await service.ask("GET", "/v1/limits/simulate?\(query)") }
        let limit = #"{"limits":[{"counts":"messages","limit":4,"per":"1h"}]}"#
        #expect(try await service.ask("PUT", "/v1/limits/mailbox/anna@example.org", body: Array(limit.utf8), type: "application/json").status == 201)
        for number in 0..<5 { _ = try await Self.settled(service, "anna@example.org", "S\(number)") }
        #expect(Self.action(try await Self.send(service, "anna@example.org", "S4")) == "defer")
        #expect(Self.action(try await Self.settled(service, "ben@example.org", "S9")) == "accept")
        let all = try await simulate("scope=mailbox&limit=messages:2/1h"), most = (all.json["hit_most"] as? [[String: Any]])?.first
        #expect(all.status == 200 && all.json["messages"] as? Int == 6 && all.json["put_off"] as? Int == 3 && all.json["subjects"] as? Int == 2, "\(all.text)")
        #expect(most?["subject"] as? String == "anna@example.org" && most?["put_off"] as? Int == 3 && most?["messages"] as? Int == 5, "\(all.text)")
        #expect(try await service.ask("DELETE", "/v1/limits/mailbox/anna@example.org/counters").status == 204)
        #expect(Self.action(try await Self.settled(service, "anna@example.org", "S4")) == "accept")
        let one = try await simulate("scope=mailbox&subject=anna@example.org&limit=recipients:1000/1d")
        #expect(one.json["messages"] as? Int == 5 && one.json["put_off"] as? Int == 0 && one.json["complete"] as? Bool == true, "\(one.text)")
        let script = Array("From: web@example.org\r\nTo: b@example.net\r\nX-PHP-Originating-Script: 33:mailer.php\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <p@example.org>\r\nSubject: Order\r\n\r\nHello\r\n".utf8)
        for number in 0..<3 { #expect(try await service.ask("POST", "/v1/verdicts?client_ip=127.0.0.1&direction=outbound&server_name=web1&mail_from=web@example.org&rcpt=b@example.net&queue_id=P\(number)", body: script).status == 200) }
        let scripts = try await simulate("scope=script&limit=messages:1/1h"), examples = scripts.json["examples"] as? [[String: Any]] ?? []
        #expect(scripts.json["put_off"] as? Int == 2 && examples.first?["subjects"] as? [String] == ["web1/33:mailer.php"], "\(scripts.text)")
        let id = examples.first?["verdict"] as? String ?? ""
        #expect(try await service.ask("GET", "/v1/verdicts/\(id)").json["received_at"] as? String == examples.first?["received_at"] as? String)
        let wrong = try await simulate("scope=mailbox&limit=messages:0/1h")
        #expect(wrong.status == 400 && wrong.json["parameter"] as? String == "limit", "\(wrong.text)")
        service.stop()
    }
}

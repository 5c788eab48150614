import Foundation
import Glibc
import TestSupport
import Testing

/// The agent at a mail server, with the real service and the real Postfix.
@Suite(.serialized, .longWork) struct ReleaseTests {
    private static let settings = "blocklists: {use: []}\nmalware: {scan: false}\nrate_limits:\n  mailbox: [{counts: recipients, limit: 6, per: 3s, excess: hold}]\n  domain: [{counts: recipients, limit: 8, per: 3s, excess: hold}]\n"

    private static func agent(_ service: RunningService, _ postfix: TestPostfix, _ log: String) throws -> ChildProcess {
        try service.folder.write(service.token, to: "release.token")
        return try ChildProcess(RunningService.program, ["release", "--mta", "postfix", "--mta-config", postfix.configuration, "--server-name", TestPostfix.name, "--url", "http://127.0.0.1:\(service.port)", "--token-file", "\(service.folder.path)/release.token"],
                                log: "\(postfix.folder.path)/\(log)")
    }

    private static func waiting(_ service: RunningService, _ state: String) async throws -> [[String: Any]] {
        try await service.ask("GET", "/v1/holds?limit=1000&state=\(state)").json["items"] as? [[String: Any]] ?? []
    }

    private static func moment(_ any: Any?) -> Double {
        let form = ISO8601DateFormatter()
        form.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return (any as? String).flatMap { form.date(from: $0) }?.timeIntervalSince1970 ?? 0
    }

    /// Two senders send more than they may; Postfix keeps it, and lets each go once, in their order, though one agent is killed with messages in hand.
    @Test(.enabled(if: getuid() == 0, "SKIPPED: Postfix runs as root only")) func postfixKeepsWhatIsTooMuch() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: Self.settings, dns: [dns.port]), relay = try await TestRelay()
        let postfix = try await TestPostfix(service, relay: relay.port), first = try Self.agent(service, postfix, "agent-1")
        try await eventually("the agent is there") { try await service.ask("GET", "/v1/holds").status == 200 && ((try? postfix.folder.read("agent-1")) ?? "").contains("releasing") }
        // It has asked once before the first message comes.
        try await eventually("the agent asked") { try await service.ask("GET", "/metrics").text.contains(#"route="GET /v1/holds/due""#) }
        async let other: Void = postfix.send(0..<12, from: "ben@example.org")
        try postfix.send(0..<20, from: "anna@example.org")
        try await other
        try await eventually("some went") { (try? relay.taken().count) ?? 0 >= 12 }
        first.signal(SIGKILL)
        let second = try Self.agent(service, postfix, "agent-2")
        try await eventually("all went") { (try? relay.taken().count) ?? 0 >= 32 }
        // What went in the moment in which the first was killed is in no queue any more: nobody can say of it that it went.
        try await eventually("all have ended") { try await Self.waiting(service, "released").count + Self.waiting(service, "missing").count + postfix.answers.count { $0["action"] as? String == "accept" } == 32 }
        let taken = try relay.taken(), subjects = taken.map { String(decoding: $0.content, as: UTF8.self).split(whereSeparator: \.isNewline).first { $0.hasPrefix("Message-ID") } }
        #expect(taken.count == 32 && Set(subjects).count == 32, "each once")
        let held = postfix.answers.filter { $0["action"] as? String == "hold" }, released = try await Self.waiting(service, "released") + Self.waiting(service, "missing")
        #expect(held.count >= 16 && held.count == released.count, "\(held.count) \(released.count)")
        for sender in ["anna", "ben"] {
            let mine = released.filter { ($0["sender"] as? String)?.contains(sender) == true }.sorted { (Self.moment($0["granted_at"]), Self.moment($0["held_at"])) < (Self.moment($1["granted_at"]), Self.moment($1["held_at"])) }
            #expect(mine.map { Self.moment($0["held_at"]) } == mine.map { Self.moment($0["held_at"]) }.sorted(), "the one that came first goes first")
        }
        let late = released.map { Self.moment($0["granted_at"]) - Self.moment($0["release_at"]) }
        #expect(late.allSatisfy { $0 >= -0.001 }, "none too early: \(late)")
        print("messages went \(late.max() ?? 0) s after their time at most")
        second.signal(SIGTERM)
        #expect(second.wait() == 0, "\((try? postfix.folder.read("agent-2")) ?? "")")
        service.stop()
    }

    /// An agent that was killed between letting a message go and asking for its delivery leaves it among those that were put off. The next one has it delivered, though Postfix has another sender in its queue than it asked with.
    @Test(.enabled(if: getuid() == 0, "SKIPPED: Postfix runs as root only")) func whatADeadAgentLetGoIsDelivered() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: Self.settings, dns: [dns.port]), relay = try await TestRelay()
        let postfix = try await TestPostfix(service, relay: relay.port, sender: "rewritten@example.org")
        #expect(try await service.ask("GET", "/v1/holds/due?server_name=\(TestPostfix.name)&wait=0").status == 200)
        try postfix.send(0..<7, from: "anna@example.org")
        let waiting = try await Self.waiting(service, "waiting"), name = try #require(waiting.first?["queue_id"] as? String)
        #expect(waiting.count == 1 && waiting.first?["mail_from"] as? String == "anna@example.org")
        #expect(try ChildProcess.run("postqueue", ["-c", postfix.configuration, "-j"], log: "\(postfix.folder.path)/queue-list") == 0)
        #expect(try postfix.folder.read("queue-list").contains("\"sender\": \"rewritten@example.org\""))
        #expect(try ChildProcess.run("postsuper", ["-c", postfix.configuration, "-H", name], log: "\(postfix.folder.path)/postsuper") == 0)
        let agent = try Self.agent(service, postfix, "agent")
        try await eventually("it is delivered") { (try? relay.taken().count) ?? 0 >= 7 }
        try await eventually("it is confirmed") { try await Self.waiting(service, "released").count == 1 }
        #expect(try relay.taken().count == 7)
        agent.signal(SIGTERM)
        #expect(agent.wait() == 0)
        service.stop()
    }

    @Test func aTokenThatIsNotForThis() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: Self.settings, dns: [dns.port])
        let made = try await service.ask("POST", "/v1/tokens", body: Array(#"{"name":"hook","scopes":["judge"]}"#.utf8), type: "application/json")
        try service.folder.write(try #require(made.json["token"] as? String), to: "token")
        func run(_ more: [String]) throws -> (Int32, String) {
            let log = "\(service.folder.path)/release-\(UUID().uuidString)"
            let status = try ChildProcess.run(RunningService.program, ["release", "--mta", "postfix", "--text", "--server-name", "mx"] + more, log: log)
            return (status, (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
        }
        let forbidden = try run(["--url", "http://127.0.0.1:\(service.port)", "--token-file", "\(service.folder.path)/token"])
        #expect(forbidden.0 == 1 && forbidden.1.contains("HTTP 403"), "\(forbidden)")
        for (options, words) in [(["--token-file", "/nonexistent"], "--token-file"), (["--token-file", "\(service.folder.path)/token", "--url", "ftp://x"], "--url"), (["--token-file", "\(service.folder.path)/token", "--wait", "0"], "--wait")] {
            let wrong = try run(options)
            #expect(wrong.0 == 64 && wrong.1.contains(words), "\(wrong)")
        }
        service.stop()
    }
}

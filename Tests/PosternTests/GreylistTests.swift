import Foundation
import Postgres
import TestSupport
import Testing

/// A sender in doubt at the real service: put off, back too early, back in time, and from then on known; as its MTA hears it.
@Suite(.serialized, .longWork) struct GreylistTests {
    private static func policy(_ folder: TemporaryFolder, _ change: (String) -> String) throws -> String {
        let shipped = try String(contentsOfFile: HookTests.hook.replacingOccurrences(of: "hooks/postern-hook", with: "policy.yaml"), encoding: .utf8)
        let on = shipped.replacingOccurrences(of: "  greylist:       #", with: "  greylist: 4     #").replacingOccurrences(of: "content.missing_date: 1", with: "content.missing_date: 5")
        #expect(on.contains("  greylist: 4 ") && on.contains("content.missing_date: 5"))
        try folder.write(change(on), to: "policy.yaml")
        return "\(folder.path)/policy.yaml"
    }

    private static func message(_ number: Int) -> [UInt8] {
        Array("From: Anna <anna@stranger.example>\r\nTo: b@example.net\r\nMessage-ID: <\(number)@stranger.example>\r\nSubject: Hello\r\n\r\nHello \(number)\r\n".utf8)
    }

    private static let client = ["client_ip=198.100.2.20", "helo=mx.example.org", "mail_from=anna@stranger.example", "rcpt=b@example.net"]

    @Test func fromTheHookToTheDatabase() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), folder = try TemporaryFolder()
        let file = try Self.policy(folder) { $0 }
        let service = try await RunningService(settings: ExampleZone.lists + "\npolicy:\n  file: \(file)", dns: [dns.port])
        let pool = PostgresPool(PostgresSettings("host='\(service.folder.path)/state/postgres/run' port=5432 user=postern dbname=postern"), size: 1)
        func pass(_ seconds: Int) async throws {
            try await pool.execute("UPDATE greylist SET first_at = first_at - make_interval(secs => $1::integer)", [.integer(Int64(seconds))], by: .now + .seconds(60))
        }
        func hook(_ number: Int, _ more: [String] = []) async throws -> (status: Int32, reply: String) { try await blocking { try HookTests.call(service, Self.client + more, message: Self.message(number)) } }
        let first = try await hook(1)
        #expect(first.status == 75 && first.reply.hasPrefix("451 4.7.1 try again in 300 seconds: the sender is not known here yet (greylisting) [v:"), "\(first)")
        let early = try await hook(1)
        #expect(early.status == 75 && early.reply.hasPrefix("451 4.7.1 try again in "), "\(early)")
        try await pass(300)
        let passed = try await hook(1)
        #expect(passed.status == 0 && passed.reply.hasPrefix("250 "), "\(passed)")
        let known = try await hook(2, ["queue_id=Q2"])
        #expect(known.status == 0, "\(known)")
        let put = try await service.ask("GET", "/v1/verdicts?action=defer&code=greylist.deferred")
        #expect((put.json["items"] as? [[String: Any]])?.count == 1 && put.text.contains(#""class":"unknown""#), "\(put.text)")
        let history = try await service.ask("GET", "/v1/verdicts?queue_id=Q2"), id = (history.json["items"] as? [[String: Any]])?.first?["id"] as? String ?? ""
        let whole = try await service.ask("GET", "/v1/verdicts/\(id)")
        #expect(whole.text.contains(#""greylist":{"result":"known","client":"network 198.100.2.0/24""#), "\(whole.text)")
        let metrics = try await service.ask("GET", "/metrics").text
        #expect(metrics.contains(#"postern_greylist_total{result="deferred"} 1"#) && metrics.contains(#"postern_greylist_total{result="passed"} 1"#), "\(metrics)")
        // Nobody is there by name.
        let rows = try await pool.execute("SELECT string_agg(g::text, ' ') FROM greylist g", by: .now + .seconds(60)).first?.text(0) ?? ""
        #expect(rows.contains("default") && !rows.contains("stranger") && !rows.contains("198.100"), "\(rows)")
        await pool.close()
    }

    @Test func itIsOffAndFaultsAreTold() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let service = try await RunningService(settings: ExampleZone.lists, dns: [dns.port])
        let message = Self.message(1)
        for _ in 0..<2 { #expect(try await blocking { try HookTests.call(service, Self.client, message: message) }.status == 0) }
        let folder = try TemporaryFolder()
        for (says, change) in [("greylist.early", { $0.replacingOccurrences(of: "  greylist.early: {action: defer}", with: "  greylist.early: 0") }),
                               ("is not below quarantine and reject", { $0.replacingOccurrences(of: "  greylist: 4 ", with: "  greylist: 15 # greylist: 4 ") })] as [(String, (String) -> String)] {
            let file = try Self.policy(folder, change)
            let (status, text) = try await SettingsTests.check("policy:\n  file: \(file)", [])
            #expect(status != 0 && text.contains("thresholds.greylist") && text.contains(says), "\(text)")
        }
        let never = try Self.policy(folder) { $0.replacingOccurrences(of: "  greylist.passed: 0 ", with: "  greylist.passed: {action: defer} # ") }
        let (refused, why) = try await SettingsTests.check("policy:\n  file: \(never)", [])
        #expect(refused != 0 && why.contains("rules.greylist.passed") && why.contains("would never pass"), "\(why)")
        for (says, settings) in [("greylist.retry_within", "  wait: 1h\n  retry_within: 4h"), ("greylist.known_at_most", "  known_for: 100d\n  known_at_most: 90d"), ("greylist.history_age", "  history_age: 401d")] {
            let (status, text) = try await SettingsTests.check("greylist:\n\(settings)", [])
            #expect(status != 0 && text.contains(says), "\(text)")
        }
    }
}

import Foundation
import TestSupport
import Testing

/// The whole service over its door, with real PostgreSQL and a real name server.
@Suite(.serialized, .longWork) struct ServiceTests {
    @Test func judgesRecordsAndExplains() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let service = try await RunningService(settings: ExampleZone.lists, dns: [dns.port])
        let good = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)&queue_id=Q1", body: ExampleZone.message())
        #expect(good.status == 200, "\(good.text)")
        #expect(good.json["action"] as? String == "accept")
        #expect(Self.codes(good).isSuperset(of: ["iprev.pass", "spf.pass", "transport.encrypted"]), "\(good.text)")
        let id = try #require(good.json["id"] as? String)

        let again = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)&queue_id=Q1", body: ExampleZone.message())
        #expect(again.json["id"] as? String == id)

        let listed = try await service.ask("POST", "/v1/verdicts?client_ip=198.100.2.7&helo=pc&mail_from=anna@example.org&rcpt=b@example.net", body: ExampleZone.message("2"))
        #expect(Self.codes(listed).isSuperset(of: ["iprev.none", "spf.fail", "blocklist.test.spam", "helo.single_label", "transport.none"]), "\(listed.text)")

        let refused = try await service.ask("POST", "/v1/verdicts?client_ip=198.100.2.8&helo=mx.example.org&mail_from=anna@example.org", body: ExampleZone.message("3"))
        #expect(Self.codes(refused).contains("blocklist.unknown"), "\(refused.text)")
        #expect(!Self.codes(refused).contains("blocklist.test.spam"))

        let kept = try await service.ask("GET", "/v1/verdicts/\(id)")
        #expect(kept.status == 200)
        #expect(kept.json["subject"] as? String == "Hello")
        #expect((kept.json["evidence"] as? [String: Any])?["spf"] is [String: Any])
        let found = try await service.ask("GET", "/v1/verdicts?client_ip=198.100.2.0/24&code=spf.fail")
        #expect((found.json["items"] as? [Any])?.count == 2, "\(found.text)")
        let summary = try await service.ask("GET", "/v1/verdicts/summary?bucket=1d")
        #expect(summary.status == 200, "\(summary.text)")
        let zones = try await service.ask("GET", "/v1/blocklists")
        #expect(zones.text.contains("bl.lists"), "\(zones.text)")
        let metrics = try await service.ask("GET", "/metrics")
        #expect(metrics.text.contains("postern_verdicts_total{action=\"accept\"}"), "\(metrics.text)")
        service.stop()
        #expect(service.wait() == 0)
    }

    @Test func localListTakesEffectAtOnce() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let service = try await RunningService(settings: ExampleZone.lists, dns: [dns.port])
        let entry = Array(#"{"effect":"block","subject":".example.org","reason":"test"}"#.utf8)
        let added = try await service.ask("POST", "/v1/local-list", body: entry, type: "application/json")
        #expect(added.status == 201, "\(added.text)")
        let blocked = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message())
        #expect(blocked.json["action"] as? String == "reject", "\(blocked.text)")
        #expect((blocked.json["smtp"] as? [String: Any])?["code"] as? Int == 554)
        let id = try #require(added.json["id"] as? String)
        #expect(try await service.ask("DELETE", "/v1/local-list/\(id)").status == 204)
        let open = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message())
        #expect(open.json["action"] as? String == "accept", "\(open.text)")
    }

    @Test func aDeadResolverIsUnknownNotAFailure() async throws {
        let silent = try ScriptedNameServer { _, _ in .silence }
        let service = try await RunningService(settings: ExampleZone.lists + "\ndeadline: 1500ms", dns: [silent.port])
        let answer = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message())
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json["score"] as? Double == 0)
        #expect(answer.json["class"] as? String == "unknown")
        #expect(Self.codes(answer).isSuperset(of: ["iprev.temperror", "spf.temperror", "blocklist.unknown"]), "\(answer.text)")
        #expect(Self.codes(answer).isDisjoint(with: ["iprev.none", "spf.none", "spf.fail", "helo.unresolvable"]))
    }

    @Test func hangUpReadsThePolicyAgain() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let folder = try TemporaryFolder()
        try folder.write("name: first\nrules:\n  spf.pass: 0\n", to: "policy.yaml")
        let service = try await RunningService(settings: ExampleZone.lists + "\npolicy:\n  file: \(folder.path)/policy.yaml", dns: [dns.port], folder: folder)
        #expect(try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message()).json["action"] as? String == "accept")
        try folder.write("name: second\nrules:\n  spf.pass: {action: reject}\n", to: "policy.yaml")
        service.signal(SIGHUP)
        var action: String? = nil
        for _ in 0..<200 where action != "reject" {
            action = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message()).json["action"] as? String
        }
        #expect(action == "reject")
        try folder.write("name: third\nrules: 7\n", to: "policy.yaml")
        service.signal(SIGHUP)
        #expect(try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message()).json["action"] as? String == "reject")
    }

    /// The private database is stopped under the service: the answer is 503, and service comes back by itself.
    @Test func databaseTrouble() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let service = try await RunningService(settings: ExampleZone.lists, dns: [dns.port])
        let database = try Self.stopDatabase(of: service.folder)
        let down = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message())
        #expect(down.status == 503, "\(down.text)")
        #expect(down.header["retry-after"] != nil)
        #expect(try await service.ask("GET", "/readyz").status == 503)
        for process in database { kill(process, SIGCONT) }
        var status = 0
        for _ in 0..<600 where status != 200 {
            status = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message()).status
        }
        #expect(status == 200)
    }

    /// Stops the database of a service: first the postmaster, which makes the others, so that none is left out.
    /// - Returns: all that are stopped.
    static func stopDatabase(of folder: TemporaryFolder) throws -> [Int32] {
        let postmaster = try #require(try folder.read("state/postgres/data/postmaster.pid").split(separator: "\n").first.flatMap { Int32($0) })
        kill(postmaster, SIGSTOP)
        let children = try children(of: postmaster)
        for child in children { kill(child, SIGSTOP) }
        return [postmaster] + children
    }

    private static func children(of parent: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { pid in
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else { return false }
            return stat[stat.index(after: end)...].split(separator: " ").dropFirst().first.flatMap { Int32($0) } == parent
        }
    }

    static func codes(_ answer: RawAnswer) -> Set<String> {
        Set((answer.json["findings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String })
    }
}

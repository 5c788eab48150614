import Foundation
import TestSupport
import Testing

/// A message that is kept back, from the MTA's question to its recipient: the real service, its database, a real mail server.
@Suite(.serialized, .longWork) struct QuarantineTests {
    private static func policy(_ folder: TemporaryFolder) throws -> String {
        let text = try String(contentsOfFile: "\(HookTests.hook)/../../policy.yaml".standardised, encoding: .utf8)
        let strict = text.replacing("malware.infected: {action: reject}", with: "malware.infected: {action: quarantine}").replacing("local.block: {action: reject}", with: "local.block: {action: quarantine}")
        #expect(strict != text)
        try folder.write(strict, to: "policy.yaml")
        return "\(folder.path)/policy.yaml"
    }

    private static let client = ["client_ip=198.100.1.25", "helo=mx.example.org", "mail_from=anna@example.org", "rcpt=Bob.B+Tag@example.net"]

    private func id(_ reply: String) -> String { reply.split(separator: "v:").last.map { String($0.prefix { $0 != "]" }) } ?? "" }
    private func items(_ answer: RawAnswer) -> [[String: Any]] { answer.json["items"] as? [[String: Any]] ?? [] }

    @Test func fromTheHookToTheRecipient() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), relay = try await TestRelay(), folder = try TemporaryFolder()
        let settings = ExampleZone.lists + "\npolicy:\n  file: \(try Self.policy(folder))\nquarantine:\n  retention_by_tenant: {default: 2d}\n  relay:\n    url: smtp://localhost:\(relay.port)\n    encryption: none"
        let service = try await RunningService(settings: settings, dns: [dns.port])
        let block = Array(#"{"effect":"block","subject":"198.100.1.25","reason":"a test"}"#.utf8)
        #expect(try await service.ask("POST", "/v1/local-list", body: block, type: "application/json").status == 201)
        let message = ExampleZone.message("7", "X-Test: secret-word-in-the-header\r\n")
        let taken = try await blocking { try HookTests.call(service, Self.client + ["queue_id=Q7"], message: message) }
        #expect(taken.status == 99 && taken.reply.hasPrefix("250 2.0.0 accepted, kept in quarantine [v:"), "\(taken)")
        let again = try await blocking { try HookTests.call(service, Self.client + ["queue_id=Q7"], message: message) }
        #expect(again.status == 99 && again.reply == taken.reply, "\(again)")
        let id = id(taken.reply)
        let listed = try await service.ask("GET", "/v1/quarantine?recipient=bob.b%2Btag@example.net&subject=hel")
        #expect(items(listed).map { $0["id"] as? String } == [id], "\(listed.text)")
        #expect(try await service.ask("GET", "/v1/verdicts/\(id)").text.contains(#""quarantine":{"expires_at":"#))
        #expect(try await service.ask("GET", "/v1/quarantine/\(id)/message").body == message)
        let released = try await service.ask("POST", "/v1/quarantine/\(id)/release", body: Array(#"{"reason":"asked for"}"#.utf8), type: "application/json")
        #expect(released.status == 200 && (released.json["deliveries"] as? [[String: Any]])?.first?["outcome"] as? String == "accepted", "\(released.text)")
        let arrived = try relay.taken()
        #expect(arrived.count == 1 && arrived.first?.mail_from == "anna@example.org" && arrived.first?.rcpt == ["Bob.B+Tag@example.net"], "\(arrived)")
        // With the fields on top that the verdict has an MTA add.
        let content = Array(arrived.first?.content ?? Data())
        #expect(content.suffix(message.count) == message[...] && String(decoding: content.prefix(max(0, content.count - message.count)), as: UTF8.self).contains("X-Postern-Verdict: quarantine"), "\(arrived)")
        // Whoever has the database has not the message.
        let dump = try await blocking { try folderText("\(service.folder.path)/state/postgres") }
        #expect(!dump.contains("secret-word-in-the-header"))
        let key = try service.folder.read("state/master.key")
        #expect(key.count == 65)
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(service.folder.path)/state/master.key")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        service.stop()
        #expect(service.wait() == 0)
        // The same key after a start.
        let next = try await RunningService(settings: settings, dns: [dns.port], folder: service.folder)
        #expect(try await next.ask("GET", "/v1/quarantine/\(id)/message").body == message)
        #expect(try service.folder.read("state/master.key") == key)
    }

    /// Octets of all files below a folder as far as they are text.
    private func folderText(_ path: String) throws -> String {
        var text = ""
        for name in FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? [] {
            if let data = FileManager.default.contents(atPath: "\(path)/\(name)") { text += String(decoding: data.filter { $0 >= 0x20 && $0 < 0x7f }, as: UTF8.self) }
        }
        return text
    }

    @Test func whatIsInfectedStaysUntilSomebodyMayLetItOut() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), folder = try TemporaryFolder()
        let service = try await RunningService(settings: ExampleZone.lists + "\npolicy:\n  file: \(try Self.policy(folder))", dns: [dns.port])
        let judged = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)&queue_id=Q1", body: MalwareTests.infected)
        #expect(judged.json["action"] as? String == "quarantine" && judged.json["quarantine"] != nil, "\(judged.text)")
        let id = judged.json["id"] as? String ?? ""
        let made = try await service.ask("POST", "/v1/tokens", body: Array(#"{"name":"panel","scopes":["quarantine"]}"#.utf8), type: "application/json"), token = made.json["token"] as? String
        #expect(items(try await service.ask("GET", "/v1/quarantine?infected=true", token: token)).count == 1)
        #expect(try await service.ask("GET", "/v1/quarantine/\(id)/message", token: token).status == 403)
        let release = try await service.ask("POST", "/v1/quarantine/\(id)/release", token: token)
        #expect(release.status == 409, "there is no relay here: \(release.text)")
        let own = try await service.ask("POST", "/v1/quarantine/\(id)/release", body: Array(#"{"deliver":false}"#.utf8), type: "application/json", token: token)
        #expect(own.status == 403, "\(own.text)")
        #expect(try await service.ask("GET", "/v1/quarantine/\(id)/message").body == MalwareTests.infected, "the administrator may")
        #expect(try await service.ask("POST", "/v1/quarantine/\(id)/release", body: Array(#"{"deliver":false}"#.utf8), type: "application/json").status == 200)
        let usage = try await service.ask("GET", "/v1/quarantine/usage", token: token)
        #expect(usage.json["messages"] as? Int == 1, "\(usage.text)")
    }

    @Test func withoutAKeyTheMTAKeepsIt() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), folder = try TemporaryFolder()
        let service = try await RunningService(settings: ExampleZone.lists + "\npolicy:\n  file: \(try Self.policy(folder))\nquarantine:\n  keep: false", dns: [dns.port])
        let judged = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)&queue_id=Q1", body: MalwareTests.infected)
        #expect(judged.json["action"] as? String == "quarantine" && judged.json["quarantine"] == nil, "\(judged.text)")
        let hooked = try await blocking { try HookTests.call(service, Self.client, message: MalwareTests.infected) }
        #expect(hooked.status == 0 && hooked.reply.hasPrefix("250 "), "\(hooked)")
        #expect(try await service.ask("GET", "/v1/quarantine").status == 503)
    }
}

extension String {
    fileprivate var standardised: String { URL(fileURLWithPath: self).standardizedFileURL.path }
}

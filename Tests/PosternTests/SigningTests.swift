import DNS
import Foundation
import TestSupport
import Testing

/// Keys from the command line to a signature, with a real database and a real name server.
@Suite(.serialized, .longWork) struct SigningTests {
    private static let masterKey = String(repeating: "0f", count: 32)

    private func run(_ arguments: [String], _ folder: TemporaryFolder, environment: [String] = []) async throws -> (status: Int32, text: String) {
        let log = "out-\(UUID().uuidString)"
        let status = try await blocking { try ChildProcess(RunningService.program, arguments, environment: environment, log: "\(folder.path)/\(log)").wait() }
        return (status, try folder.read(log))
    }

    /// What the command line prints for a zone file, a name server takes; what it answers is seen past all caches, and the service signs.
    @Test func fromTheCommandLineToASignature() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.masterKey, to: "master.key")
        let first = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let settings = "master_key_file: \(folder.path)/master.key\ndkim:\n  settle: 0s\n" + ExampleZone.lists
        let service = try await RunningService(settings: settings, dns: [first.port], folder: folder)
        let config = ["--config", "\(folder.path)/postern.yaml"]
        let made = try await run(["dkim", "new", "example.org"] + config, folder)
        #expect(made.status == 0 && made.text.contains("_domainkey.example.org. 3600 IN TXT (") && made.text.contains("-ed25519._domainkey.example.org."), "\(made.text)")
        let waiting = try await run(["dkim", "check", "example.org"] + config, folder)
        #expect(waiting.status == 0 && waiting.text.components(separatedBy: "\"sighting\":\"missing\"").count == 3, "\(waiting.text)")
        // The service learns of the keys by itself.
        var answer = try await sign(service)
        for _ in 0..<200 where !answer.contains("key_pending") {
            try await Task.sleep(for: .milliseconds(100))
            answer = try await sign(service)
        }
        #expect(answer.contains("key_pending"), "\(answer)")

        // The same name server with the records in its zone.
        let second = try await TestNameServer.nsd(zones: [".": ExampleZone.root + made.text])
        let seen = try await run(["dkim", "check", "example.org", "--dns", "127.0.0.1@\(second.port)"] + config, folder)
        #expect(seen.status == 0 && seen.text.components(separatedBy: "\"state\":\"active\"").count == 3, "\(seen.text)")
        for _ in 0..<200 where !answer.contains("DKIM-Signature") {
            try await Task.sleep(for: .milliseconds(100))
            answer = try await sign(service)
        }
        #expect(answer.contains("a=rsa-sha256") && answer.contains("a=ed25519-sha256") && answer.contains("\"unsigned\":[]"), "\(answer)")
        let metrics = String(decoding: try await service.ask("GET", "/metrics").body, as: UTF8.self)
        #expect(metrics.contains("postern_dkim_keys{state=\"active\"} 2") && metrics.contains("postern_dkim_wrong_records 0"))
        let rotated = try await run(["dkim", "rotate", "example.org"] + config, folder)
        #expect(rotated.status == 0 && rotated.text.contains("b-rsa._domainkey.example.org."), "\(rotated.text)")
        let again = try await run(["dkim", "rotate", "example.org"] + config, folder)
        #expect(again.status != 0 && again.text.contains("successors are on their way already"), "\(again.text)")
        service.stop()
        withExtendedLifetime((first, second)) {}
    }

    /// A list on this host: judged when it came, changed, sealed, and what dkimpy says of it.
    @Test(.enabled(if: Dkimpy.isHere, "SKIPPED: no dkimpy; install python3-dkim")) func aListSealsWhatItSendsOn() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.masterKey, to: "master.key")
        let first = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let settings = "master_key_file: \(folder.path)/master.key\ndkim:\n  settle: 0s\nauthentication_results:\n  authserv_id: mx.lists.example\n" + ExampleZone.lists
        let config = ["--config", "\(folder.path)/postern.yaml"]
        let before = try await RunningService(settings: settings, dns: [first.port], folder: folder)
        let made = try await run(["dkim", "new", "lists.example"] + config, folder)
        before.stop()
        // From here on the records of the list are in the zone.
        let second = try await TestNameServer.nsd(zones: [".": ExampleZone.root + made.text])
        let service = try await RunningService(settings: settings, dns: [second.port], folder: folder)
        let seen = try await run(["dkim", "check", "lists.example", "--dns", "127.0.0.1@\(second.port)"] + config, folder)
        #expect(seen.status == 0 && seen.text.components(separatedBy: "\"state\":\"active\"").count == 3, "\(seen.text)")
        let keys = try await service.ask("GET", "/v1/domains/lists.example/dkim-keys").json["items"] as? [[String: Any]] ?? []
        let records = keys.compactMap { $0["record"] as? [String: Any] }.compactMap { record in (record["name"] as? String).flatMap { name in (record["value"] as? String).map { (name, $0) } } }
        var message = ExampleZone.message()
        for instance in 1...3 {
            let id = try #require(try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: message).json["id"] as? String)
            let next = Array(String(decoding: message, as: UTF8.self).replacing("Subject: ", with: "Subject: [list] ", maxReplacements: 1).utf8) + Array("-- \r\nfooter\r\n".utf8)
            var answer = try await service.ask("POST", "/v1/seals?domain=lists.example&verdict=\(id)", body: next)
            // The service learns of the keys by itself.
            for _ in 0..<200 where answer.text.contains("no_key") {
                try await Task.sleep(for: .milliseconds(100))
                answer = try await service.ask("POST", "/v1/seals?domain=lists.example&verdict=\(id)", body: next)
            }
            let fields = answer.json["fields"] as? [[String: String]] ?? []
            #expect((answer.json["seal"] as? [String: Any])?["instance"] as? Int == instance, "\(answer.text)")
            message = fields.flatMap { Array("\($0["name"] ?? ""): \($0["value"] ?? "")\r\n".utf8) } + next
            #expect(try Dkimpy.chain(of: message, records) == "pass", "\(instance)")
        }
        #expect(String(decoding: message, as: UTF8.self).contains("i=2; mx.lists.example;"))
        #expect(try Dkimpy.chain(of: message + Array("more\r\n".utf8), records) == "fail")
        service.stop()
        withExtendedLifetime((first, second)) {}
    }

    private func sign(_ service: RunningService) async throws -> String {
        String(decoding: try await service.ask("POST", "/v1/signatures", body: ExampleZone.message()).body, as: UTF8.self)
    }

    @Test func withoutAMasterKeyTheCommandSaysWhatToSet() async throws {
        let folder = try TemporaryFolder()
        let made = try await run(["dkim", "new", "example.org", "--state-dir", "\(folder.path)/state", "--dns", "127.0.0.1@1"], folder)
        #expect(made.status != 0 && made.text.contains("master_key_file") && made.text.contains("POSTERN_MASTER_KEY"), "\(made.text)")
    }

    @Test(arguments: [
        ("master_key: abc", [String](), ["master_key", "POSTERN_MASTER_KEY", "secret"]),
        ("master_key_file: /nonexistent", [], ["master_key_file", "/nonexistent"]),
        ("master_key_file: /etc/hostname", [], ["master_key_file", "hexadecimal"]),
        ("", ["POSTERN_MASTER_KEY=abcdef"], ["POSTERN_MASTER_KEY", "hexadecimal"]),
        ("master_key_file: /etc/hostname", ["POSTERN_MASTER_KEY=\(SigningTests.masterKey)"], ["master_key_file", "one of them"]),
        ("dkim:\n  settle: never", [], ["dkim.settle"]), ("dkim:\n  rotate_every: 1s", [], ["dkim.rotate_every"]),
    ])
    func settingsThatDoNotHold(_ yaml: String, _ environment: [String], _ says: [String]) async throws {
        let (status, text) = try await SettingsTests.check(yaml, environment)
        #expect(status != 0 && !text.contains("abcdef"))
        for part in says { #expect(text.contains(part), "\(text)") }
    }

    @Test(arguments: [SigningTests.masterKey, Data(repeating: 7, count: 32).base64EncodedString()])
    func aMasterKeyInTheEnvironment(_ key: String) async throws {
        let (status, text) = try await SettingsTests.check("", ["POSTERN_MASTER_KEY=\(key)"])
        #expect(status == 0, "\(text)")
    }
}

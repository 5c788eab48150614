import Relay
import Testing
import TestSupport
import Verdicts

@Suite(.longWork) struct EncryptionTests {
    private func mail() throws -> OutgoingMail { try OutgoingMail(from: "", to: "ann@example.net", Array("a: b\r\n\r\n".utf8)) }

    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    /// Whether the message arrives, and whether by TLS; nil for one that does not.
    @Test(arguments: [
        ("required and there", .starttls, .required, true, "localhost", true),
        ("required and not there", .clear, .required, false, "localhost", nil),
        ("required, of an authority that nobody knows", .starttls, .required, false, "localhost", nil),
        ("required, for another name", .starttls, .required, true, "other.example", nil),
        ("opportunistic and there", .starttls, .opportunistic, false, "other.example", true),
        ("opportunistic and not there", .clear, .opportunistic, false, "localhost", false),
        ("none where it is there", .starttls, RelaySettings.Encryption.none, false, "localhost", false),
        ("from the first octet", .smtps, .implicit, true, "localhost", true),
        ("from the first octet, for another name", .smtps, .implicit, true, "other.example", nil),
        ("from the first octet, of an authority that nobody knows", .smtps, .implicit, false, "localhost", nil),
    ] as [(String, TestRelay.Mode, RelaySettings.Encryption, Bool, String, Bool?)])
    func encryption(_ name: String, _ mode: TestRelay.Mode, _ encryption: RelaySettings.Encryption, _ knowsCA: Bool, _ certificate: String, _ arrives: Bool?) async throws {
        let server = try await TestRelay(mode: mode, certificate: certificate)
        let outcome = await SMTPRelay(try server.settings(encryption, ca: knowsCA ? server.caFile : nil)).send(try mail(), by: soon)
        #expect(try server.taken().map(\.tls) == (arrives.map { [$0] } ?? []), "\(name): \(outcome)")
        if arrives == nil { guard case .deferred = outcome else { Issue.record("\(name): \(outcome)"); return } }
    }

    /// What the server thinks of STARTTLS is nothing that the message is to blame for.
    @Test(arguments: ["454 4.7.0 not now", "501 5.5.2 no"])
    func aServerThatTakesStartTLSBack(_ reply: String) async throws {
        let server = try await TestRelay(["starttls": reply], mode: .starttls)
        let outcome = await SMTPRelay(try server.settings(.required, ca: server.caFile)).send(try mail(), by: soon)
        guard case .deferred(let said, _) = outcome else { Issue.record("\(outcome)"); return }
        #expect(said?.stage == .startTLS && said?.code == Int(reply.prefix(3)))
    }

    @Test(arguments: [TestRelay.Mode.starttls, .smtps], ["geheim grün", "wrong"])
    func passwords(_ mode: TestRelay.Mode, _ password: String) async throws {
        let server = try await TestRelay(mode: mode, password: "geheim grün"), folder = try TemporaryFolder()
        try folder.write("\(password)\nsecond line\n", to: "password")
        var settings = try server.settings(mode == .smtps ? .implicit : .required, ca: server.caFile)
        try settings.authenticate(user: "postern", passwordFile: "\(folder.path)/password")
        #expect(!"\(settings) \(String(reflecting: settings))".contains(password))
        let outcome = await SMTPRelay(settings).send(try mail(), by: soon)
        if password == "wrong" {
            guard case .deferred(let reply, let why) = outcome else { Issue.record("\(outcome)"); return }
            #expect(reply?.stage == .auth, "\(outcome)")
            #expect(reply?.code == 535, "\(outcome)")
            #expect(!why.contains(password))
            #expect(try server.taken().isEmpty)
        } else {
            #expect(try server.taken().map(\.user) == ["postern"], "\(outcome)")
        }
    }

    @Test func aServerThatWantsAPassword() async throws {
        let server = try await TestRelay(mode: .starttls, password: "x")
        let outcome = await SMTPRelay(try server.settings(.required, ca: server.caFile)).send(try mail(), by: soon)
        guard case .refused(let reply) = outcome else { Issue.record("\(outcome)"); return }
        #expect(reply.stage == .mail && reply.code == 530)
    }

    @Test func passwordsGoNowhereInClear() throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "password")
        try folder.write("", to: "empty")
        for encryption in [RelaySettings.Encryption.none, .opportunistic] {
            var settings = try RelaySettings(url: "smtp://localhost", encryption: encryption, heloName: "postern.example")
            #expect(throws: RelaySettings.Trouble.unsafePassword) { try settings.authenticate(user: "a", passwordFile: "\(folder.path)/password") }
        }
        var settings = try RelaySettings(url: "smtp://localhost", heloName: "postern.example")
        #expect(throws: RelaySettings.Trouble.user) { try settings.authenticate(user: "a\n", passwordFile: "\(folder.path)/password") }
        for name in ["empty", "absent"] {
            #expect(throws: RelaySettings.Trouble.self) { try settings.authenticate(user: "a", passwordFile: "\(folder.path)/\(name)") }
        }
    }

    @Test(arguments: [
        ("smtp://relay.example", "smtp://relay.example:25"), ("SMTPS://Relay.Example/", "smtps://relay.example:465"), ("smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525"),
        ("smtp://[::1]:26", "smtp://[::1]:26"), ("smtp://[::1]", "smtp://[::1]:25"), ("smtp://bücher.example", "smtp://xn--bcher-kva.example:25"),
        ("http://relay.example", nil), ("smtp://", nil), ("smtp://a:b@relay.example", nil), ("smtp://relay.example/path", nil), ("smtp://relay.example:0", nil),
        ("smtp://relay.example:70000", nil), ("smtp://re lay", nil), ("smtp://[relay]", nil), ("smtp://relay?x", nil), ("relay.example", nil),
    ] as [(String, String?)])
    func urls(_ text: String, _ read: String?) {
        #expect((try? RelaySettings(url: text, heloName: "postern.example"))?.description == read)
    }

    @Test func settingsThatDoNotFit() {
        #expect(throws: RelaySettings.Trouble.encryption("smtps://a.example")) { try RelaySettings(url: "smtps://a.example", encryption: .required, heloName: "b.example") }
        #expect(throws: RelaySettings.Trouble.encryption("smtp://a.example")) { try RelaySettings(url: "smtp://a.example", encryption: .implicit, heloName: "b.example") }
        for name in ["", "a b", "a\r\nMAIL", "."] { #expect(throws: RelaySettings.Trouble.heloName(name)) { try RelaySettings(url: "smtp://a.example", heloName: name) } }
        #expect(throws: RelaySettings.Trouble.file("/nonexistent", why: "it cannot be read")) { try RelaySettings(url: "smtp://a.example", heloName: "b.example", caFile: "/nonexistent") }
    }
}

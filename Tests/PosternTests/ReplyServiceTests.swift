import Foundation
import Glibc
import TestSupport
import Testing

/// What is said to who sends too much, by the real program and in the words that are shipped.
@Suite(.serialized, .longWork) struct ReplyServiceTests {
    private static let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../deploy/replies").standardizedFileURL.path

    private static func send(_ service: RunningService, _ user: String, _ queueID: String, rcpt: Int = 1) async throws -> RawAnswer {
        let recipients = (0..<rcpt).map { "&rcpt=r\($0)@example.net" }.joined()
        return try await service.ask("POST", "/v1/verdicts?client_ip=127.0.0.1&auth_user=\(user)&mail_from=\(user)&tls_version=TLSv1.3&queue_id=\(queueID)\(recipients)",
                                     body: Array("From: \(user)\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <\(queueID)@example.org>\r\nSubject: Hello \(queueID)\r\n\r\nHello\r\n".utf8))
    }

    private static func message(_ answer: RawAnswer) -> [String: String] { ((answer.json["evidence"] as? [String: Any])?["rate_limit"] as? [String: Any])?["message"] as? [String: String] ?? [:] }

    @Test func inTheLanguageOfTheCustomer() async throws {
        let folder = try TemporaryFolder(), own = "\(folder.path)/replies"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        let settings = "blocklists: {use: []}\nmalware: {scan: false}\nrate_limits:\n  mailbox: [{counts: recipients, limit: 2, per: 1h}]\n  replies: \(own)\n"
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), service = try await RunningService(settings: settings, dns: [dns.port])
        func put(_ path: String, _ body: String) async throws -> RawAnswer { try await service.ask("PUT", "/v1/limits/\(path)", body: Array(body.utf8), type: "application/json") }
        #expect(try await Self.send(service, "anna@example.org", "A1", rcpt: 2).json["action"] as? String == "accept")
        let english = try await Self.send(service, "anna@example.org", "A2")
        #expect(Self.message(english)["language"] == "en" && Self.message(english)["text"]?.hasPrefix("Too much was sent at once: the limit for the mailbox anna@example.org is 2 recipients per hour, used so far: 2. Send this message again at ") == true, "\(english.text)")
        #expect(try await put("domain/example.org", #"{"parent":"customer/acme"}"#).status == 201)
        #expect(try await put("customer/acme", #"{"language":"ru"}"#).json["definition"] as? [String: String] == ["language": "ru"])
        let russian = try await Self.send(service, "anna@example.org", "A2"), text = Self.message(russian)["text"] ?? ""
        #expect(Self.message(russian)["language"] == "ru" && text.hasPrefix("Отправлено слишком много: для почтового ящика anna@example.org лимит — 2 получателя в час, уже использовано: 2. Отправьте это письмо снова ") && text.hasSuffix(" UTC или позже."), "\(russian.text)")
        let reply = (russian.json["smtp"] as? [String: Any])?["text"] as? String ?? ""
        #expect(reply.contains("mailbox anna@example.org: 2 of 2 recipients per 1h are used") && reply.utf8.allSatisfy { $0 < 128 }, "\(russian.text)")
        let large = try await Self.send(service, "ben@example.org", "B1", rcpt: 3)
        #expect(Self.message(large)["text"] == "Это письмо нельзя отправить: оно одно превышает лимит. Для почтового ящика ben@example.org лимит — 2 получателя в час, а письму нужно 3. Разделите его на несколько.", "\(large.text)")
        let wrong = try await put("mailbox/anna@example.org", #"{"language":"de"}"#)
        #expect(wrong.status == 400 && wrong.json["parameter"] as? String == "language" && wrong.text.contains("there are en, ru"), "\(wrong.text)")
        // Other words while it runs: first such as do not hold, then such as do.
        let words = try String(contentsOfFile: "\(Self.shipped)/en.yaml", encoding: .utf8)
        try words.replacing("used so far: {used}", with: "{usde}").write(toFile: "\(own)/de.yaml", atomically: true, encoding: .utf8)
        service.signal(SIGHUP)
        try await eventually("the fault is told") { try Self.log(of: service).contains("de.yaml exceeded: has {usde}") }
        #expect(try await put("mailbox/anna@example.org", #"{"language":"de"}"#).status == 400)
        try words.replacing("Too much was sent at once", with: "Zu viel").write(toFile: "\(own)/de.yaml", atomically: true, encoding: .utf8)
        service.signal(SIGHUP)
        try await eventually("the words are taken") { try await put("mailbox/anna@example.org", #"{"language":"de-AT"}"#).status == 201 }
        let german = try await Self.send(service, "anna@example.org", "A2")
        #expect(Self.message(german)["language"] == "de" && Self.message(german)["text"]?.hasPrefix("Zu viel: ") == true, "\(german.text)")
        service.stop()
    }

    private static func log(of service: RunningService) throws -> String {
        try FileManager.default.contentsOfDirectory(atPath: service.folder.path).filter { $0.hasPrefix("log-") }.map { try service.folder.read($0) }.joined()
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        var file = "fr.yaml", change: (from: String, to: String) = ("", ""), settings = ""
        let says: [String]
        var testDescription: String { name }
    }

    /// What the program says of words that do not hold: the file, the key and the fault.
    @Test(arguments: [
        Row(name: "an unknown variable", change: ("{used}", "{usde}"), says: ["rate_limits.replies", "/fr.yaml exceeded: has {usde}, which is none of"]),
        Row(name: "a missing key", change: ("held_again:", "held_never:"), says: ["/fr.yaml held_again: is missing"]),
        Row(name: "a missing month", change: ("November, ", ""), says: ["/fr.yaml months.12: is missing"]),
        Row(name: "no YAML", change: ("counts:", "counts: ["), says: ["/fr.yaml is not YAML"]),
        Row(name: "a list", change: ("exceeded:", "- exceeded:"), says: ["/fr.yaml is not"]),
        Row(name: "a name that is no language", file: "french_fr.yaml", says: ["/french_fr.yaml is not named by a language tag"]),
        Row(name: "a tenant's", file: "acme/fr.yaml", change: ("{per}", "{pre}"), says: ["/acme/fr.yaml exceeded: has {pre}"]),
        Row(name: "a language without words", settings: "language: xx", says: ["rate_limits.language", "there are no replies in the language xx"]),
        Row(name: "a language that is none", settings: "language: \"*\"", says: ["rate_limits.language", "is not a language tag"]),
        Row(name: "a tenant's language without words", settings: "language_by_tenant: {acme: xx}", says: ["there are no replies in the language xx, which is that of the tenant acme"]),
        Row(name: "a tenant's own language for another", file: "acme/it.yaml", settings: "language_by_tenant: {acme: it, blue: it}", says: ["in the language it, which is that of the tenant blue"]),
    ]) func faults(_ row: Row) async throws {
        let (status, text) = try await Self.check(row)
        #expect(status != 0)
        for part in row.says { #expect(text.contains(part), "\(text)") }
    }

    @Test func wordsOfATenant() async throws {
        let (status, text) = try await Self.check(Row(name: "", file: "acme/fr.yaml", settings: "language_by_tenant: {acme: fr}", says: []))
        #expect(status == 0, "\(text)")
    }

    private static func check(_ row: Row) async throws -> (Int32, String) {
        let folder = try TemporaryFolder(), path = URL(fileURLWithPath: "\(folder.path)/replies/\(row.file)")
        try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        let words = try String(contentsOfFile: "\(shipped)/en.yaml", encoding: .utf8)
        try (row.change.from.isEmpty ? words : words.replacing(row.change.from, with: row.change.to)).write(to: path, atomically: true, encoding: .utf8)
        return try await SettingsTests.check("rate_limits:\n  replies: \(folder.path)/replies\n  \(row.settings)\n", [])
    }
}

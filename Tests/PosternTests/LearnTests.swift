import Foundation
import TestSupport
import Testing

/// The spam filter in the whole program: taught by the command, followed by the service, taught by a verdict.
@Suite(.longWork) struct LearnTests {
    private static func mailbox(isSpam: Bool, _ count: Int, seed: UInt64) -> String {
        var generator = SeededGenerator(seed)
        let own = isSpam ? ["pills", "casino", "winner", "replica", "bonus"] : ["minutes", "patch", "lunch", "garden", "school"]
        return (0..<count).map { number in
            let words = (0..<40).map { _ in (own + ["the", "a", "we", "today", "with"]).randomElement(using: &generator) ?? "" }.joined(separator: " ")
            return "From x Mon Nov 23 10:00:00 2026\nFrom: \(isSpam ? "Offer" : "Ann") <a@example.org>\nMessage-ID: <\(seed)-\(number)@example.org>\nSubject: \(own[number % 5])\n\n\(words)\n\n"
        }.joined()
    }

    /// - Returns: exit status and what was printed.
    private func learn(_ folder: TemporaryFolder, _ words: [String]) async throws -> (status: Int32, text: String) {
        let log = "out-\(UUID().uuidString)"
        let status = try await ChildProcess.runAside(RunningService.program, ["learn", "--config", "\(folder.path)/postern.yaml"] + words, log: "\(folder.path)/\(log)")
        return (status, try folder.read(log))
    }

    private func json(_ text: String) -> [String: Int] { (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Int]) ?? [:] }

    @Test func taughtFollowedAndUndone() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let service = try await RunningService(settings: ExampleZone.lists, dns: [dns.port]), folder = service.folder
        func spam(_ message: [UInt8]) async throws -> (id: String, spam: [String: Any], codes: Set<String>) {
            let answer = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: message)
            #expect(answer.status == 200, "\(answer.text)")
            let evidence = answer.json["evidence"] as? [String: Any]
            return (answer.json["id"] as? String ?? "", evidence?["spam"] as? [String: Any] ?? [:], ServiceTests.codes(answer))
        }
        let probe = Array(Self.mailbox(isSpam: true, 1, seed: 99).split(separator: "\n", maxSplits: 1)[1].utf8)
        let before = try await spam(probe)
        #expect(before.spam["abstained"] != nil && before.spam["probability"] == nil && before.codes.contains("spam.abstained"), "\(before)")

        try FileManager.default.createDirectory(atPath: folder.path + "/spam", withIntermediateDirectories: true)
        for number in 0..<42 { try folder.write(Self.mailbox(isSpam: true, 5, seed: UInt64(100 + number)), to: "spam/\(number).mbox") }
        let ham = folder.path + "/ham/cur"
        try FileManager.default.createDirectory(atPath: ham, withIntermediateDirectories: true)
        for (number, text) in Self.mailbox(isSpam: false, 210, seed: 2).split(separator: "From x").enumerated() { try folder.write(text.split(separator: "\n", maxSplits: 1)[1] + "", to: "ham/cur/\(number)") }
        let first = try await learn(folder, ["--spam", folder.path + "/spam", "--ham", folder.path + "/ham", "--source", "first", "--json"])
        #expect(first.status == 0 && json(first.text) == ["learned": 420, "changed": 0, "known": 0, "unreadable": 0, "spam": 210, "ham": 210], "\(first.text)")
        let again = try await learn(folder, ["--spam", folder.path + "/spam"])
        #expect(again.status == 0 && again.text.contains("210 known"), "\(again.text)")
        try await eventually("the service follows") { try await spam(probe).spam["probability"] != nil }
        let after = try await spam(probe)
        #expect(after.spam["probability"] as? Double ?? 0 > 0.9 && after.codes.contains("spam.likely") && (after.spam["towards_spam"] as? [Any])?.isEmpty == false, "\(after)")

        // By its verdict, which it does not need the text for.
        var answer: RawAnswer?
        try await eventually("the features are kept") {
            answer = try await service.ask("POST", "/v1/training", body: Array(#"{"class":"ham","verdicts":["\#(after.id)"],"source":"second"}"#.utf8), type: "application/json")
            return answer?.status == 200
        }
        #expect((answer?.json["items"] as? [[String: Any]])?.first?["result"] as? String == "learned", "\(answer?.text ?? "")")

        let model = folder.path + "/model"
        #expect(try await learn(folder, ["--export", model]).status == 0)
        #expect(try await learn(folder, ["--import", model, "--tenant", "blue"]).status != 0, "larger than the layer")
        #expect(try await learn(folder, ["--undo", "first", "--dry-run", "--json"]).text.contains(#"{"messages":420}"#))
        #expect(try await learn(folder, ["--undo", "first"]).text.contains("420 messages were unlearned"))
        try await eventually("the service follows") { try await spam(probe).spam["probability"] == nil }
        #expect(try await learn(folder, ["--import", model]).status == 0)
        try await eventually("the service follows") { try await spam(probe).spam["probability"] != nil }
        // Two mailboxes, one much longer, and both classes mixed.
        try folder.write(Self.mailbox(isSpam: true, 30, seed: 7), to: "spam.mbox")
        try folder.write(Self.mailbox(isSpam: false, 90, seed: 8), to: "ham.mbox")
        let mailboxes = try await learn(folder, ["--spam", folder.path + "/spam.mbox", "--ham", folder.path + "/ham.mbox", "--tenant", "blue", "--json"])
        #expect(json(mailboxes.text) == ["learned": 120, "changed": 0, "known": 0, "unreadable": 0, "spam": 30, "ham": 90], "\(mailboxes.text)")
        let status = try await service.ask("GET", "/v1/training/status"), layer = (status.json["layers"] as? [[String: Any]])?.first { $0["tenant"] == nil || $0["tenant"] is NSNull }
        #expect(layer?["spam"] as? Int == 210 && layer?["ham"] as? Int == 211 && layer?["ready"] as? Bool == true, "\(status.text)")
    }

    @Test(arguments: [([], "nothing to do"), (["--spam", "/nowhere-at-all"], "no /nowhere-at-all"), (["--domain", "a.example", "--undo", "x"], "--tenant"), (["--undo", "x", "--spam", "-"], "alone"), (["--spam", "x", "--source", ""], "--source")])
    func refused(_ words: [String], _ says: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("state_dir: \(folder.path)/state", to: "postern.yaml")
        let found = try await learn(folder, words)
        #expect(found.status != 0 && found.text.contains(says), "\(found.text)")
    }
}

import Foundation
import TestSupport
import Testing

/// `deploy/hooks/postern-hook` as an MTA calls it.
@Suite(.longWork) struct HookTests {
    static let hook = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../deploy/hooks/postern-hook").standardizedFileURL.path

    /// Runs the hook with a message on standard input.
    static func call(_ service: RunningService?, _ arguments: [String], message: [UInt8] = ExampleZone.message(), url: String? = nil, environment: String = "") throws -> (status: Int32, reply: String) {
        let folder = try TemporaryFolder()
        try Data(message).write(to: URL(fileURLWithPath: "\(folder.path)/message"))
        try folder.write((service?.token ?? "ptn_0000000000000000_x") + "\n", to: "token")
        let words = arguments.map { "'\($0.replacingOccurrences(of: "'", with: "'\\''"))'" }.joined(separator: " ")
        let status = try ChildProcess("/bin/sh", ["-c", """
            \(environment) POSTERN_URL=\(url ?? "http://127.0.0.1:\(service?.port ?? 1)") POSTERN_TOKEN_FILE=\(folder.path)/token \(hook) \(words) <\(folder.path)/message >\(folder.path)/reply 2>\(folder.path)/trouble
            """]).wait()
        return (status, try folder.read("reply"))
    }

    @Test func takesRefusesAndPutsOff() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let service = try await RunningService(settings: ExampleZone.lists + """

            rate_limits: {mailbox: [{counts: recipients, limit: 1, per: 1h, excess: hold}]}
            tls_required: [{domains: secret.example, applies_to: recipient, action: reject}, {domains: later.example, applies_to: recipient, action: defer}]
            """, dns: [dns.port])
        let client = ["client_ip=198.100.1.25", "helo=mx.example.org", "mail_from=anna+tag@example.org"]
        let taken = try await blocking { try Self.call(service, client + ["rcpt=b@example.net", "queue_id=A1 & B"]) }
        #expect(taken.status == 0, "\(taken)")
        #expect(taken.reply.hasPrefix("250 2.0.0 accepted [v:"))
        let refused = try await blocking { try Self.call(service, client + ["rcpt=b@secret.example"]) }
        #expect(refused.status == 69, "\(refused)")
        #expect(refused.reply.hasPrefix("554 5.7.10 refused: "))
        let later = try await blocking { try Self.call(service, client + ["rcpt=b@later.example"]) }
        #expect(later.status == 75, "\(later)")
        #expect(later.reply.hasPrefix("451 4.7.10 try again later: "))
        // Asked again with a queue id, the answer comes from the history: the reply is the same.
        let again = try await blocking { try Self.call(service, client + ["rcpt=b@example.net", "queue_id=A1 & B"]) }
        #expect(again.reply == taken.reply)
        let history = try await service.ask("GET", "/v1/verdicts?sender=anna%2Btag@example.org&queue_id=A1%20%26%20B")
        #expect((history.json["items"] as? [Any])?.count == 1, "\(history.text)")
        // Kept back only by who says that he can; and only where somebody lets it go.
        #expect(try await service.ask("GET", "/v1/holds/due?server_name=mx1").status == 200)
        let out = ["client_ip=127.0.0.1", "auth_user=anna@example.org", "mail_from=anna@example.org", "rcpt=b@example.net", "tls_version=TLSv1.3", "server_name=mx1"]
        var replies: [(Int32, String)] = []
        // Who does not say so is put off, and nothing waits for him here.
        for (number, environment) in [(1, ""), (2, ""), (2, "POSTERN_HOLD=yes")] { replies.append(try await blocking { try Self.call(service, out + ["queue_id=H\(number)"], environment: environment) }) }
        #expect(replies.map(\.0) == [0, 75, 97], "\(replies)")
        #expect(replies[1].1.hasPrefix("451 4.7.1 ") && replies[2].1.hasPrefix("250 2.0.0 accepted, held until "), "\(replies)")
        #expect((try await service.ask("GET", "/v1/holds").json["items"] as? [Any])?.count == 1)
        let wrong = try await blocking { try Self.call(service, ["client_ip=nowhere"]) }
        #expect(wrong.status == 75)
        let unknown = try await blocking { try Self.call(service, ["no-value"]) }
        #expect(unknown.status == 64)
    }

    @Test func nobodyThere() async throws {
        let port = try FreePort.find()
        let answer = try await blocking { try Self.call(nil, ["client_ip=198.100.1.25"], url: "http://127.0.0.1:\(port)") }
        #expect(answer.status == 75)
        #expect(answer.reply.hasPrefix("451 4.7.1 "))
    }
}

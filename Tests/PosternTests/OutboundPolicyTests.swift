import Foundation
import Glibc
import TestSupport
import Testing

/// The policy that is shipped for mail that goes out, at the real service, beside that for mail that comes in.
@Suite(.serialized, .longWork) struct OutboundPolicyTests {
    /// Between the scores at which mail is marked and refused when it comes in, above the one at which it is refused when it goes out.
    private static let spam = Array("""
        From: Anna <anna@example.org>\r
        To: b@example.net\r
        Date: Mon, 23 Nov 2026 10:00:00 +0000\r
        Message-ID: <ABCDEFGHIJKLMNOPQRST@example.org>\r
        X-Mailer: Microsoft Outlook Express 6.00.2600.0000\r
        Subject: Re: YOUR ACCOUNT IS WAITING\r
        \r
        Hello\r

        """.utf8)
    private static let outbound = "&auth_user=anna@example.org"

    private static func action(_ service: RunningService, _ more: String = "", _ message: [UInt8] = ExampleZone.message()) async throws -> String? {
        try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)\(more)", body: message).json["action"] as? String
    }

    @Test func theSameMessageBothWays() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let service = try await RunningService(settings: ExampleZone.lists + "\nown_addresses: [203.0.113.9]", dns: [dns.port])
        func ask(_ more: String, _ message: [UInt8]) async throws -> RawAnswer { try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)\(more)", body: message) }
        let marked = try await ask("", Self.spam)
        #expect(marked.json["action"] as? String == "tag" && marked.text.contains(#""X-Spam""#), "\(marked.text)")
        let refused = try await ask(Self.outbound, Self.spam)
        #expect(refused.json["action"] as? String == "reject" && refused.json["class"] as? String == "spam" && !refused.text.contains(#""X-Spam""#), "\(refused.text)")
        #expect((refused.json["smtp"] as? [String: Any])?["code"] as? Int == 554 && refused.json["decided_by"] == nil, "\(refused.text)")
        #expect(refused.json["thresholds"] as? [String: Double] == ["reject": 7], "\(refused.text)")
        let infected = try await ask(Self.outbound, MalwareTests.infected)
        #expect(infected.json["action"] as? String == "reject" && infected.json["decided_by"] as? String == "malware.infected", "\(infected.text)")
        let honest = try await ask(Self.outbound + "&queue_id=Q9", ExampleZone.message())
        #expect(honest.json["action"] as? String == "accept" && honest.json["score"] as? Double == 0, "\(honest.text)")
        #expect(ServiceTests.codes(honest).isSuperset(of: ["signing.no_key", "own.spf_fail"]), "\(honest.text)")
        let other = try await ask("&auth_user=anna@example.com", ExampleZone.message("2"))
        #expect(other.json["action"] as? String == "accept" && ServiceTests.codes(other).contains("own.foreign_author"), "\(other.text)")
        let history = try await service.ask("GET", "/v1/verdicts?queue_id=Q9"), id = (history.json["items"] as? [[String: Any]])?.first?["id"] as? String ?? ""
        let kept = try await service.ask("GET", "/v1/verdicts/\(id)")
        #expect(kept.text.contains(#""own_domain":{"account":"anna@example.org","authors":[{"domain":"example.org","ours":"the account has it"}],"known":true,"spf":{"domain":"example.org""#), "\(kept.text)")
        let found = CorpusTests.Found(try Self.file(service.folder, "answers.ndjson"))
        for answer in [marked, refused, infected, honest, other] { found.add(answer, "an answer") }
        #expect(found.troubles.isEmpty, "\(found.troubles)")
        let status = try await blocking {
            try ChildProcess("/usr/bin/python3", [CorpusTests.validator, CorpusTests.contract, "\(service.folder.path)/answers.ndjson"], log: "\(service.folder.path)/validation").wait()
        }
        #expect(status == 0, "\((try? service.folder.read("validation").suffix(2000)) ?? "")")
    }

    private static func file(_ folder: TemporaryFolder, _ name: String) throws -> FileHandle {
        try folder.write("", to: name)
        return try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder.path)/\(name)"))
    }

    /// `postern check` takes the policy of the direction as well.
    @Test(arguments: [("comes in", [], 0, "\"tag\""), ("goes out", ["--auth-user", "anna@example.org"], 69, "\"reject\""), ("goes out without a log-in", ["--direction", "outbound"], 69, "\"reject\"")] as [(String, [String], Int32, String)])
    func check(_ name: String, _ more: [String], _ expected: Int32, _ action: String) async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), folder = try TemporaryFolder()
        try folder.write("dns: {servers: [\"127.0.0.1@\(dns.port)\"]}\nblocklists: {use: []}\n", to: "postern.yaml")
        try folder.write(String(decoding: Self.spam, as: UTF8.self), to: "mail.eml")
        let status = try await blocking {
            try ChildProcess(RunningService.program, ["check", "--config", "\(folder.path)/postern.yaml", "--client-ip", "198.100.1.25", "--helo", "mx.example.org", "--mail-from", "anna@example.org", "--tls-version", "TLSv1.3",
                                                      "--without-malware", "\(folder.path)/mail.eml"] + more, log: "\(folder.path)/log").wait()
        }
        let text = try folder.read("log")
        #expect(status == expected && text.contains("\"action\":\(action)"), "\(text)")
    }

    /// A fault in one of the two files leaves both policies in force as they are.
    @Test(arguments: [("policy.outbound_file", "in.yaml", "out.yaml", "", outbound), ("policy.file", "out.yaml", "in.yaml", outbound, "")])
    func aFaultInOneLeavesBoth(_ key: String, _ good: String, _ faulty: String, _ goodWay: String, _ faultyWay: String) async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), folder = try TemporaryFolder()
        let open = "name: open\nrules:\n  transport.encrypted: 0\n", shut = "name: shut\nrules:\n  transport.encrypted: {action: reject}\n"
        for file in [good, faulty] { try folder.write(open, to: file) }
        let service = try await RunningService(settings: ExampleZone.lists + "\npolicy:\n  file: \(folder.path)/in.yaml\n  outbound_file: \(folder.path)/out.yaml", dns: [dns.port], folder: folder)
        #expect(try await Self.action(service, goodWay) == "accept")
        #expect(try await Self.action(service, faultyWay) == "accept")
        try folder.write(shut, to: good)
        try folder.write("name: faulty\nrules: 7\n", to: faulty)
        service.signal(SIGHUP)
        try await eventually("the fault is told") {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).contains { try $0.hasPrefix("log-") && folder.read($0).contains("\(key): rules") }
        }
        #expect(try await Self.action(service, goodWay) == "accept")
        #expect(try await Self.action(service, faultyWay) == "accept")
        try folder.write(open, to: faulty)
        service.signal(SIGHUP)
        try await eventually("the changed policy is in force") { try await Self.action(service, goodWay) == "reject" }
        #expect(try await Self.action(service, faultyWay) == "accept")
    }
}

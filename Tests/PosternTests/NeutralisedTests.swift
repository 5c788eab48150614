import Foundation
import Mail
import TestSupport
import Testing

private let testFiles = "/usr/share/clamav-testfiles"

/// Infected mail that goes on without what infects it: the real service with the real scanner, and a look at what it hands out.
@Suite(.serialized, .longWork) struct NeutralisedTests {
    private static func service(_ dns: TestNameServer, _ folder: TemporaryFolder, signatures: String? = nil, more: String = "") async throws -> RunningService {
        let shipped = try String(contentsOfFile: URL(fileURLWithPath: "\(HookTests.hook)/../../policy.yaml").standardizedFileURL.path, encoding: .utf8)
        let policy = shipped.replacing("malware.infected: {action: reject}", with: "malware.infected: {action: neutralise}").replacing("attachment.banned: {action: reject}", with: "attachment.banned: {action: neutralise}")
        #expect(policy != shipped)
        try folder.write(policy, to: "policy.yaml")
        try FileManager.default.createDirectory(atPath: "\(folder.path)/signatures", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        if let signatures {
            try folder.write(signatures, to: "signatures/clam.hdb")
            unsafe chmod("\(folder.path)/signatures/clam.hdb", 0o644)
        }
        unsafe chmod(folder.path, 0o755)
        let service = try await RunningService(settings: ExampleZone.lists + "\nmalware: {signatures: \(folder.path)/signatures, scanners: 2}\ndeadline: 60s\npolicy:\n  file: \(folder.path)/policy.yaml\n\(more)", dns: [dns.port])
        try await eventually("malware is scanned for") { try await service.ask("GET", "/readyz").text.contains(#""name":"malware","state":"ok""#) }
        return service
    }

    private func codes(_ answer: RawAnswer) -> Set<String> { ServiceTests.codes(answer) }

    @Test func theNoteTakesThePlaceOfTheFile() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: "\(folder.path)/notes/default", withIntermediateDirectories: true)
        try folder.write("weg: {file}, {found}\n", to: "notes/default/de.txt")
        let service = try await Self.service(dns, folder, more: "neutralise:\n  notes: \(folder.path)/notes\n  language_by_tenant: {default: ru}")
        let judged = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)&queue_id=Q1", body: MalwareTests.infected), id = judged.json["id"] as? String ?? ""
        #expect(judged.json["action"] as? String == "neutralise" && judged.json["quarantine"] != nil, "\(judged.text)")
        let parts = (judged.json["neutralised"] as? [String: Any])?["parts"] as? [[String: Any]]
        #expect(parts?.count == 1 && parts?.first?["path"] as? String == "1.2" && parts?.first?["file_name"] as? String == "holiday.png", "\(judged.text)")
        for (language, word) in [("", "Удалено:    holiday.png"), ("?language=en", "Removed: holiday.png"), ("?language=de", "weg: holiday.png, ")] {
            let harmless = try await service.ask("GET", "/v1/verdicts/\(id)/neutralised\(language)")
            let message = Message(octets: harmless.body)
            #expect(harmless.status == 200 && message.parts.last?.decodedText.contains(word) == true, "\(harmless.text)")
            #expect(Array(message.parts[1].body) == Array("Look at this".utf8))
        }
        #expect(try await service.ask("GET", "/v1/verdicts/\(id)/neutralised?language=fr").status == 400)
        let clean = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)&queue_id=Q2", body: try await service.ask("GET", "/v1/verdicts/\(id)/neutralised").body)
        #expect(codes(clean).contains("malware.clean") && clean.json["action"] as? String == "accept", "\(clean.text)")
        #expect(try await service.ask("GET", "/v1/verdicts/\(clean.json["id"] as? String ?? "")/neutralised").status == 409)
        // What is banned goes as well, and the one who asks again gets the same.
        let ban = Array(#"{"effect":"block","subject":"*.iso","reason":"no disks"}"#.utf8)
        #expect(try await service.ask("POST", "/v1/local-list", body: ban, type: "application/json").status == 201)
        let disk = ExampleZone.message("3", "MIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=a.iso\r\n"), banned = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)&queue_id=Q3", body: disk)
        #expect(banned.json["action"] as? String == "neutralise" && banned.json["decided_by"] as? String == "attachment.banned", "\(banned.text)")
        #expect(try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)&queue_id=Q3", body: disk).json["neutralised"] != nil)
        // The hook hands it on.
        let client = ["client_ip=198.100.1.25", "helo=mx.example.org", "mail_from=anna@example.org", "rcpt=b@example.net", "queue_id=Q1"]
        let without = try await blocking { try HookTests.call(service, client, message: MalwareTests.infected) }
        #expect(without.status == 69 && without.reply.hasPrefix("554 "), "\(without)")
        let with = try await blocking { try HookTests.call(service, client, message: MalwareTests.infected, environment: "POSTERN_NEUTRALISED=\(folder.path)/harmless") }
        #expect(with.status == 98 && with.reply.hasPrefix("250 2.0.0 accepted, harmful parts removed"), "\(with)")
        #expect(try folder.read("harmless").contains("Look at this") && !folder.read("harmless").contains("WDVPIVAl"))
        // Deleted, there is nothing to make it of.
        #expect(try await service.ask("DELETE", "/v1/quarantine/\(id)").status == 204)
        #expect(try await service.ask("GET", "/v1/verdicts/\(id)/neutralised").status == 404)
    }

    @Test(Suites.needed(), .enabled(if: FileManager.default.fileExists(atPath: testFiles), "SKIPPED: no clamav-testfiles; `make test` installs them"))
    func everyTestFileInEveryWay() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), folder = try TemporaryFolder()
        let service = try await Self.service(dns, folder, signatures: String(decoding: try Suites.octets("av/clamav.hdb"), as: UTF8.self))
        var done = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: testFiles).sorted() {
            let octets = Array(try Data(contentsOf: URL(fileURLWithPath: "\(testFiles)/\(name)")))
            for way in AttachedFile.Way.allCases {
                let mail = AttachedFile.mail(octets, name, way)
                let judged = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: mail), id = judged.json["id"] as? String ?? ""
                #expect(judged.json["action"] as? String == "neutralise", "\(name) by \(way): \(judged.text)")
                let harmless = try await service.ask("GET", "/v1/verdicts/\(id)/neutralised").body
                let before = Message(octets: mail), after = Message(octets: harmless), paths = (judged.json["neutralised"] as? [String: Any])?["parts"] as? [[String: Any]] ?? []
                let replaced = Set(paths.compactMap { $0["path"] as? String })
                let gone = before.parts.filter { part in replaced.contains { part.path == $0 || part.path.hasPrefix($0 + ".") } }
                #expect(after.parts.map(\.path) == before.parts.map(\.path).filter { path in replaced.contains(path) || !gone.contains { $0.path == path } }, "\(name) by \(way)")
                for part in after.parts where !part.isContainer && !replaced.contains(part.path) {
                    let same = before.parts.first { $0.path == part.path }
                    #expect(same.map { Array($0.headerOctets + $0.body) } == Array(part.headerOctets + part.body), "\(name) by \(way): \(part.path)")
                }
                let again = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: harmless)
                #expect(codes(again).contains("malware.clean"), "\(name) by \(way): \(again.text)")
                done += 1
            }
        }
        #expect(done == 44 * 6)
    }
}

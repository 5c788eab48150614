import Foundation
import Synchronization
import TestSupport
import Testing

/// Every message of the corpora and of the MIME suites through the running service.
@Suite struct CorpusTests {
    static let folders = [
        "hawkyvan-enronspam-2004-2007", "list-man-2019-2023", "list-openbmc-2019-2023", "list-usrp-2019-2023", "phishing_pot-2019-2024",
        "sa-easy_ham", "sa-hard_ham", "sa-spam", "trec07p", "trec07p-ru", "mime",
    ]

    @Test(Suites.needed(), .longestWork) func everyMessageIsJudgedAndKept() async throws {
        let files = try Self.folders.flatMap { try Suites.files($0) }
        try #require(files.count > 20_000, "only \(files.count) messages in \(Suites.folder ?? "")")
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let service = try await RunningService(settings: ExampleZone.lists, dns: [dns.port])
        let answers = "\(service.folder.path)/answers.ndjson"
        #expect(FileManager.default.createFile(atPath: answers, contents: nil))
        let found = Found(try FileHandle(forWritingTo: URL(fileURLWithPath: answers)))
        let next = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        try await blocking {
                            let connection = try RawConnection(port: service.port)
                            var left: [UInt8] = []
                            while let place = next.next(below: files.count) {
                                let octets = try Suites.octets(files[place])
                                if octets.isEmpty { continue }
                                try connection.send(service.request("POST", "/v1/verdicts?\(ExampleZone.good)", body: octets))
                                found.add(try connection.answer(&left), files[place])
                            }
                        }
                    } catch { found.add("\(error)") }
                }
            }
        }
        #expect(found.troubles.isEmpty, "\(found.troubles.prefix(10))")
        #expect(service.isRunning)
        let ids = found.ids
        #expect(ids.count > 20_000)
        #expect(Set(ids).subtracting(try await Self.history(service)).isEmpty)
        let status = try await blocking {
            try ChildProcess("/usr/bin/python3", [Self.validator, Self.contract, answers], log: "\(service.folder.path)/validation").wait()
        }
        #expect(status == 0, "\((try? service.folder.read("validation").suffix(2000)) ?? "")")
        service.stop()
        #expect(service.wait() == 0)
    }

    static let validator = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../openapi/validate.py").standardizedFileURL.path
    static let contract = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../openapi/postern.yaml").standardizedFileURL.path

    /// All ids of the history, page by page.
    static func history(_ service: RunningService) async throws -> Set<String> {
        var ids: Set<String> = [], cursor: String? = nil
        repeat {
            let page = try await service.ask("GET", "/v1/verdicts?limit=200" + (cursor.map { "&cursor=\($0)" } ?? ""))
            try #require(page.status == 200, "\(page.text.prefix(500))")
            for item in page.json["items"] as? [[String: Any]] ?? [] { if let id = item["id"] as? String { ids.insert(id) } }
            cursor = page.json["next_cursor"] as? String
        } while cursor != nil
        return ids
    }

    final class Counter: Sendable {
        private let value = Mutex(0)
        func next(below end: Int) -> Int? { value.withLock { guard $0 < end else { return nil }; $0 += 1; return $0 - 1 } }
    }

    final class Found: Sendable {
        private struct State { var ids: [String] = [], troubles: [String] = [] }
        private let state = Mutex(State())
        private let file: FileHandle

        init(_ file: FileHandle) { self.file = file }

        func add(_ answer: RawAnswer, _ name: String) {
            state.withLock { state in
                guard answer.status == 200, let id = answer.json["id"] as? String else {
                    state.troubles.append("\(name): \(answer.status) \(answer.text.prefix(200))")
                    return
                }
                state.ids.append(id)
                let exchange: [String: Any] = ["route": "POST /v1/verdicts", "status": 200, "type": answer.header["content-type"] ?? "", "header": answer.header, "body": answer.text]
                if let line = try? JSONSerialization.data(withJSONObject: exchange) { file.write(line + [0x0a]) }
            }
        }

        func add(_ trouble: String) { state.withLock { $0.troubles.append(trouble) } }
        var ids: [String] { state.withLock { $0.ids } }
        var troubles: [String] { state.withLock { $0.troubles } }
    }
}

import Foundation
import Synchronization
import TestSupport
import Testing

/// `kill -9` under load: what a client was told is in the database afterwards.
@Suite(.longWork) struct KillTests {
    @Test func everyAnswerOutlivesTheService() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root])
        let folder = try TemporaryFolder()
        let answered = Answered()
        for _ in 0..<3 {
            let service = try await RunningService(settings: ExampleZone.lists, dns: [dns.port], folder: folder)
            await withTaskGroup(of: Void.self) { group in
                for client in 0..<8 {
                    group.addTask {
                        _ = try? await blocking {
                            let connection = try RawConnection(port: service.port)
                            var left: [UInt8] = [], number = 0
                            while true {
                                number += 1
                                try connection.send(service.request("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message("\(client)-\(number)")))
                                let answer = try connection.answer(&left)
                                if answer.status == 200, let id = answer.json["id"] as? String { answered.add(id) }
                            }
                        }
                    }
                }
                let enough = answered.count + 200
                try? await eventually("enough answers") { answered.count >= enough || !service.isRunning }
                service.signal(SIGKILL)
                _ = service.wait()
                await group.waitForAll()
            }
        }
        let service = try await RunningService(settings: ExampleZone.lists, dns: [dns.port], folder: folder)
        let ids = answered.all
        #expect(ids.count >= 600)
        let missing = try await blocking {
            let connection = try RawConnection(port: service.port)
            var left: [UInt8] = []
            return try ids.filter { id in
                try connection.send(service.request("GET", "/v1/verdicts/\(id)"))
                return try connection.answer(&left).status != 200
            }
        }
        #expect(missing.isEmpty, "\(missing.count) of \(ids.count) answers are not in the history")
    }

    final class Answered: Sendable {
        private let ids = Mutex<[String]>([])
        func add(_ id: String) { ids.withLock { $0.append(id) } }
        var count: Int { ids.withLock { $0.count } }
        var all: [String] { ids.withLock { $0 } }
    }
}

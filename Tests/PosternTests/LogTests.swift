import Foundation
import TestSupport
import Testing

/// What the program writes to standard error, and that writing it holds up nothing.
@Suite(.serialized, .longWork) struct LogTests {
    private static let settings = """
        blocklists:
          use: []
        dns:
          servers: [127.0.0.1@1]

        """

    /// A port that is taken is said in one line, without the trouble that it gives everything else.
    @Test func aTakenPortIsOneLine() async throws {
        let folder = try TemporaryFolder(), taken = try #require(Taken(), "a port")
        try folder.write("\(Self.settings)listen: [\"127.0.0.1:\(taken.port)\"]\nstate_dir: \(folder.path)/state\n", to: "postern.yaml")
        let status = try await blocking {
            try ChildProcess(RunningService.program, ["serve", "--config", "\(folder.path)/postern.yaml"], log: "\(folder.path)/log").wait()
        }
        let lines = try folder.read("log").split(separator: "\n")
        #expect(status == 1)
        #expect(lines.last?.hasPrefix("postern: ") == true && lines.last?.contains("in use") == true, "\(lines)")
        #expect(!lines.contains { $0.contains("CancellationError") || $0.contains("\"level\":\"error\"") }, "\(lines)")
    }

    /// A server that has a port.
    private final class Taken: Sendable {
        let socket: LoopbackSocket
        var port: UInt16 { socket.port }

        init?() {
            guard let socket = LoopbackSocket(type: SOCK_STREAM, port: 0), listen(socket.descriptor, 1) == 0 else { return nil }
            self.socket = socket
        }
    }

    /// Nobody reads the log, its pipe is full, and there is trouble to tell of: answers come all the same, and the service ends in time.
    @Test func aLogThatNobodyReadsHoldsUpNothing() async throws {
        let folder = try TemporaryFolder(), pipe = try #require(UnreadPipe("\(folder.path)/log"))
        try folder.write("\(Self.settings)listen: [\"127.0.0.1:0\"]\nstate_dir: \(folder.path)/state\n", to: "postern.yaml")
        let service = try ChildProcess(RunningService.program, ["serve", "--config", "\(folder.path)/postern.yaml"], log: "\(folder.path)/log")
        var log = ""
        try await eventually("the service is ready") {
            log += pipe.take()
            return RunningService.port(in: log) != nil || !service.isRunning
        }
        let port = try #require(RunningService.port(in: log), "\(log)")
        @Sendable func ask(_ target: String, token: String = "") async throws -> RawAnswer {
            try await blocking {
                let connection = try RawConnection(port: port)
                try connection.send(Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n\r\n".utf8))
                return try connection.answer()
            }
        }
        let token = try folder.read("state/admin.token").trimmingCharacters(in: .whitespacesAndNewlines)
        pipe.fill()
        let database = try ServiceTests.stopDatabase(of: folder)
        for _ in 0..<3 { #expect(try await ask("/readyz").status == 503) }
        for process in database { kill(process, SIGCONT) }
        #expect(try await ask("/healthz").status == 200)
        var metrics = try await ask("/metrics", token: token)
        for _ in 0..<600 where metrics.status != 200 { metrics = try await ask("/metrics", token: token) }
        #expect(metrics.text.contains("\npostern_log_lines_dropped_total 0\n"), "\(metrics.text)")
        service.signal(SIGTERM)
        let status = try await blocking { service.wait() }
        #expect(status == 0)
    }

    /// While the database is away every request finds that out, and the log tells of it once.
    @Test func theSameTroubleIsToldOnce() async throws {
        let folder = try TemporaryFolder(), service = try await RunningService(settings: "blocklists:\n  use: []", dns: [1], folder: folder)
        let database = try ServiceTests.stopDatabase(of: folder)
        for _ in 0..<3 { #expect(try await service.ask("GET", "/readyz").status == 503) }
        for process in database { kill(process, SIGCONT) }
        service.stop()
        let log = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("log-") }.map { try folder.read($0) }.joined()
        #expect(log.components(separatedBy: "the database is not ready").count == 2, "\(log)")
        #expect(log.contains("\"times\":\"1\"") && log.contains("\"stopped\""), "\(log)")
    }

    /// A named pipe that somebody holds open and never reads.
    private final class UnreadPipe: Sendable {
        private let descriptor: Int32

        init?(_ path: String) {
            guard unsafe mkfifo(path, 0o600) == 0 else { return nil }
            descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
            if descriptor < 0 { return nil }
        }

        deinit { close(descriptor) }

        /// What it holds.
        func take() -> String {
            var text = "", piece = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { return text }
                text += String(decoding: piece[..<count], as: UTF8.self)
            }
        }

        /// What is written to it after this waits for ever.
        func fill() {
            let line = [UInt8](repeating: 0x0a, count: 512)
            while unsafe line.withUnsafeBytes({ unsafe write(descriptor, $0.baseAddress, $0.count) }) > 0 {}
        }
    }
}

import DNS
import Foundation
import Synchronization
import TestSupport

/// The real program, with a private database and a name server of its own, as an operator would run it.
final class RunningService: Sendable {
    let folder: TemporaryFolder
    let port: Int
    let token: String
    private let process: ChildProcess

    /// The program that was built with these tests.
    static let program: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("postern").path
        // With --testing-library the runner is the toolchain's; then the build folder is where the tests were started.
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : FileManager.default.currentDirectoryPath + "/.build/release/postern"
    }()

    /// Starts the service and waits until it says that it is ready.
    /// - Parameters:
    ///   - settings: YAML beside what the harness sets.
    ///   - dns: ports of resolvers on 127.0.0.1.
    ///   - folder: the state of an earlier service, to go on with.
    init(settings: String = "", dns: [UInt16], folder: TemporaryFolder? = nil) async throws {
        let folder = try folder ?? TemporaryFolder()
        try folder.write("""
            listen: ["127.0.0.1:0"]
            state_dir: \(folder.path)/state
            dns:
              servers: [\(dns.map { "127.0.0.1@\($0)" }.joined(separator: ", "))]
            \(settings.contains("malware:") ? "" : "malware: {signatures: \(folder.path)/signatures, scanners: 1}")
            \(settings)
            """, to: "postern.yaml")
        let log = "\(folder.path)/log-\(UUID().uuidString)"
        let process = try ChildProcess(Self.program, ["serve", "--config", "\(folder.path)/postern.yaml"], log: log)
        self.folder = folder
        self.process = process
        var port: Int? = nil
        for _ in 0..<1200 where port == nil {
            guard process.isRunning else { break }
            port = Self.port(in: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
            if port == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        guard let port else {
            process.stop()
            throw ChildProcess.Trouble(description: "the service did not become ready: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
        }
        self.port = port
        token = try folder.read("state/admin.token").trimmingCharacters(in: .whitespacesAndNewlines)
        // Messages would wait for it, and a test may have a short deadline.
        if !settings.contains("malware:") { try await eventually("malware is scanned for") { try await ask("GET", "/readyz").text.contains(#""name":"malware","state":"ok""#) } }
    }

    static func port(in log: String) -> Int? {
        for line in log.split(separator: "\n") where line.contains("\"message\":\"ready\"") {
            guard let colon = line.range(of: "http://127.0.0.1:") else { continue }
            return Int(line[colon.upperBound...].prefix { $0.isNumber })
        }
        return nil
    }

    /// Before its folder is removed.
    deinit { process.stop() }

    var processID: Int32 { process.pid }
    func signal(_ number: Int32) { process.signal(number) }
    func wait() -> Int32 { process.wait() }
    func stop() { process.stop() }
    var isRunning: Bool { process.isRunning }

    /// One request on a connection of its own.
    func ask(_ method: String, _ target: String, body: [UInt8] = [], type: String = "message/rfc822", token: String? = nil) async throws -> RawAnswer {
        let request = request(method, target, body: body, type: type, token: token), port = port
        return try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(request)
            return try connection.answer()
        }
    }

    /// The octets of a request.
    func request(_ method: String, _ target: String, body: [UInt8] = [], type: String = "message/rfc822", token: String? = nil) -> [UInt8] {
        Array("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token ?? self.token)\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
    }
}

/// A zone in which example.org is in order and everything else is absent.
enum ExampleZone {
    static let root = """
        $ORIGIN .
        $TTL 300
        . IN SOA ns.root. host.root. 1 3600 600 86400 5
        . IN NS ns.root.
        ns.root. IN A 127.0.0.1
        example.org. IN TXT "v=spf1 ip4:198.100.1.25 -all"
        example.org. IN MX 10 mx.example.org.
        mx.example.org. IN A 198.100.1.25
        25.1.100.198.in-addr.arpa. IN PTR mx.example.org.
        2.0.0.127.bl.lists. IN A 127.0.0.2
        7.2.100.198.bl.lists. IN A 127.0.0.2
        8.2.100.198.bl.lists. IN A 127.255.255.254

        """
    static let lists = """
        blocklists:
          use: []
          zones: [{name: bl.lists, kind: addresses, code: test.spam}]
        """
    static let good = "client_ip=198.100.1.25&helo=mx.example.org&mail_from=anna@example.org&rcpt=b@example.net&tls_version=TLSv1.3"
    static func message(_ number: String = "1", _ extra: String = "") -> [UInt8] {
        Array("From: Anna <anna@example.org>\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <\(number)@example.org>\r\nSubject: Hello\r\n\(extra)\r\nHello \(number)\r\n".utf8)
    }
}

import API
import Foundation
import Glibc
import Testing
import TestSupport
import Verdicts

/// Many connections, other kinds of them, and the end of the service.
@Suite(.serialized, .longWork) struct ConnectionTests {
    @Test(.longWork) func fiveThousandSilentConnectionsDoNotMatter() async throws {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try #require(limit.rlim_cur >= 10_500, "the limit on open files must be 10,500 or more")
        // On a busy machine the connections take longer to make than the door is patient.
        let door = try await TestDoor { ($0.idle, $0.arrival) = (.seconds(3600), .seconds(3600)) }
        let port = door.port, token = try await door.token(.judge, .metrics)
        let silent = try await blocking { try (0..<5000).map { _ in try RawConnection(port: port) } }
        for _ in 0..<20 { #expect(try await door.ask("POST", judged, token: token, type: raw, body: message).status == 200) }
        var metrics = ""
        let end = ContinuousClock.now + .seconds(240)
        while .now < end, !metrics.contains("postern_http_connections 5001\n") { metrics = try await door.ask("GET", "/metrics", token: token).text }
        #expect(metrics.contains("postern_http_connections 5001\n"))
        // Half a head on each of them, and the door still has a hand free.
        try await blocking { for one in silent { try one.send("GET /healthz HTTP/1.1\r\nHo") } }
        #expect(try await door.ask("POST", judged, token: token, type: raw, body: message).status == 200)
        let statuses = try await blocking { try silent.map { one in try one.send("st: x\r\nConnection: close\r\n\r\n"); return try one.answer().status } }
        #expect(statuses == Array(repeating: 200, count: 5000))
        try await door.stop()
    }

    @Test func connectionsHaveALimit() async throws {
        let door = try await TestDoor { $0.connections = 3 }
        let port = door.port
        let held = try await blocking { try (0..<3).map { _ in
            let one = try RawConnection(port: port)
            try one.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try one.answer()
            return one
        } }
        let refused = try await blocking { try RawConnection(port: port).answer() }
        #expect(refused.status == 503)
        #expect(refused.isProblem)
        #expect(refused.header["retry-after"] != nil)
        #expect(refused.header["connection"] == "close")
        #expect(held.count == 3)
        try await door.stop()
    }

    @Test func unixSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/run/postern.sock"
        for _ in 0..<2 {
            let door = try await TestDoor([.unix(path: path), .tcp(host: "127.0.0.1", port: 0)])
            let answer = try await blocking {
                let connection = try RawConnection(path: path)
                try connection.send(TestDoor.request("GET", "/healthz"))
                return try connection.answer()
            }
            #expect(answer.status == 200)
            #expect(try await door.ask("GET", "/healthz").status == 200)
            let socket = try FileManager.default.attributesOfItem(atPath: path), place = try FileManager.default.attributesOfItem(atPath: folder.path + "/run")
            #expect(socket[.posixPermissions] as? Int == 0o660)
            #expect(place[.posixPermissions] as? Int == 0o750)
            // A second server does not take the socket away from the first.
            await #expect(throws: (any Error).self) { try await TestDoor([.unix(path: path)]) }
            try await door.stop()
            #expect(!FileManager.default.fileExists(atPath: path))
            try Self.leaveStaleSocket(path)
        }
    }

    /// What a server that was killed leaves behind.
    private static func leaveStaleSocket(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        #expect(status == 0)
    }

    @Test func aFileInTheSocketsPlaceIsLeftAlone() async throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "postern.sock")
        await #expect(throws: (any Error).self) { try await TestDoor([.unix(path: folder.path + "/postern.sock")]) }
        #expect(try folder.read("postern.sock") == "mine")
    }

    @Test func tls() async throws {
        let folder = try TemporaryFolder()
        let key = folder.path + "/key.pem", certificate = folder.path + "/certificate.pem"
        let made = try await blocking {
            try ChildProcess.run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                                             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        }
        #expect(made == 0)
        let door = try await TestDoor([.tls(host: "127.0.0.1", port: 0, certificateFile: certificate, keyFile: key)])
        let token = try await door.token(.judge), port = door.port
        try folder.write(String(repeating: "x", count: 100_000), to: "mail")
        let status = try await blocking {
            try ChildProcess.run("curl", ["-sS", "--cacert", certificate, "--data-binary", "@\(folder.path)/mail", "-H", "Content-Type: message/rfc822", "-H", "Authorization: Bearer \(token)",
                                          "-o", "\(folder.path)/answer", "-w", "%{http_code} %{ssl_verify_result}", "https://localhost:\(port)\(judged)"], log: folder.path + "/log")
        }
        #expect(status == 0)
        #expect(try folder.read("log") == "200 0")
        #expect(door.judge.submissions.first?.octets.count == 100_000)
        // A refusal, too, can be read to its end.
        let refused = try await blocking {
            try ChildProcess.run("curl", ["-sS", "--cacert", certificate, "--data-binary", "@\(folder.path)/mail", "-H", "Content-Type: message/rfc822", "-H", "Expect:",
                                          "-o", "\(folder.path)/answer", "-w", "%{http_code}", "https://localhost:\(port)\(judged)"], log: folder.path + "/log2")
        }
        #expect(refused == 0)
        #expect(try folder.read("log2") == "401")
        // Plain HTTP on a TLS port is no HTTP.
        let plain = try? await blocking { let one = try RawConnection(port: port); try one.send(TestDoor.request("GET", "/healthz")); return try one.answer() }
        #expect(plain == nil)
        try await door.stop()
    }

    @Test func aCertificateThatIsNotThereStopsTheStart() async throws {
        await #expect(throws: (any Error).self) { try await TestDoor([.tls(host: "127.0.0.1", port: 0, certificateFile: "/nowhere", keyFile: "/nowhere")]) }
    }

    @Test func whatIsUnderWayIsAnsweredBeforeTheEnd() async throws {
        let door = try await TestDoor()
        let token = try await door.token(.judge), port = door.port
        door.judge.shut()
        let (idle, busy) = try await blocking { () -> (RawConnection, RawConnection) in
            let idle = try RawConnection(port: port)
            try idle.send(TestDoor.request("GET", "/healthz"))
            _ = try idle.answer()
            let busy = try RawConnection(port: port)
            try busy.send(TestDoor.request("POST", judged, token: token, type: raw, body: message))
            return (idle, busy)
        }
        try await eventually("the judge has it") { !door.judge.submissions.isEmpty }
        door.stopping()
        // The idle connection is closed at once; the busy one waits for its verdict.
        #expect(try await blocking { try idle.receiveAll() }.isEmpty)
        // And nobody new is let in, from about then on.
        try await eventually("nobody is let in") { (try? await blocking { _ = try RawConnection(port: port) }) == nil }
        door.judge.open()
        let answer = try await blocking { let answer = try busy.answer(); _ = try busy.receiveAll(); return answer }
        #expect(answer.status == 200)
        #expect(answer.header["connection"] == "close")
        try await door.ended()
    }

    @Test func curlIsNotKeptWaitingForItsContinue() async throws {
        let door = try await TestDoor()
        let token = try await door.token(.judge), port = door.port
        let folder = try TemporaryFolder()
        try folder.write(String(repeating: "x", count: 2_000_000), to: "mail")
        // curl says Expect for bodies of more than 1 MB, and waits for 100 for at most the time given here.
        let status = try await blocking {
            try ChildProcess.run("curl", ["-sS", "--expect100-timeout", "15", "--max-time", "10", "--data-binary", "@\(folder.path)/mail", "-H", "Content-Type: message/rfc822",
                                          "-H", "Authorization: Bearer \(token)", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:\(port)\(judged)"], log: folder.path + "/log")
        }
        #expect(status == 0)
        #expect(try folder.read("log") == "200")
        #expect(door.judge.submissions.first?.octets.count == 2_000_000)
        try await door.stop()
    }
}

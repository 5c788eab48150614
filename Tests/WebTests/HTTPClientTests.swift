import Foundation
import Glibc
import TestSupport
import Testing
import Web

/// Against Python's server, and against one that says nothing.
@Suite struct HTTPClientTests {
    private static let program = """
        import http.server, sys
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path == "/moved": self.send_response(302); self.send_header("Location", "/"); self.send_header("Content-Length", "0"); self.end_headers(); return
                said = b"x" * 5000 if self.path == "/long" else "|".join([self.command, self.path, self.headers.get("Authorization") or "-", self.headers.get("Content-Type") or "-", self.headers.get("Expect") or "-"] + [value for name, value in self.headers.items() if name.startswith("x-")]).encode() + b"|" + body
                self.send_response(404 if self.path == "/nothing" else 200); self.send_header("Content-Length", str(len(said))); self.end_headers(); self.wfile.write(said)
            do_GET = do_POST = do_DELETE = answer
            def log_message(self, *words): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    private func withServer(_ body: (HTTPClient.Settings) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.program, to: "server.py")
        let process = try ChildProcess("python3", ["-I", "\(folder.path)/server.py"], log: "\(folder.path)/log")
        defer { process.stop() }
        try await eventually("the server says its port") { Int(((try? folder.read("log")) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)) != nil }
        try await body(HTTPClient.Settings(base: "http://127.0.0.1:\(try folder.read("log").trimmingCharacters(in: .whitespacesAndNewlines))"))
    }

    @Test func questionsAndAnswers() async throws {
        try await withServer { (settings: HTTPClient.Settings) async throws -> Void in
            var settings = settings
            settings.token = "secret"
            settings.answerLimit = 4000
            let client = HTTPClient(settings)
            func text(_ method: String, _ path: String, _ json: String? = nil) async throws -> String { String(decoding: try await client.ask(method, path, json: json.map { Array($0.utf8) }, patience: .seconds(20)).body, as: UTF8.self) }
            #expect(try await text("GET", "/a?b=%20c") == "GET|/a?b=%20c|Bearer secret|-|-|")
            #expect(try await text("POST", "/a", #"{"a":"ü"}"#) == #"POST|/a|Bearer secret|application/json|-|{"a":"ü"}"#)
            #expect(try await text("POST", "/empty", "") == "POST|/empty|Bearer secret|application/json|-|")
            #expect(try await text("DELETE", "/a") == "DELETE|/a|Bearer secret|-|-|")
            #expect(try await client.ask("GET", "/nothing", patience: .seconds(20)).status == 404)
            #expect(try await client.ask("GET", "/moved", patience: .seconds(20)).status == 302, "nobody is led elsewhere")
            await #expect(throws: HTTPTrouble.self) { try await client.ask("GET", "/long", patience: .seconds(20)) }
        }
    }

    @Test func furtherFields() async throws {
        try await withServer { (settings: HTTPClient.Settings) async throws -> Void in
            let client = HTTPClient(settings)
            let answer = try await client.ask("POST", "/", json: [], fields: [("x-one", "1; a=b"), ("x-two", "v1,Zm9v=")], patience: .seconds(20))
            #expect(String(decoding: answer.body, as: UTF8.self) == "POST|/|-|application/json|-|1; a=b|v1,Zm9v=|")
            for (name, value) in [("x", "a\r\nb: c"), ("x", "a\nb"), ("x", "a\rb"), ("x", "a\0b"), ("x", ""), ("x y", "a"), ("x:", "a"), ("", "a"), ("x\r\ny", "a"), ("x", String(repeating: "a", count: 9000))] {
                await #expect(throws: HTTPTrouble.self, "\(name): \(value)") { try await client.ask("GET", "/", fields: [(name, value)], patience: .seconds(20)) }
            }
            await #expect(throws: HTTPTrouble.self) { try await client.ask("GET", "/", fields: (0..<65).map { ("x-\($0)", "a") }, patience: .seconds(20)) }
            var cutting = settings
            cutting.answerLimit = 10
            cutting.cutsAnswer = true
            #expect(try await HTTPClient(cutting).ask("GET", "/long", patience: .seconds(20)).status == 200, "who wants the status gets it")
        }
    }

    @Test func whoDoesNotAnswer() async throws {
        let port = try FreePort.find()
        let nobody = HTTPClient(HTTPClient.Settings(base: "http://127.0.0.1:\(port)"))
        await #expect(throws: HTTPTrouble.self) { try await nobody.ask("GET", "/", patience: .seconds(20)) }
        let other = HTTPClient(HTTPClient.Settings(base: "file:///etc"))
        await #expect(throws: HTTPTrouble.self) { try await other.ask("GET", "/passwd", patience: .seconds(20)) }
        // One that listens and says nothing: the patience ends it, and so does who asked.
        let silent = try #require(LoopbackSocket(type: SOCK_STREAM, port: 0))
        #expect(listen(silent.descriptor, 8) == 0)
        let client = HTTPClient(HTTPClient.Settings(base: "http://127.0.0.1:\(silent.port)"))
        await #expect(throws: HTTPTrouble.self) { try await client.ask("GET", "/", patience: .milliseconds(50)) }
        let asking = Task { try await client.ask("GET", "/", patience: .seconds(3600)) }
        asking.cancel()
        await #expect(throws: HTTPTrouble.self) { try await asking.value }
    }
}

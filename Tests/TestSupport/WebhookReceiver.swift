import Foundation
import Glibc
import Synchronization

/// A receiver of webhooks in Python, which checks signatures itself and writes down what came.
package final class WebhookReceiver: Sendable {
    /// What it does with whom its signature is right; whose is wrong gets 401.
    package enum Mode: String, Sendable {
        case takes
        /// Says 503 to the first two tries of each event.
        case failsTwice
        case fails
        /// Says 410.
        case gone
        /// Says nothing for an hour.
        case silent
        /// Takes it, and answers with more than anybody reads.
        case talks
        /// Takes it after a moment, in which it notes whether the same comes once more.
        case lingers
    }

    package struct Request: Sendable, Decodable {
        package let id: String
        package let timestamp: String
        package let type: String
        package let verified: Bool
        /// The same event was under way already.
        package let doubled: Bool
        /// Requests under way at once, this one included.
        package let atOnce: Int
        package let status: Int
        package let path: String
        package let content: String
        package let body: String
    }

    private static let program = """
        import base64, hashlib, hmac, http.server, json, sys, threading, time
        folder, port, secret = sys.argv[1], int(sys.argv[2]), sys.argv[3]
        key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
        lock, under_way, tries = threading.Lock(), [], {}
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                name, moment = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                wanted = base64.b64encode(hmac.new(key, name.encode() + b"." + moment.encode() + b"." + body, hashlib.sha256).digest()).decode()
                verified = any(hmac.compare_digest("v1," + wanted, each) for each in self.headers["webhook-signature"].split(" ")) and abs(time.time() - int(moment)) < 300
                mode = open(folder + "/mode").read().strip()
                with lock:
                    doubled = name in under_way
                    under_way.append(name)
                    tries[name] = tries.get(name, 0) + 1
                    count, at_once = tries[name], len(under_way)
                if mode == "silent": time.sleep(3600)
                if mode == "lingers": time.sleep(0.02)
                status = 401 if not verified else 410 if mode == "gone" else 503 if mode == "fails" or mode == "failsTwice" and count < 3 else 204
                if mode == "talks" and verified: status = 200
                with lock:
                    under_way.remove(name)
                    with open(folder + "/requests", "a") as log:
                        log.write(json.dumps({"id": name, "timestamp": moment, "type": json.loads(body)["type"], "verified": verified, "doubled": doubled, "atOnce": at_once, "status": status, "path": self.path, "content": self.headers["Content-Type"], "body": body.decode()}) + "\\n")
                said = b"x" * 1000000 if mode == "talks" else b""
                self.send_response(status)
                if status != 204: self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                try: self.wfile.write(said)
                except OSError: pass
            def log_message(self, *words): pass
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256
        server = Server(("127.0.0.1", port), Handler)
        open(folder + "/listens", "w").close()
        server.serve_forever()
        """

    package let port: UInt16
    private let folder: TemporaryFolder
    private let secret: String
    private let process = Mutex<ChildProcess?>(nil)

    package init(secret: String, mode: Mode = .takes) async throws {
        folder = try TemporaryFolder()
        port = try FreePort.find()
        self.secret = secret
        try folder.write(Self.program, to: "receiver.py")
        try folder.write("", to: "requests")
        try set(mode)
        try await start()
    }

    package var base: String { "http://127.0.0.1:\(port)" }

    package func set(_ mode: Mode) throws { try folder.write(mode.rawValue, to: "mode") }

    /// Begins to listen, at the same place as before.
    package func start() async throws {
        let started = try ChildProcess("python3", ["-I", "\(folder.path)/receiver.py", folder.path, "\(port)", secret], log: "\(folder.path)/log")
        process.withLock { $0 = started }
        try await eventually("the receiver listens") {
            guard started.isRunning else { throw NeverCame(what: "the receiver: \((try? folder.read("log")) ?? "")") }
            return FileManager.default.fileExists(atPath: "\(folder.path)/listens")
        }
    }

    /// Ends it at once, with what it has under way.
    package func kill() throws {
        process.withLock { process in
            process?.signal(SIGKILL)
            _ = process?.wait()
            process = nil
        }
        try FileManager.default.removeItem(atPath: "\(folder.path)/listens")
    }

    /// What came so far.
    package var requests: [Request] {
        get throws { try folder.read("requests").split(separator: "\n").map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) } }
    }
}

import Foundation
import TestSupport

/// Postfix with a queue of its own, that asks the service about each message when its end was received, and keeps it back where the answer is `hold`.
final class TestPostfix: Sendable {
    let port: UInt16
    let folder: TemporaryFolder
    private let policy: ChildProcess
    /// The name with which it asks.
    static let name = "mx.postfix.test"

    var configuration: String { "\(folder.path)/etc" }

    /// The answers of the service, one JSON object a line.
    var answers: [[String: Any]] {
        ((try? folder.read("answers")) ?? "").split(separator: "\n").compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    }

    /// - Parameters:
    ///   - relay: the port of the server that takes what goes out.
    ///   - sender: what it makes of every sender on the way into its queue; nil: nothing.
    init(_ service: RunningService, relay: UInt16, sender: String? = nil) async throws {
        folder = try TemporaryFolder()
        port = try FreePort.find()
        // Its servers run as other users.
        _ = try ChildProcess.run("chmod", ["755", folder.path])
        for name in ["etc", "queue", "data"] { try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755]) }
        _ = try ChildProcess.run("chown", ["postfix", "\(folder.path)/data"])
        try folder.write(Self.policyServer, to: "policy.py")
        policy = try ChildProcess("python3", ["-I", "\(folder.path)/policy.py", "http://127.0.0.1:\(service.port)", service.token, Self.name, "\(folder.path)/answers"], log: "\(folder.path)/policy")
        let answering = folder
        try await eventually("the policy server says its port") { UInt16(((try? answering.read("policy")) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)) != nil }
        let asks = try folder.read("policy").trimmingCharacters(in: .whitespacesAndNewlines)
        try folder.write("""
            compatibility_level = 3.6
            queue_directory = \(folder.path)/queue
            data_directory = \(folder.path)/data
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            meta_directory = /etc/postfix
            mail_owner = postfix
            setgid_group = postdrop
            maillog_file = \(folder.path)/log
            maillog_file_prefixes = \(folder.path)
            myhostname = \(Self.name)
            mydestination =
            mynetworks = 127.0.0.0/8
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            smtp_dns_support_level = disabled
            smtp_host_lookup = native
            smtpd_peername_lookup = no
            relayhost = [127.0.0.1]:\(relay)
            alias_maps =
            alias_database =
            local_recipient_maps =
            sender_canonical_maps = \(sender.map { "static:\($0)" } ?? "")
            smtpd_relay_restrictions = permit_mynetworks, reject
            smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:\(asks)
            """, to: "etc/main.cf")
        let unix = ["cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr", "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce",
                    "error unix - - n - - error", "retry unix - - n - - error", "smtp unix - - n - - smtp", "showq unix n - n - - showq", "flush unix n - n 1000? 0 flush", "proxymap unix - - n - - proxymap",
                    "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache", "postlog unix-dgram n - n - 1 postlogd"]
        try folder.write(([ "127.0.0.1:\(port) inet n - n - - smtpd"] + unix).joined(separator: "\n") + "\n", to: "etc/master.cf")
        guard try ChildProcess.run("postfix", ["-c", configuration, "start"], log: "\(folder.path)/start") == 0 else {
            throw ChildProcess.Trouble(description: "Postfix does not start: \((try? folder.read("start")) ?? "") \((try? folder.read("log")) ?? "")")
        }
    }

    deinit {
        _ = try? ChildProcess.run("postfix", ["-c", configuration, "stop"])
        policy.stop()
    }

    /// Hands it messages, one session after the other.
    func send(_ numbers: Range<Int>, from sender: String) throws {
        let program = """
            import smtplib, sys
            with smtplib.SMTP("127.0.0.1", \(port)) as server:
                for number in range(\(numbers.lowerBound), \(numbers.upperBound)):
                    server.sendmail("\(sender)", ["reader@example.net"], f"From: \(sender)\\nTo: reader@example.net\\nSubject: {number}\\nMessage-ID: <{number}.\(sender)>\\nDate: Mon, 23 Nov 2026 10:00:00 +0000\\n\\nNumber {number}\\n")
            """
        let log = "\(folder.path)/send-\(sender)-\(numbers.lowerBound)"
        guard try ChildProcess.run("python3", ["-I", "-c", program], log: log) == 0 else { throw ChildProcess.Trouble(description: "Postfix does not take messages: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")") }
    }

    /// A policy server (SMTPD_POLICY_README of Postfix) that has each message judged under its name in the queue.
    private static let policyServer = """
        import json, socketserver, sys, urllib.error, urllib.parse, urllib.request
        base, token, name, answers = sys.argv[1:]
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                seen = {}
                for line in self.rfile:
                    line = line.decode().rstrip("\\n")
                    if line:
                        key, _, value = line.partition("=")
                        seen[key] = value
                        continue
                    self.wfile.write(f"action={self.judge(seen)}\\n\\n".encode())
                    self.wfile.flush()
                    seen = {}
            def judge(self, seen):
                query = urllib.parse.urlencode({"client_ip": seen["client_address"], "auth_user": seen["sender"], "mail_from": seen["sender"], "rcpt": "reader@example.net", "queue_id": seen["queue_id"], "server_name": name, "tls_version": "TLSv1.3"})
                message = f"From: {seen['sender']}\\r\\nTo: reader@example.net\\r\\nDate: Mon, 23 Nov 2026 10:00:00 +0000\\r\\nMessage-ID: <{seen['queue_id']}@example.org>\\r\\nSubject: Hello\\r\\n\\r\\n{seen['queue_id']}\\r\\n"
                request = urllib.request.Request(f"{base}/v1/verdicts?{query}", data=message.encode(), headers={"Content-Type": "message/rfc822", "Authorization": f"Bearer {token}"})
                try:
                    with urllib.request.urlopen(request, timeout=30) as answer: verdict = json.load(answer)
                except (OSError, ValueError) as trouble: return f"DEFER_IF_PERMIT {trouble}"
                verdict["queue_id"] = seen["queue_id"]
                with open(answers, "a") as file: file.write(json.dumps(verdict) + "\\n")
                return {"accept": "DUNNO", "tag": "DUNNO", "hold": "HOLD over the limit", "defer": "DEFER later"}.get(verdict["action"], "REJECT")
        class Server(socketserver.ThreadingTCPServer): daemon_threads = True
        with Server(("127.0.0.1", 0), Handler) as server:
            print(server.server_address[1], flush=True)
            server.serve_forever()
        """
}

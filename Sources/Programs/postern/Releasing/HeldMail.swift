import Foundation

/// What is known of a message that a mail server keeps.
struct QueuedMessage: Sendable {
    /// What came into the queue after it is another message, which has the name now.
    let heldAt: Date
    /// Its reverse-path; nil where that is not known.
    let sender: String?
}

/// A mail server that keeps messages back, and lets them go one by one.
protocol HeldMail: Sendable {
    /// Whether that can be a name in its queue: what is none is never handed to its programs.
    func isName(_ queueID: String) -> Bool

    /// Lets messages go.
    /// - Parameter messages: by name. What has the name of one, and is not it, stays.
    /// - Returns: those that it kept and that go now, and those that were let go before and are still there. Others are not kept, or not yet.
    /// - Throws: where its programs do not do what they should.
    func release(_ messages: [String: QueuedMessage]) throws -> Set<String>
}

/// A program did not do what it should.
struct ProgramTrouble: Error, CustomStringConvertible { let description: String }

/// Runs a program of a mail server.
enum ServerProgram {
    /// Octets of output that are read.
    private static let most = 256 << 20

    /// - Returns: its output, standard error with it.
    /// - Throws: `ProgramTrouble` where it cannot be started, or takes longer than a minute.
    static func run(_ names: [String], _ arguments: [String]) throws -> (status: Int32, output: String) {
        guard let path = names.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { throw ProgramTrouble(description: "there is no \(names.joined(separator: ", nor "))") }
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch { throw ProgramTrouble(description: "\(path) cannot be started: \(error)") }
        let watch = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watch)
        let data = (try? pipe.fileHandleForReading.read(upToCount: most)) ?? Data()
        process.waitUntilExit()
        watch.cancel()
        guard process.terminationReason == .exit else { throw ProgramTrouble(description: "\(path) was ended by signal \(process.terminationStatus)") }
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}

/// Postfix: messages in its hold queue, let go by `postsuper -H` and delivered at once by `postqueue -i`.
struct PostfixHolds: HeldMail {
    /// The folder of `main.cf`; nil for the default.
    let configuration: String?

    private var options: [String] { configuration.map { ["-c", $0] } ?? [] }

    /// Short names are hexadecimal, long ones base 52; `ALL` would be everybody's (postsuper(1)).
    func isName(_ queueID: String) -> Bool { (5...40).contains(queueID.utf8.count) && queueID.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) } }

    func release(_ messages: [String: QueuedMessage]) throws -> Set<String> {
        let queues = try queues(of: messages), held = queues.filter { $0.value == "hold" }.keys.sorted()
        if !held.isEmpty {
            let (status, output) = try ServerProgram.run(["/usr/sbin/postsuper", "/usr/local/sbin/postsuper"], options + held.flatMap { ["-H", $0] })
            guard status == 0 else { throw ProgramTrouble(description: "postsuper failed (\(status)): \(output.prefix(500))") }
        }
        // They are among those that were put off now, and would wait for the next run of the queue. Where it cannot be asked for them, they go with that.
        // So are those that an agent let go that died before it could ask.
        let names = queues.filter { ["hold", "deferred"].contains($0.value) }.keys.sorted(), options = options
        DispatchQueue.concurrentPerform(iterations: names.count) { place in _ = try? ServerProgram.run(Self.postqueue, options + ["-i", names[place]]) }
        return Set(queues.keys)
    }

    private static let postqueue = ["/usr/sbin/postqueue", "/usr/local/sbin/postqueue"]

    /// The names of the queues in which some messages are that came before they were held: `hold`, or others where somebody let them go already.
    private func queues(of messages: [String: QueuedMessage]) throws -> [String: String] {
        let (status, output) = try ServerProgram.run(Self.postqueue, options + ["-j"])
        guard status == 0 else { throw ProgramTrouble(description: "postqueue failed (\(status)): \(output.prefix(500))") }
        var found: [String: String] = [:]
        for line in output.split(separator: "\n") {
            // Most lines are other messages, which need not be read.
            guard let name = Self.name(in: line), let message = messages[name], let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)), entry.queueID == name else { continue }
            let since = entry.arrivalTime - message.heldAt.timeIntervalSince1970
            // One that came before it was held, and has its sender or came not long before: senders are rewritten on their way into the queue (canonical(5)).
            if since <= Self.slack, since >= -Self.transfer || entry.isFrom(message.sender) { found[name] = entry.queueName }
        }
        return found
    }

    /// The name of a message in a line of `postqueue -j`, without reading all of it.
    private static func name(in line: Substring) -> String? {
        guard let key = line.firstRange(of: "\"queue_id\": \"") else { return nil }
        return line[key.upperBound...].firstIndex(of: "\"").map { String(line[key.upperBound..<$0]) }
    }

    /// Between the clocks of the mail server and of the database: seconds.
    private static let slack = 120.0
    /// The longest that a message takes from its first octet in the queue to its verdict: seconds.
    private static let transfer = 3600.0

    private struct Entry: Decodable {
        let queueName: String, queueID: String
        let arrivalTime: Double
        let sender: String?

        enum CodingKeys: String, CodingKey { case queueName = "queue_name", queueID = "queue_id", arrivalTime = "arrival_time", sender }

        /// The null reverse-path is shown as the name of the mail system.
        func isFrom(_ path: String?) -> Bool {
            guard let path else { return true }
            return path.isEmpty ? sender == "MAILER-DAEMON" || sender?.isEmpty != false : sender?.lowercased() == path.lowercased()
        }
    }
}

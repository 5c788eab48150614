import ArgumentParser
import Checks
import Foundation
import Malware
import Scanner
import Verdicts

/// `postern check`: judges one message in this process and keeps nothing.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge one message and print the answer of POST /v1/verdicts; nothing is kept.",
        discussion: "Exit status: 0 accept, tag, quarantine or hold; 75 defer; 69 reject; 64 wrong use; 66 no such message.")

    @OptionGroup var options: SettingsOptions
    @Argument(help: "The message; - for standard input.") var file: String
    @Option(name: .customLong("client-ip"), help: "The address of the SMTP client.") var clientIP: String
    @Option(name: .long) var clientPort: String?
    @Option(name: .long) var clientName: String?
    @Option(name: .long) var helo: String?
    @Option(name: .long, help: "The reverse-path; empty for the null reverse-path.") var mailFrom: String?
    @Option(name: .long, help: "A forward-path; may be given again.") var rcpt: [String] = []
    @Option(name: .long) var authUser: String?
    @Option(name: .long) var tlsVersion: String?
    @Option(name: .long) var tlsCipher: String?
    @Option(name: .long) var queueId: String?
    @Option(name: .long) var serverName: String?
    @Option(name: .long) var plan: String?
    @Option(name: .long) var customer: String?
    @Option(name: .long) var site: String?
    @Option(name: .long) var script: String?
    @Option(name: .long, help: "inbound or outbound; outbound when there is an --auth-user.") var direction: String?
    @Flag(name: .long, help: "Do not look for malware: its signatures take seconds to load.") var withoutMalware = false

    func run() async throws {
        let configuration = try options.read()
        let envelope: Envelope
        do { envelope = try EnvelopeReader.read(fields, tenant: "default") } catch { throw ValidationError("\(error)") }
        let octets = try message(limit: configuration.limits.body)
        let share = try ShareFolder.find(), submission = Submission(octets: octets, envelope: envelope, receivedAt: .now)
        let found = try await withMalware(withoutMalware ? nil : configuration.malware) { malware in
            let assembly = try Assembly(configuration, share: share, malware: malware, signs: false)
            return await assembly.pipeline.judge(submission, id: VerdictID(at: submission.receivedAt), policy: assembly.policies[envelope.direction], by: .now + .milliseconds(configuration.deadline))
        }
        FileHandle.standardOutput.write(Data(found.document.answer + [0x0a]))
        switch found.verdict.action {
        case .reject: throw ExitCode(69)
        case .defer: throw ExitCode(75)
        default: break
        }
    }

    /// Has a scanner while the work is done, with a folder of its own: that of the service is the service's.
    private func withMalware(_ settings: MalwareSettings?, _ work: (MalwareChecker?) async throws -> Examination) async throws -> Examination {
        guard let settings else { return try await work(nil) }
        let folder = try StateFolder(FileManager.default.temporaryDirectory.path + "/postern-check-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        let house = MalwareHouse(settings, in: folder) { _ in }, patience = ContinuousClock.now + settings.scanner.limits.loading
        // What cannot be loaded is told by the verdict.
        while house.scanner.knowledge == nil, house.scanner.status.trouble == nil, ContinuousClock.now < patience { try await Task.sleep(for: .milliseconds(20)) }
        do {
            let examination = try await work(house.checker)
            await house.scanner.stop()
            return examination
        } catch {
            await house.scanner.stop()
            throw error
        }
    }

    private var fields: [(name: String, value: String)] {
        let single: [(String, String?)] = [
            ("client_ip", clientIP), ("client_port", clientPort), ("client_name", clientName), ("helo", helo), ("mail_from", mailFrom),
            ("auth_user", authUser), ("tls_version", tlsVersion), ("tls_cipher", tlsCipher), ("queue_id", queueId),
            ("server_name", serverName), ("direction", direction),
            ("plan", plan), ("customer", customer), ("site", site), ("script", script),
        ]
        return single.compactMap { name, value in value.map { (name, $0) } } + rcpt.map { ("rcpt", $0) }
    }

    private func message(limit: Int) throws -> [UInt8] {
        let handle: FileHandle
        if file == "-" { handle = .standardInput } else {
            guard let opened = FileHandle(forReadingAtPath: file) else {
                FileHandle.standardError.write(Data("postern: \(file) cannot be read\n".utf8))
                throw ExitCode(66)
            }
            handle = opened
        }
        let data = try handle.read(upToCount: limit + 1) ?? Data()
        guard data.count <= limit else { throw ValidationError("the message is larger than limits.body (\(limit) octets)") }
        guard !data.isEmpty else { throw ValidationError("the message is empty") }
        return Array(data)
    }
}

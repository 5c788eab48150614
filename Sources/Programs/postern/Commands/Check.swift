import ArgumentParser
import Checks
import Foundation
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
    @Option(name: .long, help: "inbound or outbound; outbound when there is an --auth-user.") var direction: String?

    func run() async throws {
        let configuration = try options.read()
        let envelope: Envelope
        do { envelope = try EnvelopeReader.read(fields, tenant: "default") } catch { throw ValidationError("\(error)") }
        let octets = try message(limit: configuration.limits.body)
        let assembly = try Assembly(configuration, share: try ShareFolder.find(), signs: false)
        let now = Timestamp.now
        let found = await assembly.pipeline.judge(Submission(octets: octets, envelope: envelope, receivedAt: now), id: VerdictID(at: now),
                                                  policy: assembly.policy, by: .now + .milliseconds(configuration.deadline))
        let document = VerdictDocument.answer(verdict: found.verdict, evidence: found.evidence, timing: found.timing)
        FileHandle.standardOutput.write(Data(document.answer + [0x0a]))
        switch found.verdict.action {
        case .reject: throw ExitCode(69)
        case .defer: throw ExitCode(75)
        default: break
        }
    }

    private var fields: [(name: String, value: String)] {
        let single: [(String, String?)] = [
            ("client_ip", clientIP), ("client_port", clientPort), ("client_name", clientName), ("helo", helo), ("mail_from", mailFrom),
            ("auth_user", authUser), ("tls_version", tlsVersion), ("tls_cipher", tlsCipher), ("queue_id", queueId),
            ("server_name", serverName), ("direction", direction),
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

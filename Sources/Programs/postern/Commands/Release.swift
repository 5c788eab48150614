import ArgumentParser
import Foundation
import Logging
import Logs
import ServiceLifecycle
import UnixSignals
import Web

/// `postern release`: the agent at a mail server that lets messages go which wait for limits on sending.
struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let messages go that a mail server keeps until limits on sending have room for them.",
                                                    discussion: "Runs beside the mail server, as a user who may use its queue. It needs a token with the scope holds, and asks the service which messages go.")

    enum Server: String, ExpressibleByArgument, CaseIterable { case postfix }

    @Option(name: .long, help: "The mail server: \(Server.allCases.map(\.rawValue).joined(separator: ", ")).") var mta: Server
    @Option(name: .long, help: ArgumentHelp("Where the service is.", valueName: "url")) var url = "http://127.0.0.1:8025"
    @Option(name: .long, help: ArgumentHelp("A unix socket of the service, to use instead.", valueName: "file")) var socket: String?
    @Option(name: .long, help: ArgumentHelp("Certificates to trust instead of the system's (PEM).", valueName: "file")) var caFile: String?
    @Option(name: .long, help: ArgumentHelp("The file that has the token.", valueName: "file")) var tokenFile = "/etc/postern/release.token"
    @Option(name: .long, help: "The name with which the mail server asks for verdicts (server_name); without it the name of this host.") var serverName: String?
    @Option(name: .long, help: ArgumentHelp("The mail server's settings, where they are not at their usual place.", valueName: "folder")) var mtaConfig: String?
    @Option(name: .long, help: "Seconds for which one question waits for something to go, 1 to 60.") var wait = 30
    @Flag(name: .long, help: "Write the log as text, not as JSON.") var text = false

    private struct Run: Service {
        let agent: ReleaseAgent

        func run() async throws { try await cancelWhenGracefulShutdown { try await agent.run() } }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        guard (1...60).contains(wait) else { throw ValidationError("--wait: is not a number of seconds from 1 to 60") }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else { throw ValidationError("--url: begins with neither http:// nor https://: \(url)") }
        guard let token = try? String(contentsOfFile: tokenFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines), !token.isEmpty, token.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw ValidationError("--token-file: holds no token: \(tokenFile)")
        }
        var settings = HTTPClient.Settings(base: url.hasSuffix("/") ? String(url.dropLast()) : url)
        settings.socket = socket
        settings.caFile = caFile
        settings.token = token
        let lines = LineLogHandler.standardError(text ? .text : .json), form: Configuration.LogForm = text ? .text : .json
        LoggingSystem.bootstrap { LineLogHandler(label: $0, form: form, lines: lines, logLevel: .info) }
        let logger = Logger(label: "postern.release"), server = serverName ?? ProcessInfo.processInfo.hostName
        let mail: any HeldMail = switch mta { case .postfix: PostfixHolds(configuration: mtaConfig) }
        let agent = ReleaseAgent(mail, client: HTTPClient(settings), server: server, wait: wait, logger: logger)
        logger.info("releasing", metadata: ["server_name": "\(server)", "url": "\(url)"])
        var trouble: (any Error)?
        do {
            try await ServiceGroup(configuration: .init(services: [.init(service: Run(agent: agent), successTerminationBehavior: .gracefullyShutdownGroup)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)).run()
        } catch { trouble = error }
        if let trouble { lines.add(Array("postern release: \(trouble)\n".utf8)) }
        lines.flush(within: .seconds(2))
        if trouble != nil { throw ExitCode.failure }
    }
}

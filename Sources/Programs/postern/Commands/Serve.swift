import ArgumentParser
import Foundation
import Logging
import Logs

/// `postern serve`: the service.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the service.")

    @OptionGroup var options: SettingsOptions
    @Option(name: .long, help: ArgumentHelp("Where to listen; may be given again.", valueName: "host:port | unix:path")) var listen: [String] = []
    @Flag(name: .long, help: "When ready, print the administrator's token and a command to try.") var greet = false

    func run() async throws {
        // A reader of our output that went away is a failed write, not our end.
        signal(SIGPIPE, SIG_IGN)
        var configuration = try options.read()
        if !listen.isEmpty {
            configuration.listen = try listen.map { text in
                guard let address = ListenAddress(text) else { throw ValidationError("--listen: is not HOST:PORT or unix:PATH: \(text)") }
                return address
            }
        }
        configuration = try configuration.withStateKey(makingIt: true)
        let form = configuration.logForm, level = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        let lines = LineLogHandler.standardError(form)
        LoggingSystem.bootstrap { LineLogHandler(label: $0, form: form, lines: lines, logLevel: level) }
        let logger = Logger(label: "postern"), share = try ShareFolder.find(), greet = greet, folder = configuration.stateFolder
        configuration.limits.connections = Self.affordable(configuration.limits.connections, logger)
        let service = HouseService(configuration: configuration, share: share, logger: logger, lines: lines) { token, places in
            logger.info("ready", metadata: ["listening": "\(places.joined(separator: " "))"])
            if greet { FileHandle.standardOutput.write(Data(Self.greeting(token, places, share: share, tokenFile: folder + "/admin.token").utf8)) }
        }
        do { try await service.run() } catch {
            // The reason must find room.
            lines.flush(within: Self.lastWords)
            lines.add(Array("postern: \(error)\n".utf8))
            lines.flush(within: Self.lastWords)
            throw ExitCode.failure
        }
        lines.flush(within: Self.lastWords)
    }

    /// For what is left of the log at the end.
    private static let lastWords = Duration.seconds(2)

    /// Descriptors for everything that is not a connection: the database, the resolver, files.
    private static let reserve = 768

    /// Raises the soft limit of open files to the hard one, and says how many connections fit below it: without descriptors left, nobody
    /// could even be told so.
    private static func affordable(_ connections: Int, _ logger: Logger) -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return connections }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = min(limit.rlim_max, 1 << 20)
            if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        let room = max(16, Int(clamping: limit.rlim_cur) - reserve)
        if room < connections { logger.warning("limits.connections is cut to what the limit of open files allows", metadata: ["connections": "\(room)"]) }
        return min(connections, room)
    }

    private static func greeting(_ token: String, _ places: [String], share: String, tokenFile: String) -> String {
        let place = places.first ?? ""
        let url = place.hasPrefix("unix:") ? "http://localhost" : place, socket = place.hasPrefix("unix:") ? " --unix-socket \(place.dropFirst(5))" : ""
        return """

        Postern is ready at \(places.joined(separator: ", ")).
        The administrator's token is in \(tokenFile): \(token)

        Have a message judged:

        curl\(socket) --data-binary @\(share)/deploy/samples/welcome.eml -H 'Content-Type: message/rfc822' -H "Authorization: Bearer $(cat \(tokenFile))" \\
          '\(url)/v1/verdicts?client_ip=192.0.2.25&helo=mail.example.org&mail_from=anna@example.org&rcpt=reader@example.net&tls_version=TLSv1.3&queue_id=4F2A1C9'

        """
    }
}

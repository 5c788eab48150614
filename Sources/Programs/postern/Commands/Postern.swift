import ArgumentParser

/// The program: the service, and the tools of its operator.
@main
struct Postern: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postern", abstract: "Judges mail: one message in, one recorded, explained decision out.",
        version: "0.1.0", subcommands: [Serve.self, Check.self, History.self, Token.self, DKIMCommand.self, Learn.self, Release.self, Migrate.self, Settings.self])
}

/// What every command takes that reads settings.
struct SettingsOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The settings (YAML).", valueName: "file")) var config: String?
    @Option(name: .long, help: ArgumentHelp("Where the embedded database and the administrator's token are.", valueName: "folder")) var stateDir: String?
    @Option(name: .long, help: ArgumentHelp("A resolver to ask; may be given again.", valueName: "host[@port]")) var dns: [String] = []

    /// The settings with the options of the command line laid over them.
    func read() throws -> Configuration {
        var environment = Self.environment
        if let stateDir { environment["POSTERN_STATE_DIR"] = stateDir }
        if !dns.isEmpty { environment["POSTERN_DNS_SERVERS"] = dns.joined(separator: ",") }
        do { return try ConfigurationReader.read(path: config ?? environment["POSTERN_CONFIG"], environment: environment) } catch let fault as SettingsTree.Fault {
            throw ValidationError("settings: \(fault)")
        }
    }
}

import Foundation

extension SettingsOptions {
    private static var environment: [String: String] { ProcessInfo.processInfo.environment }
}

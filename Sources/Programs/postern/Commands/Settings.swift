import API
import ArgumentParser
import Foundation
import Reporting
import Verdicts

/// `postern settings`: reads the settings, the policy and the files they name, and says whether they hold.
struct Settings: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check the settings and the policy without starting anything.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let configuration = try options.read()
        let share = try ShareFolder.find()
        let policy = try PolicySource(configuration, share: share).read()
        _ = try configuration.neutralise.read(share: share)
        _ = try Zones.chosen(configuration.blockLists)
        for listener in configuration.listeners { try listener.check() }
        print("The settings hold. Policy \(policy.name): \(policy.rules.count) rules, \(configuration.blockLists.use.count + configuration.blockLists.zones.count) blocklists.")
        if let sending = configuration.reports.sending { print("Reports are sent from \(sending.reporter.email) by \(sending.relay).") }
    }
}

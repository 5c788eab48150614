import API
import ArgumentParser
import Foundation
import Reporting
import Verdicts

/// `postern settings`: reads the settings, the policies and the files they name, and says whether they hold.
struct Settings: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check the settings and the policies without starting anything.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let configuration = try options.read()
        let share = try ShareFolder.find()
        let policies = try PolicySource(configuration, share: share).read()
        _ = try configuration.neutralise.read(share: share)
        _ = try configuration.rateLimits.replies.read(share: share)
        _ = try Zones.chosen(configuration.blockLists)
        for listener in configuration.listeners { try listener.check() }
        let told = [("Policy", policies.inbound), ("outbound policy", policies.outbound)].map { "\($0) \($1.name): \($1.rules.count) rules" }
        print("The settings hold. \(told.joined(separator: ", ")), \(configuration.blockLists.use.count + configuration.blockLists.zones.count) blocklists.")
        if let sending = configuration.reports.sending { print("Reports are sent from \(sending.reporter.email) by \(sending.relay).") }
    }
}

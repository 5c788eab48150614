import DNS
import Foundation
import Relay
import Verdicts

/// What is kept in quarantine here, and who brings released messages to their recipients.
struct QuarantineSettings: Sendable {
    /// Whether messages are kept here at all; else the MTA keeps them.
    var keeps: Bool
    var limits: QuarantineLimits
    var relay: RelaySettings?
}

extension ConfigurationReader {
    /// - Throws: `SettingsTree.Fault`, which never shows a password.
    static func quarantine(_ tree: SettingsTree) throws -> QuarantineSettings {
        let days = 86_400_000...(3650 * 86_400_000)
        var limits = QuarantineLimits()
        limits.messageOctets = try tree.octets("quarantine.message", in: 1024...MessageSeal.octetLimit) ?? limits.messageOctets
        limits.tenantOctets = try tree.octets("quarantine.octets", in: 1 << 20...(1 << 50)) ?? limits.tenantOctets
        limits.tenantMessages = try tree.number("quarantine.messages", in: 1...1_000_000_000) ?? limits.tenantMessages
        limits.retention = try tree.milliseconds("quarantine.retention", in: days).map { $0 / 1000 } ?? limits.retention
        limits.retentions = try tree.times("quarantine.retention_by_tenant", in: days).mapValues { $0 / 1000 }
        return QuarantineSettings(keeps: try tree.flag("quarantine.keep") ?? true, limits: limits,
                                  relay: try RelayReader(tree: tree, place: "quarantine.relay").relay(heloName: try host(tree).text))
    }
}

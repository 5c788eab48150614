import DNS
import Foundation
import Mail
import Relay
import Reporting
import Verdicts

/// What the settings say of reports.
struct ReportSettings: Sendable {
    /// Who reports, and by way of whom.
    struct Sending: Sendable { var reporter: Reporter, relay: RelaySettings }

    /// nil: no reports are made, and none sent.
    var sending: Sending?
    var pacing = ReportPacing()
    /// Milliseconds between two looks at what is to be made and sent.
    var checkEvery: Int
    /// Days for which reports that went out, or were given up, are kept; and those that came.
    var retention: Int, receivedRetention: Int
}

extension ConfigurationReader {
    /// - Throws: `SettingsTree.Fault`, which never shows a password.
    static func reports(_ tree: SettingsTree) throws -> ReportSettings {
        func days(_ key: String, _ otherwise: Int) throws -> Int { (try tree.milliseconds(key, in: 86_400_000...(3650 * 86_400_000)) ?? otherwise * 86_400_000) / 86_400_000 }
        return ReportSettings(sending: try sending(tree), pacing: try pacing(tree), checkEvery: try tree.milliseconds("reports.check_every", in: 100...3_600_000) ?? 60_000,
                              retention: try days("reports.retention", 90), receivedRetention: try days("reports.received_retention", 400))
    }

    private static func sending(_ tree: SettingsTree) throws -> ReportSettings.Sending? {
        let organization = try tree.text("reports.organization"), email = try tree.text("reports.email")
        let contact = try tree.text("reports.extra_contact"), host = try host(tree)
        let relay = try RelayReader(tree: tree, place: "reports.relay").relay(heloName: host.text)
        guard organization != nil || email != nil || relay != nil || contact != nil else { return nil }
        guard let organization else { throw tree.fault("reports.organization", "is missing: reports say who made them") }
        guard let email else { throw tree.fault("reports.email", "is missing: reports are sent from there, and say whom to ask") }
        guard let relay else { throw tree.fault("reports.relay.url", "is missing: reports leave by way of a mail server such as smtp://mail.example.org:587") }
        for (key, text) in [("reports.organization", organization), ("reports.extra_contact", contact ?? "x")] where !isWords(text) {
            throw tree.fault(key, "is not 1 to 255 characters without control characters")
        }
        guard let mailbox = try? MailAddress.path(email), mailbox.domain != nil, email.utf8.count <= 254, email.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), email.first != "<" else {
            throw tree.fault("reports.email", "is not a mailbox such as dmarc-reports@example.org: \(email)")
        }
        return .init(reporter: Reporter(organization: organization, email: email, extraContact: contact, host: host, generator: "Postern"), relay: relay)
    }

    private static func isWords(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 255 && !text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
    }

    /// Our name in reports and to relays: the setting `reports.host`, else the first of `own_names`, else the host's.
    static func host(_ tree: SettingsTree) throws -> DomainName {
        if let named = try tree.text("reports.host") {
            guard let host = DomainName(named), host.labels.count >= 2 else { throw tree.fault("reports.host", "is not a host name such as mx.example.org: \(named)") }
            return host
        }
        let names = (try tree.list("own_names") ?? []) + [ProcessInfo.processInfo.hostName]
        return names.lazy.compactMap { DomainName($0) }.first { !$0.isRoot } ?? DomainName(trusted: "localhost")
    }

    private static func pacing(_ tree: SettingsTree) throws -> ReportPacing {
        func seconds(_ key: String, _ range: ClosedRange<Int>) throws -> Int? { try tree.milliseconds("reports.\(key)", in: (range.lowerBound * 1000)...(range.upperBound * 1000)).map { $0 / 1000 } }
        var pacing = ReportPacing()
        pacing.between = try seconds("between", 0...3600) ?? pacing.between
        pacing.betweenSame = try seconds("between_same", 0...86_400) ?? pacing.betweenSame
        pacing.perHour = try tree.number("reports.per_hour", in: 1...1_000_000) ?? pacing.perHour
        pacing.settling = try seconds("settle", 0...43_200) ?? pacing.settling
        pacing.daysBack = try tree.number("reports.days_back", in: 1...30) ?? pacing.daysBack
        pacing.giveUpAfter = try seconds("give_up_after", 3600...(30 * 86_400)) ?? pacing.giveUpAfter
        return pacing
    }
}

import Checks
import Verdicts

extension ConfigurationReader {
    /// How the greylist works; whether it does says the policy (`thresholds.greylist`).
    static func greylist(_ tree: SettingsTree) throws -> Greylist.Settings {
        let days = 86_400_000...(400 * 86_400_000)
        var settings = Greylist.Settings()
        func seconds(_ key: String, _ range: ClosedRange<Int>, _ otherwise: Int) throws -> Int { try tree.milliseconds("greylist.\(key)", in: range).map { $0 / 1000 } ?? otherwise }
        settings.terms.wait = try seconds("wait", 1000...3_600_000, settings.terms.wait)
        settings.terms.retryWithin = try seconds("retry_within", 3_600_000...(7 * 86_400_000), settings.terms.retryWithin)
        settings.terms.knownFor = try seconds("known_for", days, settings.terms.knownFor)
        settings.terms.knownAtMost = try seconds("known_at_most", days, max(settings.terms.knownAtMost, settings.terms.knownFor))
        settings.terms.history = try tree.number("greylist.history", in: 1...1000) ?? settings.terms.history
        settings.terms.historyAge = try seconds("history_age", 0...days.upperBound, settings.terms.historyAge)
        settings.terms.historyWithin = try seconds("history_within", days, settings.terms.historyWithin)
        settings.terms.tenantKeys = try tree.number("greylist.entries", in: 1...100_000_000) ?? settings.terms.tenantKeys
        settings.prefixV4 = try tree.number("greylist.ipv4_prefix", in: 8...32) ?? settings.prefixV4
        settings.prefixV6 = try tree.number("greylist.ipv6_prefix", in: 16...128) ?? settings.prefixV6
        settings.exemptTenants = Set(try tree.list("greylist.exempt_tenants") ?? [])
        // Mail servers come again every hour at the latest, some after four.
        guard settings.terms.wait + 4 * 3600 <= settings.terms.retryWithin else { throw tree.fault("greylist.retry_within", "is less than four hours longer than greylist.wait: many could not come back in time") }
        guard settings.terms.knownFor <= settings.terms.knownAtMost else { throw tree.fault("greylist.known_at_most", "is less than greylist.known_for") }
        return settings
    }
}

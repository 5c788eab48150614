import RateLimits
import Verdicts
import Watching

/// What the settings say of senders that are watched.
struct WatchSettings: Sendable {
    var rules: WatchRules
    var form: NetworkForm
    /// Codes of findings by which a client is known for the use of stolen passwords.
    var listed: [String]
    /// Limits of who is throttled, beside his own.
    var throttle: [RateLimit]
}

extension ConfigurationReader {
    /// - Throws: `SettingsTree.Fault`.
    static func watch(_ tree: SettingsTree) throws -> WatchSettings {
        var thresholds = shippedThresholds
        for signal in SenderSignal.allCases {
            guard var threshold = thresholds[signal] else { continue }
            let key = "watch.signals.\(signal.rawValue)"
            if let share = try tree.number("\(key).share", in: 0...100) { threshold.share = share == 0 ? nil : share }
            threshold.least = try tree.number("\(key).least", in: 1...1_000_000) ?? threshold.least
            threshold.weight = try tree.number("\(key).weight", in: 0...100) ?? threshold.weight
            if let milliseconds = try tree.milliseconds("\(key).per", in: (WatchRules.slot * 1000)...(WatchRules.longestWindow * 1000)) {
                guard let window = LimitWindow(seconds: milliseconds / 1000) else { throw tree.fault("\(key).per", "is not \(LimitWindow.textForm)") }
                threshold.window = window
            }
            thresholds[signal] = threshold
        }
        var rules = WatchRules(thresholds: thresholds), form = NetworkForm()
        let day = 86_400_000
        rules.acts = try tree.flag("watch.act") ?? rules.acts
        rules.learning = try tree.milliseconds("watch.learning", in: 0...(90 * day)).map { $0 / 1000 } ?? rules.learning
        rules.contacts = try tree.number("watch.contacts", in: 100...1_000_000) ?? rules.contacts
        rules.senders = try tree.number("watch.senders", in: 1...100_000_000) ?? rules.senders
        rules.throttleAt = try tree.number("watch.throttle.at", in: 1...10_000) ?? rules.throttleAt
        rules.throttleFor = try tree.milliseconds("watch.throttle.for", in: 60_000...(90 * day)).map { $0 / 1000 } ?? rules.throttleFor
        rules.freezeAt = try tree.number("watch.freeze.at", in: 1...10_000) ?? max(rules.freezeAt, rules.throttleAt)
        guard rules.freezeAt >= rules.throttleAt else { throw tree.fault("watch.freeze.at", "is \(rules.freezeAt), less than watch.throttle.at, which is \(rules.throttleAt)") }
        rules.again = try tree.milliseconds("watch.freeze.again", in: 0...(90 * day)).map { $0 / 1000 } ?? rules.again
        form.ipv4Prefix = try tree.number("watch.ipv4_prefix", in: 8...32) ?? form.ipv4Prefix
        form.ipv6Prefix = try tree.number("watch.ipv6_prefix", in: 16...128) ?? form.ipv6Prefix
        return WatchSettings(rules: rules, form: form, listed: try tree.list("watch.listed") ?? ["blocklist.spamhaus.authbl"], throttle: try limitList(tree, "watch.throttle.limits") ?? shippedThrottle)
    }

    /// No signal that a person may give on a busy day restrains anybody by itself.
    private static var shippedThresholds: [SenderSignal: WatchRules.Threshold] {
        guard let hour = LimitWindow(seconds: 3600), let day = LimitWindow(seconds: 86_400), let week = LimitWindow(seconds: WatchRules.longestWindow) else { return [:] }
        return [
            .newRecipients: .init(share: 80, least: 50, window: hour, weight: 1), .newNetworks: .init(share: nil, least: 3, window: hour, weight: 1), .listedClient: .init(share: nil, least: 1, window: day, weight: 1),
            .spam: .init(share: 50, least: 10, window: hour, weight: 2), .malware: .init(share: nil, least: 3, window: day, weight: 2), .putOff: .init(share: nil, least: 200, window: hour, weight: 1),
            .bounces: .init(share: 25, least: 20, window: day, weight: 2), .complaints: .init(share: 1, least: 3, window: week, weight: 2),
        ]
    }

    /// What a person needs on a day on which something is wrong.
    private static var shippedThrottle: [RateLimit] {
        get throws { try LimitWindow(seconds: 3600).map { [try RateLimit(counts: .recipients, most: 20, window: $0)] } ?? [] }
    }
}

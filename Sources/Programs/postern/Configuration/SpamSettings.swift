/// What the spam filter does here.
struct SpamSettings: Sendable {
    /// Whether there is one at all.
    var filters: Bool
    /// Whether the features that said most are named in the evidence, which takes them a second time.
    var names: Bool
    /// Seconds that the features of a judged message are kept, so that it can be learned without its text; 0: they are not.
    var featuresKept: Int
    /// Whether they are kept also of what goes out as it is.
    var keepsOutbound: Bool
    /// Whether it learns by itself what other evidence tells.
    var learnsAutomatically: Bool
}

extension ConfigurationReader {
    static func spam(_ tree: SettingsTree) throws -> SpamSettings {
        SpamSettings(filters: try tree.flag("spam.filter") ?? true, names: try tree.flag("spam.names") ?? true,
                     featuresKept: (try tree.milliseconds("spam.features", in: 0...(3650 * 86_400_000)) ?? 3 * 86_400_000) / 1000,
                     keepsOutbound: try tree.flag("spam.features_outbound") ?? false,
                     learnsAutomatically: try tree.flag("spam.learn_automatically") ?? false)
    }
}

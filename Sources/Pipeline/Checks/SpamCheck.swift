internal import DNS
package import Learning
internal import Mail
package import SpamFilter
internal import Verdicts

/// Asks the spam filter.
package struct SpamCheck: Sendable {
    package let desk: TrainingDesk
    package let reader: FeatureReader
    /// Whether the features that said most are named: that takes them a second time.
    package let names: Bool
    /// Keeps the features of messages that were judged; nil where they are not.
    package let keeper: FeatureKeeper?

    package init(desk: TrainingDesk, reader: FeatureReader = FeatureReader(), names: Bool = true, keeper: FeatureKeeper? = nil) {
        self.desk = desk; self.reader = reader; self.names = names; self.keeper = keeper
    }

    /// - Parameter domains: those of the recipients.
    func check(_ message: Message, tenant: String, domains: [DomainName]) -> (evidence: SpamEvidence, features: PackedFeatures?) {
        let features = reader.features(of: message)
        let evidence = names ? desk.opinion(features, of: message, reader: reader, tenant: tenant, domains: domains) : desk.opinion(features, tenant: tenant, domains: domains)
        return (evidence, keeper.map { _ in PackedFeatures(features) })
    }
}

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
    /// Whether they are kept also of what goes out as it is, as nearly all of that does.
    package let keepsOutbound: Bool
    /// Learns by itself what other evidence tells; nil where nothing is learned so.
    package let learner: AutomaticLearner?

    package init(desk: TrainingDesk, reader: FeatureReader = FeatureReader(), names: Bool = true, keeper: FeatureKeeper? = nil, keepsOutbound: Bool = false, learner: AutomaticLearner? = nil) {
        self.desk = desk; self.reader = reader; self.names = names; self.keeper = keeper; self.keepsOutbound = keepsOutbound; self.learner = learner
    }

    /// - Parameters:
    ///   - findings: what the other checks found.
    ///   - domains: those of the recipients.
    /// - Returns: the features only where somebody may want them later.
    func check(_ message: Message, _ findings: [Finding], tenant: String, domains: [DomainName]) -> (evidence: SpamEvidence, features: MessageFeatures?) {
        let codes = Self.learnable(findings), features = reader.features(of: message, findings: codes)
        let evidence = names ? desk.opinion(features, of: message, findings: codes, reader: reader, tenant: tenant, domains: domains) : desk.opinion(features, tenant: tenant, domains: domains)
        return (evidence, keeper == nil && learner == nil ? nil : features)
    }

    /// Notes a message by its features, which are packed only now, where its verdict came to stand and they are wanted.
    func note(_ features: MessageFeatures, of examined: Examination) {
        let envelope = examined.submission.envelope, digest = examined.message.digest
        lazy var packed = PackedFeatures(features)
        if let keeper, envelope.direction == .inbound || keepsOutbound || examined.verdict.action != .accept {
            keeper.keep(VerdictFeatures(id: examined.verdict.id, tenant: envelope.tenant, digest: digest, features: packed, keptAt: examined.submission.receivedAt))
        }
        learner?.take(examined.evidence, digest: digest, features: packed, tenant: envelope.tenant)
    }

    /// Codes of what is known of the way, the sender and the message. What an operator lists, what a scanner says and how a message is formed are no
    /// business of a filter that learns: they speak for themselves.
    static func learnable(_ findings: [Finding]) -> [String] {
        findings.compactMap { finding in
            guard finding.couldBe == nil, let room = finding.code.split(separator: ".").first, !spokenFor.contains(room) else { return nil }
            return finding.code
        }
    }

    private static let spokenFor: Set<Substring> = ["local", "malware", "attachment", "content", "signing", "upstream", "spam", "gtube"]
}

package import DNS
package import Mail
package import SpamFilter
package import Verdicts

extension TrainingDesk {
    /// Features of each kind that are named.
    private static let namedFeatures = 10

    /// What the layers of a tenant and of its recipients' domains make of a message. Nobody is asked, and nothing is waited for.
    package nonisolated func opinion(_ features: MessageFeatures, tenant: String, domains: [DomainName]) -> SpamEvidence { say(features, tenant: tenant, domains: domains).evidence }

    /// The same, with the names of the features that said most.
    /// - Parameters:
    ///   - findings: codes that the features were taken with.
    ///   - reader: the one that took the features of this message.
    package nonisolated func opinion(_ features: MessageFeatures, of message: Message, findings: [String], reader: FeatureReader, tenant: String, domains: [DomainName]) -> SpamEvidence {
        var (evidence, models) = say(features, tenant: tenant, domains: domains)
        guard evidence.probability != nil else { return evidence }
        var strongest = Strongest(most: Self.namedFeatures)
        // Four octets tell a reader nothing.
        for view in [FeatureView.headWords, .words, .facts] {
            let hashes = features[view]
            for hash in hashes { strongest.take(hash, models.reduce(0) { $0 + $1.weight * $1.model.share(of: hash, view, count: hashes.count) }) }
        }
        let names = reader.names(of: Set((strongest.spam + strongest.ham).map(\.hash)), in: message, findings: findings)
        let named = { (found: [Strongest.Feature]) in found.compactMap { one in names[one.hash].map { SpamEvidence.Feature(name: $0, share: one.share.thousandths) } } }
        evidence.towardsSpam = named(strongest.spam)
        evidence.towardsHam = named(strongest.ham)
        return evidence
    }

    private nonisolated func say(_ features: MessageFeatures, tenant: String, domains: [DomainName]) -> (evidence: SpamEvidence, models: [(model: SpamModel, weight: Double)]) {
        let (models, missing) = shelf.models(tenant: tenant, domains: domains)
        let opinions = models.map { $0.model.judge(features) }, learned = models.map { $0.model.learned }
        let parts = models.indices.map { LayerMixture.Part(models[$0].layer.kind, logit: opinions[$0].logit, spam: learned[$0].spam, ham: learned[$0].ham) }
        let weights = LayerMixture.weights(parts)
        var evidence = SpamEvidence(missing: missing)
        evidence.layers = models.indices.map { place in
            let opinion = opinions[place]
            return SpamEvidence.Layer(layer: models[place].layer.kind.rawValue, domain: models[place].layer.domain?.text, spam: parts[place].spam, ham: parts[place].ham,
                                      weight: weights[place].thousandths, probability: opinion.probability.thousandths, views: opinion.views.map(\.thousandths),
                                      bayes: opinion.bayes.thousandths, known: opinion.known.thousandths)
        }
        if let logit = LayerMixture.logit(parts) {
            evidence.logit = logit.thousandths
            evidence.probability = LayerMixture.probability(logit)
            evidence.familiarity = zip(opinions, weights).reduce(0) { $0 + $1.0.familiarity * $1.1 }.thousandths
        } else {
            let most = parts.max { $0.learned < $1.learned }
            evidence.abstained = "\(most?.spam ?? 0) messages were learned as spam and \(most?.ham ?? 0) as ham; \(LayerMixture.fewest) of each are needed"
        }
        return (evidence, models.indices.filter { weights[$0] > 0 }.map { (models[$0].model, weights[$0]) })
    }
}

/// The features whose shares are the largest in each direction.
private struct Strongest {
    struct Feature { let hash: UInt32, share: Double }

    let most: Int
    /// The strongest first.
    private(set) var spam: [Feature] = [], ham: [Feature] = []

    init(most: Int) { self.most = most }

    mutating func take(_ hash: UInt32, _ share: Double) {
        if share > 0 { Self.insert(Feature(hash: hash, share: share), into: &spam, most) } else if share < 0 { Self.insert(Feature(hash: hash, share: share), into: &ham, most) }
    }

    private static func insert(_ feature: Feature, into list: inout [Feature], _ most: Int) {
        if list.count == most, let last = list.last {
            if abs(last.share) >= abs(feature.share) { return }
            list.removeLast()
        }
        list.insert(feature, at: list.firstIndex { abs($0.share) < abs(feature.share) } ?? list.count)
    }
}

extension Double {
    /// With three decimals.
    fileprivate var thousandths: Double { (self * 1000).rounded() / 1000 }
}

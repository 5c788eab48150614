package import Mail

/// A feature that moved the classifier.
package struct Reason: Sendable, Equatable {
    /// What it is: `received: dsl`, `free pills`, `Message-ID of another domain`.
    package let name: String
    /// Log odds that it adds; above 0 for spam.
    package let weight: Double

    package init(name: String, weight: Double) { self.name = name; self.weight = weight }
}

extension SpamModel {
    /// The features of a message that moved the neural classifier most, words and facts only: four octets tell a reader nothing.
    /// - Parameters:
    ///   - limit: of each direction at most so many.
    ///   - evidence: as the features were taken with.
    /// - Returns: the strongest first. The message is read once more: for messages that somebody asks about.
    package func reasons(_ features: MessageFeatures, of message: Message, evidence: [String] = [], reader: FeatureReader, limit: Int) -> [Reason] {
        var shares: [(feature: UInt32, weight: Double)] = []
        for view in [FeatureView.headWords, .words, .facts] {
            let found = features[view]
            for feature in found {
                let weight = share(of: feature, view, count: found.count)
                if weight != 0 { shares.append((feature, weight)) }
            }
        }
        shares.sort { abs($0.weight) > abs($1.weight) }
        let chosen = Array(shares.filter { $0.weight > 0 }.prefix(limit)) + Array(shares.filter { $0.weight < 0 }.prefix(limit))
        let names = reader.names(of: Set(chosen.map(\.feature)), in: message, evidence: evidence)
        return chosen.compactMap { each in names[each.feature].map { Reason(name: $0, weight: each.weight) } }.sorted { abs($0.weight) > abs($1.weight) }
    }
}

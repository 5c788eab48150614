internal import Glibc

/// What the classifiers make of one message.
package struct Opinion: Sendable, Equatable {
    /// Log odds of spam in each view, of the neural classifier.
    package var views: [Double]
    /// The Bayesian classifier's measure: its strongest features' log odds, summed, over the root of their number.
    package var bayes: Double
    /// How much of the message's words in the header was met before, 0 to 1: mail of a kind that was never learned has little of it.
    package var known: Double
    /// The same of its text: a language that was never learned has next to none.
    package var knownText: Double

    package init(views: [Double], bayes: Double, known: Double, knownText: Double) { self.views = views; self.bayes = bayes; self.known = known; self.knownText = knownText }
}

extension Opinion {
    /// How familiar such mail is, from 0 where what was learned says little of it to 1.
    package var familiarity: Double { min(max((known - Self.strange) / (Self.familiar - Self.strange), 0), 1) }

    /// Shares of known words between which familiarity rises. Of most collections that were learned nine of ten messages have about the higher or more; of those
    /// that were left out most have less.
    private static let strange = 0.7, familiar = 0.84

    /// Log odds of spam that both classifiers come to. Of mail of an unknown kind, marks of the way and of software say less, and the text as it came more;
    /// a text of which nothing is known is not taken for spam by its form alone.
    package var logit: Double {
        let both = neuralLogit + (0.5 + 0.5 * familiarity) * scale * bayesianLogit, legible = min(max((knownText - 0.2) / 0.2, 0), 1)
        return min(both, Self.mostOfStrange + 10 * legible)
    }

    /// The probability of spam, 0 to 1: of mail of a kind that was learned so many of a hundred are spam as it says.
    package var probability: Double { Self.probability(logit) }
    /// What the neural classifier alone, and the Bayesian one alone, take for it.
    package var neuralProbability: Double { Self.probability(neuralLogit) }
    package var bayesianProbability: Double { Self.probability(bayesianLogit) }

    private var neuralLogit: Double {
        let familiarity = familiarity
        var sum = 0.0
        for (place, weights) in Self.weights.enumerated() where place < views.count {
            sum += (weights.strange + (weights.familiar - weights.strange) * familiarity) * min(max(views[place], -Self.mostOfView), Self.mostOfView)
        }
        return scale * sum
    }

    /// What each view counts for, in the order of ``FeatureView``, in mail of an unknown kind and of a known one. Chosen with what stands beside it by `make bench-spam`.
    private static let weights: [(strange: Double, familiar: Double)] = [(0.5, 1), (0.5, 1), (1.2, 0.85), (0.85, 1.2), (0.5, 0.85)]

    private var bayesianLogit: Double { 0.1 * min(max(bayes, -30), 30) }

    private static func probability(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }

    /// The views see much of the same: their sum would be too sure, and more so of mail of an unknown kind.
    private var scale: Double { 0.14 + 0.07 * familiarity }
    /// What the filter says at most where it knows nothing of the text.
    private static let mostOfStrange = 2.5
    /// No view decides alone.
    private static let mostOfView = 6.0
}

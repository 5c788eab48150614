internal import Glibc

/// What the classifiers make of one message.
package struct Opinion: Sendable, Equatable {
    /// Log odds of spam in each view, of the neural classifier.
    package var views: [Double]
    /// The Bayesian classifier's measure: its strongest features' log odds, summed, over the root of their number.
    package var bayes: Double
    /// How much of the message's words in the header was met before, 0 to 1: mail of a kind that was never learned has little of it.
    package var known: Double

    package init(views: [Double], bayes: Double, known: Double) { self.views = views; self.bayes = bayes; self.known = known }
}

extension Opinion {
    /// How familiar such mail is, from 0 where what was learned says little of it to 1.
    package var familiarity: Double { min(max((known - Self.strange) / (Self.familiar - Self.strange), 0), 1) }

    /// Shares of known words between which familiarity rises. Of mail from places that were learned, nineteen of twenty have more than the
    /// higher; of mail from other places nineteen of twenty have less.
    private static let strange = 0.6, familiar = 0.84

    /// Log odds of spam that both classifiers come to. What marks of the way and of software say counts half in mail of an unknown kind.
    package var logit: Double {
        let scale = 0.28, bounds = views.map { min(max($0, -6), 6) }
        let marks = bounds[FeatureView.headGrams.rawValue] + bounds[FeatureView.headWords.rawValue] + 0.85 * bounds[FeatureView.bodyGrams.rawValue]
        let content = 1.2 * bounds[FeatureView.words.rawValue] + 0.85 * bounds[FeatureView.facts.rawValue]
        return scale * ((0.5 + 0.5 * familiarity) * (marks + 0.1 * min(max(bayes, -30), 30)) + content)
    }

    /// The probability of spam, 0 to 1.
    package var probability: Double { 1 / (1 + exp(-logit)) }
}

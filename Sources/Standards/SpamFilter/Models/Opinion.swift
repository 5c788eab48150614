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
    /// How familiar such mail is, from 0 where what was learned says nothing of it to 1.
    package var familiarity: Double { min(max((known - Self.strange) / (Self.familiar - Self.strange), 0), 1) }

    /// Shares of known words between which familiarity rises. Of mail from places that were learned, nineteen of twenty have more than the
    /// higher; of mail from other places three of four have less than the middle.
    private static let strange = 0.62, familiar = 0.78

    /// Log odds of spam that both classifiers come to.
    package var logit: Double {
        let marks = views[FeatureView.headGrams.rawValue] + views[FeatureView.headWords.rawValue] + views[FeatureView.bodyGrams.rawValue]
        let content = views[FeatureView.words.rawValue] + views[FeatureView.facts.rawValue]
        let bayesian = 0.2 * bayes
        return 0.28 * (familiarity * (marks + bayesian) + content)
    }

    /// The probability of spam, 0 to 1.
    package var probability: Double { 1 / (1 + exp(-logit)) }
}

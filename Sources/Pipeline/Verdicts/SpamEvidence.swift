package import JSON

/// What the spam filter learned to make of a message.
package struct SpamEvidence: Sendable, Equatable, Decodable {
    /// One layer's say.
    package struct Layer: Sendable, Equatable, Decodable {
        /// `global`, `tenant` or `domain`.
        package var layer: String
        /// The domain; nil for the others.
        package var domain: String?
        /// Messages of each class that it learned.
        package var spam: Int, ham: Int
        /// How much it counts, 0 to 1; 0 where it learned too little.
        package var weight: Double
        package var probability: Double
        /// Log odds of spam of the neural classifier in each view of the message, and the Bayesian one's measure.
        package var views: [Double]
        package var bayes: Double
        /// How much of the header's words was met before, 0 to 1.
        package var known: Double

        package init(layer: String, domain: String? = nil, spam: Int, ham: Int, weight: Double, probability: Double, views: [Double], bayes: Double, known: Double) {
            self.layer = layer; self.domain = domain; self.spam = spam; self.ham = ham; self.weight = weight; self.probability = probability
            self.views = views; self.bayes = bayes; self.known = known
        }

        enum CodingKeys: String, CodingKey { case layer, domain, spam, ham, weight, probability, views, bayes, known }
    }

    /// A feature that speaks for a class.
    package struct Feature: Sendable, Equatable, Decodable {
        package var name: String
        /// What it adds to the log odds of its view; above 0 for spam.
        package var share: Double

        package init(name: String, share: Double) { self.name = name; self.share = share }

        enum CodingKeys: String, CodingKey { case name, share }
    }

    /// Of spam, 0 to 1; nil where the filter abstains.
    package var probability: Double?
    /// The log odds of it.
    package var logit: Double?
    /// How much mail of this kind was learned, 0 to 1; nil where the filter abstains.
    package var familiarity: Double?
    /// Why it abstains.
    package var abstained: String?
    /// The layers that were asked.
    package var layers: [Layer]
    /// Layers that are being loaded, and were not asked.
    package var missing: Int
    /// What speaks for spam, and what against it, the strongest first, at most 10 each.
    package var towardsSpam: [Feature]
    package var towardsHam: [Feature]

    package init(probability: Double? = nil, logit: Double? = nil, familiarity: Double? = nil, abstained: String? = nil, layers: [Layer] = [], missing: Int = 0, towardsSpam: [Feature] = [], towardsHam: [Feature] = []) {
        self.probability = probability; self.logit = logit; self.familiarity = familiarity; self.abstained = abstained; self.layers = layers; self.missing = missing
        self.towardsSpam = towardsSpam; self.towardsHam = towardsHam
    }

    enum CodingKeys: String, CodingKey { case probability, logit, familiarity, abstained, layers, missing, towardsSpam = "towards_spam", towardsHam = "towards_ham" }
}

extension SpamEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.probability, probability)
        json.member(CodingKeys.logit, logit)
        json.member(CodingKeys.familiarity, familiarity)
        json.member(CodingKeys.abstained, abstained)
        json.member(CodingKeys.layers, layers)
        json.member(CodingKeys.missing, missing)
        json.member(CodingKeys.towardsSpam, towardsSpam)
        json.member(CodingKeys.towardsHam, towardsHam)
        json.closeObject()
    }
}

extension SpamEvidence.Layer: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.layer, layer)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.spam, spam)
        json.member(CodingKeys.ham, ham)
        json.member(CodingKeys.weight, weight)
        json.member(CodingKeys.probability, probability)
        json.member(CodingKeys.views, views)
        json.member(CodingKeys.bayes, bayes)
        json.member(CodingKeys.known, known)
        json.closeObject()
    }
}

extension SpamEvidence.Feature: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.name, name)
        json.member(CodingKeys.share, share)
        json.closeObject()
    }
}

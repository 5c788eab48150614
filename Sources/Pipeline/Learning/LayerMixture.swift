internal import Glibc
internal import SpamFilter

/// What layers say together.
package enum LayerMixture {
    /// Messages of each class without which a layer says nothing.
    package static let fewest = LearningPass.fewest

    /// What one layer says, and how much it learned.
    package struct Part: Sendable, Equatable {
        package let kind: TrainingLayer.Kind
        /// Log odds of spam.
        package let logit: Double
        package let spam: Int, ham: Int

        package init(_ kind: TrainingLayer.Kind, logit: Double, spam: Int, ham: Int) { self.kind = kind; self.logit = logit; self.spam = spam; self.ham = ham }

        /// Messages of the class it learned less of.
        package var learned: Int { min(spam, ham) }
        package var isReady: Bool { learned >= LayerMixture.fewest }
    }

    /// How much each part counts: they add up to 1, or are all 0 where none is ready.
    ///
    /// A layer of n messages takes n/(n+200) of what the ones more special than it left: domains first, who share alike; then the tenant; the global one takes the rest. Where
    /// that is not ready, the others have it in proportion.
    package static func weights(_ parts: [Part]) -> [Double] {
        var weights = [Double](repeating: 0, count: parts.count), rest = 1.0
        for kind in [TrainingLayer.Kind.domain, .tenant, .global] {
            let places = parts.indices.filter { parts[$0].kind == kind }
            var taken = 0.0
            for place in places where parts[place].isReady {
                let n = Double(parts[place].learned), share = kind == .global ? 1 : n / (n + Double(fewest))
                weights[place] = rest * share / Double(places.count)
                taken += weights[place]
            }
            rest -= taken
        }
        let sum = weights.reduce(0, +)
        return sum > 0 ? weights.map { $0 / sum } : weights
    }

    /// - Returns: log odds of spam; nil where no part is ready.
    package static func logit(_ parts: [Part]) -> Double? {
        let weights = weights(parts)
        return weights.contains { $0 > 0 } ? zip(parts, weights).reduce(0) { $0 + $1.0.logit * $1.1 } : nil
    }

    package static func probability(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }
}

/// What one message changed in a model: enough to take it back, and to do the same on another node.
package struct LearningStep: Sendable, Equatable {
    package let isSpam: Bool
    /// Added to the weight of each feature, one number for each view, in steps of a weight.
    package let weights: [Int32]

    /// What no message moves a weight by: eight steps of 6, in steps of a weight.
    private static let most: Int32 = 48 * 32_768

    /// - Returns: nil where there are not as many weights as views, or one is larger than any message makes it.
    package init?(isSpam: Bool, weights: [Int32]) {
        guard weights.count == FeatureView.allCases.count, weights.allSatisfy({ (-Self.most...Self.most).contains($0) }) else { return nil }
        self.isSpam = isSpam
        self.weights = weights
    }

    init(isSpam: Bool, of weights: [Int32]) {
        self.isSpam = isSpam
        self.weights = weights
    }
}

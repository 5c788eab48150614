/// What one message changed in a model: enough to take it back, and to do the same on another node.
package struct LearningStep: Sendable, Equatable {
    package let isSpam: Bool
    /// Whether the message counts as one that was learned; what it is rehearsed for does not.
    package let isCounted: Bool
    /// Added to the weight of each feature, one number for each view, in steps of a weight.
    package let weights: [Int32]

    /// What no message moves a weight by: eight steps of 6, in steps of a weight.
    private static let most: Int32 = 48 * 32_768

    /// - Returns: nil where there are not as many weights as views, or one is larger than any message makes it.
    package init?(isSpam: Bool, isCounted: Bool = true, weights: [Int32]) {
        guard weights.count == FeatureView.allCases.count, weights.allSatisfy({ (-Self.most...Self.most).contains($0) }) else { return nil }
        self.isSpam = isSpam
        self.isCounted = isCounted
        self.weights = weights
    }

    /// The same with what rehearsals of the message changed: that is taken back with it.
    /// - Returns: nil where there are not as many weights as views, or their sum is no number that is kept.
    package func with(_ rehearsals: [[Int32]]) -> LearningStep? {
        var sums = weights.map(Int.init)
        for one in rehearsals {
            guard one.count == sums.count else { return nil }
            for place in sums.indices { sums[place] &+= Int(one[place]) }
        }
        let all = sums.compactMap { Int32(exactly: $0) }
        return all.count == sums.count ? LearningStep(isSpam: isSpam, isCounted: isCounted, of: all) : nil
    }

    init(isSpam: Bool, isCounted: Bool = true, of weights: [Int32]) {
        self.isSpam = isSpam
        self.isCounted = isCounted
        self.weights = weights
    }
}

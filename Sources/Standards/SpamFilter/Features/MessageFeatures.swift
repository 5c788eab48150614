/// What the spam filter knows of one message: hashed features, by view, each once in its view.
/// Limits: ``FeatureLimits/features``.
package struct MessageFeatures: Sendable, Equatable {
    /// The features of all views, one view behind the other.
    package let hashes: [UInt32]
    /// Where each view ends in ``hashes``; as many as there are views.
    package let ends: [Int]

    /// - Parameter ends: ascending, the last is the count of `hashes`.
    /// - Returns: nil where the ends do not fit.
    package init?(hashes: [UInt32], ends: [Int]) {
        guard ends.count == FeatureView.allCases.count, ends.last == hashes.count, hashes.count <= FeatureLimits.features else { return nil }
        var last = 0
        for end in ends {
            if end < last { return nil }
            last = end
        }
        self.hashes = hashes
        self.ends = ends
    }

    init(_ collector: borrowing FeatureCollector) {
        hashes = collector.taken
        ends = collector.ends
    }

    package subscript(_ view: FeatureView) -> ArraySlice<UInt32> { hashes[range(view)] }

    func range(_ view: FeatureView) -> Range<Int> {
        let start = view.rawValue == 0 ? 0 : ends[view.rawValue - 1]
        return start..<ends[view.rawValue]
    }
}

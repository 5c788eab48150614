internal import Glibc
internal import Synchronization

/// What was learned of spam and ham: one flat table that both classifiers share.
/// Memory: 32 MiB with the usual 22 bits, allocated once.
package final class SpamModel: Sendable {
    private let table: BucketTable
    private let spamCount = Atomic<Int>(0), hamCount = Atomic<Int>(0)
    /// One learns at a time; who judges does not ask for it.
    private let learning = Mutex(())

    /// - Parameter bits: 10 to 24; the table has two to the power of that many buckets.
    package init(bits: Int = 22) { table = BucketTable(bits: max(bits, 10)) }

    /// Messages learned and not unlearned.
    package var learned: (spam: Int, ham: Int) { (spamCount.load(ordering: .relaxed), hamCount.load(ordering: .relaxed)) }

    // MARK: - Judging

    /// What the classifiers make of a message. Nothing is allocated that grows with the model.
    package func judge(_ features: MessageFeatures) -> Opinion {
        let learned = self.learned
        var views: [Double] = [], strongest = Strongest(spam: learned.spam, ham: learned.ham), known = 0
        for view in FeatureView.allCases {
            let range = features.range(view)
            var sum = 0
            for place in range {
                let bucket = Bucket(bits: table[table.place(of: features.hashes[place])])
                sum &+= Int(bucket.weight)
                guard bucket.spam | bucket.ham != 0 else { continue }
                if view == .headWords { known &+= 1 }
                strongest.take(bucket)
            }
            views.append(Double(sum) / Double(BucketTable.step) / Self.norm(range.count))
        }
        let words = features.range(.headWords).count
        return Opinion(views: views, bayes: strongest.sum, known: words == 0 ? 0 : Double(known) / Double(words))
    }

    /// What one feature says: log odds times what it counts for in its view.
    package func share(of feature: UInt32, count: Int) -> Double {
        Double(Bucket(bits: table[table.place(of: feature)]).weight) / Double(BucketTable.step) / Self.norm(count)
    }

    /// Long messages do not outweigh short ones.
    private static func norm(_ count: Int) -> Double { Double(count + 1).squareRoot() }

    // MARK: - Learning

    /// Learns one message.
    /// - Returns: what it changed.
    package func learn(_ features: MessageFeatures, isSpam: Bool) -> LearningStep {
        learning.withLock { _ in
            let step = LearningStep(isSpam: isSpam, of: FeatureView.allCases.map { weight(features, $0, isSpam) })
            add(features, step, sign: 1)
            return step
        }
    }

    /// Does what a message changed elsewhere.
    package func apply(_ step: LearningStep, _ features: MessageFeatures) { learning.withLock { _ in add(features, step, sign: 1) } }

    /// Takes back what a message changed.
    package func unlearn(_ step: LearningStep, _ features: MessageFeatures) { learning.withLock { _ in add(features, step, sign: -1) } }

    private func add(_ features: MessageFeatures, _ step: LearningStep, sign: Int32) {
        for view in FeatureView.allCases {
            let weight = step.weights[view.rawValue] &* sign
            for place in features.range(view) { table.add(table.place(of: features.hashes[place]), weight: weight, isSpam: step.isSpam, count: Int(sign)) }
        }
        if step.isSpam { spamCount.wrappingAdd(Int(sign), ordering: .relaxed) } else { hamCount.wrappingAdd(Int(sign), ordering: .relaxed) }
    }

    /// How far the weights of a view go for one message: some steps down the slope of the logistic loss, until the message is told right by a margin.
    private func weight(_ features: MessageFeatures, _ view: FeatureView, _ isSpam: Bool) -> Int32 {
        let range = features.range(view)
        guard !range.isEmpty else { return 0 }
        var sum = 0
        for place in range { sum &+= Int(Bucket(bits: table[table.place(of: features.hashes[place])]).weight) }
        let norm = Self.norm(range.count), start = Double(sum) / Double(BucketTable.step) / norm
        var moved = 0.0
        for step in 0..<Self.steps {
            // Each feature moves by `moved`, and their sum by so much each.
            let logit = start + moved * Double(range.count) / norm
            let gradient = (isSpam ? 1 : 0) - 1 / (1 + exp(-logit))
            if step > 0, abs(gradient) < Self.margin { break }
            moved += Self.rate * gradient / norm
        }
        return Int32((moved * Double(BucketTable.step)).rounded())
    }

    /// Chosen by `make bench-spam`.
    private static let rate = 6.0, steps = 4, margin = 0.1
}

/// The Bayesian classifier: the log odds of the features that say most.
/// Source: G. Robinson, "A Statistical Approach to the Spam Problem" (2003), for the degree of belief; Stouffer's sum for their combination.
private struct Strongest {
    /// Rate at which one message of a class counts.
    private let spam: Float, ham: Float
    /// By size of log odds, in sixteenths of a power of two: how many, and those for spam less those for ham.
    private var counts = [Int32](repeating: 0, count: Self.bins), signs = [Int32](repeating: 0, count: Self.bins)

    private static let bins = 512, most = 100
    /// What is believed of a feature before it was met, in messages.
    private static let belief: Float = 0.05

    init(spam: Int, ham: Int) {
        self.spam = 1 / Float(spam + 1)
        self.ham = 1 / Float(ham + 1)
    }

    @inline(__always)
    mutating func take(_ bucket: Bucket) {
        let inSpam = Float(bucket.spam) * spam, inHam = Float(bucket.ham) * ham, number = Float(bucket.spam + bucket.ham) / (inSpam + inHam)
        let odds = (Self.belief + number * inSpam) / (Self.belief + number * inHam)
        let larger = odds < 1 ? 1 / odds : odds
        // The bits of a number are its logarithm, nearly.
        let bin = min(Int((larger.bitPattern &- Float(1).bitPattern) >> 19), Self.bins - 1)
        counts[bin] &+= 1
        signs[bin] &+= odds < 1 ? -1 : 1
    }

    var sum: Double {
        var left = Self.most, sum = 0.0, taken = 0, bin = Self.bins - 1
        while bin >= 0, left > 0 {
            let here = Int(counts[bin])
            if here > 0 {
                let share = min(1, Double(left) / Double(here)), logOdds = Double(log(Float(bitPattern: Float(1).bitPattern &+ UInt32(bin) << 19 &+ 1 << 18)))
                sum += share * Double(signs[bin]) * logOdds
                taken += min(left, here)
                left -= here
            }
            bin -= 1
        }
        return taken == 0 ? 0 : sum / Double(taken + 5).squareRoot()
    }
}

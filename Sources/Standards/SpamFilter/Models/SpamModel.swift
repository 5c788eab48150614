internal import Glibc
internal import Synchronization

/// What was learned of spam and ham: one flat table that both classifiers share.
/// Memory: 32 MiB with the usual 22 bits, allocated once.
package final class SpamModel: Sendable {
    let table: BucketTable
    let spamCount = Atomic<Int>(0), hamCount = Atomic<Int>(0)
    /// One learns at a time; who judges does not ask for it.
    let learning = Mutex(())

    /// - Parameter bits: 10 to 23; the table has two to the power of that many buckets.
    package init(bits: Int = 22) { table = BucketTable(bits: max(bits, 10)) }

    /// Messages learned and not unlearned.
    package var learned: (spam: Int, ham: Int) { (max(0, spamCount.load(ordering: .relaxed)), max(0, hamCount.load(ordering: .relaxed))) }

    // MARK: - Judging

    /// What the classifiers make of a message. Nothing is allocated that grows with the model.
    package func judge(_ features: MessageFeatures) -> Opinion {
        let learned = self.learned
        var views: [Double] = [], strongest = Strongest(spam: learned.spam, ham: learned.ham), knownHead = 0.0, knownText = 0.0
        for view in FeatureView.allCases {
            let count = features.range(view).count
            // The servers that took the message last write above what its sender wrote: he cannot make them unknown.
            let telling = view == .headWords ? min(count, 120) : count
            var sum = 0, met = 0, known = 0, left = telling
            strongest.take { take in
                table.look(at: features[view], view) { bucket in
                    sum &+= Int(bucket.weight)
                    met &+= bucket.spam | bucket.ham != 0 ? 1 : 0
                    known &+= bucket.isKnown && left > 0 ? 1 : 0
                    left &-= 1
                    take.one(bucket)
                }
            }
            // What was never met has no weight; a sender who pads his message with it must not make much less of what was.
            views.append(Double(sum) / Double(BucketTable.step) / Self.norm(met + min(count - met, met)))
            if view == .headWords { knownHead = share(known, of: telling, enough: telling, view) }
            if view == .words { knownText = share(known, of: telling, enough: 120, view) }
        }
        // Of a language that it does learn, a model knows little at first.
        return Opinion(views: views, bayes: strongest.sum, known: knownHead, knownText: learned.spam + learned.ham < Self.enoughForLanguages ? 1 : knownText)
    }

    /// How much of what there is was met before, without what looks so by chance in a full table.
    /// - Parameter enough: where there are more, so many known ones are all: a sender may add as many unknown ones as he likes.
    private func share(_ known: Int, of count: Int, enough: Int, _ view: FeatureView) -> Double {
        guard count > 0 else { return 0 }
        let chance = table.taken(view)
        guard chance < 0.95 else { return 1 }
        return min(max((Double(known) - chance * Double(count)) / (1 - chance) / Double(min(count, enough)), 0), 1)
    }

    /// What one feature says: log odds times what it counts for in its view.
    package func share(of feature: UInt32, _ view: FeatureView, count: Int) -> Double {
        Double(Bucket(bits: table[table.place(of: feature, table.part(view))]).weight) / Double(BucketTable.step) / Self.norm(count)
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

    /// Learns the weights of a message once more, which was learned before: what came after it may have moved them too far.
    /// - Returns: what it changed.
    package func rehearse(_ features: MessageFeatures, isSpam: Bool) -> LearningStep {
        learning.withLock { _ in
            let step = LearningStep(isSpam: isSpam, isCounted: false, of: FeatureView.allCases.map { weight(features, $0, isSpam) })
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
            let part = table.part(view)
            for feature in features[view] { table.add(table.place(of: feature, part), weight: weight, isSpam: step.isSpam, count: step.isCounted ? Int(sign) : 0) }
        }
        guard step.isCounted else { return }
        if step.isSpam { spamCount.wrappingAdd(Int(sign), ordering: .relaxed) } else { hamCount.wrappingAdd(Int(sign), ordering: .relaxed) }
    }

    /// How far the weights of a view go for one message: some steps down the slope of the logistic loss, until the message is told right by a margin.
    private func weight(_ features: MessageFeatures, _ view: FeatureView, _ isSpam: Bool) -> Int32 {
        let range = features.range(view)
        guard !range.isEmpty else { return 0 }
        var sum = 0
        table.look(at: features[view], view) { sum &+= Int($0.weight) }
        // Once it is learned, all of it was met.
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

    /// Messages from which on a text without known words is of another language.
    private static let enoughForLanguages = 2_000
    /// Chosen by `make bench-spam`.
    private static let rate = 6.0, steps = 8, margin = 0.05
}

/// The Bayesian classifier: the log odds of the features that say most.
/// Source: G. Robinson, "A Statistical Approach to the Spam Problem" (2003), for the degree of belief; Stouffer's sum for their combination.
private struct Strongest {
    private let rates: Rates
    /// By log odds, in sixteenths of a power of two, from surely ham to surely spam; the last of what says nothing.
    private var counts = [Int32](repeating: 0, count: Self.bins + 1)

    private static let bins = 1024, most = 100
    /// What is believed of a feature before it was met, in messages.
    private static let belief: Float = 0.05

    init(spam: Int, ham: Int) {
        rates = Rates(spam: 1 / Float(spam + 1), ham: 1 / Float(ham + 1))
    }

    /// Takes many buckets, for which the counts are lent once.
    @inline(__always)
    mutating func take(_ body: (Taker) -> Void) {
        let rates = rates
        unsafe counts.withUnsafeMutableBufferPointer { body(unsafe Taker(rates: rates, counts: $0)) }
    }

    /// Rates at which one message of a class counts.
    struct Rates {
        let spam: Float, ham: Float

        /// Where a bucket is counted. Whether it says anything nobody can guess: that is no branch.
        @inline(__always)
        func place(of bucket: Bucket) -> Int {
            let inSpam = Float(bucket.spam) * spam, inHam = Float(bucket.ham) * ham, number = Float(bucket.spam &+ bucket.ham), believed = Strongest.belief * (inSpam + inHam)
            // The bits of a number are its logarithm, nearly.
            let logOdds = Int32(bitPattern: (believed + number * inSpam).bitPattern) &- Int32(bitPattern: (believed + number * inHam).bitPattern)
            return logOdds == 0 ? Strongest.bins : Int(min(max(logOdds >> 19 &+ 512, 0), 1023))
        }
    }

    /// Takes buckets one by one.
    // Unsafe and sound: it lives as long as the counts are lent, and there is one for each place that is named.
    @safe struct Taker {
        private let rates: Rates
        private let counts: UnsafeMutableBufferPointer<Int32>

        init(rates: Rates, counts: UnsafeMutableBufferPointer<Int32>) {
            self.rates = rates
            unsafe self.counts = unsafe counts
        }

        @inline(__always)
        func one(_ bucket: Bucket) { unsafe counts[rates.place(of: bucket)] &+= 1 }
    }

    var sum: Double {
        var left = Self.most, sum = 0.0, size = 511
        while size >= 0, left > 0 {
            let forSpam = Int(counts[512 + size]), forHam = Int(counts[511 - size]), here = forSpam + forHam
            if here > 0 {
                sum += Double(min(left, here)) / Double(here) * Double(forSpam - forHam) * (Double(size) + 0.5) * Self.unit
                left -= min(left, here)
            }
            size -= 1
        }
        let taken = Self.most - left
        return taken == 0 ? 0 : sum / Double(taken + 5).squareRoot()
    }

    /// The natural logarithm of one bin.
    private static let unit = 0.693_147_18 / 16
}

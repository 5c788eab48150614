internal import Mail

/// Facts of one message, each with the hash of its name.
struct FactSet {
    private(set) var hashes: [UInt64] = []
    /// Kept where names are asked for.
    private(set) var names: [String] = []
    private let isNaming: Bool

    init(isNaming: Bool) { self.isNaming = isNaming }

    /// Notes a fact where it is one.
    mutating func note(_ name: StaticString, _ isTrue: Bool = true) {
        if isTrue { append(FeatureHash.text(name), "\(name)") }
    }

    /// Notes a number by the step it is on.
    /// - Parameter steps: ascending; below the first is step 0.
    mutating func note(_ name: StaticString, _ number: Double, steps: [Double]) {
        var step = 0
        for bound in steps where number >= bound { step += 1 }
        append(FeatureHash.text(name, UInt64(step + 1) &* 0x9e37_79b9), "\(name), step \(step) of \(steps.count)")
    }

    mutating func note(_ name: StaticString, _ number: Int, steps: [Double]) { note(name, Double(number), steps: steps) }

    /// Notes a word of the message under a name.
    mutating func note(_ name: StaticString, word: ArraySlice<UInt8>) {
        let cut = word.prefix(40)
        append(FeatureHash.text(cut, FeatureHash.border(FeatureHash.text(name))), "\(name) \(ASCII.text(cut))")
    }

    private mutating func append(_ hash: UInt64, _ name: @autoclosure () -> String) {
        hashes.append(hash)
        if isNaming { names.append(name()) }
    }

    /// Adds the facts, and each pair of them: two that say little may say much together.
    /// - Parameter limit: facts that are paired.
    func add(to collector: inout FeatureCollector, limit: Int) {
        for (place, hash) in hashes.enumerated() {
            collector.add(hash, names[place])
            guard place < limit else { continue }
            for other in 0..<place { collector.add(FeatureHash.pair(hashes[other], hash), names[other] + " + " + names[place]) }
        }
    }
}

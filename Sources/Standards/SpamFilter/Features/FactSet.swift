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
        let cut = word.prefix(Self.longest)
        append(FeatureHash.text(cut, FeatureHash.border(FeatureHash.text(name))), "\(name) \(ASCII.text(cut))")
    }

    /// The same of a word that is not the message's.
    mutating func note(_ name: StaticString, _ word: StaticString) {
        let start = FeatureHash.border(FeatureHash.text(name)), hash = word.withUTF8Buffer { unsafe FeatureHash.text($0, 0..<min($0.count, Self.longest), start) }
        append(hash, "\(name) \(String(decoding: Array("\(word)".utf8.prefix(Self.longest)), as: UTF8.self))")
    }

    /// Octets of a word that count.
    private static let longest = 40

    private mutating func append(_ hash: UInt64, _ name: @autoclosure () -> String) {
        hashes.append(hash)
        if isNaming { names.append(name()) }
    }

    /// Adds the facts, and each pair of them: two that say little may say much together.
    /// - Parameter limit: facts that are paired.
    func add(to collector: inout FeatureCollector, limit: Int) {
        unsafe hashes.withUnsafeBufferPointer { hashes in
            for place in 0..<hashes.count {
                let hash = unsafe hashes[place]
                collector.add(hash, names[place])
                guard place < limit else { continue }
                for other in 0..<place { collector.add(FeatureHash.pair(unsafe hashes[other], hash), names[other] + " + " + names[place]) }
            }
        }
    }
}

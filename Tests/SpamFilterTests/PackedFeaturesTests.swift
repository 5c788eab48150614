import Mail
import SpamFilter
import TestSupport
import Testing

@Suite struct PackedFeaturesTests {
    private static func random(_ counts: [Int], _ generator: inout SeededGenerator) -> MessageFeatures? {
        var hashes: [UInt32] = [], ends: [Int] = []
        for count in counts {
            for _ in 0..<count { hashes.append(.random(in: 1...(.max), using: &generator)) }
            ends.append(hashes.count)
        }
        return MessageFeatures(hashes: hashes, ends: ends)
    }

    /// The upper 24 bits, in order, by view.
    private static func cut(_ features: MessageFeatures) -> [[UInt32]] { FeatureView.allCases.map { features[$0].map { ($0 >> 8) << 8 }.sorted() } }

    static let counts: [(name: String, counts: [Int])] = [
        ("none", [0, 0, 0, 0, 0]), ("one of the last", [0, 0, 0, 0, 1]), ("one of each", [1, 1, 1, 1, 1]), ("a hole", [100, 0, 300, 0, 2]),
        ("ordinary", [1_500, 250, 2_000, 900, 1_100]), ("as many as there are", [3_000, 1_000, 3_000, 5_000, 4_000]), ("all of one view", [16_000, 0, 0, 0, 0]),
    ]

    @Test(arguments: counts) func comeBack(_ row: (name: String, counts: [Int])) throws {
        var generator = SeededGenerator(3)
        for _ in 0..<10 {
            let features = try #require(Self.random(row.counts, &generator)), packed = PackedFeatures(features)
            #expect(Self.cut(packed.features) == Self.cut(features), "\(row.name)")
            #expect(PackedFeatures(octets: packed.octets) == packed && PackedFeatures(packed.features) == packed)
            #expect(packed.octets.count <= PackedFeatures.mostOctets)
        }
    }

    /// All in one place, and all in the last one: the distances are the shortest and the longest that there are.
    @Test func extremesComeBack() throws {
        for hash in [1, UInt32.max] {
            for count in [1, 2, 16_000] {
                let features = try #require(MessageFeatures(hashes: [UInt32](repeating: hash, count: count), ends: [count, count, count, count, count])), packed = PackedFeatures(features)
                #expect(Self.cut(packed.features) == Self.cut(features))
                #expect(PackedFeatures(octets: packed.octets) == packed)
            }
        }
    }

    @Test func ordinaryMessagesAreSmall() {
        var generator = SeededGenerator(12)
        for place in 0..<20 {
            let features = SamplePost.features(isSpam: place.isMultiple(of: 2), &generator), packed = PackedFeatures(features)
            #expect(packed.octets.count < 10_000 && packed.octets.count * 8 < features.hashes.count * 17)
        }
    }

    /// Every table sees the same places.
    @Test func modelsCannotTellThemApart() {
        for bits in [10, 16, 18, 24] {
            let model = SpamModel(bits: bits), twin = SpamModel(bits: bits)
            var generator = SeededGenerator(9)
            for place in 0..<20 {
                let features = SamplePost.features(isSpam: place.isMultiple(of: 2), &generator), packed = PackedFeatures(features).features
                #expect(model.learn(features, isSpam: place.isMultiple(of: 2)) == twin.learn(packed, isSpam: place.isMultiple(of: 2)))
                #expect(model.judge(packed) == twin.judge(features))
            }
        }
    }

    @Test func otherOctetsAreRefused() throws {
        var generator = SeededGenerator(5)
        let features = try #require(Self.random([30, 5, 40, 0, 8], &generator)), octets = PackedFeatures(features).octets
        for end in 0..<octets.count { #expect(PackedFeatures(octets: Array(octets.prefix(end))) == nil) }
        #expect(PackedFeatures(octets: octets + [0]) == nil)
        for place in octets.indices {
            for bit in 0..<8 {
                var other = octets
                other[place] ^= 1 << UInt8(bit)
                // Another message, or none; and if one, then written in the one way there is.
                if let found = PackedFeatures(octets: other) { #expect(PackedFeatures(found.features).octets == other) }
            }
        }
        for _ in 0..<2_000 {
            let any = [1] + (0..<Int.random(in: 0..<200, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if let found = PackedFeatures(octets: any) { #expect(PackedFeatures(found.features).octets == any) }
        }
        #expect(PackedFeatures(octets: [UInt8](repeating: 255, count: PackedFeatures.mostOctets + 1)) == nil)
    }
}

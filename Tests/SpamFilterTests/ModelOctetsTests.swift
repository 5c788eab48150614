import SpamFilter
import TestSupport
import Testing

@Suite struct ModelOctetsTests {
    @Test func aModelComesBack() throws {
        for count in [0, 1, 60] {
            let model = SamplePost.model(count), octets = model.octets()
            let twin = try #require(SpamModel(bits: model.bits, learned: model.learned, octets: octets))
            #expect(twin.octets() == octets && twin.learned == model.learned)
            var generator = SeededGenerator(8)
            let probe = SamplePost.features(isSpam: true, &generator)
            #expect(twin.judge(probe) == model.judge(probe))
        }
    }

    @Test func otherOctetsAreRefused() {
        let model = SamplePost.model(3), octets = model.octets()
        #expect(SpamModel(bits: 17, learned: model.learned, octets: octets) == nil, "the buckets of a larger table")
        for bits in [0, 9, 25] { #expect(SpamModel(bits: bits, learned: (0, 0), octets: []) == nil) }
        #expect(SpamModel(bits: 10, learned: (-1, 0), octets: []) == nil)
        #expect(SpamModel(bits: 18, learned: (1, 1), octets: octets.dropLast()) == nil)
        for wrong: [UInt8] in [[0], [0, 0, 0], [128], [255, 255, 255, 255, 255, 255], [0, 0, 255, 255, 255, 0], [0, 255, 255, 255, 255, 15, 0, 0], [255, 255, 255, 255, 15, 2, 1, 1]] {
            #expect(SpamModel(bits: 10, learned: (0, 0), octets: wrong) == nil)
        }
        var generator = SeededGenerator(2)
        for _ in 0..<2_000 {
            let any = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = SpamModel(bits: 10, learned: (0, 0), octets: any)
        }
    }
}

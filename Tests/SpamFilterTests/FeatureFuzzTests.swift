import Mail
import SpamFilter
import TestSupport
import Testing

@Suite struct FeatureFuzzTests {
    /// What the fuzz target demands, of its seeds and of mutations of them.
    @Test func mutatedMessagesAreReadAndForgotten() throws {
        let model = SpamModel(bits: 12), reader = FeatureReader()
        try FuzzSeeds("SpamFeatures", atLeast: 4).atRandom(300, number: 5, pieces: ["\r\n", "=?utf-8?q?=41?=", "<p>", "http://", "\u{200b}", "Received: from "]) { octets in
            let message = Message(octets: octets), features = reader.features(of: message), before = model.judge(features)
            let step = model.learn(features, isSpam: octets.count.isMultiple(of: 2))
            model.unlearn(step, features)
            let isRestored = model.judge(features) == before, areNamed = reader.names(of: Set(features.hashes), in: message).count == Set(features.hashes).count
            #expect(isRestored && areNamed)
        }
    }
}

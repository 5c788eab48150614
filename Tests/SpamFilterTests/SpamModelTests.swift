import Mail
import SpamFilter
import TestSupport
import Testing

@Suite struct SpamModelTests {
    @Test func tellsWhatItLearnedApart() {
        let model = SamplePost.model(150)
        var generator = SeededGenerator(99), right = 0
        for place in 0..<200 {
            let isSpam = place.isMultiple(of: 2)
            if (model.judge(SamplePost.features(isSpam: isSpam, &generator)).probability > 0.5) == isSpam { right += 1 }
        }
        #expect(right >= 198)
        #expect(model.learned.spam == 150 && model.learned.ham == 150)
    }

    @Test func knowsNothingAtFirst() {
        var generator = SeededGenerator(1)
        let opinion = SpamModel(bits: 18).judge(SamplePost.features(isSpam: true, &generator))
        #expect(opinion.probability == 0.5 && opinion.known == 0 && opinion.views == [0, 0, 0, 0, 0] && opinion.bayes == 0)
    }

    /// Whole numbers are added: what is taken back leaves nothing behind, whatever was learned in between.
    @Test func unlearningRestoresTheModel() {
        let model = SamplePost.model(40), twin = SamplePost.model(40)
        var generator = SeededGenerator(5)
        let wrong = (0..<20).map { _ in SamplePost.features(isSpam: false, &generator) }
        let steps = wrong.map { model.learn($0, isSpam: true) }
        let between = SamplePost.features(isSpam: true, &generator)
        let step = model.learn(between, isSpam: true)
        for (features, step) in zip(wrong, steps).reversed() { model.unlearn(step, features) }
        twin.apply(step, between)
        var probe = SeededGenerator(77)
        for place in 0..<60 {
            let features = SamplePost.features(isSpam: place.isMultiple(of: 2), &probe)
            #expect(model.judge(features) == twin.judge(features))
        }
        #expect(model.learned == twin.learned)
    }

    @Test func ordersDoNotMatterToAnotherNode() {
        let model = SpamModel(bits: 18), other = SpamModel(bits: 18)
        var generator = SeededGenerator(3), steps: [(LearningStep, MessageFeatures)] = []
        for place in 0..<80 {
            let features = SamplePost.features(isSpam: place.isMultiple(of: 2), &generator)
            steps.append((model.learn(features, isSpam: place.isMultiple(of: 2)), features))
        }
        for (step, features) in steps.shuffled(using: &generator) { other.apply(step, features) }
        let probe = SamplePost.features(isSpam: true, &generator)
        #expect(model.judge(probe) == other.judge(probe))
    }
}

@Suite struct ReasonTests {
    @Test func theStrongestFeaturesAreNamed() {
        let model = SamplePost.model(100), reader = FeatureReader()
        var generator = SeededGenerator(17)
        let message = Message(octets: SamplePost.octets(isSpam: true, &generator)), features = reader.features(of: message)
        let reasons = model.reasons(features, of: message, reader: reader, limit: 5)
        #expect((3...10).contains(reasons.count))
        #expect(reasons.filter { $0.weight > 0 }.count == 5)
        #expect(reasons.allSatisfy { !$0.name.isEmpty } && zip(reasons, reasons.dropFirst()).allSatisfy { abs($0.weight) >= abs($1.weight) })
    }

    /// What other checks found is a feature like others; what could not be known is none.
    @Test func evidenceIsLearned() {
        let model = SpamModel(bits: 18), reader = FeatureReader()
        var generator = SeededGenerator(23)
        for place in 0..<200 {
            // The messages are alike; only the evidence differs.
            let message = Message(octets: SamplePost.octets(isSpam: false, &generator))
            _ = model.learn(reader.features(of: message, evidence: [place.isMultiple(of: 2) ? "spf fail" : "spf pass"]), isSpam: place.isMultiple(of: 2))
        }
        let message = Message(octets: SamplePost.octets(isSpam: false, &generator))
        func probability(_ evidence: [String]) -> Double { model.judge(reader.features(of: message, evidence: evidence)).probability }
        #expect(probability(["spf fail"]) > probability([]) && probability([]) > probability(["spf pass"]))
        #expect(probability([]) == model.judge(reader.features(of: message)).probability)
    }
}

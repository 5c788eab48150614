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

    /// Mail in a language that was never learned, in the form that spam has here, is not taken for spam by its form alone.
    @Test func strangeTextIsNotSpamByItsForm() {
        let model = SamplePost.model(1_000)
        var generator = SeededGenerator(55)
        let spam = SamplePost.octets(isSpam: true, &generator), head = Array(spam[..<(Self.body(spam) - 4)])
        let letter = "Уважаемая Анна, направляем вам счёт за аренду помещения и график занятий детского хора на весну; просим подтвердить получение до пятницы."
        let message = Message(octets: head + Array("\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\(letter)".utf8)), opinion = model.judge(FeatureReader().features(of: message))
        #expect(opinion.knownText < 0.2 && opinion.logit < 3.84)
        #expect(model.judge(FeatureReader().features(of: Message(octets: spam))).logit > 3.84)
    }

    /// Where the body begins, behind the empty line.
    private static func body(_ octets: [UInt8]) -> Int {
        for place in octets.indices.dropLast(3) where octets[place...].starts(with: [13, 10, 13, 10]) { return place + 4 }
        return octets.count
    }

    private static func padded(_ spam: [UInt8], _ how: String, _ generator: inout SeededGenerator) -> [UInt8] {
        func junk(_ count: Int) -> String {
            var words: [String] = []
            for _ in 0..<count { words.append(String(decoding: (0..<8).map { _ in UInt8.random(in: 97...122, using: &generator) }, as: UTF8.self)) }
            return words.joined(separator: " ")
        }
        let start = body(spam), head = String(decoding: spam[..<(start - 4)], as: UTF8.self), body = String(decoding: spam[start...], as: UTF8.self)
        var text = head
        switch how {
        case "fields":
            for _ in 0..<60 { text += "\r\nX-\(junk(1)): \(junk(5))" }
            text += "\r\n\r\n" + body
        case "preamble": text += "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\(junk(300))\r\n--b\r\n\r\n\(body)\r\n--b--\r\n"
        default:
            text += "\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nthe meeting minutes and the patch for review are in the garden report \(junk(300))"
            text += "\r\n--b\r\nContent-Type: text/html\r\n\r\n\(body)\r\n--b--\r\n"
        }
        return Array(text.utf8)
    }

    /// What the sender adds without end does not make his message unknown, nor weigh what is known of it away.
    @Test(arguments: ["fields", "preamble", "alternative"]) func paddingDoesNotHideSpam(_ how: String) {
        let model = SamplePost.model(150)
        var generator = SeededGenerator(91), missed = 0
        for _ in 0..<20 {
            let padded = Self.padded(SamplePost.octets(isSpam: true, &generator), how, &generator)
            if model.judge(FeatureReader().features(of: Message(octets: padded))).probability < 0.9 { missed += 1 }
        }
        #expect(missed <= 1)
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

@Suite struct FindingTests {
    /// What other checks found is a feature like others; what could not be known is none.
    @Test func findingsAreLearned() {
        let model = SpamModel(bits: 18), reader = FeatureReader()
        var generator = SeededGenerator(23)
        for place in 0..<200 {
            // The messages are alike; only the findings differ.
            let message = Message(octets: SamplePost.octets(isSpam: false, &generator))
            _ = model.learn(reader.features(of: message, findings: [place.isMultiple(of: 2) ? "spf.fail" : "spf.pass"]), isSpam: place.isMultiple(of: 2))
        }
        let message = Message(octets: SamplePost.octets(isSpam: false, &generator))
        func probability(_ findings: [String]) -> Double { model.judge(reader.features(of: message, findings: findings)).probability }
        #expect(probability(["spf.fail"]) > probability([]) && probability([]) > probability(["spf.pass"]))
    }

    /// Where nobody has looked, the content rules are asked.
    @Test func rulesAreAskedOfTheMessageAlone() {
        let message = Message(octets: Array("From: a@example.com\nSubject: BUY NOW OR NEVER!!!\n\nhttp://192.0.2.1/x".utf8)), reader = FeatureReader()
        let rules = FeatureReader.rules(message), names = reader.names(of: Set(reader.features(of: message)[.facts]), in: message)
        #expect(rules.contains("url.address"))
        #expect(names.values.contains("finding url.address"))
        let isSame = reader.features(of: message) == reader.features(of: message, findings: rules)
        #expect(isSame)
    }
}

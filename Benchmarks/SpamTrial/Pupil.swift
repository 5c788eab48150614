import Mail
import SpamFilter

/// A model, and what it learned, which is learned once more as the service does it: when twice as much is there and nobody teaches, by digest.
final class Pupil {
    let model: SpamModel
    let reader = FeatureReader()
    private var learned: [(digest: [UInt8], features: MessageFeatures, isSpam: Bool)] = []
    private var last = 0

    init(_ model: SpamModel) { self.model = model }

    func learn(_ message: Message, _ rules: [String], isSpam: Bool) {
        let features = reader.features(of: message, findings: rules)
        _ = model.learn(features, isSpam: isSpam)
        learned.append((message.digest, features, isSpam))
    }

    func rest() {
        let counts = model.learned
        guard LearningPass.isDue(spam: counts.spam, ham: counts.ham, last: last) else { return }
        last = counts.spam + counts.ham
        learned.sort { $0.digest.lexicographicallyPrecedes($1.digest) }
        for _ in 0..<LearningPass.rounds { for one in learned { _ = model.rehearse(one.features, isSpam: one.isSpam) } }
    }
}

import Mail
import SpamFilter

/// A model, and what it learned, which is learned once more as the service does it: when enough of it is new and nobody teaches, by digest.
final class Pupil {
    let model: SpamModel
    let reader = FeatureReader()
    private var learned: [(digest: [UInt8], features: MessageFeatures, isSpam: Bool)] = []
    private var changes = 0

    init(_ model: SpamModel) { self.model = model }

    func learn(_ message: Message, _ rules: [String], isSpam: Bool) {
        let features = reader.features(of: message, findings: rules)
        _ = model.learn(features, isSpam: isSpam)
        learned.append((message.digest, features, isSpam))
        changes += 1
    }

    func rest() {
        let counts = model.learned, rounds = LearningPass.rounds(spam: counts.spam, ham: counts.ham, changes: changes)
        guard rounds > 0 else { return }
        changes = 0
        learned.sort { $0.digest.lexicographicallyPrecedes($1.digest) }
        for _ in 0..<rounds {
            for one in learned where Double.random(in: 0..<1) < LearningPass.share(isSpam: one.isSpam, spam: counts.spam, ham: counts.ham) { _ = model.rehearse(one.features, isSpam: one.isSpam) }
        }
    }
}

import Cryptography
import Learning
import Mail
import SpamFilter
import TestSupport
import Verdicts

/// Messages that tests write: a handful of words by class, mixed by a seeded generator.
enum SamplePost {
    private static let spamWords = ["pills", "cheap", "winner", "casino", "replica", "bonus", "click", "lottery", "unlock", "wire"]
    private static let hamWords = ["meeting", "minutes", "patch", "review", "lunch", "draft", "garden", "school", "report", "branch"]
    private static let words = ["the", "a", "please", "today", "we", "you", "with", "for", "that", "next", "week", "is"]

    static func message(isSpam: Bool, _ generator: inout SeededGenerator) -> Message {
        let own = isSpam ? spamWords : hamWords
        let text = (0..<30).map { _ in (Int.random(in: 0..<3, using: &generator) == 0 ? own : words).randomElement(using: &generator) ?? "" }.joined(separator: " ")
        let number = Int.random(in: 1_000...9_999_999, using: &generator)
        let head = isSpam ? ["From: \"Best Offer\" <x\(number)@offers\(number % 40).example>", "X-Mailer: Blaster 5.\(number % 7)"] : ["From: Ann <ann@example.com>", "User-Agent: Mutt/2.\(number % 3)"]
        return Message(octets: Array((head + ["To: bob@example.org", "Subject: \(text.prefix(20))", "Message-ID: <\(number)@example.com>", "", text, ""]).joined(separator: "\r\n").utf8))
    }

    static func item(isSpam: Bool, labelled: Bool? = nil, _ generator: inout SeededGenerator) -> TrainingItem {
        let message = message(isSpam: isSpam, &generator)
        return TrainingItem(digest: message.digest, features: PackedFeatures(FeatureReader().features(of: message)), isSpam: labelled ?? isSpam, origin: .message)
    }

    /// So many of each class, one after the other.
    static func items(_ count: Int, seed: UInt64, flipped: Double = 0) -> [TrainingItem] {
        var generator = SeededGenerator(seed)
        return (0..<(2 * count)).map { place in
            let isSpam = place.isMultiple(of: 2), isFlipped = Double.random(in: 0..<1, using: &generator) < flipped
            return item(isSpam: isSpam, labelled: isSpam != isFlipped, &generator)
        }
    }
}

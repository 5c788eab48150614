/// When and what of all that a model learned is learned once more.
///
/// What came first was learned when little was known, and what came later has moved it: a few rounds in another order, once most of it is there, tell mail of kinds that are few in
/// what was learned better apart.
package enum LearningPass {
    /// Messages of each class without which a model says nothing.
    package static let fewest = 200
    /// Of the class with more messages at most so many are learned once more for each of the other: its marks would drown those of the other.
    package static let mostOfOne = 3

    /// How often each message is to be learned once more now. Chosen by `make bench-spam`; a model of many messages gains less by it, and it costs more there.
    /// - Parameter changes: messages that were learned and unlearned since the last pass began.
    /// - Returns: 0 where too little is new: less than an eighth of what was learned, and from 50,000 messages on a rising part, up to half of 200,000 and more; 2 where half of it is, else 1.
    package static func rounds(spam: Int, ham: Int, changes: Int) -> Int {
        let learned = spam + ham
        guard min(spam, ham) >= fewest, changes > 0, changes >= max(learned / 8, min(learned / 2, learned / 4 * learned / 100_000)) else { return 0 }
        return 2 * changes >= learned ? 2 : 1
    }

    /// Whether a message has its turn in a round; of a class with many all have one after some rounds.
    /// - Parameters:
    ///   - digest: of the message: nobody can tell beforehand who has his turn.
    ///   - round: its number.
    ///   - spam: messages that were learned, and likewise `ham`.
    package static func takes(_ digest: [UInt8], isSpam: Bool, round: Int, spam: Int, ham: Int) -> Bool {
        let own = isSpam ? spam : ham, most = mostOfOne * (isSpam ? ham : spam)
        guard own > most else { return true }
        // Sixteen bits of the digest as a share, moved on from round to round.
        let place = digest.suffix(2).reduce(0) { $0 << 8 | Int($1) }
        return (place + round * most * 65_536 / own) % 65_536 < most * 65_536 / own
    }
}

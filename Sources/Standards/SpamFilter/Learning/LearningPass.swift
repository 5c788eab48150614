/// When and what of all that a model learned is learned once more.
///
/// What came first was learned when little was known, and what came later has moved it: a few rounds in another order, once most of it is there, tell mail of kinds that are few in
/// what was learned better apart.
package enum LearningPass {
    /// Messages of each class without which a model says nothing.
    package static let fewest = 200
    /// Of the class with more messages at most so many are learned once more for each of the other: its marks would drown those of the other.
    package static let mostOfOne = 3.0

    /// How often each message is to be learned once more now. Chosen by `make bench-spam`; a model of many messages gains less by it, and it costs more there.
    /// - Parameter changes: messages that were learned and unlearned since the last pass began.
    /// - Returns: 0 where too little is new: less than an eighth of what was learned, and from 50,000 messages on a rising part, up to half of 200,000 and more; 2 where half of it is, else 1.
    package static func rounds(spam: Int, ham: Int, changes: Int) -> Int {
        // Of an imported model the numbers may be any: none of them is multiplied as it is.
        let learned = spam + ham, enough = learned >= 200_000 ? learned / 2 : max(learned / 8, learned / 4 * learned / 100_000)
        guard min(spam, ham) >= fewest, changes > 0, changes >= enough else { return 0 }
        return changes >= learned - learned / 2 ? 2 : 1
    }

    /// The share of a class's messages that have a turn in a round, 0 to 1: each is drawn by lot, so that nobody can tell beforehand who has his.
    /// - Parameters:
    ///   - isSpam: whether it is that class.
    ///   - spam: messages that were learned, and likewise `ham`.
    package static func share(isSpam: Bool, spam: Int, ham: Int) -> Double {
        let own = Double(isSpam ? spam : ham), other = Double(isSpam ? ham : spam)
        return own > mostOfOne * other ? mostOfOne * other / own : 1
    }
}

/// When everything that a model learned is learned once more.
///
/// What came first was learned when little was known, and what came later has moved it: a few rounds in another order, once most of it is there, tell mail of kinds that are few in
/// what was learned better apart.
package enum LearningPass {
    /// Messages of each class without which a model says nothing.
    package static let fewest = 200
    /// How often each message is learned once more in one pass. Chosen by `make bench-spam`.
    package static let rounds = 2

    /// Whether a pass is to begin: a model has learned twice as much as when the last one began.
    /// - Parameter last: messages that were learned then; 0 where there was none.
    package static func isDue(spam: Int, ham: Int, last: Int) -> Bool { min(spam, ham) >= fewest && spam + ham >= 2 * last }
}

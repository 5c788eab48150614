/// How far the events of a layer are learned once more.
package struct TrainingPass: Sendable, Equatable {
    /// Messages that the layer had learned when the last pass began, 0 where there was none; fewer where some of them were unlearned.
    package let learned: Int
    /// Rounds that are left, with the one under way: 0…100, 0 where there is none.
    package let left: Int
    /// The digest up to which the round has come, 32 octets; empty at its beginning.
    package let after: [UInt8]

    package init(learned: Int = 0, left: Int = 0, after: [UInt8] = []) { self.learned = learned; self.left = left; self.after = after }
}

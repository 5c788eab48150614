/// How far the events of a layer are learned once more.
package struct TrainingPass: Sendable, Equatable {
    /// Messages that were learned and unlearned since the last pass began.
    package let changes: Int
    /// Rounds that are left, with the one under way: 0…100, 0 where there is none.
    package let left: Int
    /// The digest up to which the round has come, 32 octets; empty at its beginning.
    package let after: [UInt8]

    package init(changes: Int = 0, left: Int = 0, after: [UInt8] = []) { self.changes = changes; self.left = left; self.after = after }
}

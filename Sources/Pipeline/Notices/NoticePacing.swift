/// When a delivery that failed is tried again.
package struct NoticePacing: Sendable {
    /// For how long a webhook is remembered that no node has, seconds: as long as a delivery is tried.
    package static let forgetting = 3 * 86_400

    /// Milliseconds to wait after the first failure, the second…; after those further on, the last.
    package var pauses = [5, 30, 120, 600, 3600, 10_800, 21_600].map { $0 * 1000 }
    /// Milliseconds after which a delivery is given up.
    package var giveUpAfter = 3 * 86_400_000
    /// By how much of itself a pause may be shorter or longer, so that what failed together does not come together again: 0…1.
    package var jitter = 0.1

    package init() {}

    /// - Parameters:
    ///   - attempts: how often it was tried, 1 for once.
    ///   - age: milliseconds for which it is to be delivered.
    /// - Returns: milliseconds until it is tried again; nil where it is given up.
    package func pause(after attempts: Int, age: Int) -> Int? {
        guard let last = pauses.last else { return nil }
        let place = max(attempts, 1) - 1, plain = place < pauses.count ? pauses[place] : last
        let spread = Double(min(max(plain, 0), giveUpAfter)) * Double.random(in: (1 - min(max(jitter, 0), 1))...(1 + min(max(jitter, 0), 1)))
        let pause = Int(spread)
        // Both are far below the range: a pause by the line above, an age by how long anything is kept.
        return min(max(age, 0), giveUpAfter) + pause > giveUpAfter ? nil : pause
    }
}

/// What was sent, and when: held against a limit by adding it up, not by how it is counted.
package struct SentAmounts: Sendable {
    /// In order: milliseconds since 1970.
    private let times: [Int]
    /// What was sent before each of them, and all together at the end.
    private let sums: [Int]

    package init(_ sent: some Sequence<(at: Int, amount: Int)>) {
        let sorted = sent.sorted { $0.at < $1.at }
        times = sorted.map(\.at)
        sums = sorted.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.amount) }
    }

    package var all: Int { sums[times.count] }

    /// What was sent after one moment and until another, that one included.
    package func sum(after: Int, until: Int) -> Int { after < until ? sums[place(after: until)] - sums[place(after: after)] : 0 }

    /// The most that was sent in any stretch of so many milliseconds.
    package func greatest(in window: Int) -> Int { times.reduce(0) { max($0, sum(after: $1 - window, until: $1)) } }

    /// The most that was sent in any stretch of so many milliseconds that ends between two moments.
    package func greatest(in window: Int, endingIn ends: ClosedRange<Int>) -> Int {
        let within = times[place(after: ends.lowerBound)..<place(after: ends.upperBound)]
        return within.reduce(sum(after: ends.lowerBound - window, until: ends.lowerBound)) { max($0, sum(after: $1 - window, until: $1)) }
    }

    /// How many were not later than a moment.
    private func place(after moment: Int) -> Int {
        var low = 0, high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] > moment { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

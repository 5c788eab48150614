import FoundationEssentials
import Testing

/// The seeds of a fuzz target, in Tests/Fuzz/Corpora, and mutations of them: what must hold for any octets is tried with them on any machine.
package struct FuzzSeeds: Sendable {
    /// In the order of their names.
    package let all: [(name: String, octets: [UInt8])]

    /// - Parameters:
    ///   - target: the folder's name.
    ///   - count: seeds that there are at least; the test fails where there are less.
    package init(_ target: String, atLeast count: Int) throws {
        let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Fuzz/Corpora/\(target)"
        all = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { ($0, Array(try #require(FileManager.default.contents(atPath: "\(folder)/\($0)")))) }
        #expect(all.count >= count, "seeds of \(target)")
    }

    /// Tries each seed, and of each octet: the seed up to it, without it, with it twice, and with each of others in its place.
    /// - Parameters:
    ///   - others: octets that mean something to what is tried; 255 comes besides.
    ///   - step: 2 for every second octet, and so on; 1 or more.
    ///   - limit: octets of a seed from the start that are changed.
    package func eachOctet(_ others: String, step: Int = 1, limit: Int = .max, _ trial: ([UInt8]) -> Void) {
        for (_, octets) in all {
            trial(octets)
            for at in stride(from: 0, to: min(octets.count, limit), by: step) {
                trial(Array(octets[..<at]))
                var other = octets
                other.remove(at: at)
                trial(other)
                other.insert(contentsOf: [octets[at], octets[at]], at: at)
                trial(other)
                for octet in Array(others.utf8) + [255] {
                    other = octets
                    other[at] = octet
                    trial(other)
                }
            }
        }
    }

    /// Tries each seed, and `rounds` mutations of it that the number chooses: some octets left out, one changed, a piece put in, or a part of a seed.
    /// - Parameters:
    ///   - number: the same number makes the same mutations.
    ///   - pieces: text that means something to what is tried.
    package func atRandom(_ rounds: Int, number: UInt64, pieces: [String] = [], _ trial: ([UInt8]) -> Void) {
        var random = SeededGenerator(number)
        for (_, octets) in all {
            trial(octets)
            for _ in 0..<rounds where !octets.isEmpty {
                var other = octets
                let at = Int.random(in: 0..<octets.count, using: &random)
                switch Int.random(in: pieces.isEmpty ? 1...4 : 0...4, using: &random) {
                case 0: other.insert(contentsOf: Array(pieces.randomElement(using: &random)?.utf8 ?? "".utf8), at: at)
                case 1: other.removeSubrange(at..<min(at + Int.random(in: 1...20, using: &random), other.count))
                case 2: other[at] = UInt8.random(in: 0...255, using: &random)
                case 3: other.insert(contentsOf: octets.suffix(Int.random(in: 1...40, using: &random)), at: at)
                default: other.insert(contentsOf: all.randomElement(using: &random)?.octets.prefix(60) ?? [], at: at)
                }
                trial(other)
            }
        }
    }
}

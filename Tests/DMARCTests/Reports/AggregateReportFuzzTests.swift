import FoundationEssentials
import TestSupport
import Testing

/// The seeds of the fuzz target, and mutations of them, on any machine.
@Suite struct AggregateReportFuzzTests {
    static let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Fuzz/Corpora/AggregateReport"

    static func seeds() throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().compactMap { name in FileManager.default.contents(atPath: "\(folder)/\(name)").map { Array($0) } }
    }

    @Test(.longWork) func seedsAndMutations() throws {
        let seeds = try Self.seeds()
        #expect(seeds.count >= 10)
        var random = SeededGenerator(8)
        for seed in seeds {
            AggregateReportTrial(seed).run()
            for _ in 0..<150 where !seed.isEmpty {
                var other = seed
                let at = Int.random(in: 0..<seed.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: other.removeSubrange(at..<min(at + Int.random(in: 1...20, using: &random), other.count))
                case 1: other[at] = UInt8.random(in: 0...255, using: &random)
                case 2: other.insert(contentsOf: Array(["<", ">", "&#0;", "</row>", "\"", "]]>", "<record>"].randomElement(using: &random)!.utf8), at: at)
                default: other.insert(contentsOf: seeds.randomElement(using: &random)!.prefix(60), at: at)
                }
                AggregateReportTrial(other).run()
            }
        }
    }
}

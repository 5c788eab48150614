import FoundationEssentials
import TestSupport
import Testing

/// The seeds of the fuzz target, and mutations of them, on any machine.
@Suite struct TLSReportFuzzTests {
    static let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Fuzz/Corpora/TLSReport"

    @Test func seedsAndMutations() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted()
        #expect(names.count >= 6)
        var random = SeededGenerator(4)
        for name in names {
            let seed = Array(try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(name)")))
            TLSReportTrial(seed).run()
            for _ in 0..<200 {
                var other = seed
                let at = Int.random(in: 0..<seed.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: other.removeSubrange(at..<min(at + Int.random(in: 1...20, using: &random), other.count))
                case 1: other[at] = UInt8.random(in: 0...255, using: &random)
                default: other.insert(contentsOf: seed.suffix(Int.random(in: 1...40, using: &random)), at: at)
                }
                TLSReportTrial(other).run()
            }
        }
    }
}

import DKIM
import Foundation
import TestSupport
import Testing

/// The seeds of the fuzz targets, and mutations of them, on any machine.
@Suite struct DKIMFuzzTests {
    static let trials: [(String, @Sendable ([UInt8]) -> Void)] = [
        ("TagList", { TagListTrial($0).run() }), ("DKIMSignature", { DKIMSignatureTrial($0).run() }), ("DKIMKeyRecord", { DKIMKeyRecordTrial($0).run() }),
    ]

    @Test("Every seed, and every octet of it left out, doubled and changed", .longWork, arguments: trials)
    func mutations(_ name: String, _ trial: @Sendable ([UInt8]) -> Void) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fuzz/Corpora/\(name)").path
        let seeds = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(seeds.count >= 4)
        for seed in seeds {
            let octets = Array(try #require(FileManager.default.contents(atPath: "\(folder)/\(seed)")))
            trial(octets)
            for at in octets.indices {
                var other = octets
                other.remove(at: at)
                trial(other)
                other.insert(contentsOf: [octets[at], octets[at]], at: at)
                trial(other)
                for octet in Array(";:=@ \r\n\t0a/".utf8) + [0, 255] {
                    other = octets
                    other[at] = octet
                    trial(other)
                }
            }
        }
    }

    @Test func oddOctets() {
        var generator = SeededGenerator(3)
        for _ in 0..<2_000 { DKIMSignatureTrial(generator.oddOctets(generator.below(200))).run() }
    }
}

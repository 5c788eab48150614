import Foundation
import TestSupport
import Testing

/// The seeds of the fuzz targets, and mutations of them, on any machine.
@Suite struct DMARCFuzzTests {
    static func seeds(_ target: String) throws -> [[UInt8]] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent(), folder = tests.appendingPathComponent("Fuzz/Corpora/\(target)").path
        let seeds = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)").map { Array($0) } }
        #expect(seeds.count >= 12)
        return seeds
    }

    static func mutations(_ octets: [UInt8], _ interesting: String, step: Int, _ body: ([UInt8]) -> Void) {
        body(octets)
        for at in stride(from: 0, to: min(octets.count, 1200), by: step) {
            var other = octets
            other.remove(at: at)
            body(other)
            other.insert(contentsOf: [octets[at], octets[at]], at: at)
            body(other)
            for octet in Array(interesting.utf8) + [255] {
                other = octets
                other[at] = octet
                body(other)
            }
            body(Array(octets[..<at]))
        }
    }

    @Test func records() throws {
        for seed in try Self.seeds("DMARCRecord") { Self.mutations(seed, "v=;:,! %p0s9\t\u{0}@", step: 2) { DMARCRecordTrial($0).run() } }
    }

    @Test(.longWork) func sets() throws {
        for seed in try Self.seeds("ARCSet") { Self.mutations(seed, "i=; (\r\n0", step: 29) { ARCSetTrial($0).run() } }
    }
}

import DNS
import Foundation
import SPF
import TestSupport
import Testing

/// The seeds of the fuzz target, and mutations of them, on any machine.
@Suite struct SPFFuzzTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fuzz/Corpora/SPFRecord").path

    static func seeds() throws -> [(String, [UInt8])] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().compactMap { name in
            FileManager.default.contents(atPath: "\(folder)/\(name)").map { (name, Array($0)) }
        }
    }

    @Test func seedsAreReplayed() async throws {
        let seeds = try Self.seeds()
        #expect(seeds.count >= 12)
        for (name, octets) in seeds {
            SPFRecordTrial(octets).run()
            let resolver = try SPFZone.resolver(nil)
            resolver.add("sender.example", .txt, .text(octets.starts(with: Array("v=".utf8)) ? octets : Array("v=spf1 ".utf8) + octets))
            let outcome = try await SPFZone.evaluate(resolver, limits: SPFLimits()).mailfrom
            #expect((outcome.problem == nil) == (outcome.result != .permerror && outcome.result != .temperror), "\(name)")
            #expect(outcome.lookups <= 10)
        }
    }

    @Test("Every single octet of every seed, left out, doubled and changed")
    func mutations() throws {
        for (_, octets) in try Self.seeds() {
            for at in octets.indices.prefix(200) {
                var other = octets
                other.remove(at: at)
                SPFRecordTrial(other).run()
                other.insert(contentsOf: [octets[at], octets[at]], at: at)
                SPFRecordTrial(other).run()
                for octet in Array("%{}/:.=0r \u{0}".utf8) + [255] {
                    other = octets
                    other[at] = octet
                    SPFRecordTrial(other).run()
                }
            }
        }
    }
}

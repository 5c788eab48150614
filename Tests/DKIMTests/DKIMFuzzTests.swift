import DKIM
import TestSupport
import Testing

/// The seeds of the fuzz targets, and mutations of them, on any machine.
@Suite struct DKIMFuzzTests {
    static let trials: [(String, @Sendable ([UInt8]) -> Void)] = [
        ("TagList", { TagListTrial($0).run() }), ("DKIMSignature", { DKIMSignatureTrial($0).run() }), ("DKIMKeyRecord", { DKIMKeyRecordTrial($0).run() }),
    ]

    @Test("Every seed, and every octet of it left out, doubled and changed", .longWork, arguments: trials)
    func mutations(_ name: String, _ trial: @Sendable ([UInt8]) -> Void) throws {
        try FuzzSeeds(name, atLeast: 4).eachOctet(";:=@ \r\n\t0a/\u{0}", trial)
    }

    @Test func oddOctets() {
        var generator = SeededGenerator(3)
        for _ in 0..<2_000 { DKIMSignatureTrial(generator.oddOctets(generator.below(200))).run() }
    }
}

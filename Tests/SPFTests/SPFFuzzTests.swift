import DNS
import SPF
import TestSupport
import Testing

/// The seeds of the fuzz target, and mutations of them, on any machine.
@Suite struct SPFFuzzTests {
    @Test func seedsAreReplayed() async throws {
        for (name, octets) in try FuzzSeeds("SPFRecord", atLeast: 12).all {
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
        try FuzzSeeds("SPFRecord", atLeast: 12).eachOctet("%{}/:.=0r \u{0}", limit: 200) { SPFRecordTrial($0).run() }
    }
}

import DKIM
import DNS
import Mail
import TestSupport
import Testing

/// Mail of lists signed anew: all of it verifies, and with one octet changed none does.
@Suite(Suites.needed(), .longWork) struct DKIMCorpusTests {
    @Test func signedMailVerifiesUntilAnOctetChanges() async throws {
        var generator = SeededGenerator(11), verified = 0, signed = 0, changed = 0, failed = 0
        let verifier = DKIMVerifier(resolver: DKIMSignerTests.resolver), key = DKIMSignerTests.key(HandSigner.ed25519, "ed")
        for path in try DKIMInteropTests.paths() {
            let octets = try Suites.octets(path), message = Message(octets: octets)
            guard octets.count < 30_000, !message.has(.mboxFrom) else { continue }
            let options = DKIMSignerTests.pairs[signed % 4]
            guard let field = try? DKIMSigner(options: options).sign(message, with: [key], at: 1_600_000_000).first?.octets else { continue }
            signed += 1
            let canonical = DKIMSignerTests.canonical(octets, options)
            func result(_ octets: [UInt8]) async -> DKIMResult? {
                await verifier.verify(Message(octets: field + octets), at: 1_700_000_000, by: .now + .seconds(20)).signatures.first?.result
            }
            if await result(octets) == .pass { verified += 1 }
            for _ in 0..<3 {
                var other = octets
                other[generator.below(octets.count)] ^= UInt8(1 << generator.below(8))
                if DKIMSignerTests.canonical(other, options) == canonical { continue }
                changed += 1
                if await result(other) == .fail { failed += 1 }
            }
        }
        print("lists: \(verified) of \(signed) verify; changed in an octet that is covered: \(failed) of \(changed) fail")
        #expect(verified == signed && signed > 2_500)
        #expect(failed == changed && changed > 3_000)
    }
}

import Cryptography
import DMARC
import DNS
import Mail
import TestSupport
import Testing

/// What validating a chain may cost.
@Suite struct ARCBudgetTests {
    @Test("The longest chain there may be, of keys that are in use, is validated whole", .longWork, arguments: [2048, 0])
    func longest(bits: Int) async throws {
        var mail = try ARCMessage(bits: max(bits, 1024))
        for _ in 0..<50 {
            let sealed = try mail.sealer(bits == 0 ? .ed25519 : .rsa).seal(mail.message, results: "arc=pass", after: ARCOutcome(result: .pass), at: ARCMessage.time)
            mail.put(sealed.fields.flatMap { $0 })
        }
        let outcome = await mail.validate()
        #expect(outcome.result == .pass && outcome.sets.count == 50 && outcome.oldestPass == 0, "\(outcome.problem ?? "")")
    }

    /// Of three sets, with a key that costs one: the newest message signature, three seals, the two older message signatures.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let verifications: Int
        var result = ARCResult.pass, unchanged: [Bool?] = [true, true, true], failed: Int? = nil
    }

    @Test(arguments: [
        Row(testDescription: "enough for all", verifications: 6),
        Row(testDescription: "the first message signature is not looked at", verifications: 5, unchanged: [nil, true, true]),
        Row(testDescription: "enough for what must hold", verifications: 4, unchanged: [nil, nil, true]),
        Row(testDescription: "a seal too many", verifications: 3, result: .fail, unchanged: [nil, nil, true], failed: 3),
        Row(testDescription: "two seals too many", verifications: 2, result: .fail, unchanged: [nil, nil, true], failed: 2),
        Row(testDescription: "nothing", verifications: 0, result: .fail, unchanged: [nil, nil, nil], failed: 3),
    ])
    func verifications(_ row: Row) async throws {
        var mail = try ARCMessage(), limits = ARCLimits()
        for _ in 0..<3 { try await mail.pass() }
        limits.verifications = row.verifications
        let outcome = await mail.validate(limits: limits)
        #expect(outcome.result == row.result && outcome.failedInstance == row.failed && outcome.sets.map(\.messageUnchanged) == row.unchanged && !outcome.isTemporary, "\(outcome)")
        #expect(outcome.oldestPass == (row.unchanged.contains(nil) ? nil : 0))
        #expect((outcome.problem?.contains("the verifications of the chain cost more than \(row.verifications)") ?? false) == (row.result == .fail), "\(outcome.problem ?? "")")
    }

    @Test("A key that does not verify costs as much as one that does, a longer one more")
    func keys() async throws {
        var limits = ARCLimits(), mail = try ARCMessage(bits: 2048)
        try await mail.pass()
        limits.verifications = 8
        #expect(await mail.validate(limits: limits).result == .pass)
        limits.verifications = 7
        #expect(await mail.validate(limits: limits).result == .fail)
        let other = try ARCMessage(bits: 2048)
        let resolver = MemoryResolver()
        for each in [other, mail] { resolver.txt("r._domainkey.sealer.example", "v=DKIM1; k=rsa; p=\(ARCMessage.text(each.rsa.publicOctets))") }
        limits.verifications = 16
        #expect(await mail.validate(limits: limits, resolver: resolver).result == .pass)
        limits.verifications = 15
        let outcome = await mail.validate(limits: limits, resolver: resolver)
        #expect(outcome.result == .fail && outcome.failedInstance == 1 && outcome.problem?.hasPrefix("ARC-Seal 1: the verifications of the chain cost more") == true, "\(outcome)")
    }

    @Test("A key that does not come does not hide that the rest costs too much")
    func unknown() async throws {
        var mail = try ARCMessage(), limits = ARCLimits()
        try await mail.pass(.ed25519)
        try await mail.pass()
        mail.resolver.fail("e._domainkey.sealer.example", .txt)
        #expect(await mail.validate(limits: limits).isTemporary)
        limits.verifications = 1
        let outcome = await mail.validate(limits: limits)
        #expect(outcome.result == .fail && !outcome.isTemporary && outcome.failedInstance == 2, "\(outcome)")
    }

    @Test("Fields that the message signatures cover are counted each time")
    func signedOctets() async throws {
        var mail = try ARCMessage(), limits = ARCLimits()
        for _ in 0..<3 { try await mail.pass(.ed25519) }
        let once = mail.message.header.fields.filter { ["From", "To", "Subject", "Date", "Message-ID"].contains($0.name) }.reduce(0) { $0 + $1.octets.count }
        for (octets, result, unchanged) in [(3 * once, ARCResult.pass, [true, true, true]), (3 * once - 1, .pass, [nil, true, true]), (once, .pass, [nil, nil, true]), (once - 1, .fail, [nil, nil, nil])] as [(Int, ARCResult, [Bool?])] {
            limits.signedOctets = octets
            let outcome = await mail.validate(limits: limits)
            #expect(outcome.result == result && outcome.sets.map(\.messageUnchanged) == unchanged, "\(octets): \(outcome)")
            #expect((outcome.problem == "ARC-Message-Signature 3: the chain's message signatures cover more than \(octets) octets of headers") == (result == .fail))
        }
    }
}

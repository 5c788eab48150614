import Checks
import Cryptography
import DKIM
import DMARC
import DNS
import Foundation
import JSON
import Mail
import Signing
import TestStores
import TestSupport
import Testing
import Verdicts

/// A list that has a message judged, changes it, has it sealed and sends it on.
@Suite(.longWork) struct MessageSealerTests {
    static let domain = DomainName(trusted: "lists.example.net")

    /// What comes of a message on its way through the list.
    struct House {
        let dns = PipelineTests.resolver()
        let ring: KeyRing, pipeline: Pipeline, store = MemoryVerdictStore()

        init(kinds: [KeyKind] = [.rsa, .ed25519], publish: Bool = true) async throws {
            let seal = try #require(MasterKey([UInt8](repeating: 7, count: 32)).map { KeySeal($0) })
            var schedule = KeySchedule()
            schedule.settle = 0
            ring = KeyRing(seal: seal, schedule: schedule)
            pipeline = PipelineTests.pipeline(dns)
            dns.txt("_dmarc.example.org", "v=DMARC1; p=reject")
            let desk = KeyDesk(store: MemorySigningKeyStore(), seal: seal, resolvers: [dns], schedule: schedule, ring: ring), place = KeyPlace(tenant: "default", domain: domain)
            for key in try await desk.make(place, kinds: kinds, bits: 1024, by: "x", at: PipelineTests.now) where publish {
                if let record = key.record { dns.txt(record.owner.text, record.strings.joined()) }
            }
            try await desk.look(at: place, at: PipelineTests.now)
        }

        /// The verdict, as it is kept and read again.
        func judged(_ message: [UInt8], _ change: (inout Envelope) -> Void = { _ in }) async throws -> (record: VerdictRecord, evidence: Evidence) {
            let judge = MessageJudge(pipeline: pipeline, workers: Workers(limit: 1, lineLimit: 1), store: store, policy: PipelineTests.policy)
            let record = try await judge.judge(Submission(octets: message, envelope: try PipelineTests.envelope(change), receivedAt: PipelineTests.now)).record
            return (record, try JSONDecoder().decode(Evidence.self, from: Data(record.evidence)))
        }

        func sealed(_ message: [UInt8], _ judged: (record: VerdictRecord, evidence: Evidence), for domain: DomainName = MessageSealerTests.domain, tenant: String = "default") async -> SealingOutcome {
            await MessageSealer(ring: ring, validator: pipeline.authentication.arc, results: pipeline.results).seal(message, for: domain, judged: judged, tenant: tenant, at: PipelineTests.now.seconds)
        }

        func validated(_ message: [UInt8]) async -> ARCOutcome { await pipeline.authentication.arc.validate(Message(octets: message), at: PipelineTests.now.seconds, by: .now + .seconds(60)) }
    }

    static func with(_ outcome: SealingOutcome, _ message: [UInt8]) -> [UInt8] { outcome.fields.flatMap { Array("\($0.name): \($0.value)\r\n".utf8) } + message }

    static func changed(_ message: [UInt8], _ old: String = "Subject: ", _ new: String = "Subject: [list] ") -> [UInt8] {
        Array((String(decoding: message, as: UTF8.self).replacing(old, with: new, maxReplacements: 1) + "-- \r\nfooter\r\n").utf8)
    }

    /// From list to list: each says what it found, and the chain holds.
    @Test(arguments: [[KeyKind.rsa], [.ed25519], [.rsa, .ed25519]]) func chains(_ kinds: [KeyKind]) async throws {
        let house = try await House(kinds: kinds)
        var message = PipelineTests.message()
        for instance in 1...3 {
            let judged = try await house.judged(message), next = Self.changed(message), outcome = await house.sealed(next, judged)
            #expect(outcome.fields.map(\.name) == ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"] && outcome.unsealed == nil)
            let seal = try #require(outcome.seal)
            #expect(seal.instance == instance && seal.validation == (instance == 1 ? .none : .pass) && seal.domain == "lists.example.net")
            #expect(seal.algorithm == (kinds.contains(.rsa) ? "rsa-sha256" : "ed25519-sha256"))
            message = Self.with(outcome, next)
            #expect(message.split(separator: 10).allSatisfy { $0.count <= 79 })
            let found = await house.validated(message)
            #expect(found.result == .pass && found.sets.count == instance && found.oldestPass == (instance == 1 ? 0 : instance), "\(found)")
            let results = try AuthenticationResults(try #require(found.sets.last).results)
            #expect(results.authservID == "mx.example.net" && results.results(of: "dmarc").first?.result == "pass" && results.results(of: "spf").last?["smtp", "mailfrom"] == "anna@example.org")
            #expect(results.results(of: "arc").first?.result == (instance == 1 ? nil : "pass"))
        }
    }

    /// What is sealed without a change, and a chain that was broken before.
    @Test func sameMessageAndBrokenChain() async throws {
        let house = try await House(), message = PipelineTests.message()
        let first = Self.with(await house.sealed(message, try await house.judged(message)), message)
        #expect(await house.validated(first).result == .pass)
        let broken = Self.changed(first), judged = try await house.judged(broken)
        #expect(judged.evidence.arc?.result == .fail)
        for next in [broken, Self.changed(broken)] {
            let outcome = await house.sealed(next, judged)
            #expect(outcome.seal?.instance == 2 && outcome.seal?.validation == .fail)
            let sealed = Self.with(outcome, next), again = await house.sealed(sealed, try await house.judged(sealed))
            #expect(again.unsealed?.reason == .chainFailed && again.fields.isEmpty && again.seal == nil, "\(again)")
        }
    }

    @Test func whyNot() async throws {
        let house = try await House(), plain = PipelineTests.message(), judged = try await house.judged(plain)
        let chained = Self.with(await house.sealed(plain, judged), plain), behind = try await house.judged(chained)
        func reason(_ message: [UInt8], _ judged: (record: VerdictRecord, evidence: Evidence), domain: String = "lists.example.net", tenant: String = "default") async -> UnsealedReason? {
            await house.sealed(message, judged, for: DomainName(trusted: domain), tenant: tenant).unsealed?.reason
        }
        #expect(await reason(plain, judged, domain: "example.com") == .noKey)
        #expect(await reason(plain, judged, domain: "a.lists.example.net") == .noKey, "a seal is of its own domain")
        #expect(await reason(plain, judged, tenant: "other") == .noKey)
        #expect(await reason(Self.changed(plain), judged) == nil)
        #expect(await reason(Self.changed(plain, "Message-ID: <1@", "Message-ID: <2@"), judged) == .otherMessage)
        let nameless = Array("From: anna@example.org\r\n\r\nHello\r\n".utf8), namelessJudged = try await house.judged(nameless)
        #expect(await reason(nameless, namelessJudged) == nil)
        #expect(await reason(Self.changed(nameless, "Hello", "Hallo"), namelessJudged) == .otherMessage, "nothing says that it is the same")
        // The chain that it came with, and no other.
        #expect(await reason(Self.changed(chained), judged) == .chainChanged, "a chain out of nowhere")
        #expect(await reason(Self.changed(plain), behind) == .chainChanged, "a chain that is gone")
        #expect(await reason(Self.changed(chained, "dmarc=pass", "dmarc=fail"), behind) == .chainChanged, "other results")
        #expect(await reason(Self.changed(chained, "cv=none; d=lists", "cv=none;  x=y; d=lists"), behind) == .chainChanged, "a seal that does not hold")
        var unknown = behind
        unknown.evidence.arc = nil
        #expect(await reason(Self.changed(chained), unknown) == .chainUnknown, "it was not looked at")
        #expect(await reason(chained, unknown) == nil, "and can be, now")
        unknown.evidence.arc = ARCOutcome(result: .fail, problem: "x", isTemporary: true)
        #expect(await reason(Self.changed(chained), unknown) == .chainUnknown, "it could not be validated")
        let selector = try #require(behind.evidence.arc?.sets.first?.selector)
        house.dns.fail("\(selector)._domainkey.lists.example.net", .txt)
        for message in [chained, Self.changed(chained)] { #expect(await reason(message, behind) == .chainUnknown, "it cannot be validated now") }
        let long = Array(String(repeating: "X: y\r\n", count: 2_100).utf8) + plain
        #expect(await reason(long, try await house.judged(long)) == .notSealable)
        let early = try await House(publish: false)
        #expect(await early.sealed(plain, judged).unsealed?.reason == .noKey)
    }

    @Test func fiftySetsAreEnough() async throws {
        let house = try await House(kinds: [.ed25519])
        var message = PipelineTests.message()
        for _ in 1...50 { message = Self.with(await house.sealed(message, try await house.judged(message)), message) }
        #expect(await house.validated(message).sets.count == 50)
        #expect(await house.sealed(message, try await house.judged(message)).unsealed?.reason == .chainFull)
    }

    @Test func theDocument() async throws {
        let house = try await House(), message = PipelineTests.message(), outcome = await house.sealed(message, try await house.judged(message))
        let object = try JSONSerialization.jsonObject(with: Data(jsonOctets(outcome))) as? [String: Any]
        #expect((object?["fields"] as? [[String: String]])?.first?["name"] == "ARC-Seal" && (object?["seal"] as? [String: Any])?["cv"] as? String == "none" && object?["unsealed"] == nil)
        let none = try JSONSerialization.jsonObject(with: Data(jsonOctets(SealingOutcome(.chainFull, "x")))) as? [String: Any]
        #expect((none?["fields"] as? [Any])?.isEmpty == true && (none?["unsealed"] as? [String: Any])?["reason"] as? String == "chain_full" && none?["seal"] == nil)
    }
}

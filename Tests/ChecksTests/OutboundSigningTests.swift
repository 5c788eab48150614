import Checks
import Cryptography
import DKIM
import DNS
import Mail
import Signing
import TestStores
import TestSupport
import Testing
import Verdicts

/// What goes out is signed with the keys of its author's domain, and where it is not, the verdict says why.
@Suite struct OutboundSigningTests {
    static func keys(_ dns: MemoryResolver, publish: Bool = true) async throws -> KeyRing {
        let seal = try #require(MasterKey([UInt8](repeating: 7, count: 32)).map { KeySeal($0) })
        var schedule = KeySchedule()
        schedule.settle = 0
        let ring = KeyRing(seal: seal, schedule: schedule)
        let desk = KeyDesk(store: MemorySigningKeyStore(), seal: seal, resolvers: [dns], schedule: schedule, ring: ring)
        let place = KeyPlace(tenant: "default", domain: DomainName(trusted: "example.org"))
        for key in try await desk.make(place, bits: 1024, by: "x", at: PipelineTests.now) where publish {
            if let record = key.record { dns.txt(record.owner.text, record.strings.joined()) }
        }
        try await desk.look(at: place, at: PipelineTests.now)
        return ring
    }

    private func judged(_ dns: MemoryResolver, _ ring: KeyRing?, direction: Direction = .outbound, policy: Policy = PipelineTests.policy, message: [UInt8] = PipelineTests.message()) async throws -> Examination {
        let envelope = try PipelineTests.envelope { $0.direction = direction; $0.authUser = direction == .outbound ? "anna" : nil }
        return await PipelineTests.pipeline(dns, signing: ring).judge(Submission(octets: message, envelope: envelope, receivedAt: PipelineTests.now),
                                                                      id: VerdictID(at: PipelineTests.now), policy: policy, by: ContinuousClock.now + .seconds(5))
    }

    @Test func theFieldsVerify() async throws {
        let dns = PipelineTests.resolver(), found = try await judged(dns, try await Self.keys(dns))
        let fields = found.verdict.headers.add.filter { $0.name == "DKIM-Signature" }
        #expect(fields.count == 2 && fields.allSatisfy { !$0.value.hasSuffix("\r\n") })
        #expect(found.verdict.headers.add.allSatisfy { "\($0.name): \($0.value)".split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 && !$0.contains { $0 == "\r" || $0 == "\n" } } })
        let signed = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        let evidence = await DKIMVerifier(resolver: dns).verify(Message(octets: Array(signed.utf8) + PipelineTests.message()), at: PipelineTests.now.seconds, by: .now + .seconds(20))
        #expect(evidence.signatures.map(\.result) == [.pass, .pass], "\(evidence)")
        #expect(found.evidence.signing?.signed.map(\.algorithm) == ["rsa-sha256", "ed25519-sha256"])
        #expect(found.verdict.findings.map(\.code).contains("signing.signed"))
    }

    @Test func whatIsUnsignedSaysWhy() async throws {
        let dns = PipelineTests.resolver()
        let pending = try await judged(dns, try await Self.keys(dns, publish: false))
        #expect(pending.evidence.signing?.unsigned.map(\.reason) == ["key_pending"])
        #expect(pending.verdict.findings.map(\.code).contains("signing.key_pending") && !pending.verdict.headers.add.contains { $0.name == "DKIM-Signature" })
        let other = try await judged(dns, try await Self.keys(dns), message: Array("From: x@example.com\r\n\r\nHello\r\n".utf8))
        #expect(other.verdict.findings.map(\.code).contains("signing.no_key"))
        #expect(try await judged(dns, nil).evidence.signing == nil)
    }

    @Test func whatIsRefusedAndWhatComesInIsNotSigned() async throws {
        let dns = PipelineTests.resolver(), ring = try await Self.keys(dns)
        var policy = PipelineTests.policy
        policy.rules["signing.signed"] = Rule(action: .reject)
        let refused = try await judged(dns, ring, policy: policy)
        #expect(refused.verdict.action == .reject && !refused.verdict.headers.add.contains { $0.name == "DKIM-Signature" })
        #expect(try await judged(dns, ring, direction: .inbound).evidence.signing == nil)
    }

    /// A domain whose keys are here is ours: mail in its name from outside has to prove it.
    @Test func aDomainWithKeysIsOurs() async throws {
        let dns = PipelineTests.resolver(), ring = try await Self.keys(dns)
        let envelope = try PipelineTests.envelope { $0.mailFrom = "x@example.com" }
        let found = await PipelineTests.pipeline(dns, signing: ring).judge(Submission(octets: PipelineTests.message(), envelope: envelope, receivedAt: PipelineTests.now),
                                                                           id: VerdictID(at: PipelineTests.now), policy: PipelineTests.policy, by: ContinuousClock.now + .seconds(5))
        #expect(found.verdict.findings.map(\.code).contains("author.spoof") && found.evidence.author?.ours == "it has DKIM keys here")
    }
}

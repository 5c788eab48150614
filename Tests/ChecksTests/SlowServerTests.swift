import BlockLists
import Checks
import DKIM
import DMARC
import DNS
import Synchronization
import TestSupport
import Testing
import Verdicts

/// What name servers that do not answer can bring about: a delay, and nothing else.
@Suite(.longWork) struct SlowServerTests {
    /// Until when each question may wait.
    final class Watch: Resolver {
        let resolver: MemoryResolver
        private let times = Mutex<[String: ContinuousClock.Instant]>([:])

        init(_ resolver: MemoryResolver) { self.resolver = resolver }

        func deadline(_ name: String) -> ContinuousClock.Instant? { times.withLock { $0[name] } }

        func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
            times.withLock { $0[name.text] = max($0[name.text] ?? deadline, deadline) }
            return await resolver.answer(name, type, by: deadline)
        }
    }

    static let signature = "DKIM-Signature: v=1; a=rsa-sha256; d=slow.example; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YQ==\r\n"

    /// The questions of alignment come after the keys: they have some time of their own.
    @Test func timeIsLeftForAlignment() async throws {
        let resolver = PipelineTests.resolver()
        resolver.txt("news.example.org", "v=spf1 ip4:198.100.1.25 -all")
        resolver.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        resolver.fail("s._domainkey.slow.example")
        let watch = Watch(resolver), envelope = try PipelineTests.envelope { $0.mailFrom = "x@news.example.org" }, whole = ContinuousClock.now + .seconds(600)
        let found = await PipelineTests.pipeline(watch).judge(Submission(octets: Array(Self.signature.utf8) + PipelineTests.message(), envelope: envelope, receivedAt: PipelineTests.now),
                                                              id: VerdictID(at: PipelineTests.now), policy: PipelineTests.policy, by: whole)
        #expect(found.verdict.findings.map(\.code).contains("dmarc.pass") && found.evidence.dkim?.signatures.first?.result == .temperror)
        let key = try #require(watch.deadline("s._domainkey.slow.example")), alignment = try #require(watch.deadline("_dmarc.news.example.org"))
        #expect(alignment == whole && key < whole - .seconds(60))
    }

    /// Where what is not known would refuse, the message has to come again.
    @Test(arguments: [
        ("SPF of ours", "author.spoof", "x@example.org", "example.org", "author.unknown"), ("the record", "dmarc.fail.reject", "x@example.com", "_dmarc.example.org", "dmarc.temperror"),
        ("SPF", "spf.fail", "x@example.org", "example.org", "spf.temperror"), ("nothing that counts", "author.spoof", "x@example.com", "example.com", nil as String?),
    ])
    func whatWouldRefuseDefers(_ name: String, _ code: String, _ mailFrom: String, _ failing: String, _ decided: String?) async throws {
        let resolver = PipelineTests.resolver()
        resolver.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        resolver.fail(failing, .txt)
        var policy = PipelineTests.policy
        policy.rules = [code: Rule(action: .reject)]
        let envelope = try PipelineTests.envelope { $0.mailFrom = mailFrom; $0.recipients = ["chef@example.org"] }
        let found = await PipelineTests.examine(resolver, envelope: envelope, policy: policy)
        #expect(found.verdict.decidedBy == decided ?? code && found.verdict.action == (decided == nil ? .reject : .defer), "\(found.verdict.findings)")
    }
}

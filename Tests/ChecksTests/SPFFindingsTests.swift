import BlockLists
import Checks
import DNS
import SPF
import TestSupport
import Testing
import Verdicts

/// Passes that say nothing of the sender, since too many clients get them.
@Suite struct SPFFindingsTests {
    static func resolver(_ policy: String) -> MemoryResolver {
        let resolver = MemoryResolver()
        resolver.ptr("198.100.1.25", "mx.example.org")
        for address in ["198.100.1.25", "2a00::25"] { resolver.a("mx.example.org", address) }
        resolver.txt("example.org", "v=spf1 " + policy)
        resolver.mx("example.org", 10, "mx.example.org")
        resolver.txt("open.example", "v=spf1 ?ip4:203.0.113.0/24 all")
        resolver.txt("halves.example", "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all")
        return resolver
    }

    static func codes(_ policy: String, client: String = "198.100.1.25", local: [LocalEntry] = []) async throws -> [String] {
        let address = try #require(IPAddress(client))
        let envelope = try PipelineTests.envelope { $0.clientIP = address }
        return await PipelineTests.examine(resolver(policy), envelope: envelope, local: local).verdict.findings.map(\.code)
    }

    @Test(arguments: [
        ("+all", "198.100.1.25"), ("ip4:0.0.0.0/0 -all", "198.100.1.25"), ("ip6:::/0 -all", "2a00::25"), ("mx/0 -all", "198.100.1.25"), ("mx//0 -all", "2a00::25"),
        ("a:mx.example.org/0 -all", "198.100.1.25"), ("include:open.example -all", "198.100.1.25"), ("redirect=open.example", "2a00::25"),
    ])
    func everybodyPasses(_ policy: String, _ client: String) async throws {
        let codes = try await Self.codes(policy, client: client)
        #expect(codes.contains("spf.pass") && codes.contains("spf.pass_all") && !codes.contains("spf.pass_wide"), "\(codes)")
    }

    @Test(arguments: [
        ("ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "198.100.1.25"), ("ip4:198.0.0.0/7 -all", "198.100.1.25"), ("ip6:2a00::/15 -all", "2a00::25"),
        ("include:halves.example -all", "198.100.1.25"), ("redirect=halves.example", "198.100.1.25"), ("mx/4 -all", "198.100.1.25"),
    ])
    func tooManyPass(_ policy: String, _ client: String) async throws {
        let codes = try await Self.codes(policy, client: client)
        #expect(codes.contains("spf.pass") && codes.contains("spf.pass_wide") && !codes.contains("spf.pass_all"), "\(codes)")
    }

    @Test(arguments: [
        ("ip4:198.0.0.0/8 -all", "198.100.1.25"), ("ip6:2a00::/16 -all", "2a00::25"), ("mx -all", "198.100.1.25"), ("a:mx.example.org//32 -all", "2a00::25"),
        ("ip4:198.100.1.25 +all", "198.100.1.25"), ("exists:mx.example.org -all", "198.100.1.25"), ("-all", "198.100.1.25"), ("?all", "2a00::25"),
        ("-ip4:0.0.0.0/0 +all", "198.100.1.25"), ("-include:open.example +all", "198.100.1.25"),
    ])
    func othersAreNotBlamed(_ policy: String, _ client: String) async throws {
        let codes = try await Self.codes(policy, client: client)
        #expect(!codes.contains("spf.pass_all") && !codes.contains("spf.pass_wide"), "\(codes)")
    }

    /// Anybody can send as a domain whose record passes everybody: such a pass opens no allow list.
    @Test(arguments: [("ip4:198.100.1.25 -all", true), ("+all", false), ("ip4:128.0.0.0/1 -all", false), ("-all", false)])
    func allowListWantsAPassThatSaysSomething(_ policy: String, _ isTrusted: Bool) async throws {
        let entry = LocalEntry(id: "1", effect: .allow, subject: try #require(LocalSubject("example.org")), reason: "a friend")
        let codes = try await Self.codes(policy, local: [entry])
        #expect(codes.contains("local.allow") == isTrusted && codes.contains("local.allow.unverified") == !isTrusted, "\(codes)")
    }

    @Test func theReplySaysWhatIsWrong() async throws {
        var policy = PipelineTests.policy
        policy.rules["spf.pass_all"] = Rule(weight: 20)
        policy.texts = ["spf": "not allowed", "spf.pass_all": "everybody is allowed"]
        let reply = await PipelineTests.pipeline(Self.resolver("+all")).judge(
            Submission(octets: PipelineTests.message(), envelope: try PipelineTests.envelope(), receivedAt: PipelineTests.now), id: VerdictID(at: PipelineTests.now),
            policy: policy, by: ContinuousClock.now + .seconds(5)).verdict.smtp
        #expect(reply.code == 554 && reply.enhanced == "5.7.1" && reply.text.contains("everybody is allowed"), "\(reply)")
    }
}

import BlockLists
import Checks
import DNS
import Foundation
import JSON
import SPF
import TestSupport
import Testing
import Verdicts

/// Whether what goes out names an author and a sender of ours, and whether receivers' SPF passes it.
@Suite struct OwnDomainTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, codes: [String]
        var user: String? = "anna@example.org", from = "anna@example.org", mailFrom: String? = "anna@example.org", direction = Direction.outbound
        /// Of example.org; nil for none.
        var record: String? = "v=spf1 ip4:198.100.1.25 -all"
        var addresses: [String] = []
        var own: [String] = []
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "all in order", codes: [], addresses: ["198.100.1.25"]),
        Row(name: "what comes in is not looked at", codes: [], user: nil, from: "a@bank.example", direction: .inbound, addresses: ["203.0.113.9"], own: [".example.org"]),
        Row(name: "the name of another's domain", codes: ["own.foreign_author", "own.other_author"], from: "boss@bank.example"),
        Row(name: "one of several authors is another's", codes: ["own.foreign_author", "own.other_author"], from: "anna@example.org, boss@bank.example"),
        Row(name: "below the account's domain", codes: ["own.foreign_author", "own.other_author"], from: "anna@sub.example.org"),
        Row(name: "another domain of ours", codes: ["own.other_author"], from: "anna@shop.example", own: [".shop.example"]),
        Row(name: "an alias", codes: ["own.other_author"], from: "sales@example.org"),
        Row(name: "the account in other letters", codes: [], user: "Anna@EXAMPLE.org"),
        Row(name: "nobody logged in", codes: [], user: nil, from: "boss@bank.example", own: [".example.org"]),
        Row(name: "an account without a domain, and no domains of ours", codes: [], user: "anna", from: "boss@bank.example"),
        Row(name: "an account without a domain, and domains of ours", codes: ["own.foreign_author"], user: "anna", from: "boss@bank.example", own: [".example.org"]),
        Row(name: "an account without a domain writes as one of ours", codes: [], user: "anna", own: [".example.org"]),
        Row(name: "another sender", codes: ["own.other_sender"], mailFrom: "bounce@example.org"),
        Row(name: "the null reverse-path", codes: [], mailFrom: "", addresses: ["203.0.113.9"]),
        Row(name: "SPF does not pass us", codes: ["own.spf_fail"], addresses: ["203.0.113.9"]),
        Row(name: "SPF does not pass one of two", codes: ["own.spf_fail"], addresses: ["198.100.1.25", "203.0.113.9"]),
        Row(name: "SPF says softfail", codes: ["own.spf_fail"], record: "v=spf1 ~all", addresses: ["203.0.113.9"]),
        Row(name: "SPF says nothing", codes: ["own.spf_fail"], record: "v=spf1 ip4:198.100.1.25", addresses: ["203.0.113.9"]),
        Row(name: "a record that cannot be read", codes: ["own.spf_fail"], record: "v=spf1 ip4:x -all", addresses: ["198.100.1.25"]),
        Row(name: "no record", codes: ["own.spf_none"], record: nil, addresses: ["198.100.1.25"]),
        Row(name: "SPF without addresses is not asked", codes: [], record: "v=spf1 -all"),
        Row(name: "the sender's domain is not ours", codes: ["own.other_sender"], mailFrom: "x@bank.example", addresses: ["203.0.113.9"]),
        Row(name: "the sender's domain is ours by the list", codes: ["own.spf_fail"], user: nil, addresses: ["203.0.113.9"], own: [".example.org"]),
    ]

    private static func judged(_ row: Row, _ resolver: MemoryResolver, policy: Policy = PipelineTests.policy) async throws -> Examination {
        let envelope = try PipelineTests.envelope { $0.authUser = row.user; $0.mailFrom = row.mailFrom; $0.direction = row.direction }
        let message = Array("From: \(row.from)\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nSubject: Hello\r\n\r\nHello\r\n".utf8)
        let local = try row.own.map { LocalEntry(effect: .own, subject: try #require(LocalSubject($0)), reason: "ours") }
        let pipeline = PipelineTests.pipeline(resolver, local: local, ownAddresses: try row.addresses.map { try #require(IPAddress($0)) })
        return await pipeline.judge(Submission(octets: message, envelope: envelope, receivedAt: PipelineTests.now), id: VerdictID(at: PipelineTests.now), policy: policy, by: .now + .seconds(20))
    }

    private static func own(_ found: Examination) -> [Finding] { found.verdict.findings.filter { $0.code.hasPrefix("own.") } }

    @Test(arguments: rows) func says(_ row: Row) async throws {
        let resolver = MemoryResolver()
        if let record = row.record { resolver.txt("example.org", record) }
        let found = try await Self.judged(row, resolver)
        #expect(Self.own(found).map(\.code) == row.codes, "\(Self.own(found))")
        #expect((found.evidence.ownDomain != nil) == (row.direction == .outbound))
        #expect(try JSONDecoder().decode(Evidence.self, from: Data(jsonOctets(found.evidence))) == found.evidence)
    }

    @Test func detailsNameWhatIsWrong() async throws {
        let resolver = PipelineTests.resolver()
        let row = Row(name: "", codes: [], from: "boss@bank.example", addresses: ["198.100.1.25", "203.0.113.9"])
        let found = try await Self.judged(row, resolver), details = Self.own(found).map(\.detail)
        #expect(details == ["anna@example.org writes in the name of bank.example, which is none of our domains", "From names boss@bank.example, the account is anna@example.org",
                            "the SPF record of example.org does not pass 203.0.113.9 (fail: -all), from where our mail goes out"])
        #expect(found.evidence.ownDomain?.spf?.servers.map(\.result) == [.pass, .fail])
        #expect(found.evidence.ownDomain?.authors == [.init(domain: "bank.example", ours: nil)])
    }

    /// A domain whose keys are here is ours, whoever's account it is.
    @Test func aDomainWithKeysIsOurs() async throws {
        let dns = PipelineTests.resolver(), ring = try await OutboundSigningTests.keys(dns)
        let envelope = try PipelineTests.envelope { $0.authUser = "shop@other.example"; $0.direction = .outbound }
        let found = await PipelineTests.pipeline(dns, signing: ring).judge(Submission(octets: PipelineTests.message(), envelope: envelope, receivedAt: PipelineTests.now),
                                                                           id: VerdictID(at: PipelineTests.now), policy: PipelineTests.policy, by: .now + .seconds(20))
        #expect(found.evidence.ownDomain?.authors == [.init(domain: "example.org", ours: "it has DKIM keys here")])
        #expect(!found.verdict.findings.contains { $0.code == "own.foreign_author" })
    }

    /// A DNS that says nothing keeps no mail back; only who forces an action for what the DNS would say has it wait.
    @Test func whatTheDNSDoesNotSayDefersNothingByItself() async throws {
        let resolver = MemoryResolver()
        resolver.fail("example.org")
        let row = Row(name: "", codes: [], addresses: ["198.100.1.25", "203.0.113.9"])
        let found = try await Self.judged(row, resolver)
        #expect(Self.own(found).map(\.code) == ["own.spf_temperror"] && Self.own(found).allSatisfy { $0.couldBe == ["own.spf_fail", "own.spf_none"] })
        #expect(found.verdict.action == .accept && found.evidence.ownDomain?.spf?.servers.count == 1)
        var strict = PipelineTests.policy
        strict.rules["own.spf_fail"] = Rule(action: .reject)
        #expect(try await Self.judged(row, resolver, policy: strict).verdict.action == .defer)
    }
}

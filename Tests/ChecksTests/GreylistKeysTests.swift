import Checks
import DNS
import Mail
import TestSupport
import Testing
import Verdicts

@Suite struct GreylistKeysTests {
    private static func keys(_ octets: [UInt8] = PipelineTests.message(), resolver: MemoryResolver = MemoryResolver(), prefixes: GreylistKeys.Prefixes = .init(),
                             _ change: (inout Envelope) -> Void = { _ in }) async throws -> GreylistKeys {
        let submission = Submission(octets: octets, envelope: try PipelineTests.envelope(change), receivedAt: PipelineTests.now)
        let found = await PipelineTests.pipeline(resolver).judge(submission, id: VerdictID(at: PipelineTests.now), policy: PipelineTests.policy, by: .now + .seconds(5))
        return GreylistKeys(found, prefixes)
    }

    private static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func whoTheClientIs() async throws {
        #expect(try await Self.keys().client == "network 198.100.1.0/24", "nothing is proved")
        #expect(try await Self.keys(resolver: PipelineTests.resolver()).client == "author example.org")
        let spf = try await Self.keys(resolver: PipelineTests.resolver()) { $0.mailFrom = "x@mx.example.org" }
        #expect(spf.client == "author example.org", "relaxed alignment")
        let other = PipelineTests.resolver()
        other.txt("bounces.net", "v=spf1 ip4:198.100.1.25 -all")
        let foreign = try await Self.keys(resolver: other) { $0.mailFrom = "x@bounces.net" }
        #expect(foreign.client == "spf bounces.net" && foreign.visit.author == nil)
        other.txt("bounces.net", "v=spf1 +all")
        let everybody = MemoryResolver()
        everybody.txt("bounces.net", "v=spf1 +all")
        #expect(try await Self.keys(resolver: everybody) { $0.mailFrom = "x@bounces.net" }.client == "network 198.100.1.0/24", "who passes everybody proves nothing")
        #expect(try await Self.keys(prefixes: .init(v4: 19, v6: 64)).client == "network 198.100.0.0/19")
        let six = try Self.address("2a01:4f8:1:2:3:4:5:6"), mapped = try Self.address("::ffff:198.100.1.77")
        #expect(try await Self.keys { $0.clientIP = six }.client == "network 2a01:4f8:1:2::/64")
        #expect(try await Self.keys { $0.clientIP = mapped }.client == "network 198.100.1.0/24")
    }

    /// What is the same to the greylist, and what is not: whether a try, and the client, are known again.
    @Test func whatIsKnownAgain() async throws {
        let first = try await Self.keys()
        let near = try Self.address("198.100.1.200"), far = try Self.address("198.100.2.25")
        let rows: [(String, [UInt8], (inout Envelope) -> Void, same: Bool, client: Bool)] = [
            ("the same", PipelineTests.message(), { _ in }, true, true),
            ("another host of the network", PipelineTests.message("X: y\r\n"), { $0.clientIP = near }, true, true),
            ("another network, the same message with a field more", Array("Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0000\r\n".utf8) + PipelineTests.message(), { $0.clientIP = far }, true, false),
            ("another network, another message", PipelineTests.message() + Array("more".utf8), { $0.clientIP = far }, false, false),
            ("another sender of the domain", PipelineTests.message(), { $0.mailFrom = "bob@example.org" }, false, true),
            ("a tag in the sender", PipelineTests.message(), { $0.mailFrom = "prvs=0123abcdef=anna@example.org" }, true, true),
            ("another recipient", PipelineTests.message(), { $0.recipients = ["c@example.net"] }, false, true),
            ("a recipient more", PipelineTests.message(), { $0.recipients = ["c@example.net", "B@EXAMPLE.net"] }, true, true),
            ("another tenant", PipelineTests.message(), { $0.tenant = "blue" }, false, false),
            ("the null reverse-path", PipelineTests.message(), { $0.mailFrom = "" }, false, false),
            ("another name of the client", PipelineTests.message(), { $0.helo = "other.example" }, true, true),
        ]
        for row in rows {
            let other = try await Self.keys(row.1) { row.2(&$0) }
            #expect(!Set(first.visit.tries).isDisjoint(with: other.visit.tries) == row.same, "\(row.0)")
            #expect((first.visit.client == other.visit.client) == row.client, "\(row.0)")
        }
    }

    @Test func recipientsAreSoMany() async throws {
        let all = (0..<300).map { "r\($0)@example.net" }
        let first = try await Self.keys { $0.recipients = all }, turned = try await Self.keys { $0.recipients = all.reversed() }, nobody = try await Self.keys { $0.recipients = [] }
        #expect(first.visit.tries.count == GreylistTerms.triesAtMost && Set(first.visit.tries) == Set(turned.visit.tries))
        #expect(nobody.visit.tries.count == 2)
        let half = try await Self.keys { $0.recipients = Array(all.prefix(150)) }
        #expect(!Set(first.visit.tries).isDisjoint(with: half.visit.tries))
        for keys in [first, nobody] { #expect(throws: Never.self) { try keys.visit.checkFitness() } }
    }
}

import Checks
import DNS
import Mail
import TestSupport
import Testing
import Verdicts

@Suite struct GreylistKeysTests {
    private static func keys(_ octets: [UInt8] = PipelineTests.message(), resolver: MemoryResolver = MemoryResolver(), prefixes: GreylistKeys.Prefixes = .init(), policy: Policy = PipelineTests.policy,
                             _ change: (inout Envelope) -> Void = { _ in }) async throws -> GreylistKeys {
        let submission = Submission(octets: octets, envelope: try PipelineTests.envelope(change), receivedAt: PipelineTests.now)
        let found = await PipelineTests.pipeline(resolver).judge(submission, id: VerdictID(at: PipelineTests.now), policy: policy, by: .now + .seconds(5))
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
            ("another sender of the domain, another message", PipelineTests.message() + Array("more".utf8), { $0.mailFrom = "bob@example.org" }, false, true),
            ("another sender of the domain, the same message", PipelineTests.message(), { $0.mailFrom = "bob@example.org" }, true, true),
            ("a tag in the sender", PipelineTests.message(), { $0.mailFrom = "prvs=0123abcdef=anna@example.org" }, true, true),
            ("another recipient", PipelineTests.message(), { $0.recipients = ["c@example.net"] }, false, true),
            ("a recipient more", PipelineTests.message(), { $0.recipients = ["c@example.net", "B@EXAMPLE.net"] }, true, true),
            ("another tenant", PipelineTests.message(), { $0.tenant = "blue" }, false, false),
            ("the null reverse-path, the same message", PipelineTests.message(), { $0.mailFrom = "" }, true, false),
            ("the null reverse-path, another message", PipelineTests.message() + Array("more".utf8), { $0.mailFrom = "" }, false, false),
            ("another name of the client", PipelineTests.message(), { $0.helo = "other.example" }, true, true),
        ]
        for row in rows {
            let other = try await Self.keys(row.1) { row.2(&$0) }
            #expect(!Set(first.visit.tries).isDisjoint(with: other.visit.tries) == row.same, "\(row.0)")
            #expect((first.visit.client == other.visit.client) == row.client, "\(row.0)")
        }
    }

    private static let token = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"

    /// A name that changes with each attempt, in ways that no form foresees; without a Message-ID the sender has to do.
    @Test func aSenderWithManyNames() async throws {
        let network = try Self.address("198.100.2.25")
        func same(_ octets: [UInt8], _ one: String, _ other: String) async throws -> Bool {
            let first = try await Self.keys(octets) { $0.mailFrom = one }, second = try await Self.keys(octets) { $0.mailFrom = other; $0.clientIP = network }
            return !Set(first.visit.tries).isDisjoint(with: second.visit.tries)
        }
        let without = Array("From: Anna <anna@example.org>\r\nTo: b@example.net\r\nSubject: Hello\r\n\r\nHello\r\n".utf8), empty = Array("Message-ID: \r\n".utf8) + without
        #expect(try await same(PipelineTests.message(), "apple@example.org", "pear@example.org"))
        #expect(try await same(PipelineTests.message(), "\(Self.token)@example.org", "b\(Self.token)@example.org"))
        for octets in [without, empty] {
            #expect(try await !same(octets, "apple@example.org", "pear@example.org"))
            #expect(try await same(octets, "apple@example.org", "apple@example.org"))
            #expect(try await same(octets, "b-\(Self.token)@example.org", "b-\(Self.token.replacing("3f25", with: "77aa"))@example.org"))
        }
    }

    /// What is marked as spam is no reason to know who sent it for longer.
    @Test func whatProlongs() async throws {
        #expect(try await Self.keys().visit.prolongs)
        #expect(try await !Self.keys(PipelineTests.message("X: y\r\n"), policy: Policy(name: "all", thresholds: Thresholds(tag: 0, reject: nil), rules: ["iprev.none": Rule(weight: 2)])).visit.prolongs)
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

import BlockLists
import Checks
import ContentRules
import DNS
import Foundation
import JSON
import Mail
import Malware
import ReverseDNS
import Signing
import SPF
import TestStores
import TestSupport
import Testing
import TransportSecurity
import Verdicts

@Suite struct PipelineTests {
    static let zone = ListZone(DomainName(trusted: "bl.example"), asks: [.client, .received], families: .v4,
                               listings: [ListingRule(.last(2), "test.spam", "a source of spam"), ListingRule(.last(10), "test.user", "an end user", counts: .client)], probes: ZoneProbe.v4)
    static let now = Timestamp(microseconds: 1_795_428_000_000_000)

    /// A DNS in which everything about mx.example.org is in order.
    static func resolver() -> MemoryResolver {
        let resolver = MemoryResolver()
        resolver.ptr("198.100.1.25", "mx.example.org")
        resolver.a("mx.example.org", "198.100.1.25")
        resolver.txt("example.org", "v=spf1 ip4:198.100.1.25 -all")
        resolver.txt("mx.example.org", "v=spf1 a -all")
        return resolver
    }

    static func pipeline(_ resolver: any Resolver, rules: [TLSRule] = [], local: [LocalEntry] = [], malware: MalwareChecker? = nil, spam: SpamCheck? = nil, signing: KeyRing? = nil, ownAddresses: [IPAddress] = []) -> Pipeline {
        let clock = ListClock(instant: { ContinuousClock.now }, time: { now.microseconds })
        let health = BlockListHealth(zones: [zone], clock: clock)
        return Pipeline(reverseDNS: ReverseDNSCheck(resolver: resolver), transport: TransportCheck(rules: rules),
                        authentication: Authentication(resolver: resolver, receiver: "mx.example.net"),
                        blockLists: BlockListChecker(resolver: resolver, health: health, local: LocalLists(local)), malware: malware, spam: spam, ownNames: [],
                        results: ResultFields(authservID: "mx.example.net", trusted: ["gate.example.net"]), signing: signing, ownAddresses: ownAddresses)
    }

    static func message(_ extra: String = "") -> [UInt8] {
        Array("From: Anna <anna@example.org>\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nSubject: Hello\r\n\(extra)\r\nHello\r\n".utf8)
    }

    static func envelope(_ change: (inout Envelope) -> Void = { _ in }) throws -> Envelope {
        var envelope = Envelope(clientIP: try #require(IPAddress("198.100.1.25")), helo: "mx.example.org", mailFrom: "anna@example.org",
                                recipients: ["b@example.net"], tlsVersion: "TLSv1.3", queueID: "Q1")
        change(&envelope)
        return envelope
    }

    static let policy = Policy(name: "test", thresholds: Thresholds(tag: 6, reject: 15), rules: [
        "iprev.none": Rule(weight: 2), "iprev.fail": Rule(weight: 2.5), "spf.fail": Rule(weight: 1), "spf.pass": Rule(weight: -0.2),
        "blocklist.test.*": Rule(weight: 7), "blocklist.test.spam.received": Rule(weight: 3), "helo.*": Rule(weight: 2),
        "transport.required.reject": Rule(action: .reject), "transport.required.defer": Rule(action: .defer),
        "local.block": Rule(action: .reject), "local.allow": Rule(action: .accept),
    ])

    static func examine(_ resolver: any Resolver, envelope: Envelope, message: [UInt8] = message(), rules: [TLSRule] = [], local: [LocalEntry] = [], policy: Policy = policy) async -> Examination {
        await pipeline(resolver, rules: rules, local: local).judge(Submission(octets: message, envelope: envelope, receivedAt: now), id: VerdictID(at: now),
                                                                   policy: policy, by: ContinuousClock.now + .seconds(5))
    }

    @Test func goodMail() async throws {
        let found = await Self.examine(Self.resolver(), envelope: try Self.envelope())
        let codes = found.verdict.findings.map(\.code)
        #expect(codes.contains("iprev.pass"))
        #expect(codes.contains("spf.pass"))
        #expect(codes.contains("transport.encrypted"))
        #expect(!codes.contains { $0.hasPrefix("helo.") })
        #expect(found.verdict.action == .accept)
        #expect(found.verdict.messageClass == .legitimate)
        #expect(found.verdict.score == -0.2)
        #expect(found.verdict.smtp.code == 250)
    }

    /// What rules see is evidence and a finding; what own users send in is not judged by its way.
    @Test func contentRules() async throws {
        let text = Array("From: Anna <anna@example.org>\r\nSubject: READ THIS TODAY\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n".utf8)
        let found = await Self.examine(Self.resolver(), envelope: try Self.envelope(), message: text)
        let rules = try #require(found.evidence.rules), codes = found.verdict.findings.map(\.code)
        #expect(rules.contains { $0.code == "subject.capitals" && $0.detail == "READ THIS TODAY" })
        for rule in rules { #expect(codes.contains(rule.code)) }
        #expect(codes.contains("received.missing") && codes.contains("header.missing_message_id"))
        let sent = await Self.examine(Self.resolver(), envelope: try Self.envelope { $0.authUser = "anna"; $0.direction = .outbound }, message: text)
        let own = (sent.evidence.rules ?? []).map(\.code)
        #expect(own.contains("subject.capitals") && !own.contains("received.missing") && !own.contains("header.missing_message_id"))
    }

    @Test func ownDomainsAreKnownToRules() async throws {
        let text = Array("From: \"ours.example Support\" <a@example.org>\r\nTo: b@example.net\r\nSubject: Hello\r\n\r\nHello\r\n".utf8)
        let subject = try #require(LocalSubject("ours.example"))
        let found = await Self.examine(Self.resolver(), envelope: try Self.envelope(), message: text, local: [LocalEntry(effect: .own, subject: subject, reason: "ours")])
        #expect(found.evidence.rules?.contains { $0.code == "name.own" } == true)
        let without = await Self.examine(Self.resolver(), envelope: try Self.envelope(), message: text)
        #expect(without.evidence.rules?.contains { $0.code == "name.own" } == false)
    }

    @Test func nothingKnownNeverCounts() async throws {
        let resolver = MemoryResolver()
        for name in ["25.1.100.198.in-addr.arpa", "example.org", "mx.example.org", "25.1.100.198.bl.example"] { resolver.fail(name) }
        let found = await Self.examine(resolver, envelope: try Self.envelope())
        #expect(found.verdict.score == 0)
        #expect(found.verdict.action == .accept)
        #expect(found.verdict.messageClass == .unknown)
        #expect(Set(found.verdict.findings.filter { $0.couldBe != nil }.map(\.code)) == ["iprev.temperror", "helo.temperror", "spf.temperror", "spf.helo.temperror", "senderid.pra.temperror",
                                                                                                    "author.unknown", "blocklist.unknown"])
    }

    @Test func listedClientWithoutName() async throws {
        let resolver = MemoryResolver()
        resolver.a("7.2.100.198.bl.example", "127.0.0.2")
        resolver.txt("example.org", "v=spf1 ip4:198.100.1.25 -all")
        resolver.a("mx.example.org", "198.100.1.25")
        let found = await Self.examine(resolver, envelope: try Self.envelope { $0.clientIP = IPAddress("198.100.2.7") ?? $0.clientIP })
        #expect(found.verdict.score == 10)
        #expect(found.verdict.action == .tag)
        #expect(found.verdict.messageClass == .spam)
        #expect(found.verdict.headers.add.contains(HeaderToAdd(name: "X-Spam", value: "Yes")))
    }

    @Test func whatAListRefusesIsUnknown() async throws {
        let resolver = Self.resolver()
        resolver.a("25.1.100.198.bl.example", "127.255.255.254")
        let found = await Self.examine(resolver, envelope: try Self.envelope())
        #expect(found.verdict.score == -0.2)
        #expect(found.verdict.findings.contains { $0.code == "blocklist.unknown" && $0.passing == false })
        #expect(found.verdict.action == .accept)
    }

    @Test func endUserListCountsForTheClientOnly() async throws {
        let resolver = Self.resolver()
        resolver.a("9.3.100.198.bl.example", "127.0.0.10")
        let hop = Self.message("Received: from pc ([198.100.3.9]) by mx.example.org; Mon, 23 Nov 2026 09:59:00 +0000\r\n")
        let relayed = await Self.examine(resolver, envelope: try Self.envelope(), message: hop)
        #expect(!relayed.verdict.findings.contains { $0.code.hasPrefix("blocklist.test.user") })
        let direct = await Self.examine(resolver, envelope: try Self.envelope { $0.clientIP = IPAddress("198.100.3.9") ?? $0.clientIP })
        #expect(direct.verdict.findings.contains { $0.code == "blocklist.test.user" })
        let user = await Self.examine(resolver, envelope: try Self.envelope { $0.clientIP = IPAddress("198.100.3.9") ?? $0.clientIP; $0.authUser = "anna" })
        #expect(!user.verdict.findings.contains { $0.code.hasPrefix("blocklist.") })
        #expect(user.verdict.findings.allSatisfy { !$0.code.hasPrefix("helo.") && !$0.code.hasPrefix("iprev.") && !$0.code.hasPrefix("spf.") })
    }

    @Test func requiredEncryption() async throws {
        let rule = TLSRule(domains: .within(DomainName(trusted: "example.org")), appliesTo: .sender, action: .reject)
        let plain = await Self.examine(Self.resolver(), envelope: try Self.envelope { $0.tlsVersion = nil }, rules: [rule])
        #expect(plain.verdict.action == .reject)
        #expect(plain.verdict.smtp.enhanced == "5.7.10")
        #expect(plain.verdict.smtp.text.contains(plain.verdict.id.description))
        let encrypted = await Self.examine(Self.resolver(), envelope: try Self.envelope(), rules: [rule])
        #expect(encrypted.verdict.action == .accept)
    }

    @Test func localList() async throws {
        let subject = try #require(LocalSubject(".example.org"))
        let blocked = await Self.examine(Self.resolver(), envelope: try Self.envelope(), local: [LocalEntry(effect: .block, subject: subject, reason: "test")])
        #expect(blocked.verdict.action == .reject)
        #expect(blocked.verdict.decidedBy == "local.block")
        let resolver = Self.resolver()
        resolver.a("25.1.100.198.bl.example", "127.0.0.2")
        let allowed = await Self.examine(resolver, envelope: try Self.envelope(), local: [LocalEntry(effect: .allow, subject: subject, reason: "test")])
        #expect(allowed.verdict.action == .accept)
        #expect(allowed.verdict.decidedBy == "local.allow")
    }

    /// A domain in its letters is the one that SPF passed in A-labels, whoever wrote it.
    @Test(arguments: [
        ("the sender's domain", ".почта.рф", "иван@почта.рф", ""), ("the sender's address", "иван@почта.рф", "иван@почта.рф", ""),
        ("the sender's address in A-labels", "иван@xn--80a1acny.xn--p1ai", "иван@почта.рф", ""),
        ("the author's address", "иван@почта.рф", "bounce@xn--80a1acny.xn--p1ai", "From: иван@почта.рф\r\n"),
        ("a domain in capitals", "ИВАН@почта.рф", "ИВАН@ПОЧТА.РФ", ""),
    ])
    func trustAtADomainInLetters(_ name: String, _ entry: String, _ sender: String, _ extra: String) async throws {
        let resolver = Self.resolver()
        resolver.txt("xn--80a1acny.xn--p1ai", "v=spf1 ip4:198.100.1.25 -all")
        let found = await Self.examine(resolver, envelope: try Self.envelope { $0.mailFrom = sender }, message: Self.message(extra),
                                       local: [LocalEntry(effect: .allow, subject: try #require(LocalSubject(entry)), reason: name)])
        #expect(found.verdict.decidedBy == "local.allow", "\(name): \(found.verdict.findings.map(\.code))")
    }

    /// What the sender can write himself earns him nothing.
    @Test(arguments: [
        ("forged author", "boss@partner.example.com", "From: boss@partner.example.com\r\n"), ("link", "partner.example.com", ""),
        ("forged hop", "198.100.77.0/24", "Received: from x ([198.100.77.7]) by y; Mon, 23 Nov 2026 09:59:00 +0000\r\n"),
    ])
    func forgedTrustIsNone(_ name: String, _ entry: String, _ extra: String) async throws {
        let resolver = Self.resolver()
        resolver.a("25.1.100.198.bl.example", "127.0.0.2")
        let message = Self.message(extra) + Array("see http://partner.example.com/\r\n".utf8)
        let found = await Self.examine(resolver, envelope: try Self.envelope(), message: message,
                                       local: [LocalEntry(effect: .allow, subject: try #require(LocalSubject(entry)), reason: name)])
        #expect(found.verdict.findings.contains { $0.code == "local.allow.unverified" })
        #expect(found.verdict.decidedBy == nil)
        #expect(found.verdict.action == .tag)
    }

    @Test func forgedFieldsAreToBeRemoved() async throws {
        let found = await Self.examine(Self.resolver(), envelope: try Self.envelope(), message: Self.message("X-Spam: No\r\nX-Postern-Verdict: accept\r\n"))
        #expect(Set(found.verdict.headers.remove.map(\.name)) == ["X-Spam", "X-Postern-Verdict"])
    }

    @Test(arguments: [(1, 0), (100, 0), (101, 1), (130, 30)])
    func attachmentsBeyondTheLimitAreCounted(_ count: Int, _ leftOut: Int) async throws {
        let part = "--x\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\na\r\n"
        let message = Array("From: a@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\(String(repeating: part, count: count))--x--\r\n".utf8)
        let content = try #require(await Self.examine(Self.resolver(), envelope: try Self.envelope(), message: message).evidence.content)
        #expect(content.attachments.count == count - leftOut)
        #expect(content.attachmentsLeftOut == leftOut)
        #expect(String(decoding: jsonOctets(content), as: UTF8.self).contains("\"attachments_left_out\":\(leftOut),"))
    }

    /// What is stored can be read again: a past verdict is explained and replayed from it.
    @Test func evidenceSurvivesItsJSON() async throws {
        let resolver = Self.resolver()
        resolver.a("25.1.100.198.bl.example", "127.0.0.2")
        let found = await Self.examine(resolver, envelope: try Self.envelope(), message: Self.message("Content-Type: multipart/mixed; boundary=x\r\n"))
        let octets = jsonOctets(found.evidence)
        #expect(try JSONDecoder().decode(Evidence.self, from: Data(octets)) == found.evidence)
    }
}

import DNS
import Foundation
import JSON
import SPF
import TestSupport
import Testing

/// The two identities, the senders they are made of, explanations, and what the outcome says. RFC 7208 §2.3, §2.4, §4.3, §6.2.
@Suite struct SPFIdentityTests {
    @Test func bothIdentities() async throws {
        let evidence = try await SPFZone.evaluate(try SPFZone.resolver("v=spf1 ip4:198.51.100.1 ~all"))
        let helo = try #require(evidence.helo)
        #expect((helo.result, helo.identity, helo.domain, helo.sender) == (.pass, .helo, "gate.helo.example", "postmaster@gate.helo.example"))
        #expect((helo.mechanism, helo.mechanismDomain) == ("ip4:192.0.2.10", "gate.helo.example"))
        #expect((evidence.mailfrom.result, evidence.mailfrom.identity, evidence.mailfrom.domain, evidence.mailfrom.sender)
            == (.softfail, .mailfrom, "sender.example", "ann@sender.example"))
    }

    @Test("The null reverse-path is postmaster at the HELO name", arguments: [nil, ""] as [String?])
    func nullPath(_ from: String?) async throws {
        let resolver = try SPFZone.resolver(nil)
        let evidence = try await SPFZone.evaluate(resolver, helo: "Deny.HELO.example", from: from)
        #expect((evidence.mailfrom.result, evidence.mailfrom.domain, evidence.mailfrom.identity) == (.fail, "deny.helo.example", .mailfrom))
        #expect(evidence.helo?.identity == .helo && evidence.helo?.result == .fail)
        #expect(resolver.asked.count == 1)
    }

    @Test func noHELO() async throws {
        let evidence = try await SPFZone.evaluate(try SPFZone.resolver("v=spf1 -all"), helo: "")
        #expect(evidence.helo == nil && evidence.mailfrom.result == .fail)
        let bounce = try await SPFZone.evaluate(try SPFZone.resolver("v=spf1 -all"), helo: "", from: nil)
        #expect(bounce.helo == nil && bounce.mailfrom.result == .none)
    }

    @Test("Names that are not asked for", arguments: [
        "gate", "gate.", "localhost", "[192.0.2.10]", "[IPv6:2001:db8::1]", "192.0.2.10", "a..example", ".example", "-", "a b.example", "x\u{0}.example",
        String(repeating: "x", count: 64) + ".example", String(repeating: "x.", count: 140) + "example", "bad\\name.example", "\u{e9}", "..", ".",
    ])
    func malformed(_ name: String) async throws {
        let resolver = try SPFZone.resolver(nil)
        let evidence = try await SPFZone.evaluate(resolver, helo: name, from: "ann@\(name)")
        #expect(evidence.helo?.result == SPFResult.none && evidence.mailfrom.result == .none)
        #expect(resolver.asked.isEmpty)
        #expect(evidence.mailfrom.problem == nil && evidence.mailfrom.lookups == 0)
    }

    @Test func atSignInHELO() async throws {
        let resolver = try SPFZone.resolver(nil)
        let evidence = try await SPFZone.evaluate(resolver, helo: "ann@yes.zone.example", from: nil)
        #expect(evidence.helo?.result == SPFResult.none && evidence.mailfrom.result == .none && resolver.asked.isEmpty)
    }

    struct Sender: CustomTestStringConvertible, Sendable {
        let from: String, local: String, domain: String
        init(_ from: String, _ local: String, _ domain: String) { (self.from, self.local, self.domain) = (from, local, domain) }
        var testDescription: String { from }
    }

    @Test("Senders", arguments: [
        Sender("ann@sender.example", "ann", "sender.example"), Sender("Ann@SENDER.Example.", "Ann", "sender.example"), Sender("@sender.example", "postmaster", "sender.example"),
        Sender("sender.example", "postmaster", "sender.example"), Sender("\"a@b\"@sender.example", "\"a@b\"", "sender.example"), Sender("a b@sender.example", "a b", "sender.example"),
        Sender("ann@b\u{fc}ro.example", "ann", "xn--bro-hoa.example"), Sender("ann@_x.sender.example", "ann", "_x.sender.example"),
    ] as [Sender])
    func senders(_ sender: Sender) async throws {
        let resolver = try SPFZone.resolver(nil, "\(sender.domain) TXT v=spf1 -all exp=why5.zone.example")
        let outcome = try await SPFZone.evaluate(resolver, from: sender.from).mailfrom
        #expect((outcome.result, outcome.domain, outcome.explanation) == (.fail, sender.domain, "<\(sender.local)>"))
    }

    /// RFC 8616 §4.
    @Test("A local-part beyond ASCII matches no term that has it")
    func internationalLocalPart() async throws {
        let resolver = try SPFZone.resolver("v=spf1 exists:%{l}.example -exists:%{s} exists:%{ir}.list.example -all")
        let outcome = try await SPFZone.evaluate(resolver, from: "j\u{f6}rg@sender.example").mailfrom
        #expect(outcome.mechanism == "exists:%{ir}.list.example" && outcome.voidLookups == 0)
        let denied = try await SPFZone.evaluate(try SPFZone.resolver("v=spf1 -all exp=why5.zone.example"), from: "j\u{f6}rg@sender.example").mailfrom
        #expect(denied.result == .fail && denied.explanation == nil)
    }

    struct Reason: CustomTestStringConvertible, Sendable {
        let policy: String, text: String?
        init(_ policy: String, _ text: String?) { (self.policy, self.text) = (policy, text) }
        var testDescription: String { policy }
    }

    @Test("Explanations", arguments: [
        Reason("-all exp=why.zone.example", "192.0.2.10 may not send as sender.example; ask mx.here.example, four.sender.example (in-addr) at 1700000000"),
        Reason("exp=why6.zone.example -all", "see http://help.example/?s=ann%40sender.example&h=gate.helo.example"), Reason("-all", nil),
        Reason("-all exp=why2.zone.example", nil), Reason("-all exp=why3.zone.example", nil), Reason("-all exp=why4.zone.example", nil), Reason("-all exp=gone.zone.example", nil),
        Reason("-all exp=dead.zone.example", nil), Reason("-all exp=x..example", nil), Reason("~all exp=why.zone.example", nil), Reason("all exp=why.zone.example", nil),
        Reason("-all exp=%{l}%{p}.zone.example", nil), Reason("include:no.zone.example -all", nil), Reason("redirect=no.zone.example exp=why6.zone.example", "192.0.2.10 may not send as sender.example; ask mx.here.example, four.zone.example (in-addr) at 1700000000"),
        Reason("a:g1.example a:g2.example -all exp=gone.zone.example", nil),
    ] as [Reason])
    func explanations(_ reason: Reason) async throws {
        let outcome = try await SPFZone.evaluate(try SPFZone.resolver("v=spf1 " + reason.policy)).mailfrom
        #expect(outcome.explanation == reason.text)
        #expect(outcome.problem == nil)
    }

    @Test("An explanation takes no line end from the sender, and no length beyond its limit")
    func hostileExplanations() async throws {
        let resolver = try SPFZone.resolver("v=spf1 -all exp=why5.zone.example")
        #expect(try await SPFZone.evaluate(resolver, from: "a\r\n250 ok@sender.example").mailfrom.explanation == nil)
        #expect(try await SPFZone.evaluate(resolver, from: String(repeating: "x", count: 1022) + "@sender.example").mailfrom.explanation?.utf8.count == 1024)
        #expect(try await SPFZone.evaluate(resolver, from: String(repeating: "x", count: 1023) + "@sender.example").mailfrom.explanation == nil)
    }

    @Test func json() async throws {
        let evidence = try await SPFZone.evaluate(try SPFZone.resolver("v=spf1 a:gone.example -all exp=why5.zone.example"), helo: "")
        let text = String(decoding: jsonOctets(evidence), as: UTF8.self)
        #expect(text == #"{"mailfrom":{"result":"fail","identity":"mailfrom","domain":"sender.example","sender":"ann@sender.example","mechanism":"-all","mechanism_domain":"sender.example","matched_network":"0.0.0.0/0","explanation":"<ann>","lookups":1,"void_lookups":1}}"#)
        #expect(try JSONDecoder().decode(SPFEvidence.self, from: Data(text.utf8)) == evidence)
    }
}

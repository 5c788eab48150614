import DNS
import SPF
import TestSupport
import Testing

/// Policies of sender.example in the world of `SPFZone`, and what they say of a client.
@Suite struct SPFPolicyTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let client: String, policy: String, result: SPFResult, mechanism: String?, problem: String
        let lookups: Int?, voids: Int?

        init(_ policy: String, _ result: SPFResult, _ mechanism: String? = nil, client: String = "192.0.2.10", problem: String = "",
             lookups: Int? = nil, voids: Int? = nil) {
            (self.client, self.policy, self.result, self.mechanism, self.problem) = (client, "v=spf1" + policy, result, mechanism, problem)
            (self.lookups, self.voids) = (lookups, voids)
        }

        var testDescription: String { "\(client) under \(policy.prefix(90))" }
    }

    static let six = "2001:db8:1::10"

    func run(_ row: Row) async throws {
        let outcome = try await SPFZone.evaluate(try SPFZone.resolver(row.policy), client: row.client).mailfrom
        #expect(outcome.result == row.result, "\(outcome.problem ?? "")")
        #expect(outcome.mechanism == row.mechanism)
        #expect(outcome.mechanismDomain == row.mechanism.map { _ in row.policy.contains("redirect=") ? outcome.mechanismDomain ?? "" : "sender.example" })
        if row.problem.isEmpty { #expect(outcome.problem == nil) } else { #expect(outcome.problem?.contains(row.problem) == true, "\(outcome.problem ?? "no problem")") }
        if let lookups = row.lookups { #expect(outcome.lookups == lookups) }
        if let voids = row.voids { #expect(outcome.voidLookups == voids) }
    }

    @Test("Qualifiers, and the end of a record", arguments: [
        Row(" +all", .pass, "+all"), Row(" all", .pass, "all"), Row(" -all", .fail, "-all"), Row(" ~all", .softfail, "~all"),
        Row(" ?all", .neutral, "?all"), Row("", .neutral, lookups: 0, voids: 0), Row("   ", .neutral), Row(" ip4:203.0.113.1", .neutral),
        Row("  -ALL  ", .fail, "-ALL"), Row(" all -all", .pass, "all"), Row(" ?ip4:192.0.2.10 -all", .neutral, "?ip4:192.0.2.10"),
        Row(" ~a:four.zone.example -all", .softfail, "~a:four.zone.example"), Row(" x-note=%{d}/anything:goes -all", .fail, "-all"),
        Row(" default=pass op=dmarc", .neutral), Row(" all exp=why.zone.example redirect=dead.zone.example", .pass, "all"),
    ] as [Row])
    func qualifiers(_ row: Row) async throws { try await run(row) }

    @Test("ip4 and ip6", arguments: [
        Row(" ip4:192.0.2.10 -all", .pass, "ip4:192.0.2.10", lookups: 0), Row(" ip4:192.0.2.11 -all", .fail, "-all"),
        Row(" ip4:192.0.2.255/24 -all", .pass, "ip4:192.0.2.255/24"), Row(" ip4:192.0.2.8/31 -all", .fail, "-all"),
        Row(" ip4:192.0.2.8/30 -all", .pass, "ip4:192.0.2.8/30"), Row(" ip4:10.0.0.0/0 -all", .pass, "ip4:10.0.0.0/0"),
        Row(" ip4:192.0.2.10 -all", .pass, "ip4:192.0.2.10", client: "::ffff:192.0.2.10"), Row(" ip6:::/0 -all", .fail, "-all"),
        Row(" ip6:::/0 -all", .fail, "-all", client: "::ffff:192.0.2.10"), Row(" ip4:0.0.0.0/0 -all", .fail, "-all", client: six),
        Row(" ip6:::ffff:192.0.2.10 -all", .fail, "-all", client: "::ffff:192.0.2.10"),
        Row(" ip6:2001:db8:1::10 -all", .pass, "ip6:2001:db8:1::10", client: six), Row(" ip6:2001:DB8:1::/48 ~all", .pass, "ip6:2001:DB8:1::/48", client: six),
        Row(" ip6:2001:db8:1::11/127 -all", .pass, "ip6:2001:db8:1::11/127", client: six), Row(" ip6:2001:db8:2::/47 -all", .fail, "-all", client: six),
        Row(" IP4:192.0.2.10 -all", .pass, "IP4:192.0.2.10"),
    ] as [Row])
    func networks(_ row: Row) async throws { try await run(row) }

    @Test("a, mx and exists", arguments: [
        Row(" a:four.zone.example -all", .pass, "a:four.zone.example", lookups: 1, voids: 0), Row(" a:four.zone.example. -all", .pass, "a:four.zone.example."),
        Row(" a:both.zone.example -all", .fail, "-all"), Row(" a:both.zone.example/27 -all", .pass, "a:both.zone.example/27"),
        Row(" a:both.zone.example/27//64 -all", .pass, "a:both.zone.example/27//64"), Row(" a:both.zone.example//64 -all", .fail, "-all"),
        Row(" a:both.zone.example//64 -all", .pass, "a:both.zone.example//64", client: six), Row(" a:both.zone.example/0 -all", .fail, "-all", client: six),
        Row(" a:alias.zone.example -all", .pass, "a:alias.zone.example"), Row(" a:a/b:c.zone.example -all", .pass, "a:a/b:c.zone.example"),
        Row(" a:many.zone.example -all", .pass, "a:many.zone.example", client: "198.51.100.15"), Row(" a -all", .fail, "-all", lookups: 1, voids: 1),
        Row(" a:gone.zone.example/0 -all", .fail, "-all", voids: 1), Row(" a:dead.zone.example -all", .temperror, problem: "a:dead.zone.example: the A look-up"),
        Row(" a:x..zone.example -all", .fail, "-all"), Row(" a:\(String(repeating: "x", count: 64)).example -all", .fail, "-all"),
        Row(" mx:mail.zone.example -all", .pass, "mx:mail.zone.example", lookups: 1), Row(" mx:mail.zone.example -all", .pass, "mx:mail.zone.example", client: six),
        Row(" mx:mail.zone.example/30 -all", .pass, "mx:mail.zone.example/30", client: "192.0.2.21"), Row(" mx:four.zone.example -all", .fail, "-all", voids: 1),
        Row(" mx:nullmx.zone.example -all", .fail, "-all", voids: 0), Row(" mx -all", .fail, "-all", voids: 1),
        Row(" mx:deadend.zone.example -all", .temperror, problem: "dead.zone.example: the A look-up"),
        Row(" mx:late.zone.example -all", .pass, "mx:late.zone.example"), Row(" mx:dead.zone.example -all", .temperror, problem: "MX look-up"),
        Row(" mx:lost.zone.example -all", .fail, "-all", lookups: 1, voids: 0),
        Row(" mx:ten.zone.example -all", .pass, "mx:ten.zone.example", client: "198.51.100.10"),
        Row(" mx:crowd.zone.example -all", .permerror, client: "198.51.100.11", problem: "mx:crowd.zone.example: crowd.zone.example has more than 10 exchanges"),
        Row(" mx:crowd.zone.example -all", .pass, "mx:crowd.zone.example", client: "198.51.100.10"),
        Row(" exists:four.zone.example -all", .pass, "exists:four.zone.example"), Row(" exists:four.zone.example -all", .pass, "exists:four.zone.example", client: six),
        Row(" exists:six.list.example -all", .fail, "-all", client: six, voids: 1), Row(" exists:%{ir}.list.example -all", .pass, "exists:%{ir}.list.example"),
        Row(" exists:%{l}.%{d}.list.example ~all", .pass, "exists:%{l}.%{d}.list.example"), Row(" exists:%{p}.names.example -all", .pass, "exists:%{p}.names.example", lookups: 2),
        Row(" exists:%{h}.helos.example -all", .pass, "exists:%{h}.helos.example"), Row(" exists:%{p}.names.example -all", .fail, "-all", client: "198.51.100.1"),
        Row(" exists:dead.zone.example -all", .temperror, problem: "exists:dead.zone.example"),
    ] as [Row])
    func addresses(_ row: Row) async throws { try await run(row) }

    @Test("ptr", arguments: [
        Row(" ptr -all", .pass, "ptr", lookups: 1), Row(" ptr:zone.example -all", .pass, "ptr:zone.example"), Row(" ptr:ZONE.Example. -all", .pass, "ptr:ZONE.Example."),
        Row(" ptr:four.zone.example -all", .pass, "ptr:four.zone.example"), Row(" ptr:liar.zone.example -all", .fail, "-all"),
        Row(" ptr:our.zone.example -all", .fail, "-all"), Row(" ptr -all", .fail, "-all", client: six, voids: 1), Row(" ptr:other.example ptr:zone.example -all", .pass, "ptr:zone.example", lookups: 2),
    ] as [Row])
    func pointers(_ row: Row) async throws { try await run(row) }

    @Test("include and redirect", arguments: [
        Row(" include:yes.zone.example -all", .pass, "include:yes.zone.example", lookups: 1), Row(" -include:yes.zone.example +all", .fail, "-include:yes.zone.example"),
        Row(" include:no.zone.example ~all", .softfail, "~all"), Row(" include:soft.zone.example -all", .fail, "-all"), Row(" include:maybe.zone.example -all", .fail, "-all"),
        Row(" include:silent.zone.example -all", .fail, "-all"), Row(" include:nested.zone.example -all", .pass, "include:nested.zone.example", lookups: 2),
        Row(" include:away.zone.example -all", .pass, "include:away.zone.example", lookups: 2),
        Row(" include:gone.zone.example -all", .permerror, problem: "include:gone.zone.example: gone.zone.example has no SPF record"),
        Row(" include:empty.zone.example +all", .permerror, problem: "no SPF record"), Row(" include:x..example +all", .permerror, problem: "no SPF record"),
        Row(" include:faulty.zone.example +all", .permerror, problem: "faulty.zone.example: ip4:192.0.2.300: 192.0.2.300 is not an IPv4 address"),
        Row(" include:two.zone.example +all", .permerror, problem: "two.zone.example: more than one SPF record"),
        Row(" include:dead.zone.example +all", .temperror, problem: "dead.zone.example: the TXT look-up failed: SERVFAIL"),
        Row(" include:deep.zone.example +all", .temperror, problem: "dead.zone.example"), Row(" include:round.zone.example +all", .permerror, problem: "include:round.zone.example is one term too many"),
        Row(" redirect=yes.zone.example", .pass, "ip4:192.0.2.0/24", lookups: 1), Row(" redirect=yes.zone.example ip4:198.51.100.1", .fail, "-all", client: "203.0.113.1"),
        Row(" redirect=%{l}.zone.example", .permerror, problem: "redirect= leads to ann.zone.example, which has no SPF record"), Row(" redirect=away.zone.example", .pass, "ip4:192.0.2.0/24", lookups: 2),
        Row(" redirect=empty.zone.example", .permerror, problem: "redirect= leads to empty.zone.example, which has no SPF record"), Row(" redirect=dead.zone.example", .temperror, problem: "dead.zone.example"),
        Row(" redirect=x..example", .permerror, problem: "redirect= leads to no domain name"), Row(" redirect=sender.example", .permerror, problem: "one term too many", lookups: 10),
        Row(" redirect=faulty.zone.example", .permerror, problem: "192.0.2.300"),
    ] as [Row])
    func others(_ row: Row) async throws { try await run(row) }

    @Test("Limits", arguments: [
        Row(" a:six.zone.example" + String(repeating: " mx:mail.zone.example", count: 9) + " -all", .fail, "-all", client: "203.0.113.1", lookups: 10, voids: 1),
        Row(String(repeating: " mx:mail.zone.example", count: 11) + " -all", .permerror, client: "203.0.113.1", problem: "mx:mail.zone.example is one term too many: no more than 10", lookups: 10),
        Row(String(repeating: " mx:mail.zone.example", count: 10) + " redirect=yes.zone.example", .permerror, client: "203.0.113.1", problem: "redirect= is one term too many", lookups: 10),
        Row(" include:five.zone.example" + String(repeating: " mx:mail.zone.example", count: 4) + " -all", .fail, "-all", client: "203.0.113.1", lookups: 10, voids: 1),
        Row(" include:five.zone.example" + String(repeating: " mx:mail.zone.example", count: 5) + " -all", .permerror, client: "203.0.113.1", problem: "one term too many", lookups: 10),
        Row(String(repeating: " mx:mail.zone.example", count: 11) + " -all", .pass, "mx:mail.zone.example", lookups: 1),
        Row(String(repeating: " ip4:203.0.113.9", count: 300) + " -all", .fail, "-all", lookups: 0),
        Row(String(repeating: " ip4:203.0.113.9", count: 600) + " -all", .permerror, problem: "longer than 8192 octets"),
        Row(" a:g1.example a:g2.example -all", .fail, "-all", voids: 2), Row(" a:g1.example a:g2.example a:g3.example -all", .permerror, problem: "a:g3.example is one term too many that finds nothing", voids: 3),
        Row(" exists:g1.example mx:g2.example a:g3.example +all", .permerror, problem: "a:g3.example"), Row(" ptr ptr ptr +all", .permerror, client: six, problem: "ptr is one term too many that finds nothing"),
        Row(String(repeating: " mx:mail.zone.example", count: 9) + " exists:%{p}.names.example -all", .permerror, client: "203.0.113.1", problem: "%{p} is one term too many", lookups: 10),
    ] as [Row])
    func limits(_ row: Row) async throws { try await run(row) }

    @Test func voidLimitIsConfigurable() async throws {
        let resolver = try SPFZone.resolver("v=spf1 a:g1.example a:g2.example a:g3.example -all")
        var limits = SPFLimits()
        limits.voidLookups = 3
        #expect(try await SPFZone.evaluate(resolver, limits: limits).mailfrom.result == .fail)
        limits.voidLookups = 0
        #expect(try await SPFZone.evaluate(resolver, limits: limits).mailfrom.result == .permerror)
    }
}

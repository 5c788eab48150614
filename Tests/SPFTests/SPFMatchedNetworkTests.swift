import DNS
import SPF
import TestSupport
import Testing

/// Which clients a match of sender.example's policy holds for, in the world of `SPFZone`.
@Suite struct SPFMatchedNetworkTests {
    static let six = "2001:db8:1::10"
    static let more = """
        open.zone.example TXT v=spf1 +all
        halves.zone.example TXT v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 ip6:::/1 ip6:8000::/1 -all
        outer.zone.example TXT v=spf1 include:halves.zone.example -all
        moved.zone.example TXT v=spf1 redirect=open.zone.example
        """

    @Test(arguments: [
        (" +all", "192.0.2.10", "0.0.0.0/0"), (" all", six, "::/0"), (" -all", "192.0.2.10", "0.0.0.0/0"), (" ip4:0.0.0.0/0", "192.0.2.10", "0.0.0.0/0"),
        (" ip4:10.1.2.3/0", "192.0.2.10", "0.0.0.0/0"), (" ip6:::/0", six, "::/0"), (" all", "::ffff:192.0.2.10", "0.0.0.0/0"),
        (" a:both.zone.example/0", "192.0.2.10", "0.0.0.0/0"), (" a:both.zone.example//0", six, "::/0"), (" mx:mail.zone.example/0", "203.0.113.9", "0.0.0.0/0"),
        (" mx:mail.zone.example/24//0", "2a00::1", "::/0"), (" ip4:192.0.2.10", "192.0.2.10", "192.0.2.10/32"),
        (" ip4:192.0.2.99/24", "192.0.2.10", "192.0.2.0/24"), (" a:both.zone.example/27//64", "192.0.2.10", "192.0.2.0/27"),
        (" a:both.zone.example/27//64", six, "2001:db8:1::/64"), (" ip4:0.0.0.0/1 ip4:128.0.0.0/1", "192.0.2.10", "128.0.0.0/1"),
        (" include:yes.zone.example", "192.0.2.10", "192.0.2.0/24"), (" include:nested.zone.example", six, "2001:db8:1::/48"),
        (" include:open.zone.example", "192.0.2.10", "0.0.0.0/0"), (" include:moved.zone.example", six, "::/0"), (" redirect=open.zone.example", six, "::/0"),
        (" include:outer.zone.example", "192.0.2.10", "128.0.0.0/1"), (" redirect=outer.zone.example", six, "::/1"),
        (" exists:four.zone.example", "192.0.2.10", nil), (" ptr", "192.0.2.10", nil), ("", "192.0.2.10", nil),
        (" ip4:192.0.2.300", "192.0.2.10", nil), (" include:dead.zone.example", "192.0.2.10", nil), (" ip4:203.0.113.1", "192.0.2.10", nil),
    ] as [(String, String, String?)])
    func network(_ policy: String, _ client: String, _ network: String?) async throws {
        let outcome = try await SPFZone.evaluate(try SPFZone.resolver("v=spf1" + policy, Self.more), client: client).mailfrom
        #expect(outcome.matchedNetwork?.description == network, "\(outcome)")
    }
}

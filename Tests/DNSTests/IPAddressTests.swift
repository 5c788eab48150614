import DNS
import Testing

@Suite struct IPAddressTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let text: String, canonical: String?
        var testDescription: String { text }
    }

    @Test(arguments: [
        Row(text: "192.0.2.1", canonical: "192.0.2.1"), Row(text: "0.0.0.0", canonical: "0.0.0.0"),
        Row(text: "255.255.255.255", canonical: "255.255.255.255"),
        Row(text: "256.0.0.1", canonical: nil), Row(text: "1.2.3", canonical: nil), Row(text: "1.2.3.4.5", canonical: nil),
        Row(text: "01.2.3.4", canonical: nil), Row(text: "1.2.3.", canonical: nil), Row(text: "", canonical: nil),
        Row(text: "::", canonical: "::"), Row(text: "::1", canonical: "::1"), Row(text: "2001:DB8::", canonical: "2001:db8::"),
        Row(text: "2001:db8:0:0:1:0:0:1", canonical: "2001:db8::1:0:0:1"),
        Row(text: "2001:0db8:0000:0000:0000:0000:0000:0001", canonical: "2001:db8::1"),
        Row(text: "2001:db8:0:1:1:1:1:1", canonical: "2001:db8:0:1:1:1:1:1"),
        Row(text: "::ffff:192.0.2.1", canonical: "::ffff:192.0.2.1"), Row(text: "64:ff9b::192.0.2.33", canonical: "64:ff9b::c000:221"),
        Row(text: "1::2::3", canonical: nil), Row(text: "1:2:3:4:5:6:7", canonical: nil), Row(text: "1:2:3:4:5:6:7:8:9", canonical: nil),
        Row(text: ":1", canonical: nil), Row(text: "1:", canonical: nil), Row(text: ":::", canonical: nil), Row(text: "12345::", canonical: nil),
        Row(text: "1.2.3.4::", canonical: nil), Row(text: "::+1", canonical: nil), Row(text: "::1.2.3", canonical: nil),
        Row(text: "1:2:3:4:5:6:7::", canonical: "1:2:3:4:5:6:7:0"), Row(text: "fe80::1%eth0", canonical: nil),
    ])
    func text(_ row: Row) {
        #expect(IPAddress(row.text)?.description == row.canonical)
    }

    @Test func reverse() throws {
        #expect(try #require(IPAddress("192.0.2.1")).reverseName.text == "1.2.0.192.in-addr.arpa")
        #expect(try #require(IPAddress("2001:db8::1")).reverseName.text
            == "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("2001:db8::1/128", "2001:db8::1", true), ("2001:db8::1/128", "2001:db8::2", false), ("::/0", "1.2.3.4", false),
    ])
    func network(_ network: String, _ address: String, _ inside: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == inside)
    }

    @Test(arguments: [
        ("192.0.2.77/24", "192.0.2.0", "192.0.2.255"), ("192.0.2.77", "192.0.2.77", "192.0.2.77"), ("192.0.2.77/0", "0.0.0.0", "255.255.255.255"),
        ("192.0.2.77/1", "128.0.0.0", "255.255.255.255"), ("2001:db8::1/33", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::1/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"), ("2001:db8::1/127", "2001:db8::", "2001:db8::1"),
        ("2001:db8::1/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("2001:db8::1", "2001:db8::1", "2001:db8::1"),
    ])
    func rangeOfANetwork(_ network: String, _ first: String, _ last: String) throws {
        let range = try #require(IPNetwork(network)).range
        #expect(range.first.description == first && range.last.description == last)
    }

    @Test func octetsRoundTrip() throws {
        for text in ["192.0.2.7", "2001:db8::ff00:42:8329"] {
            let address = try #require(IPAddress(text))
            #expect(IPAddress(networkOrder: address.octets) == address)
        }
    }
}

import DNS
import SPF
import TestSupport
import Testing

/// A small world to test policies in; `sender.example` is the domain whose policy each row writes.
enum SPFZone {
    static let now = ContinuousClock.now

    static let text = """
        four.zone.example A 192.0.2.10
        six.zone.example AAAA 2001:db8:1::10
        both.zone.example A 192.0.2.20
        both.zone.example AAAA 2001:db8:1::20
        alias.zone.example CNAME four.zone.example
        mail.zone.example MX 10 both.zone.example
        mail.zone.example MX 20 four.zone.example
        mail.zone.example MX 30 six.zone.example
        nullmx.zone.example MX 0 .
        deadend.zone.example MX 10 dead.zone.example
        deadend.zone.example MX 20 four.zone.example
        late.zone.example MX 10 four.zone.example
        late.zone.example MX 20 dead.zone.example
        lost.zone.example MX 10 lost1.zone.example
        lost.zone.example MX 10 lost2.zone.example
        lost.zone.example MX 10 lost3.zone.example
        lost.zone.example MX 10 lost4.zone.example
        empty.zone.example TXT nothing of ours
        a/b:c.zone.example A 192.0.2.10
        yes.zone.example TXT v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:1::/48 -all
        no.zone.example TXT v=spf1 -all exp=why.zone.example
        soft.zone.example TXT v=spf1 ~all
        maybe.zone.example TXT v=spf1 ?all
        silent.zone.example TXT v=spf1
        faulty.zone.example TXT v=spf1 ip4:192.0.2.300 -all
        two.zone.example TXT v=spf1 +all
        two.zone.example TXT V=SPF1 -all
        round.zone.example TXT v=spf1 include:round.zone.example -all
        nested.zone.example TXT v=spf1 include:yes.zone.example ?all
        away.zone.example TXT v=spf1 redirect=yes.zone.example
        deep.zone.example TXT v=spf1 include:dead.zone.example -all
        five.zone.example TXT v=spf1 a:six.zone.example a:four.zone.example a a mx:mail.zone.example ~all
        five.zone.example A 203.0.113.5
        why.zone.example TXT %{c} may not send as %{o}; ask %{r}, %{p} (%{v}) at %{t}
        why2.zone.example TXT one
        why2.zone.example TXT two
        why3.zone.example TXT %{q} is no letter
        why4.zone.example TXT caf\u{e9}
        why5.zone.example TXT <%{l}>
        why6.zone.example TXT see http://help.example/?s=%{S}&h=%{H}
        10.2.0.192.in-addr.arpa PTR liar.zone.example
        10.2.0.192.in-addr.arpa PTR dead.zone.example
        10.2.0.192.in-addr.arpa PTR four.zone.example
        10.2.0.192.in-addr.arpa PTR four.sender.example
        liar.zone.example A 203.0.113.77
        four.sender.example A 192.0.2.10
        10.2.0.192.list.example A 127.0.0.2
        six.list.example AAAA 2001:db8::1
        ann.sender.example.list.example A 127.0.0.3
        four.sender.example.names.example A 127.0.0.4
        gate.helo.example.helos.example A 127.0.0.5
        gate.helo.example TXT v=spf1 ip4:192.0.2.10 -all
        deny.helo.example TXT v=spf1 -all
        """

    /// The world, with a policy at sender.example.
    static func resolver(_ policy: String?, _ more: String = "") throws -> MemoryResolver {
        let resolver = MemoryResolver()
        for line in (text + "\n" + more).split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            try #require(words.count == 3, "not a record: \(line)")
            switch words[1] {
            case "A", "AAAA": resolver.a(words[0], words[2])
            case "TXT": resolver.txt(words[0], words[2])
            case "MX":
                let pair = words[2].split(separator: " ").map(String.init)
                resolver.mx(words[0], try #require(UInt16(pair[0])), pair[1] == "." ? "" : pair[1])
            case "PTR": resolver.add(words[0], .ptr, .name(try #require(DomainName(words[2]))))
            case "CNAME": resolver.add(words[0], .cname, .name(try #require(DomainName(words[2]))))
            default: Issue.record("not a type: \(words[1])")
            }
        }
        for host in 1...15 { resolver.a("many.zone.example", "198.51.100.\(host)") }
        for host in 1...11 {
            resolver.mx("crowd.zone.example", UInt16(host), "crowd\(host).zone.example")
            if host < 11 { resolver.mx("ten.zone.example", UInt16(host), "crowd\(host).zone.example") }
            resolver.a("crowd\(host).zone.example", "198.51.100.\(host)")
        }
        resolver.fail("dead.zone.example", nil, .responseCode(2))
        if let policy { resolver.txt("sender.example", policy) }
        return resolver
    }

    static func evaluate(_ resolver: any Resolver, client: String = "192.0.2.10", helo: String = "gate.helo.example",
                         from: String? = "ann@sender.example", limits: SPFLimits = SPFLimits()) async throws -> SPFEvidence {
        let client = try #require(IPAddress(client), "not an address: \(client)")
        return await SPFEvaluator(resolver: resolver, limits: limits, receiver: "mx.here.example")
            .evaluate(client: client, helo: helo, mailFrom: from, deadline: .now + .seconds(60), at: 1_700_000_000)
    }
}

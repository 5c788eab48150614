import DNS
import RateLimits
import Testing

@Suite struct LimitTests {
    @Test(arguments: [("60s", 60, "1m"), ("1m", 60, "1m"), ("90s", 90, "90s"), ("24h", 86_400, "1d"), ("31d", 2_678_400, "31d"), ("1s", 1, "1s")])
    func windows(_ text: String, _ seconds: Int, _ written: String) throws {
        let window = try #require(LimitWindow(text))
        #expect(window.seconds == seconds)
        #expect(window.description == written)
    }

    @Test(arguments: ["", "0s", "-1s", "1", "m", "32d", "745h", "1w", "1.5h", "99999999s", "9999999d", "１m", "+1m", " 1m"]) func noWindow(_ text: String) { #expect(LimitWindow(text) == nil) }

    @Test(arguments: [(0, nil, nil, "limit"), (-5, nil, nil, "limit"), (Int.max, nil, nil, "limit"), (10, 0, nil, "burst"), (10, 11, nil, "burst"), (10, -1, nil, "burst"), (10, nil, 0, "first"), (10, nil, Int.max, "first")] as [(Int, Int?, Int?, String)])
    func noLimit(_ most: Int, _ burst: Int?, _ youth: Int?, _ member: String) throws {
        let window = try #require(LimitWindow("1m"))
        do {
            _ = try RateLimit(counts: .recipients, most: most, window: window, burst: burst, youth: youth)
            Issue.record("a limit that cannot be")
        } catch { #expect(error.member == member) }
    }

    @Test(arguments: [
        (LimitScope.domain, "Bücher.example", "xn--bcher-kva.example"), (.mailbox, "Anna@EXAMPLE.org", "anna@example.org"), (.mailbox, "Anna", "anna"), (.mailbox, " anna@example.org\u{3000}", "anna@example.org"), (.mailbox, "\"anna\"@example.org", "anna@example.org"), (.mailbox, "\"\"\"anna\"\"\"@example.org", "anna@example.org"), (.site, "\u{301}x", "\u{301}x"), (.mailbox, "<Anna@BÜCHER.example>", "<anna@xn--bcher-kva.example>"),
        (.mailbox, String(repeating: "a", count: 251) + "@ab.cd", String(repeating: "a", count: 249) + "@ab.cd"), (.mailbox, "a b@c d", "a b@c d"), (.customer, "ACME GmbH", "acme gmbh"),
        (.script, "33:Mailer.php", "33:Mailer.php"), (.client, "192.0.2.7", "192.0.2.7"), (.client, "::ffff:192.0.2.7", "192.0.2.7"), (.client, "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (.client, "2001:db8:1:2::/64", "2001:db8:1:2::/64"), (.site, String(repeating: "x", count: 300), String(repeating: "x", count: 255)),
    ] as [(LimitScope, String, String)])
    func subjects(_ scope: LimitScope, _ text: String, _ name: String) throws {
        let subject = try LimitSubject(scope, text)
        #expect(subject.name == name)
        #expect(try LimitSubject(path: subject.description) == subject)
    }

    @Test(arguments: [(LimitScope.domain, ""), (.domain, "."), (.domain, "。"), (.mailbox, "  "), (.domain, "not a domain"), (.client, "host"), (.client, "192.0.2.0/24"), (.client, "2001:db8::/48"), (.mailbox, "a\nb"), (.customer, "\0")] as [(LimitScope, String)])
    func noSubject(_ scope: LimitScope, _ text: String) { #expect(throws: LimitFault.self) { try LimitSubject(scope, text) } }

    /// Two ways to write an accent are two names, as they are to a database.
    @Test func namesAreOctets() throws {
        let one = try LimitSubject(.mailbox, "andr\u{e9}@example.org"), other = try LimitSubject(.mailbox, "andre\u{301}@example.org")
        #expect(one != other && Set([one, other]).count == 2)
    }

    @Test func whoseLimitsHold() throws {
        let hour = try #require(LimitWindow("1h")), now = 1_800_000_000_000
        func limits(_ most: Int) throws -> [RateLimit] { [try RateLimit(counts: .recipients, most: most, window: hour)] }
        let mailbox = try LimitSubject(.mailbox, "a@example.org"), domain = try LimitSubject(.domain, "example.org"), customer = try LimitSubject(.customer, "acme"), plan = try LimitSubject(.plan, "gold")
        let hierarchy = LimitHierarchy(defaults: [.mailbox: try limits(1), .domain: try limits(2)])
        var said: [LimitSubject: LimitDefinition] = [:]
        func held() -> [String: Int] {
            let family = hierarchy.family(of: [mailbox, domain]) { said[$0] }
            return Dictionary(uniqueKeysWithValues: hierarchy.limited(family, at: now) { said[$0] }.map { ($0.subject.scope.rawValue, $0.limits[0].most) })
        }
        #expect(held() == ["mailbox": 1, "domain": 2])
        said[domain] = LimitDefinition(parent: customer)
        said[customer] = LimitDefinition(parent: plan)
        said[plan] = LimitDefinition(limits: try limits(3), defaults: [.customer: try limits(4), .mailbox: try limits(5)])
        #expect(held() == ["mailbox": 5, "domain": 2, "customer": 4, "plan": 3])
        said[customer]?.defaults = [.mailbox: try limits(6)]
        #expect(held()["mailbox"] == 6, "the nearest above says so")
        said[mailbox] = LimitDefinition(limits: [])
        #expect(held()["mailbox"] == nil, "none is none")
        said[mailbox]?.override = .init(limits: try limits(7), until: now + 1)
        #expect(held()["mailbox"] == 7)
        said[mailbox]?.override = .init(limits: try limits(7), until: now)
        #expect(held()["mailbox"] == nil, "it is over")
        #expect(throws: LimitFault("parent", "is a mailbox, which is not above a domain")) { try LimitDefinition(parent: mailbox).check(for: domain) }
        #expect(throws: LimitFault.self) { try LimitDefinition(defaults: [.plan: []]).check(for: customer) }
        #expect(throws: LimitFault("limits[1]", "is a second limit of recipients per 1h")) { try LimitDefinition(limits: try limits(1) + limits(2)).check(for: customer) }
        said[plan] = LimitDefinition(parent: domain)
        #expect(hierarchy.family(of: [mailbox, domain]) { said[$0] }.count == 4, "a circle ends")
    }
}

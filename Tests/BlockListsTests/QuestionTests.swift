import BlockLists
import DNS
import Foundation
import JSON
import Synchronization
import TestSupport
import Testing

/// What is asked, and what never is.
struct QuestionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var subjects: @Sendable (inout ListSubjects) -> Void
        var asked: [String]
    }

    static let rows: [Row] = [
        Row(testDescription: "client IPv4", subjects: { $0.client = IPAddress("8.8.4.4") }, asked: ["4.4.8.8.zen.spamhaus.org"]),
        Row(testDescription: "client IPv6", subjects: { $0.client = IPAddress("2a00::1") },
            asked: ["1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.a.2.zen.spamhaus.org"]),
        Row(testDescription: "mapped client", subjects: { $0.client = IPAddress("::ffff:8.8.4.4") }, asked: ["4.4.8.8.zen.spamhaus.org"]),
        Row(testDescription: "private, loopback and documentation addresses", subjects: {
            $0.client = IPAddress("10.0.0.1")
            $0.received = ["127.0.0.1", "192.168.1.1", "192.0.2.1", "::1", "fe80::1", "2001:db8::1", "169.254.1.1", "224.0.0.1", "::ffff:10.0.0.1"].compactMap { IPAddress($0) }
        }, asked: []),
        Row(testDescription: "an authenticated user's address and hops", subjects: {
            $0.client = IPAddress("8.8.4.4"); $0.isAuthenticated = true; $0.received = [IPAddress("8.8.8.8")].compactMap { $0 }
            $0.helo = DomainName("home.lan.com"); $0.ptr = [DomainName("dsl.example.net")].compactMap { $0 }
        }, asked: ["4.4.8.8.authbl.test.net"]),
        Row(testDescription: "the client's address again in Received", subjects: { $0.client = IPAddress("8.8.4.4"); $0.received = [IPAddress("8.8.4.4")].compactMap { $0 } },
            asked: ["4.4.8.8.zen.spamhaus.org"]),
        Row(testDescription: "one domain in five places", subjects: {
            let name = DomainName("spam.com")
            $0.sender = name; $0.authors = [name, name].compactMap { $0 }; $0.helo = name; $0.ptr = [name].compactMap { $0 }; $0.urls = [name, name].compactMap { $0 }
        }, asked: ["spam.com.dbl.spamhaus.org", "spam.com.multi.uribl.com"]),
        Row(testDescription: "a deep host: whole for DBL, two and three labels for URIBL", subjects: { $0.urls = [DomainName("www.shop.spam.com")].compactMap { $0 } },
            asked: ["www.shop.spam.com.dbl.spamhaus.org", "shop.spam.com.multi.uribl.com", "spam.com.multi.uribl.com"]),
        Row(testDescription: "hosts below one name are asked once by their tail", subjects: { $0.urls = [DomainName("a.spam.com"), DomainName("b.spam.com")].compactMap { $0 } },
            asked: ["a.spam.com.dbl.spamhaus.org", "b.spam.com.dbl.spamhaus.org", "a.spam.com.multi.uribl.com", "spam.com.multi.uribl.com", "b.spam.com.multi.uribl.com"]),
        Row(testDescription: "names that no list has", subjects: {
            $0.urls = ["localhost", "host.local", "x.internal", "x.test", "x.example", "x.invalid", "1.2.3.4", "x.onion", "4.3.2.1.in-addr.arpa", "a\\032b.com", "com"].compactMap { DomainName($0) }
        }, asked: []),
        Row(testDescription: "an address as link host", subjects: { $0.urlAddresses = [IPAddress("8.8.4.4")].compactMap { $0 } }, asked: []),
        Row(testDescription: "too long below the zone, but not by its tail", subjects: {
            $0.sender = DomainName(Array(repeating: String(repeating: "a", count: 60), count: 4).joined(separator: ".") + ".com")
        }, asked: [1, 2].map { Array(repeating: String(repeating: "a", count: 60), count: $0).joined(separator: ".") + ".com.multi.uribl.com" }),
        Row(testDescription: "nothing", subjects: { _ in }, asked: []),
    ]

    @Test(arguments: rows) func asked(_ row: Row) async throws {
        let bench = Bench([zen, dbl, SpamhausZones.authBL(at: "authbl.test.net"), OtherZones.uribl])
        var subjects = ListSubjects()
        row.subjects(&subjects)
        let found = await bench.check(subjects)
        #expect(Set(bench.resolver.asked.map(\.name.text)) == Set(row.asked))
        #expect(bench.resolver.asked.count == row.asked.count && found.asked == row.asked.count)
        #expect(bench.resolver.asked.allSatisfy { $0.type == .a })
        #expect(found.listings.isEmpty && found.unknown.isEmpty)
    }

    @Test func everyPlaceIsNamedOnce() async throws {
        let bench = Bench([dbl])
        bench.resolver.a("spam.com.dbl.spamhaus.org", "127.0.1.2")
        let spam = try name("spam.com")
        let found = await bench.check(ListSubjects(sender: spam, authors: [spam], urls: [spam]))
        #expect(found.listings.count == 1)
        #expect(found.listings.first?.kind == .sender && found.listings.first?.alsoAs == [.author, .url])
    }

    @Test func thePolicyListCountsForTheClientThatIsAlsoAHop() async throws {
        let bench = Bench([zen])
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.0.0.10")
        let client = try address("8.8.4.4")
        let found = await bench.check(ListSubjects(client: client, received: [client]))
        #expect(found.listings.map(\.code) == ["spamhaus.pbl"] && found.listings.first?.kind == .client && found.listings.first?.alsoAs == [])
    }

    @Test func theTailThatIsListedIsNamed() async throws {
        let bench = Bench([OtherZones.uribl])
        bench.resolver.a("spam.com.multi.uribl.com", "127.0.0.2")
        let found = await bench.check(ListSubjects(urls: [try name("www.shop.spam.com")]))
        #expect(found.listings.map(\.subject) == ["spam.com"])
    }

    @Test func boundsHold() async throws {
        var limits = ListLimits()
        limits.domains = 5; limits.addresses = 3
        let bench = Bench([zen, dbl], limits: limits)
        let subjects = ListSubjects(client: try address("8.8.4.4"), received: (0..<20).map { .v4(0x0808_0800 + UInt32($0)) },
                                    sender: try name("sender.com"), urls: (0..<50).compactMap { DomainName("h\($0).com") })
        let found = await bench.check(subjects)
        #expect(found.asked == 8 && bench.resolver.asked.count == 8)
        #expect(found.leftOut == 19 - 3 + 1 + 1 + 46)
        #expect(bench.resolver.asked.contains { $0.name.text == "sender.com.dbl.spamhaus.org" })
    }

    @Test func questionsAreBounded() async throws {
        var limits = ListLimits()
        limits.questions = 4
        let bench = Bench([dbl, OtherZones.uribl], limits: limits)
        let found = await bench.check(ListSubjects(urls: (0..<10).compactMap { DomainName("a.h\($0).com") }))
        #expect(found.asked == 4 && found.leftOut == 26 && bench.resolver.asked.count == 4)
    }

    @Test func unknownIsNotNotListed() async throws {
        let bench = Bench([zen, dbl])
        bench.resolver.fail("4.4.8.8.zen.spamhaus.org", .a, .responseCode(2))
        let found = await bench.check(ListSubjects(client: try address("8.8.4.4"), sender: try name("good.com")))
        #expect(found.unknown.map(\.reason) == ["SERVFAIL"])
        #expect(found.unknown.first?.subject == "8.8.4.4")
        #expect(found.unknown.first?.passing == true)
        #expect(found.unknown.first?.couldBe.contains("spamhaus.sbl") == true)
        #expect(found.listings.isEmpty && found.asked == 2)
    }

    @Test func aWarmCacheIsReadWithoutWaiting() async throws {
        let listed: DNSAnswer = .records([.address(try address("127.0.0.2"))], .insecure)
        let resolver = WarmResolver([try name("4.4.8.8.zen.spamhaus.org"): listed])
        let health = BlockListHealth(zones: [zen, dbl], clock: Hands().clock)
        let found = await BlockListChecker(resolver: resolver, health: health, local: LocalLists())
            .check(ListSubjects(client: try address("8.8.4.4"), sender: try name("good.com")), tenant: nil, at: 0, by: .now + .seconds(60))
        #expect(found.listings.map(\.code) == ["spamhaus.sbl"] && found.asked == 2)
        #expect(resolver.waits.withLock { $0 } == 0)
        #expect(health.snapshot().zones.map(\.counters.fromCache) == [1, 1])
    }

    @Test func jsonIsSnakeCaseAndComesBack() async throws {
        let bench = Bench([zen], local: [LocalEntry(effect: .block, subject: try #require(LocalSubject("8.8.0.0/16")), reason: "abuse")])
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.0.0.2")
        let found = await bench.check(ListSubjects(client: try address("8.8.4.4")))
        let data = Data(jsonOctets(found)), text = String(decoding: data, as: UTF8.self)
        for part in ["\"subject_kind\":\"client\"", "\"also_as\"", "\"left_out\"", "\"not_counted\"", "\"code\":\"spamhaus.sbl\"", "\"answer\":\"127.0.0.2\""] { #expect(text.contains(part)) }
        #expect(try JSONDecoder().decode(BlockListOutcome.self, from: data) == found)
    }
}

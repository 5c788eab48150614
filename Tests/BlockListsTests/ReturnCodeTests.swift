import BlockLists
import DNS
import Foundation
import JSON
import TestSupport
import Testing

/// Every answer that a built-in list is known to give.
struct ReturnCodeTests {
    enum Meaning: Sendable, Equatable { case codes([String]), notListed, notCounted, refused }

    struct Row: Sendable, CustomTestStringConvertible {
        var zone: String, answer: String, meaning: Meaning
        var kind: SubjectKind = .client
        var testDescription: String { "\(zone) \(answer) as \(kind)" }
    }

    static let zenRows: [Row] = [
        ("127.0.0.2", "sbl"), ("127.0.0.3", "css"), ("127.0.0.4", "xbl"), ("127.0.0.5", "xbl"), ("127.0.0.6", "xbl"), ("127.0.0.7", "xbl"),
        ("127.0.0.9", "drop"), ("127.0.0.10", "pbl"), ("127.0.0.11", "pbl"), ("127.0.0.30", "bcl"),
    ].map { Row(zone: "zen", answer: $0.0, meaning: .codes(["spamhaus.\($0.1)"])) }

    static let zenHops: [Row] = [
        ("127.0.0.2", Meaning.codes(["spamhaus.sbl"])), ("127.0.0.3", .codes(["spamhaus.css"])), ("127.0.0.4", .codes(["spamhaus.xbl"])),
        ("127.0.0.9", .codes(["spamhaus.drop"])), ("127.0.0.10", .notCounted), ("127.0.0.11", .notCounted), ("127.255.255.254", .refused),
    ].map { Row(zone: "zen", answer: $0.0, meaning: $0.1, kind: .received) }

    static let dblRows: [Row] = [
        (2, "spam"), (4, "phish"), (5, "malware"), (6, "botnet"), (102, "abused_spam"), (103, "abused_redirector"), (104, "abused_phish"),
        (105, "abused_malware"), (106, "abused_botnet"),
    ].flatMap { code in
        [SubjectKind.sender, .author, .helo, .ptr, .url].map { Row(zone: "dbl", answer: "127.0.1.\(code.0)", meaning: .codes(["spamhaus.dbl.\(code.1)"]), kind: $0) }
    } + [Row(zone: "dbl", answer: "127.0.1.255", meaning: .refused, kind: .url), Row(zone: "dbl", answer: "127.0.1.3", meaning: .notListed, kind: .url),
         Row(zone: "dbl", answer: "127.0.0.2", meaning: .notListed, kind: .url)]

    static let zrdRows: [Row] = (2...24).map { Row(zone: "zrd", answer: "127.0.2.\($0)", meaning: .codes(["spamhaus.zrd"]), kind: .url) }
        + [Row(zone: "zrd", answer: "127.0.2.1", meaning: .notListed, kind: .url), Row(zone: "zrd", answer: "127.0.2.25", meaning: .notListed, kind: .url)]

    static let otherRows: [Row] = [
        Row(zone: "authbl", answer: "127.0.0.20", meaning: .codes(["spamhaus.authbl"]), kind: .auth),
        Row(zone: "spamcop", answer: "127.0.0.2", meaning: .codes(["spamcop"])),
        Row(zone: "barracuda", answer: "127.0.0.2", meaning: .codes(["barracuda"])),
        Row(zone: "surbl", answer: "127.0.0.8", meaning: .codes(["surbl.ph"]), kind: .url),
        Row(zone: "surbl", answer: "127.0.0.16", meaning: .codes(["surbl.mw"]), kind: .url),
        Row(zone: "surbl", answer: "127.0.0.64", meaning: .codes(["surbl.abuse"]), kind: .url),
        Row(zone: "surbl", answer: "127.0.0.128", meaning: .codes(["surbl.cr"]), kind: .url),
        Row(zone: "surbl", answer: "127.0.0.80", meaning: .codes(["surbl.mw", "surbl.abuse"]), kind: .url),
        Row(zone: "surbl", answer: "127.0.0.254", meaning: .codes(["surbl.ph", "surbl.mw", "surbl.abuse", "surbl.cr"]), kind: .url),
        Row(zone: "surbl", answer: "127.0.0.1", meaning: .refused, kind: .url),
        Row(zone: "uribl", answer: "127.0.0.2", meaning: .codes(["uribl.black"]), kind: .url),
        Row(zone: "uribl", answer: "127.0.0.4", meaning: .codes(["uribl.grey"]), kind: .url),
        Row(zone: "uribl", answer: "127.0.0.8", meaning: .codes(["uribl.red"]), kind: .url),
        Row(zone: "uribl", answer: "127.0.0.14", meaning: .codes(["uribl.black", "uribl.grey", "uribl.red"]), kind: .url),
        Row(zone: "uribl", answer: "127.0.0.1", meaning: .refused, kind: .url),
        Row(zone: "dnswl", answer: "127.0.5.0", meaning: .codes(["dnswl.none"])), Row(zone: "dnswl", answer: "127.0.4.1", meaning: .codes(["dnswl.low"])),
        Row(zone: "dnswl", answer: "127.0.15.2", meaning: .codes(["dnswl.medium"])), Row(zone: "dnswl", answer: "127.0.2.3", meaning: .codes(["dnswl.high"])),
        Row(zone: "dnswl", answer: "127.0.10.0", meaning: .codes(["dnswl.none"])), Row(zone: "dnswl", answer: "127.0.10.3", meaning: .refused),
        Row(zone: "dnswl", answer: "127.0.10.1", meaning: .refused), Row(zone: "dnswl", answer: "127.0.0.255", meaning: .refused),
    ]

    /// What any list may answer.
    static let everywhere: [Row] = ["zen", "spamcop", "barracuda", "dnswl"].flatMap { zone in
        ["127.255.255.250", "127.255.255.251", "127.255.255.252", "127.255.255.254", "127.255.255.255", "127.255.255.1"].map { Row(zone: zone, answer: $0, meaning: .refused) }
            + ["127.0.0.1", "127.0.0.12", "127.1.0.2", "203.0.113.9", "8.8.8.8", "128.0.0.2"].map { Row(zone: zone, answer: $0, meaning: .notListed) }
    }

    private func zone(_ short: String) throws -> ListZone {
        let spamhaus = try #require(SpamhausZones.all(key: key))
        let all = spamhaus.map { (String($0.name.prefix { $0 != "." }), $0) } + OtherZones.all
        return try #require(all.first { $0.0 == short }).1
    }

    @Test(arguments: zenRows + zenHops + dblRows + zrdRows + otherRows + everywhere) func meaning(_ row: Row) async throws {
        let bench = Bench([try zone(row.zone)])
        var subjects = ListSubjects()
        switch row.kind {
        case .client: subjects.client = try address("8.8.4.4")
        case .auth: subjects.client = try address("8.8.4.4"); subjects.isAuthenticated = true
        case .received: subjects.received = [try address("8.8.4.4")]
        case .sender: subjects.sender = try name("spam.com")
        case .author: subjects.authors = [try name("spam.com")]
        case .helo: subjects.helo = try name("spam.com")
        case .ptr: subjects.ptr = [try name("spam.com")]
        case .url: subjects.urls = [try name("spam.com")]
        }
        let isAddress = [SubjectKind.client, .auth, .received].contains(row.kind)
        bench.resolver.a("\(isAddress ? "4.4.8.8" : "spam.com").\(bench.health.zones[0].origin)", row.answer)
        let found = await bench.check(subjects)
        #expect(found.asked == 1)
        switch row.meaning {
        case .codes(let codes):
            #expect(found.listings.map(\.code) == codes)
            #expect(found.listings.allSatisfy { $0.kind == row.kind && $0.answer.description == row.answer && $0.subject == (isAddress ? "8.8.4.4" : "spam.com") })
            #expect(found.listings.allSatisfy { $0.effect == (row.zone == "dnswl" ? .allow : .block) })
            #expect(found.unknown.isEmpty && found.unrecognised.isEmpty && found.notCounted.isEmpty)
        case .notListed:
            #expect(found.listings.isEmpty && found.unknown.isEmpty)
            #expect(found.unrecognised.map(\.answer.description) == [row.answer])
        case .notCounted:
            #expect(found.listings.isEmpty && found.unknown.isEmpty && found.unrecognised.isEmpty)
            #expect(found.notCounted.map(\.answer.description) == [row.answer])
        case .refused:
            #expect(found.listings.isEmpty && found.unrecognised.isEmpty)
            #expect(found.unknown.count == 1)
        }
    }

    @Test func severalRecordsAreSeveralListings() async throws {
        let bench = Bench([zen])
        for answer in ["127.0.0.2", "127.0.0.9", "127.0.0.10", "127.0.0.99"] { bench.resolver.a("4.4.8.8.zen.spamhaus.org", answer) }
        let found = await bench.check(ListSubjects(client: try address("8.8.4.4")))
        #expect(found.listings.map(\.code) == ["spamhaus.sbl", "spamhaus.drop", "spamhaus.pbl"])
        #expect(found.unrecognised.map(\.answer.description) == ["127.0.0.99"])
    }

    @Test func oneRefusalSpoilsTheWholeAnswer() async throws {
        let bench = Bench([zen])
        for answer in ["127.0.0.2", "127.255.255.255"] { bench.resolver.a("4.4.8.8.zen.spamhaus.org", answer) }
        let found = await bench.check(ListSubjects(client: try address("8.8.4.4")))
        #expect(found.listings.isEmpty && found.unknown.map(\.reason) == ["the list refused: too many queries"])
    }

    @Test func theKeyIsNeverShown() async throws {
        let zones = try #require(SpamhausZones.all(key: key.uppercased()))
        #expect(zones.map(\.name) == ["zen.dq.spamhaus.net", "dbl.dq.spamhaus.net", "zrd.dq.spamhaus.net", "authbl.dq.spamhaus.net"])
        let bench = Bench(zones, limits: ListLimits())
        bench.resolver.a("4.4.8.8.\(key).zen.dq.spamhaus.net", "127.0.0.2")
        bench.resolver.a("8.8.8.8.\(key).zen.dq.spamhaus.net", "127.255.255.255")
        bench.resolver.a("9.9.9.9.\(key).zen.dq.spamhaus.net", "127.0.0.77")
        bench.resolver.fail("spam.com.\(key).dbl.dq.spamhaus.net", .a, .bogus("validation failure <spam.com.\(key).dbl.dq.spamhaus.net. A IN>"))
        bench.resolver.fail("spam.com.\(key).zrd.dq.spamhaus.net", .a, .local("cannot ask spam.com.\(key).zrd.dq.spamhaus.net"))
        var subjects = ListSubjects(client: try address("8.8.4.4"), received: [try address("8.8.8.8"), try address("9.9.9.9")], sender: try name("spam.com"))
        let open = await bench.check(subjects)
        subjects.isAuthenticated = true
        let authenticated = await bench.check(subjects)
        await bench.probe()
        #expect(open.listings.count == 1 && open.unknown.count == 3 && open.unrecognised.count == 1)
        var shown = String(describing: bench.health.zones) + String(reflecting: bench.health.zones)
        dump(bench.health.zones, to: &shown)
        for data in [jsonOctets(open), jsonOctets(authenticated), jsonOctets(bench.health.snapshot())] {
            shown += String(decoding: data, as: UTF8.self)
        }
        #expect(!shown.lowercased().contains(key) && shown.contains("zen.dq.spamhaus.net"))
        #expect(bench.resolver.asked.contains { $0.name.text.contains(key) })
    }

    @Test(arguments: ["", "a.b", "key key", "ключ", "a-b", String(repeating: "a", count: 64)]) func badKeys(_ key: String) { #expect(SpamhausZones.all(key: key) == nil) }
}

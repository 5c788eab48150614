import BlockLists
import DNS
import TestSupport
import Testing

struct LocalListTests {
    private func entry(_ text: String, _ effect: LocalEffect = .block, tenant: String? = nil, expires: Int64? = nil) throws -> LocalEntry {
        LocalEntry(id: text, tenant: tenant, effect: effect, subject: try #require(LocalSubject(text)), reason: "because", expires: expires)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var entry: String, matches: [String], not: [String]
        var testDescription: String { entry }
    }

    static let rows: [Row] = [
        Row(entry: "8.8.4.4", matches: ["8.8.4.4", "::ffff:8.8.4.4"], not: ["8.8.4.5", "2a00::1"]),
        Row(entry: "8.8.0.0/16", matches: ["8.8.4.4", "8.8.255.255"], not: ["8.9.0.0"]),
        Row(entry: "8.8.4.4/16", matches: ["8.8.0.1"], not: ["8.7.255.255"]),
        Row(entry: "0.0.0.0/0", matches: ["8.8.4.4", "10.0.0.1"], not: ["2a00::1"]),
        Row(entry: "::ffff:8.8.0.0/112", matches: ["8.8.4.4", "::ffff:8.8.4.4"], not: ["8.9.0.0"]),
        Row(entry: "10.0.0.0/8", matches: ["10.1.2.3"], not: ["11.0.0.0"]),
        Row(entry: "2a00::/16", matches: ["2a00::1", "2a00:ffff::"], not: ["2a01::", "8.8.4.4"]),
        Row(entry: "2a00:1:2:3:4::/80", matches: ["2a00:1:2:3:4::1"], not: ["2a00:1:2:3:5::1"]),
        Row(entry: "::/0", matches: ["2a00::1"], not: ["8.8.4.4"]),
        Row(entry: "example.org", matches: ["example.org"], not: ["a.example.org", "myexample.org", "org"]),
        Row(entry: ".example.org", matches: ["example.org", "a.b.example.org"], not: ["myexample.org", "example.com"]),
        Row(entry: "User@Example.org", matches: ["user@example.org", "USER@EXAMPLE.ORG"], not: ["user@a.example.org", "other@example.org", "user"]),
    ]

    @Test(arguments: rows) func entries(_ row: Row) throws {
        let list = LocalList([try entry(row.entry)])
        for text in row.matches + row.not {
            let found: [LocalEntry]
            if text.contains("@") || text == "user" { found = list.entries(forAddress: text, at: 0) }
            else if let address = IPAddress(text) { found = list.entries(for: address, at: 0) }
            else { found = list.entries(for: try name(text), at: 0) }
            #expect(found.count == (row.matches.contains(text) ? 1 : 0), "\(text)")
        }
    }

    @Test(arguments: ["", ".", "@", "a@", "@b.org", "8.8.4.4/33", "8.8.4.256", "2a00::g", "a..b", "x@y@", "a@8.8.4.4/8", "a b.org", "*.", "*", "*.a/b", "*.a.b", "*.a@b.org", "*." + String(repeating: "x", count: 33)]) func notAnEntry(_ text: String) { #expect(LocalSubject(text) == nil) }

    @Test(arguments: ["8.8.4.4", "8.8.0.0/16", "2a00::/16", "example.org", ".example.org", "user@example.org", "*.iso", "*.7z"]) func textComesBack(_ text: String) {
        #expect(LocalSubject(text)?.description == text)
    }

    @Test func mostSpecificComesFirst() throws {
        let list = LocalList(try ["8.0.0.0/8", "8.8.4.4", "8.8.0.0/16", ".org", "a.example.org", ".example.org"].map { try entry($0) })
        #expect(list.entries(for: try address("8.8.4.4"), at: 0).map { $0.subject.description } == ["8.8.4.4", "8.8.0.0/16", "8.0.0.0/8"])
        #expect(list.entries(for: try name("a.example.org"), at: 0).map { $0.subject.description } == ["a.example.org", ".example.org", ".org"])
    }

    @Test func expiredEntriesDoNotCount() throws {
        let list = LocalList([try entry("8.8.4.4", expires: 1000)])
        #expect(list.entries(for: try address("8.8.4.4"), at: 999).count == 1)
        #expect(list.entries(for: try address("8.8.4.4"), at: 1000).isEmpty)
    }

    @Test func everyPlaceOfAMessageIsLookedAt() async throws {
        let entries = try ["8.8.4.4", "bad@sender.com", ".sender.com", "boss@author.com", "author.com", "helo.com", ".ptr.com", "url.com", "9.9.9.9", "7.7.7.7"].map { try entry($0) }
        let bench = Bench([], local: entries + [try entry("8.8.4.4", .allow, tenant: "acme"), try entry("8.8.4.4", tenant: "other")])
        let subjects = ListSubjects(client: try address("8.8.4.4"), received: [try address("9.9.9.9")], sender: try name("x.sender.com"), senderAddress: "Bad@sender.com",
                                    authors: [try name("author.com")], authorAddresses: ["boss@author.com"], helo: try name("helo.com"), ptr: [try name("a.ptr.com")],
                                    urls: [try name("url.com")], urlAddresses: [try address("7.7.7.7")])
        let found = await bench.check(subjects, tenant: "acme").local
        #expect(found.map(\.kind) == [.client, .client, .sender, .sender, .author, .author, .helo, .ptr, .url, .url, .received])
        #expect(found.first?.effect == .allow && found.dropFirst().allSatisfy { $0.effect == .block && $0.reason == "because" })
        #expect(await bench.check(subjects).local.count == 10)
    }

    @Test func matchesAreBounded() async throws {
        var limits = ListLimits()
        limits.localMatches = 7
        let bench = Bench([], local: try (0..<50).map { _ in try entry("8.8.4.4") }, limits: limits)
        #expect(await bench.check(ListSubjects(client: try address("8.8.4.4"))).local.count == 7)
    }

    @Test func lookUpsAreBounded() async throws {
        var limits = ListLimits()
        limits.localSubjects = 2
        let bench = Bench([], local: [try entry(".com")], limits: limits)
        let found = await bench.check(ListSubjects(sender: try name("s.com"), urls: (0..<9).compactMap { DomainName("h\($0).com") }))
        #expect(found.local.map(\.subject) == ["s.com", "h0.com", "h1.com"])
    }

    struct Failing: Error {}
    struct Source: LocalListSource {
        var result: Result<[LocalEntry], Failing>
        func entries() async throws -> [LocalEntry] { try result.get() }
    }

    @Test func aReloadThatFailsLeavesWhatIsThere() async throws {
        let bench = Bench([])
        try await bench.local.reload(from: Source(result: .success([try entry("8.8.4.4")])))
        await #expect(throws: Failing.self) { try await bench.local.reload(from: Source(result: .failure(Failing()))) }
        #expect(await bench.check(ListSubjects(client: try address("8.8.4.4"))).local.count == 1)
    }

    /// The index finds what looking at every entry in turn finds.
    @Test(.longWork, arguments: 0..<40) func agreesWithLookingAtEveryEntry(_ seed: Int) throws {
        var random = SeededGenerator(UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1)
        let labels = ["a", "b", "c", "example", "org", "com"]
        func domain() -> String { (0..<Int.random(in: 1...4, using: &random)).map { _ in labels.randomElement(using: &random) ?? "a" }.joined(separator: ".") }
        func some(_ v4: Bool) -> IPAddress {
            // Few different bits, so that networks overlap.
            let bits = UInt64.random(in: 0..<16, using: &random) << UInt64.random(in: 0..<60, using: &random)
            return v4 ? .v4(UInt32(truncatingIfNeeded: bits)) : .v6(high: bits, low: UInt64.random(in: 0..<4, using: &random))
        }
        var entries: [LocalEntry] = []
        for number in 0..<200 {
            let subject: LocalSubject? = switch Int.random(in: 0..<5, using: &random) {
            case 0: IPNetwork(some(true), prefix: Int.random(in: 0...32, using: &random)).map { .network($0) }
            case 1: IPNetwork(some(false), prefix: Int.random(in: 0...128, using: &random)).map { .network($0) }
            case 2: LocalSubject(domain())
            case 3: LocalSubject("." + domain())
            default: LocalSubject("\(labels.randomElement(using: &random) ?? "a")@\(domain())")
            }
            entries.append(LocalEntry(id: "\(number)", effect: .block, subject: try #require(subject), reason: "", expires: Bool.random(using: &random) ? nil : Int64.random(in: 0..<20, using: &random)))
        }
        let list = LocalList(entries)
        for _ in 0..<200 {
            let now = Int64.random(in: 0..<20, using: &random), client = some(Bool.random(using: &random)), host = try name(domain())
            let mail = "\(labels.randomElement(using: &random) ?? "a")@\(host)"
            let valid = entries.filter { $0.expires.map { now < $0 } ?? true }
            #expect(Set(list.entries(for: client, at: now)) == Set(valid.filter { if case .network(let network) = $0.subject { network.contains(client) } else { false } }))
            #expect(Set(list.entries(for: host, at: now)) == Set(valid.filter {
                if case .domain(let name, let below) = $0.subject { below ? host.isWithin(name) : host == name } else { false }
            }))
            #expect(Set(list.entries(forAddress: mail, at: now)) == Set(valid.filter { $0.subject == .address(mail) }))
        }
    }

    @Test func filesAreBannedForATenantOrForEveryone() throws {
        let lists = LocalLists([try entry("*.ISO"), try entry("*.iso", .allow, tenant: "labs"), try entry("*.zip", tenant: "bank"), try entry("*.old", expires: 10),
                                try entry("*.js"), try entry("*.js", .allow)])
        func bans(_ ending: String, _ tenant: String, at now: Int64 = 0) -> Bool { lists.ban(ofFiles: ending, tenant: tenant, at: now) != nil }
        #expect(bans("iso", "bank") && !bans("iso", "labs"))
        #expect(bans("zip", "bank") && !bans("zip", "labs"))
        #expect(bans("old", "bank", at: 9) && !bans("old", "bank", at: 10))
        #expect(!bans("js", "bank") && !bans("exe", "bank") && !bans("", "bank"))
        // No address or name in a message is a kind of file.
        let subjects = ListSubjects(sender: try name("example.iso"), urls: [try name("x.zip")])
        #expect(lists.matches(subjects, tenant: "bank", at: 0).isEmpty)
    }

    @Test func whatIsSaidOfADomainIsNoMatch() throws {
        let lists = LocalLists([
            try entry(".example.org", .own), try entry("lists.example.net", .seal, tenant: "blue"), try entry("old.example", .seal, expires: 5), try entry("example.com", .block),
        ])
        let ours = try name("a.example.org"), forwarder = try name("lists.example.net"), below = try name("a.lists.example.net"), old = try name("old.example"), bad = try name("example.com")
        let given = ListSubjects(sender: ours, authors: [forwarder, bad])
        #expect(lists.matches(given, tenant: "blue", at: 0).map(\.entry) == ["example.com"])
        #expect(lists.says(.own, of: ours, tenant: "red", at: 0))
        #expect(!lists.says(.seal, of: ours, tenant: "red", at: 0))
        #expect(lists.says(.seal, of: forwarder, tenant: "blue", at: 0))
        #expect(!lists.says(.seal, of: forwarder, tenant: "red", at: 0))
        #expect(!lists.says(.seal, of: below, tenant: "blue", at: 0))
        #expect(lists.says(.seal, of: old, tenant: "red", at: 4) && !lists.says(.seal, of: old, tenant: "red", at: 5))
        #expect(!lists.says(.block, of: bad, tenant: "red", at: 0), "what is met in messages is no statement of domains")
    }
}

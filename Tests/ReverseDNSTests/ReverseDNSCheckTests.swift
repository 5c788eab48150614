import DNS
import Foundation
import JSON
import ReverseDNS
import TestSupport
import Testing

private let soon = ContinuousClock.now + .seconds(60)

private func names(_ texts: [String]) -> [DomainName] { texts.compactMap { DomainName($0) } }

private func evidence(_ client: String, helo: String? = nil, authors: [String] = [], own: [String] = [], limits: ReverseDNSLimits = ReverseDNSLimits(),
                      _ fill: (MemoryResolver) -> Void) async throws -> (ReverseDNSEvidence, MemoryResolver) {
    let resolver = MemoryResolver()
    fill(resolver)
    let check = ReverseDNSCheck(resolver: resolver, limits: limits)
    let address = try #require(IPAddress(client))
    let found = await check.check(client: address, helo: helo, authorDomains: names(authors), ownNames: names(own), deadline: soon)
    return (found, resolver)
}

struct IPRevTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var client = "8.8.4.4"
        var zone: @Sendable (MemoryResolver) -> Void
        var result: IPRevResult
        var pointer: PointerState
        var confirmed: [String] = []
    }

    static let rows: [Row] = [
        Row(testDescription: "one name, confirmed", zone: { $0.ptr("8.8.4.4", "mx.example.org"); $0.a("mx.example.org", "8.8.4.4") },
            result: .pass, pointer: .exists, confirmed: ["mx.example.org"]),
        Row(testDescription: "IPv6, confirmed by AAAA", client: "2a00:1450::1", zone: { $0.ptr("2a00:1450::1", "mx.example.org"); $0.a("mx.example.org", "2a00:1450::1") },
            result: .pass, pointer: .exists, confirmed: ["mx.example.org"]),
        Row(testDescription: "an IPv4 client behind a mapped address", client: "::ffff:8.8.4.4", zone: { $0.ptr("8.8.4.4", "mx.example.org"); $0.a("mx.example.org", "8.8.4.4") },
            result: .pass, pointer: .exists, confirmed: ["mx.example.org"]),
        Row(testDescription: "the second of two names is confirmed",
            zone: { $0.ptr("8.8.4.4", "a.example.org"); $0.ptr("8.8.4.4", "b.example.org"); $0.a("a.example.org", "8.8.8.8"); $0.a("b.example.org", "8.8.4.4") },
            result: .pass, pointer: .exists, confirmed: ["b.example.org"]),
        Row(testDescription: "confirmed although another name has trouble",
            zone: { $0.ptr("8.8.4.4", "a.example.org"); $0.ptr("8.8.4.4", "b.example.org"); $0.fail("a.example.org"); $0.a("b.example.org", "8.8.4.4") },
            result: .pass, pointer: .exists, confirmed: ["b.example.org"]),
        Row(testDescription: "no PTR at all", zone: { _ in }, result: .permerror, pointer: .none),
        Row(testDescription: "the name leads elsewhere", zone: { $0.ptr("8.8.4.4", "mx.example.org"); $0.a("mx.example.org", "8.8.8.8") }, result: .fail, pointer: .exists),
        Row(testDescription: "the name does not exist", zone: { $0.ptr("8.8.4.4", "mx.example.org") }, result: .fail, pointer: .exists),
        Row(testDescription: "the PTR look-up times out", zone: { $0.fail("4.4.8.8.in-addr.arpa", .ptr) }, result: .temperror, pointer: .unknown),
        Row(testDescription: "SERVFAIL for the forward look-up", zone: { $0.ptr("8.8.4.4", "mx.example.org"); $0.fail("mx.example.org", .a, .responseCode(2)) },
            result: .temperror, pointer: .exists),
        Row(testDescription: "one name leads elsewhere, one could not be known",
            zone: { $0.ptr("8.8.4.4", "a.example.org"); $0.ptr("8.8.4.4", "b.example.org"); $0.a("a.example.org", "8.8.8.8"); $0.fail("b.example.org") },
            result: .temperror, pointer: .exists),
    ]

    @Test(arguments: rows) func result(_ row: Row) async throws {
        let (found, _) = try await evidence(row.client, row.zone)
        #expect(found.iprev.result == row.result)
        #expect(found.iprev.pointer == row.pointer)
        #expect(found.iprev.confirmed.map(\.text) == row.confirmed)
        #expect((found.iprev.problem == nil) == (row.result == .pass))
        #expect(found.iprev.skipped == nil)
    }

    @Test(arguments: ["10.1.2.3", "127.0.0.1", "100.64.0.1", "fe80::1", "fd00::1", "192.0.2.1", "2001:db8::1", "::1"])
    func internalClientIsAFactOfItsOwn(_ client: String) async throws {
        let (found, resolver) = try await evidence(client, helo: "mx.example.org") { _ in }
        #expect(found.iprev.skipped != nil)
        #expect(found.iprev.result == nil && found.iprev.problem == nil)
        #expect(found.helo.form == .fqdn && found.helo.resolves == nil && found.helo.leadsToClient == nil)
        #expect(resolver.asked.isEmpty)
    }

    @Test func namesAreBounded() async throws {
        let (found, resolver) = try await evidence("8.8.4.4", limits: ReverseDNSLimits(names: 3)) { resolver in
            for number in 0..<50 { resolver.ptr("8.8.4.4", "h\(number).example.org") }
            resolver.ptr("8.8.4.4", "h0.example.org")
        }
        #expect(found.iprev.names.count == 3)
        #expect(found.iprev.namesLeftOut >= 47)
        #expect(resolver.asked.count == 4)
    }

    struct RelationRow: Sendable, CustomTestStringConvertible {
        var ptr: String, other: String, relation: NameRelation
        var testDescription: String { "\(ptr) and \(other): \(relation)" }
    }

    static let relations: [RelationRow] = [
        RelationRow(ptr: "mx.example.org", other: "MX.Example.org.", relation: .same),
        RelationRow(ptr: "mx.example.org", other: "mail.example.org", relation: .related),
        RelationRow(ptr: "mx.example.org", other: "example.org", relation: .related),
        RelationRow(ptr: "mx.example.org", other: "mx.example.com", relation: .different),
        RelationRow(ptr: "mx.example.co.uk", other: "mail.example.co.uk", relation: .related),
        RelationRow(ptr: "mx.one.co.uk", other: "mx.two.co.uk", relation: .different),
        RelationRow(ptr: "mx.gmx.de", other: "mail.gmx.de", relation: .related),
        RelationRow(ptr: "mx.example.org", other: "myexample.org", relation: .different),
        RelationRow(ptr: "mx.co.uk", other: "co.uk", relation: .different),
    ]

    @Test(arguments: relations) func relationToHELOAndAuthor(_ row: RelationRow) async throws {
        let (found, _) = try await evidence("8.8.4.4", helo: row.other, authors: ["unrelated.example.net", row.other]) {
            $0.ptr("8.8.4.4", row.ptr); $0.a(row.ptr, "8.8.4.4")
        }
        #expect(found.iprev.helo == row.relation)
        #expect(found.iprev.author == row.relation)
    }

    @Test func authorsAreBounded() async throws {
        let authors = (0..<20).map { "a\($0).net" } + ["example.org"]
        for (bound, relation) in [(16, NameRelation.different), (21, .related)] {
            let (found, _) = try await evidence("8.8.4.4", authors: authors, limits: ReverseDNSLimits(authors: bound)) {
                $0.ptr("8.8.4.4", "mx.example.org"); $0.a("mx.example.org", "8.8.4.4")
            }
            #expect(found.iprev.author == relation)
        }
    }

    @Test func nothingConfirmedRelatesToNothing() async throws {
        let (found, _) = try await evidence("8.8.4.4", helo: "mx.example.org", authors: ["example.org"]) { $0.ptr("8.8.4.4", "mx.example.org") }
        #expect(found.iprev.helo == nil && found.iprev.author == nil)
    }

    struct GenericRow: Sendable, CustomTestStringConvertible {
        var client: String, name: String, rule: GenericName.Rule?
        var testDescription: String { "\(client) as \(name)" }
    }

    static let generic: [GenericRow] = [
        GenericRow(client: "203.0.114.7", name: "203-0-114-7.isp.example.net", rule: .addressDigits),
        GenericRow(client: "203.0.114.7", name: "7.114.0.203.isp.example.net", rule: .addressDigits),
        GenericRow(client: "203.0.114.7", name: "host-7-114-0.isp.example.net", rule: .addressDigits),
        GenericRow(client: "203.0.114.7", name: "ip203x0x114x7.example.net", rule: .addressDigits),
        GenericRow(client: "203.0.114.7", name: "203000114007.example.net", rule: .addressDigits),
        GenericRow(client: "203.0.114.7", name: "203-000-114-007.example.net", rule: .addressDigits),
        GenericRow(client: "203.0.114.7", name: "pcb007207.dip0.example.net", rule: .addressHexadecimal),
        GenericRow(client: "203.0.114.7", name: "c-1.dsl.provider.example.net", rule: .dynamicWord),
        GenericRow(client: "203.0.114.7", name: "dyn12.example.net", rule: .dynamicWord),
        GenericRow(client: "203.0.114.7", name: "mx7.example.net", rule: nil),
        GenericRow(client: "203.0.114.7", name: "mail-114-7.example.net", rule: nil),
        GenericRow(client: "203.0.114.7", name: "mx.dsl.net", rule: nil),
        GenericRow(client: "203.0.114.7", name: "liverpool.example.net", rule: nil),
        GenericRow(client: "2a00:1450:1:2:aaaa:bbbb:cccc:dddd", name: "2a00-1450-1-2-aaaa-bbbb-cccc-dddd.example.net", rule: .addressHexadecimal),
        GenericRow(client: "2a00:1450:1:2:a:b:c:d", name: "2a00-1450-1-2-a-b-c-d.example.net", rule: .addressHexadecimal),
        GenericRow(client: "2a00:1450::25", name: "mx25.example.net", rule: nil),
    ]

    @Test(arguments: generic) func genericNames(_ row: GenericRow) async throws {
        let (found, _) = try await evidence(row.client) { $0.ptr(row.client, row.name); $0.a(row.name, row.client) }
        #expect(found.iprev.generic?.rule == row.rule)
    }

    @Test func oneProperNameIsEnough() async throws {
        let (found, _) = try await evidence("203.0.114.7") {
            for name in ["203-0-114-7.example.net", "mx.example.org"] { $0.ptr("203.0.114.7", name); $0.a(name, "203.0.114.7") }
        }
        #expect(found.iprev.generic == nil)
    }

    @Test func jsonIsSnakeCaseAndComesBack() async throws {
        let (found, _) = try await evidence("8.8.4.4", helo: "mx.example.org") { $0.ptr("8.8.4.4", "203-0-113-7.example.org") }
        let data = Data(jsonOctets(found))
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.contains("\"names_left_out\":0") && text.contains("\"leads_to_client\""))
        #expect(try JSONDecoder().decode(ReverseDNSEvidence.self, from: data) == found)
    }
}

struct HELOTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var helo: String?
        var client = "8.8.4.4"
        var zone: @Sendable (MemoryResolver) -> Void = { _ in }
        var form: HELOForm
        var resolves: Known? = nil
        var leads: Known? = nil
    }

    static let rows: [Row] = [
        Row(testDescription: "leads to the client", helo: "mx.example.org", zone: { $0.a("mx.example.org", "8.8.4.4") }, form: .fqdn, resolves: .yes, leads: .yes),
        Row(testDescription: "leads elsewhere", helo: "mx.example.org", zone: { $0.a("mx.example.org", "8.8.8.8") }, form: .fqdn, resolves: .yes, leads: .no),
        Row(testDescription: "only the other family", helo: "mx.example.org", zone: { $0.a("mx.example.org", "2a00::1") }, form: .fqdn, resolves: .yes, leads: .no),
        Row(testDescription: "only MX", helo: "example.org", zone: { $0.mx("example.org", 10, "mx.example.org") }, form: .fqdn, resolves: .yes, leads: .no),
        Row(testDescription: "only a null MX", helo: "example.org", zone: { $0.mx("example.org", 0, "") }, form: .fqdn, resolves: .no, leads: .no),
        Row(testDescription: "no such name", helo: "mx.example.org", form: .fqdn, resolves: .no, leads: .no),
        Row(testDescription: "the name exists without records of use", helo: "mx.example.org", zone: { $0.txt("mx.example.org", "x") }, form: .fqdn, resolves: .no, leads: .no),
        Row(testDescription: "timeout is not no", helo: "mx.example.org", zone: { $0.fail("mx.example.org") }, form: .fqdn, resolves: .unknown, leads: .unknown),
        Row(testDescription: "A has trouble, AAAA exists", helo: "mx.example.org",
            zone: { $0.fail("mx.example.org", .a); $0.a("mx.example.org", "2a00::1") }, form: .fqdn, resolves: .yes, leads: .unknown),
        Row(testDescription: "no A, MX has trouble", helo: "example.org",
            zone: { $0.txt("example.org", "x"); $0.fail("example.org", .mx, .responseCode(2)) }, form: .fqdn, resolves: .unknown, leads: .no),
        Row(testDescription: "literal of the client", helo: "[8.8.4.4]", form: .addressLiteral, leads: .yes),
        Row(testDescription: "literal of another", helo: "[8.8.8.8]", form: .addressLiteral, leads: .no),
        Row(testDescription: "literal of another behind a proxy", helo: "[8.8.8.8]", client: "10.0.0.1", form: .addressLiteral, leads: .unknown),
        Row(testDescription: "IPv6 literal", helo: "[IPv6:2a00:1450::1]", client: "2a00:1450::1", form: .addressLiteral, leads: .yes),
        Row(testDescription: "IPv6 literal, tag in lower case", helo: "[ipv6:2a00:1450:0::1]", client: "2a00:1450::1", form: .addressLiteral, leads: .yes),
        Row(testDescription: "IPv6 literal without tag", helo: "[2a00:1450::1]", form: .badLiteral),
        Row(testDescription: "IPv4 behind the IPv6 tag", helo: "[IPv6:8.8.4.4]", form: .badLiteral),
        Row(testDescription: "literal without its end", helo: "[8.8.4.4", form: .badLiteral),
        Row(testDescription: "empty literal", helo: "[]", form: .badLiteral),
        Row(testDescription: "one bracket", helo: "[", form: .badLiteral),
        Row(testDescription: "bare address of the client", helo: "8.8.4.4", form: .bareAddress, leads: .yes),
        Row(testDescription: "bare address of another", helo: "8.8.8.8", form: .bareAddress, leads: .no),
        Row(testDescription: "bare IPv6", helo: "2a00::1", form: .bareAddress, leads: .no),
        Row(testDescription: "single label", helo: "DESKTOP-1", form: .singleLabel),
        Row(testDescription: "localhost", helo: "localhost", form: .localhost),
        Row(testDescription: "localhost.localdomain", helo: "localhost.localdomain", form: .localhost, resolves: .no, leads: .no),
        Row(testDescription: "underscore", helo: "my_host.example.org", form: .invalidCharacters, resolves: .no, leads: .no),
        Row(testDescription: "space", helo: "a b", form: .invalidCharacters),
        Row(testDescription: "non-ASCII", helo: "пример.рф", form: .invalidCharacters),
        Row(testDescription: "empty label", helo: "a..example.org", form: .invalidCharacters),
        Row(testDescription: "all dots", helo: "...", form: .invalidCharacters),
        Row(testDescription: "one dot", helo: ".", form: .invalidCharacters),
        Row(testDescription: "bad address", helo: "999.1.1.1", form: .invalidCharacters, resolves: .no, leads: .no),
        Row(testDescription: "too long", helo: String(repeating: "a.", count: 200) + "org", form: .invalidCharacters),
        Row(testDescription: "our own name", helo: "MX.own.example", zone: { $0.a("mx.own.example", "8.8.8.8") }, form: .ownName, resolves: .yes, leads: .no),
        Row(testDescription: "empty", helo: "", form: .missing),
        Row(testDescription: "none", helo: nil, form: .missing),
    ]

    @Test(arguments: rows) func form(_ row: Row) async throws {
        let (found, _) = try await evidence(row.client, helo: row.helo, own: ["mx.own.example"], row.zone)
        #expect(found.helo.form == row.form)
        #expect(found.helo.resolves == row.resolves)
        #expect(found.helo.leadsToClient == row.leads)
        #expect(found.helo.text.utf8.count <= 255)
    }

    @Test func onlyOneQuestionForAnOrdinaryHELO() async throws {
        let (_, resolver) = try await evidence("8.8.4.4", helo: "mx.example.org") { $0.a("mx.example.org", "8.8.4.4") }
        #expect(resolver.asked.filter { $0.name.text == "mx.example.org" }.count == 1)
    }

    @Test func hostileOctetsStopNothing() async throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let octets = (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let (found, _) = try await evidence("8.8.4.4", helo: String(decoding: octets, as: UTF8.self)) { _ in }
            #expect(found.helo.text.utf8.allSatisfy { $0 > 32 && $0 < 127 })
        }
    }
}

import DNS
import Foundation
import JSON
import Mail
import SPF
import TestSupport
import Testing

/// Sender ID: which record counts, whom it is asked about, and what is taken over from SPF. RFC 4406, RFC 4407.
@Suite struct SenderIDTests {
    /// Evaluates both, with From: ann@sender.example unless the row has other fields.
    static func evaluate(_ resolver: any Resolver, from: String? = "ann@sender.example", header: [String] = ["From: ann@sender.example"],
                         client: String = "192.0.2.10", helo: String = "gate.helo.example") async throws -> (spf: SPFEvidence, senderID: SenderIDEvidence) {
        let evaluator = SPFEvaluator(resolver: resolver, receiver: "mx.here.example")
        let client = try #require(IPAddress(client)), message = Message(octets: Array((header + ["", ""]).joined(separator: "\r\n").utf8))
        let spf = await evaluator.evaluate(client: client, helo: helo, mailFrom: from, deadline: .now + .seconds(60), at: 1_700_000_000)
        return (spf, await evaluator.senderID(client: client, helo: helo, mailFrom: from, pra: message.purportedResponsibleAddress, spf: spf,
                                              deadline: .now + .seconds(60), at: 1_700_000_000))
    }

    struct Selection: CustomTestStringConvertible, Sendable {
        let records: [String], spf: SPFResult, mfrom: SPFResult, pra: SPFResult
        init(_ records: [String], _ spf: SPFResult, _ mfrom: SPFResult, _ pra: SPFResult) { (self.records, self.spf, self.mfrom, self.pra) = (records, spf, mfrom, pra) }
        var testDescription: String { records.joined(separator: " | ") }
    }

    @Test("Which record counts", arguments: [
        Selection(["v=spf1 -all"], .fail, .fail, .fail),
        Selection(["spf2.0/mfrom -all"], .none, .fail, .none),
        Selection(["spf2.0/pra -all"], .none, .none, .fail),
        Selection(["spf2.0/mfrom,pra -all"], .none, .fail, .fail),
        Selection(["spf2.0/pra,mfrom -all"], .none, .fail, .fail),
        Selection(["SPF2.0/PRA,MFrom -all"], .none, .fail, .fail),
        Selection(["v=spf1 +all", "spf2.0/pra -all"], .pass, .pass, .fail),
        Selection(["v=spf1 +all", "spf2.0/mfrom -all"], .pass, .fail, .pass),
        Selection(["v=spf1 +all", "spf2.0/mfrom,pra -all"], .pass, .fail, .fail),
        Selection(["v=spf1 +all", "spf2.0/mfrom ~all", "spf2.0/pra -all"], .pass, .softfail, .fail),
        Selection(["spf2.0/pra ?all", "v=spf1 +all", "spf2.0/mfrom -all"], .pass, .fail, .neutral),
        Selection(["spf2.0/pra", "v=spf1 -all"], .fail, .fail, .neutral),
        Selection(["spf2.0/pra +all", "spf2.0/pra +all"], .none, .none, .permerror),
        Selection(["spf2.0/pra +all", "spf2.0/mfrom,pra +all", "v=spf1 +all"], .pass, .pass, .permerror),
        Selection(["v=spf1 +all", "v=spf1 +all"], .permerror, .permerror, .permerror),
        Selection(["v=spf1 +all", "v=spf1 +all", "spf2.0/pra +all"], .permerror, .permerror, .pass),
        Selection(["spf2.0/mfrom,prattle,fubar -all"], .none, .fail, .none),
        Selection(["spf2.0/fubar,pra,mfrom.x -all"], .none, .none, .fail),
        Selection(["spf2.0/fubar -all", "v=spf1 +all"], .pass, .pass, .pass),
        Selection(["spf2.7/pra -all"], .none, .none, .fail), Selection(["spf2.10/pra -all"], .none, .none, .fail),
        Selection(["spf2.0 -all"], .none, .none, .none), Selection(["spf2.0/ -all"], .none, .none, .none), Selection(["spf2.0/pra, -all"], .none, .none, .none),
        Selection(["spf2.0/,pra -all"], .none, .none, .none), Selection(["spf2.0/pra mfrom -all"], .none, .none, .permerror),
        Selection(["spf2.0/pra;mfrom -all"], .none, .none, .none), Selection(["spf2./pra -all"], .none, .none, .none), Selection(["spf2.x/pra -all"], .none, .none, .none),
        Selection(["spf2/pra -all"], .none, .none, .none), Selection(["spf3.0/pra -all"], .none, .none, .none), Selection([" spf2.0/pra -all"], .none, .none, .none),
        Selection(["spf2.0/pra\t-all"], .none, .none, .none), Selection(["v=spf2.0/pra -all"], .none, .none, .none), Selection(["spf2.0/1pra -all"], .none, .none, .none),
        Selection(["spf2.0/pra,pra -all"], .none, .none, .fail), Selection(["spf2.0/pra   -all  "], .none, .none, .fail),
        Selection(["spf2.0/pra ip4:192.0.2.300 -all", "v=spf1 +all"], .pass, .pass, .permerror),
        Selection(["spf2.0/pra -all op=x op=y"], .none, .none, .fail),
        Selection(["nothing of ours"], .none, .none, .none),
    ] as [Selection])
    func selection(_ row: Selection) async throws {
        let (spf, senderID) = try await Self.evaluate(try SPFZone.resolver(nil, row.records.map { "sender.example TXT \($0)" }.joined(separator: "\n")
))
        #expect((spf.mailfrom.result, senderID.mfrom?.result, senderID.pra.result) == (row.spf, row.mfrom, row.pra))
        for outcome in [senderID.pra, senderID.mfrom].compactMap({ $0 }) { #expect((outcome.problem != nil) == (outcome.result == .permerror)) }
    }

    /// Selection takes place in every domain that the policy leads to.
    @Test("Records on the way", arguments: [
        Selection(["v=spf1 include:both.example -all"], .pass, .pass, .fail),
        Selection(["v=spf1 redirect=both.example"], .pass, .pass, .fail),
        Selection(["v=spf1 include:old.example -all"], .pass, .pass, .pass),
        Selection(["spf2.0/pra include:old.example -all"], .none, .none, .pass),
        Selection(["v=spf1 include:only.example -all"], .permerror, .permerror, .fail),
        Selection(["spf2.0/pra include:nowhere.invalid -all"], .none, .none, .permerror),
    ] as [Selection])
    func way(_ row: Selection) async throws {
        let more = """
            both.example TXT v=spf1 +all
            both.example TXT spf2.0/pra -all
            old.example TXT v=spf1 +all
            only.example TXT spf2.0/pra -all
            """
        let (spf, senderID) = try await Self.evaluate(try SPFZone.resolver(nil, more + "\n" + row.records.map { "sender.example TXT \($0)" }.joined(separator: "\n")))
        #expect((spf.mailfrom.result, senderID.mfrom?.result, senderID.pra.result) == (row.spf, row.mfrom, row.pra))
    }

    @Test("Whom the policy is asked about") func identities() async throws {
        let zone = "list.example TXT spf2.0/pra ip4:192.0.2.0/24 -all\nauthor.example TXT v=spf1 -all"
        let header = ["Resent-From: <l@list.example>", "Sender: s@nowhere.invalid", "From: ann@author.example"]
        let (_, found) = try await Self.evaluate(try SPFZone.resolver("v=spf1 ~all", zone), header: header)
        #expect((found.pra.result, found.pra.header, found.pra.domain, found.pra.sender, found.pra.mechanism) == (.pass, "resent-from", "list.example", "l@list.example", "ip4:192.0.2.0/24"))
        #expect((found.mfrom?.result, found.mfrom?.header, found.mfrom?.domain, found.mfrom?.sender) == (.softfail, nil, "sender.example", "ann@sender.example"))
        let bounce = try await Self.evaluate(try SPFZone.resolver("v=spf1 ~all", zone), from: nil, header: ["From: postmaster@author.example"]).senderID
        #expect((bounce.pra.result, bounce.pra.header, bounce.mfrom?.result, bounce.mfrom?.sender) == (.fail, "from", .pass, "postmaster@gate.helo.example"))
    }

    @Test("An ill-formed message is a permerror, and no question", arguments: [[], ["From: a@a.example", "From: b@b.example"], ["From: nobody"], ["From: a@[192.0.2.1]"]] as [[String]])
    func illFormed(_ header: [String]) async throws {
        let resolver = try SPFZone.resolver("v=spf1 -all")
        let (_, found) = try await Self.evaluate(resolver, header: header)
        #expect(found.pra.result == .permerror && found.pra.problem != nil && found.pra.domain == nil && found.pra.header == nil)
        #expect(found.mfrom?.result == .fail && resolver.asked.count == 2)
    }

    /// RFC 4406 §4.3.
    @Test("A responsible domain that does not exist fails; one without a policy does not") func noDomain() async throws {
        let resolver = try SPFZone.resolver("v=spf1 +all")
        let (spf, gone) = try await Self.evaluate(resolver, from: "a@gone.invalid", header: ["From: b@gone.invalid"])
        #expect((spf.mailfrom.result, gone.mfrom?.result, gone.pra.result) == (SPFResult.none, SPFResult.none, SPFResult.fail))
        #expect(gone.pra.problem == "gone.invalid: the domain does not exist" && gone.pra.explanation == nil)
        #expect(resolver.asked.count == 2, "asked once for HELO, once for both")
        let alone = try await Self.evaluate(resolver, header: ["From: b@gone.invalid"]).senderID
        #expect((alone.mfrom?.result, alone.pra.result) == (.pass, .fail))
        let empty = try await Self.evaluate(resolver, header: ["From: b@four.zone.example"]).senderID
        #expect(empty.pra.result == SPFResult.none && empty.pra.problem == nil)
        let single = try await Self.evaluate(resolver, header: ["From: b@localhost"]).senderID
        #expect(single.pra.result == SPFResult.none)
    }

    @Test("Trouble is a temperror") func trouble() async throws {
        let (_, found) = try await Self.evaluate(try SPFZone.resolver("v=spf1 +all"), header: ["From: a@dead.zone.example"])
        #expect(found.pra.result == .temperror && found.pra.problem != nil && found.mfrom?.result == .pass)
        let both = try await Self.evaluate(try SPFZone.resolver(nil), from: "a@dead.zone.example", header: ["From: b@dead.zone.example"]).senderID
        #expect(both.pra.result == .temperror && both.mfrom?.result == .temperror)
    }

    struct Sharing: CustomTestStringConvertible, Sendable {
        let policy: String, header: String, isShared: Bool, pra: SPFResult
        init(_ policy: String, _ header: String, _ isShared: Bool, _ pra: SPFResult) { (self.policy, self.header, self.isShared, self.pra) = (policy, header, isShared, pra) }
        var testDescription: String { "\(policy) \(header)" }
    }

    @Test("What is taken over from SPF", arguments: [
        Sharing("v=spf1 ip4:192.0.2.0/24 -all", "ann@sender.example", true, .pass),
        Sharing("v=spf1 ip4:192.0.2.0/24 -all", "bob@SENDER.example", true, .pass),
        Sharing("v=spf1 include:yes.zone.example -all", "bob@sender.example", true, .pass),
        Sharing("v=spf1 exists:%{l}.sender.example.list.example -all", "ann@sender.example", true, .pass),
        Sharing("v=spf1 exists:%{l}.sender.example.list.example -all", "bob@sender.example", false, .fail),
        Sharing("v=spf1 include:%{l}.names.example -all", "bob@sender.example", false, .permerror),
        Sharing("v=spf1 exists:%{h}.helos.example -all", "bob@sender.example", true, .pass),
        Sharing("v=spf1 -all exp=why5.zone.example", "bob@sender.example", false, .fail),
        Sharing("v=spf1 +all exp=why5.zone.example", "bob@sender.example", true, .pass),
        Sharing("v=spf1 -all exp=%{l}.zone.example", "bob@sender.example", false, .fail),
        Sharing("v=spf1 +all exists:%{l}.example", "bob@sender.example", true, .pass),
        Sharing("v=spf1 ip4:192.0.2.0/24 -all", "bob@gate.helo.example", true, .pass),
        Sharing("v=spf1 ip4:192.0.2.0/24 -all", "bob@no.zone.example", false, .fail),
    ] as [Sharing])
    func sharing(_ row: Sharing) async throws {
        let resolver = try SPFZone.resolver(row.policy)
        let evaluator = SPFEvaluator(resolver: resolver, receiver: "mx.here.example"), client = try #require(IPAddress("192.0.2.10"))
        let message = Message(octets: Array("From: \(row.header)\r\n\r\n".utf8))
        let spf = await evaluator.evaluate(client: client, helo: "gate.helo.example", mailFrom: "ann@sender.example", deadline: .now + .seconds(60), at: 1_700_000_000)
        let asked = resolver.asked.count
        func senderID(_ spf: SPFEvidence) async -> SenderIDEvidence {
            await evaluator.senderID(client: client, helo: "gate.helo.example", mailFrom: "ann@sender.example", pra: message.purportedResponsibleAddress, spf: spf,
                                     deadline: .now + .seconds(60), at: 1_700_000_000)
        }
        let found = await senderID(spf)
        #expect((resolver.asked.count == asked) == row.isShared)
        #expect(found.pra.result == row.pra && found.pra.sender?.hasPrefix(row.header.prefix(3)) == true)
        // Of what a document says, nothing is taken over, and it comes to the same.
        let read = try JSONDecoder().decode(SPFEvidence.self, from: Data(jsonOctets(spf)))
        #expect(await senderID(read) == found)
        #expect(resolver.asked.count > asked)
    }

    @Test func json() async throws {
        let (_, found) = try await Self.evaluate(try SPFZone.resolver("v=spf1 -all", "sender.example TXT spf2.0/pra ip4:192.0.2.10"))
        let text = String(decoding: jsonOctets(found), as: UTF8.self)
        #expect(text == #"{"pra":{"result":"pass","scope":"pra","header":"from","domain":"sender.example","sender":"ann@sender.example","mechanism":"ip4:192.0.2.10","mechanism_domain":"sender.example","matched_network":"192.0.2.10/32","lookups":0,"void_lookups":0},"mfrom":{"result":"fail","scope":"mfrom","domain":"sender.example","sender":"ann@sender.example","mechanism":"-all","mechanism_domain":"sender.example","matched_network":"0.0.0.0/0","lookups":0,"void_lookups":0}}"#)
        #expect(try JSONDecoder().decode(SenderIDEvidence.self, from: Data(text.utf8)) == found)
    }
}

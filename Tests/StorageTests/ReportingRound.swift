import BlockLists
import DMARC
import DNS
import Foundation
import Postgres
import Relay
import Reporting
import Storage
import Synchronization
import Testing
import TestStores
import TestSupport
import Verdicts

/// From verdicts in PostgreSQL to reports at a real SMTP server.
@Suite(.longWork) struct ReportingRound {
    /// One node: its own connections, its own relay, its own everything.
    private struct Node {
        let pool: PostgresPool
        let day: DayReports
        let delivery: ReportDelivery

        init(_ settings: PostgresSettings, _ resolver: MemoryResolver, _ server: TestRelay, now: Timestamp) throws {
            pool = PostgresPool(settings, size: 2)
            let reporter = Reporter(organization: "Receiver", email: "dmarc@mx.receiver.test", host: try #require(DomainName("mx.receiver.test")))
            let evaluator = DMARCEvaluator(resolver: resolver)
            var limits = ListLimits()
            limits.unaskedTopNames = []
            let health = BlockListHealth(zones: [SpamhausZones.dbl(at: "dbl.test")], clock: ListClock(instant: { .now }, time: { now.microseconds }), limits: limits)
            day = DayReports(days: PostgresReportDays(settings, pool: pool), maker: ReportMaker(reporter: reporter), evaluator: evaluator, now: { now })
            delivery = ReportDelivery(
                outbox: PostgresReportOutbox(pool), relay: SMTPRelay(try RelaySettings(url: "smtp://localhost:\(server.port)", encryption: RelaySettings.Encryption.none, heloName: "mx.receiver.test")),
                evaluator: evaluator, resolver: resolver, blockLists: BlockListChecker(resolver: resolver, health: health, local: LocalLists(), limits: limits), reporter: reporter, now: { now })
        }

        func make() async throws { while try await day.makeNext() != nil {} }

        func send() async throws -> [(ReportRow, ReportEnd)] {
            var ends: [(ReportRow, ReportEnd)] = []
            _ = try await delivery.sendDue(pause: { _ in }, tell: { ends.append(($0, $1)) })
            return ends
        }
    }

    private static let now = Timestamp(microseconds: Timestamp.present.microseconds / 86_400_000_000 * 86_400_000_000 + 43_200_000_000)

    private static func verdict(_ domain: String, rua: String, ip: String, _ change: (inout VerdictRecord) -> Void = { _ in }) throws -> VerdictRecord {
        var record = VerdictRecord.sample(tenant: "acme", at: now.adding(seconds: -86_400), action: .reject)
        record.clientIP = try #require(IPAddress(ip))
        var evidence = Evidence()
        evidence.dmarc = DMARCOutcome(result: .fail, domain: domain, organizationalDomain: domain, policyDomain: domain, record: "v=DMARC1; p=reject; rua=mailto:\(rua)", policy: .reject, policyTag: .p,
                                      disposition: .reject, identifiers: [DMARCIdentifier(mechanism: .dkim, domain: "esp.test", selector: "s", result: "pass", mode: .relaxed, isAligned: false)])
        evidence.author = AuthorEvidence(standing: .unaligned, domain: domain)
        record.evidence = VerdictDocument.answer(verdict: Verdict(id: record.id, action: .reject, messageClass: .spam, score: 1, thresholds: Thresholds(), smtp: SMTPReply(code: 554, enhanced: "5.7.1", text: "x"),
                                                                  findings: [], headers: HeaderEdits(), decidedBy: nil), evidence: evidence, timing: []).evidence
        change(&record)
        return record
    }

    @Test func theWholeWay() async throws {
        let resolver = MemoryResolver(), server = try await TestRelay()
        resolver.txt("away.test._report._dmarc.vendor.test", "v=DMARC1")
        resolver.a("listed.test.dbl.test", "127.0.1.4")
        for host in (0..<10).map({ "home\($0).test" }) + ["vendor.test", "victim.test", "listed.test", "forged.test", "override.test"] { resolver.mx(host, 10, "mx.test") }
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 1), verdicts = PostgresVerdictStore(settings, pool: pool), now = Self.now
            for place in 0..<40 { _ = try await verdicts.append(try Self.verdict("home\(place % 10).test", rua: "r@home\(place % 10).test", ip: "192.0.2.\(place % 20)")) }
            for one in [try Self.verdict("away.test", rua: "r@vendor.test", ip: "192.0.2.1"), try Self.verdict("stranger.test", rua: "r@victim.test", ip: "192.0.2.1"),
                        try Self.verdict("listed.test", rua: "r@listed.test", ip: "192.0.2.1"),
                        try Self.verdict("loop.test", rua: "r@loop.test", ip: "192.0.2.1") {
                            $0.evidence = Array(String(decoding: $0.evidence, as: UTF8.self).replacing(#""dmarc":{"result":"fail""#, with: #""dmarc":{"result":"pass""#).utf8).dropLast() + Array(#","content":{"report":true}}"#.utf8)
                        },
                        try Self.verdict("forged.test", rua: "r@forged.test", ip: "192.0.2.2"),
                        try Self.verdict("forged.test", rua: "r@forged.test", ip: "192.0.2.1") { $0.evidence = $0.evidence.dropLast() + Array(#","content":{"report":true}}"#.utf8) },
                        try Self.verdict("override.test", rua: "r@override.test", ip: "192.0.2.1") {
                            $0.action = .accept
                            $0.evidence = Array(String(decoding: $0.evidence, as: UTF8.self).replacing(#""standing":"unaligned","#, with: #""standing":"unaligned","override":{"type":"local_policy","comment":"sealed by lists.test"},"#).utf8)
                        }] { _ = try await verdicts.append(one) }
            await verdicts.close()
            let nodes = [try Node(settings, resolver, server, now: now), try Node(settings, resolver, server, now: now)]
            // Both nodes at once; one stops before it sent anything, and comes back.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in nodes { group.addTask { try await node.make() } }
                try await group.waitForAll()
            }
            let ended = try await withThrowingTaskGroup(of: [(ReportRow, ReportEnd)].self) { group in
                for node in nodes { group.addTask { try await node.send() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            await nodes[0].pool.close()
            let restarted = try Node(settings, resolver, server, now: now.adding(seconds: 7200))
            try await restarted.make()
            #expect(try await restarted.send().isEmpty)

            #expect(ended.filter { $0.1.word == "sent" }.count == 13)
            let withheld = ended.filter { $0.1.word == "withheld" }
            #expect(Set(withheld.map(\.0.policyDomain)) == ["stranger.test", "listed.test"] && ended.count == 15)
            #expect(withheld.contains { $0.1.words.contains("dbl.test lists listed.test") } && withheld.contains { $0.1.words.contains("victim.test has no TXT record") })
            try await check(try server.taken())
            for one in [nodes[1].pool, restarted.pool, pool] { await one.close() }
        }
    }

    /// What arrived: each report once, and valid.
    private func check(_ taken: [TestRelay.Taken]) async throws {
        #expect(taken.count == 13 && Set(taken.flatMap(\.rcpt)).count == 13)
        #expect(taken.allSatisfy { $0.mail_from == "dmarc@mx.receiver.test" })
        let folder = try TemporaryFolder()
        try folder.write(ReportSchema.text, to: "tables.xsd")
        var files: [String] = [], byDomain: [String: AggregateReport] = [:]
        for (place, mail) in taken.enumerated() {
            let document = try #require(ReportReader().read(Array(mail.content), mediaType: "message/rfc822").documents.first).content.get()
            let report = try AggregateReport(xml: document)
            byDomain[report.policy.domain] = report
            try folder.write(String(decoding: document, as: UTF8.self), to: "\(place).xml")
            files.append("\(folder.path)/\(place).xml")
        }
        var schemas = ["\(folder.path)/tables.xsd"]
        if let suites = Suites.folder { schemas.append("\(suites)/dmarc/xsd/dmarc-xml-0.2.xsd") }
        for schema in schemas { #expect(try ChildProcess.run("xmllint", ["--nonet", "--noout", "--schema", schema] + files, log: "\(folder.path)/log") == 0, "\((try? folder.read("log")) ?? "")") }
        let home = try #require(byDomain["home3.test"])
        #expect(home.records.map(\.count) == [2, 2] && Set(home.records.map(\.source.description)) == ["192.0.2.3", "192.0.2.13"])
        #expect(home.metadata.end - home.metadata.begin == 86_399 && home.metadata.begin % 86_400 == 0)
        #expect(byDomain["override.test"]?.records.first?.evaluated == .init(disposition: AggregateReport.Disposition.none, dkim: .fail, spf: .fail,
                                                                           reasons: [.init(.localPolicy, comment: "sealed by lists.test")]))
        #expect(byDomain["loop.test"] == nil && byDomain["forged.test"]?.records.count == 2, "who calls his mail a report, and is not who he says, hides nothing beside other mail")
    }

    /// A node that ends between `begin` and the answer: what it sent is not sent again.
    @Test func aNodeThatEndsWhileItSends() async throws {
        let resolver = MemoryResolver(), server = try await TestRelay()
        for place in 0..<2 { resolver.mx("home\(place).test", 10, "mx.test") }
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 1), verdicts = PostgresVerdictStore(settings, pool: pool), now = Self.now
            for place in 0..<2 { _ = try await verdicts.append(try Self.verdict("home\(place).test", rua: "r@home\(place).test", ip: "192.0.2.1")) }
            await verdicts.close()
            let node = try Node(settings, resolver, server, now: now), outbox = PostgresReportOutbox(pool)
            try await node.make()
            let lost = try #require(try await outbox.claim(limit: 1, at: now).reports.first)
            #expect(try await outbox.begin(lost, at: now) != nil)
            #expect(try await node.send().count == 1, "the other one")
            let later = try Node(settings, resolver, server, now: now.adding(seconds: ReportPacing().lease + 1))
            #expect(try await later.send().map(\.1) == [.unknown("who sent it did not say what became of it")], "it is told, and nothing went out")
            #expect(try await outbox.report(lost.row.id, tenant: nil)?.row.state == .unknown)
            #expect(try server.taken().count == 1)
            for one in [node.pool, later.pool, pool] { await one.close() }
        }
    }
}

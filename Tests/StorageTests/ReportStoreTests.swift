import DNS
import Foundation
import Postgres
import Storage
import TestSupport
import Testing
import TestStores
import Verdicts

@Suite(.longWork) struct ReportStoreTests {
    private let pacing = { var pacing = ReportPacing(); pacing.longestSuppression = 20 * 86_400; pacing.betweenSame = 0; return pacing }()

    @Test func theTwinsConform() async throws {
        let twin = MemoryReportOutbox(pacing: pacing, sender: ReportSender.mailbox)
        try await ReportOutboxConformance(twin, pacing: pacing, present: .present) { try twin.judge($0) }.run()
        try await checkReceivedReports(MemoryReceivedReports())
        for check in [ReportOutboxConformance<MemoryReportOutbox>.oneMailboxAtATime, ReportOutboxConformance<MemoryReportOutbox>.ofManyNodesOneSendsToAMailbox] {
            let paced = MemoryReportOutbox()
            try await check(ReportOutboxConformance(paced, pacing: ReportPacing(), present: .present) { try paced.judge($0) })()
        }
    }

    @Test func ofManyNodesOneSendsToAMailbox() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 6), verdicts = PostgresVerdictStore(settings, pool: pool)
            let store = PostgresReports(outbox: PostgresReportOutbox(pool), days: PostgresReportDays(settings, pool: pool))
            try await ReportOutboxConformance(store, pacing: ReportPacing(), present: .present) { _ = try await verdicts.append($0) }.ofManyNodesOneSendsToAMailbox()
            await verdicts.close()
            await pool.close()
        }
    }

    @Test func oneMailboxAtATime() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 4), verdicts = PostgresVerdictStore(settings, pool: pool)
            let store = PostgresReports(outbox: PostgresReportOutbox(pool), days: PostgresReportDays(settings, pool: pool))
            try await ReportOutboxConformance(store, pacing: ReportPacing(), present: .present) { _ = try await verdicts.append($0) }.oneMailboxAtATime()
            await verdicts.close()
            await pool.close()
        }
    }

    /// What was there before the column came stays as it was, and is read.
    @Test func rowsOfTheVersionBefore() async throws {
        try await withDatabase(migrated: false) { _, settings in
            try await withTemporaryFolder { folder in
                let names = try FileManager.default.contentsOfDirectory(atPath: migrations).filter { $0.hasSuffix(".sql") && $0 < "0006" }
                for name in names { try FileManager.default.copyItem(atPath: "\(migrations)/\(name)", toPath: "\(folder)/\(name)") }
                _ = try await Migrator(folder: folder).migrate(settings, by: soon)
            }
            let pool = PostgresPool(settings, size: 1), now = Timestamp(microseconds: 1_795_521_600_000_000), days = PostgresReportDays(settings, pool: pool)
            let outcome = #"{"result":"fail","policy_domain":"example.org","record":"v=DMARC1; p=none; rua=mailto:r@example.org","disposition":"none","testing":false,"spf_aligned":false,"dkim_aligned":false,"identifiers":[]}"#
            try await pool.execute("INSERT INTO report_days (tenant_id, day, gathered_at) VALUES ('t', '2026-11-23', now())", by: soon)
            try await pool.execute("""
                INSERT INTO report_rows (tenant_id, day, policy_domain, place, messages, last_id, client_ip, action, outcome)
                VALUES ('t', '2026-11-23', 'example.org', 1, 3, '019ab000-0000-7000-8000-000000000000', '192.0.2.1', 'accept', '\(outcome)')
                """, by: soon)
            try await pool.execute("""
                INSERT INTO reports_outbox (tenant_id, id, policy_domain, begins_at, ends_at, destination, destination_key, report_id, next_attempt_at, xml_gz, created_at)
                VALUES ('t', '019ab000-0000-7000-8000-000000000001', 'old.example', now(), now(), 'R@old.example', 'r@old.example', 'x', '2026-11-23', '\\x1f8b', now())
                """, by: soon)
            #expect(try await Migrator(folder: migrations).migrate(settings, by: soon).first == "0006_report_overrides")
            let day = try #require(try await days.claimDay(at: now))
            #expect(day.tenant == "t")
            let results = try await days.results(of: day, policyDomain: "example.org", limit: 10)
            #expect(results.map(\.count) == [3] && results.first?.override == nil)
            #expect(try await PostgresReportOutbox(pool).claim(limit: 10, at: now).reports.map(\.row.destination) == ["R@old.example"])
            await pool.close()
        }
    }

    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 4), verdicts = PostgresVerdictStore(settings, pool: pool)
            let store = PostgresReports(outbox: PostgresReportOutbox(pool, pacing: pacing), days: PostgresReportDays(settings, pool: pool, pacing: pacing, sender: ReportSender.mailbox))
            try await ReportOutboxConformance(store, pacing: pacing, present: .present) { _ = try await verdicts.append($0) }.run()
            try await checkReceivedReports(PostgresReceivedReports(pool))
            #expect(try await pool.execute("SELECT count(*) FROM report_rows", by: soon).first?.integer(0) == 0, "a day that is done leaves nothing behind")
            await verdicts.close()
            await pool.close()
        }
    }

    /// Strange texts of strangers: kept, or refused in words, but never in the way of others.
    @Test func hostileTexts() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 1), received = PostgresReceivedReports(pool), long = String(repeating: "ü\u{0}", count: 4000)
            let random = (0..<2000).map { _ in String(UnicodeScalar(UInt32.random(in: 0x4e00...0x9fff)) ?? "x") }.joined()
            for (place, text) in [long, random, "'; DROP TABLE verdicts; --"].enumerated() {
                let report = ReceivedReport(id: VerdictID(at: .present), tenant: "t", kind: .failure, organization: text, reportID: text + "\(place)", domain: text, begin: .present, end: .present,
                                            receivedAt: Timestamp(microseconds: .max), summary: Array(#"{"a":"\u0000\ud800"}"#.utf8), document: [])
                #expect(try await received.keep(report) == nil)
                #expect(try await received.keep(report) == report.id)
            }
            await #expect(throws: StoreTrouble.self) {
                try await received.keep(ReceivedReport(id: VerdictID(at: .present), tenant: "t", kind: .tls, organization: "", reportID: "", domain: "", begin: .present, end: .present,
                                                       receivedAt: .present, summary: Array("{".utf8), document: []))
            }
            let outbox = PostgresReportOutbox(pool)
            try await outbox.suppress(random, tenant: "t", reason: long, at: .present)
            #expect(try await outbox.permit(random, tenant: "t"))
            await pool.close()
        }
    }
}

/// Both ports to the same database.
private struct PostgresReports: ReportOutbox, ReportDays {
    let outbox: PostgresReportOutbox, days: PostgresReportDays

    func claim(limit: Int, at now: Timestamp) async throws -> OutboxClaim { try await outbox.claim(limit: limit, at: now) }
    func begin(_ report: ClaimedReport, at now: Timestamp) async throws -> [UInt8]? { try await outbox.begin(report, at: now) }
    func redirect(_ report: ClaimedReport, to mailboxes: [String], reason: String, at now: Timestamp) async throws -> Bool { try await outbox.redirect(report, to: mailboxes, reason: reason, at: now) }
    func finish(_ report: ClaimedReport, _ end: ReportEnd, at now: Timestamp) async throws -> Bool { try await outbox.finish(report, end, at: now) }
    func suppress(_ destination: String, tenant: String, reason: String, at now: Timestamp) async throws { try await outbox.suppress(destination, tenant: tenant, reason: reason, at: now) }
    func comesBack(_ id: VerdictID, tenant: String, reason: String, at now: Timestamp) async throws -> ReportRow? { try await outbox.comesBack(id, tenant: tenant, reason: reason, at: now) }
    func permit(_ destination: String, tenant: String) async throws -> Bool { try await outbox.permit(destination, tenant: tenant) }
    func destinations(tenant: String?) async throws -> [ReportDestination] { try await outbox.destinations(tenant: tenant) }
    func reports(matching filter: ReportFilter, before: VerdictID?, limit: Int) async throws -> [ReportRow] { try await outbox.reports(matching: filter, before: before, limit: limit) }
    func report(_ id: VerdictID, tenant: String?) async throws -> (row: ReportRow, document: [UInt8])? { try await outbox.report(id, tenant: tenant) }
    func retry(_ id: VerdictID, tenant: String?, at now: Timestamp) async throws -> Bool { try await outbox.retry(id, tenant: tenant, at: now) }
    func standing(since: Timestamp) async throws -> OutboxStanding { try await outbox.standing(since: since) }
    func remove(endedBefore moment: Timestamp) async throws -> Int { try await outbox.remove(endedBefore: moment) }
    func claimDay(at now: Timestamp) async throws -> ClaimedDay? { try await days.claimDay(at: now) }
    func gather(_ day: ClaimedDay, at now: Timestamp) async throws -> Bool { try await days.gather(day, at: now) }
    func policyDomains(of day: ClaimedDay, after: String?, limit: Int) async throws -> [String] { try await days.policyDomains(of: day, after: after, limit: limit) }
    func results(of day: ClaimedDay, policyDomain: String, limit: Int) async throws -> [CountedResult] { try await days.results(of: day, policyDomain: policyDomain, limit: limit) }
    func keep(_ reports: [NewReport], of day: ClaimedDay, at now: Timestamp) async throws -> Int? { try await days.keep(reports, of: day, at: now) }
    func finish(_ day: ClaimedDay, at now: Timestamp) async throws -> Bool { try await days.finish(day, at: now) }
}

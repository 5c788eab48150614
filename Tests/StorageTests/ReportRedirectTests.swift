import Postgres
import Storage
import Testing
import TestStores
import TestSupport
import Verdicts

@Suite(.longWork) struct ReportRedirectTests {
    private static let now = Timestamp(microseconds: 1_795_521_600_000_000)

    /// Two nodes send the reports of one day to two mailboxes on to others, while somebody is about to write the one in the middle: both wait for that, with what they did until then.
    private func redirectAtOnce(_ mailboxes: [[String]]) async throws -> (ends: [Bool], rows: [ReportRow]) {
        var result: (ends: [Bool], rows: [ReportRow]) = ([], [])
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 4), blocker = PostgresConnection(settings), outbox = PostgresReportOutbox(pool, pacing: { var pacing = ReportPacing(); pacing.betweenSame = 0; return pacing }())
            func write(_ name: String, _ number: Int) -> String {
                """
                INSERT INTO reports_outbox (tenant_id, id, policy_domain, begins_at, ends_at, destination, destination_key, report_id, next_attempt_at, xml_gz, created_at)
                VALUES ('t', '019ab000-0000-7000-8000-00000000000\(number)', 'home.test', '2026-11-23', '2026-11-24', '\(name)@v.test', '\(name)@v.test', 'x', '2026-11-23', '\\x1f8b', '2026-11-24')
                """
            }
            for (place, name) in ["a", "b"].enumerated() { try await pool.execute(write(name, place), by: soon) }
            let claimed = try await outbox.claim(limit: 10, at: Self.now).reports.sorted { $0.row.destination < $1.row.destination }
            #expect(claimed.map(\.row.destination) == ["a@v.test", "b@v.test"])
            try await blocker.execute("BEGIN", by: soon)
            try await blocker.execute(write("m", 9), by: soon)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for (report, others) in zip(claimed, mailboxes) {
                    group.addTask { try await outbox.redirect(report, to: others, reason: "it moved", at: Self.now) }
                }
                while try await pool.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", by: soon).first?.integer(0) ?? 0 < 2 { await Task.yield() }
                try await blocker.execute("ROLLBACK", by: soon)
                for try await end in group { result.ends.append(end) }
            }
            result.rows = try await outbox.reports(matching: ReportFilter(), before: nil, limit: 100)
            await blocker.close()
            await pool.close()
        }
        return result
    }

    /// User pain: two nodes that sent reports on to the same mailboxes waited for each other, until the database ended one of them.
    @Test func twoNodesDoNotWaitForEachOther() async throws {
        let (ends, rows) = try await redirectAtOnce([["k@v.test", "m@v.test", "z@v.test"], ["z@v.test", "m@v.test", "k@v.test"]])
        #expect(ends == [true, true])
        #expect(rows.filter { $0.state == .pending }.map(\.destination).sorted() == ["k@v.test", "m@v.test", "z@v.test"])
    }

    /// Each sends its report on to where the other's was to go, at the same time: one of the two goes out.
    @Test func twoNodesThatDisagreeLoseNothing() async throws {
        let (ends, rows) = try await redirectAtOnce([["m@v.test", "b@v.test"], ["m@v.test", "a@v.test"]])
        #expect(ends.contains(true))
        #expect(rows.contains { $0.state == .pending && $0.destination != "m@v.test" }, "\(rows.map { "\($0.destination) \($0.state)" })")
    }
}

import BlockLists
import DNS
import Foundation
import Postgres
import Storage
import Synchronization
import TestSupport
import Testing
import TestStores
import Verdicts

@Suite(.longWork) struct PartitionKeeperTests {
    @Test func daysAreMadeAheadAndDroppedWhenTheyAreOld() async throws {
        try await withDatabase(migrated: false) { _, settings in
            _ = try await Migrator(folder: migrations).migrate(settings, by: soon)
            let pool = PostgresPool(settings, size: 2), store = PostgresVerdictStore(settings, pool: pool)
            let keeper = PartitionKeeper(settings, retentionDays: 30)
            let day0 = try #require(Timestamp("2026-11-23T12:00:00Z"))

            // Before any partition is there, nothing is lost; the rows move when their day is made.
            let early = VerdictRecord.sample(at: day0, queueID: "E", digest: 1)
            #expect(try await store.append(early) == nil)
            let round = try await keeper.keep(now: day0, by: soon)
            #expect(round.hadTurn && round.made.count == 2 + PartitionKeeper.daysAhead && round.dropped.isEmpty)
            #expect(round.made.first == "verdicts_20261122" && round.made.last == "verdicts_20261207")
            #expect(try await partition(of: early.id, pool) == "verdicts_20261123")
            #expect(try await store.verdict(early.id, tenant: nil)?.queueID == "E")
            #expect(try await keeper.keep(now: day0, by: soon) == { var same = PartitionKeeper.Round(); same.hadTurn = true; return same }())

            // The last of a day and the first of the next.
            let midnight = try #require(Timestamp("2026-11-24T00:00:00Z"))
            let last = VerdictRecord.sample(at: Timestamp(microseconds: midnight.microseconds - 1)), first = VerdictRecord.sample(at: midnight)
            for record in [last, first] { _ = try await store.append(record) }
            #expect(try await partition(of: last.id, pool) == "verdicts_20261123")
            #expect(try await partition(of: first.id, pool) == "verdicts_20261124")
            let stray = VerdictRecord.sample(at: day0.adding(seconds: -86_400 * 20))
            _ = try await store.append(stray)
            #expect(try await partition(of: stray.id, pool) == "verdicts_default")

            // Every partition has the parent's indexes and conditions.
            #expect(try await pool.execute("SELECT count(DISTINCT n) FROM (SELECT count(*) AS n FROM pg_index WHERE indrelid::regclass::text LIKE 'verdicts%' GROUP BY indrelid) x", by: soon)
                .first?.integer(0) == 1)
            #expect(try await pool.execute("SELECT count(DISTINCT n) FROM (SELECT count(*) AS n FROM pg_constraint WHERE conrelid::regclass::text LIKE 'verdicts%' AND contype = 'c' GROUP BY conrelid) x", by: soon)
                .first?.integer(0) == 1)

            // Kept for 30 days: the 23rd is there on its 30th day, and gone on the next.
            #expect(try await keeper.keep(now: day0.adding(seconds: 86_400 * 30), by: soon).dropped == ["verdicts_20261122"])
            #expect(try await store.verdict(early.id, tenant: nil) != nil)
            #expect(try await store.verdict(stray.id, tenant: nil) == nil)
            let next = try await keeper.keep(now: day0.adding(seconds: 86_400 * 31), by: soon)
            #expect(next.dropped == ["verdicts_20261123"])
            #expect(try await store.verdict(early.id, tenant: nil) == nil)
            #expect(try await store.verdict(first.id, tenant: nil) != nil)
            #expect(try await pool.execute("SELECT count(*) FROM recent_messages", by: soon).first?.integer(0) == 0)
            await store.close()
            await pool.close()
        }
    }

    /// A part that the server refuses is told, and the others are done.
    @Test func whatFailsStopsNoOtherPart() async throws {
        try await withDatabase(migrated: false) { _, settings in
            _ = try await Migrator(folder: migrations).migrate(settings, by: soon)
            let pool = PostgresPool(settings, size: 1), keeper = PartitionKeeper(settings, retentionDays: 30)
            func left(_ table: String) async throws -> Int? { try await pool.execute("SELECT count(*) FROM \(table)", by: soon).first?.integer(0) }
            for broken in ["recent_messages", "verdicts_default"] {
                try await pool.execute("INSERT INTO greylist VALUES ('t', sha256('x'), now() - interval '2 days', now() - interval '1 day')", by: soon)
                try await pool.execute("ALTER TABLE \(broken) RENAME TO elsewhere", by: soon)
                await #expect(throws: PostgresError.self, "\(broken)") { _ = try await keeper.keep(now: .present, by: soon) }
                #expect(try await left("greylist") == 0, "\(broken)")
                #expect(try await left("pg_inherits WHERE inhparent = 'verdicts'::regclass") ?? 0 > PartitionKeeper.daysAhead, "\(broken)")
                try await pool.execute("ALTER TABLE elsewhere RENAME TO \(broken)", by: soon)
            }
            #expect(try await keeper.keep(now: .present, by: soon).hadTurn)
            await pool.close()
        }
    }

    @Test func onlyOneNodeAtATime() async throws {
        try await withDatabase(migrated: false) { _, settings in
            _ = try await Migrator(folder: migrations).migrate(settings, by: soon)
            let rounds = try await withThrowingTaskGroup(of: PartitionKeeper.Round.self) { group in
                for _ in 0..<4 { group.addTask { try await PartitionKeeper(settings, retentionDays: 30).keep(now: .present, by: soon) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let made = rounds.flatMap(\.made)
            #expect(made.count == 2 + PartitionKeeper.daysAhead && Set(made).count == made.count)
            #expect(rounds.allSatisfy { $0.hadTurn || $0.made.isEmpty })
        }
    }

    /// A service that ends in the middle of a round has no trouble to report.
    @Test func aRoundThatIsCancelledIsNotReported() async throws {
        let reports = Mutex(0)
        let keeper = PartitionKeeper(PostgresSettings("host=/nonexistent dbname=x"), retentionDays: 30)
        await Task {
            await keeper.run(every: .seconds(3600), now: { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }; return .present }) { _ in reports.withLock { $0 += 1 } }
        }.value
        #expect(reports.withLock { $0 } == 0)
    }

    @Test func localEntries() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 1), list = PostgresLocalList(pool)
            func entry(_ subject: String, _ effect: LocalEffect, tenant: String? = nil, reason: String = "because", expires: Int64? = nil) throws -> LocalEntry {
                LocalEntry(tenant: tenant, effect: effect, subject: try #require(LocalSubject(subject)), reason: reason, expires: expires)
            }
            let soonGone = Timestamp.present.adding(seconds: 3600).microseconds
            var kept: [LocalEntry] = []
            for each in [try entry("192.0.2.0/24", .block), try entry(".example.org", .allow, tenant: "acme", expires: soonGone), try entry("a@example.net", .block, tenant: "acme"),
                         try entry(".example.org", .own, tenant: "acme"), try entry("lists.example.net", .seal)] {
                let saved = try await list.add(each)
                var expected = each
                expected.id = saved.id
                #expect(saved == expected && saved.id != nil)
                kept.append(saved)
            }
            _ = try await list.add(try entry("198.51.100.1", .block, expires: 1))
            #expect(Set(try await list.entries()) == Set(kept), "without the one that expired")
            let changed = try await list.add(try entry("192.0.2.0/24", .block, reason: "another"))
            #expect(changed.id == kept[0].id && changed.reason == "another")
            let id = try #require(kept[0].id)
            #expect(try await list.remove(id, tenant: "acme") == false)
            #expect(try await list.remove("' OR true", tenant: nil) == false)
            #expect(try await list.remove(id, tenant: nil))
            #expect(Set(try await list.entries()) == Set(kept.dropFirst()))
            await pool.close()
        }
    }

    /// A tenant's tokens may add to its list; many at the same moment, on several nodes, do not pass the limit either.
    @Test func aTenantsEntriesAreLimited() async throws {
        try await withDatabase { _, settings in
            var limits = TenantLimits()
            limits.localEntries = 10
            let pools = (0..<3).map { _ in PostgresPool(settings, size: 2) }, nodes = pools.map { PostgresLocalList($0, limits: limits) }
            @Sendable func entry(_ place: Int, tenant: String? = "acme", expires: Int64? = nil) throws -> LocalEntry {
                LocalEntry(tenant: tenant, effect: .block, subject: try #require(LocalSubject("192.0.2.\(place)")), reason: "x", expires: expires)
            }
            _ = try await nodes[0].add(try entry(200, expires: 1))
            let kept = try await withThrowingTaskGroup(of: [LocalEntry].self) { group in
                for node in 0..<3 {
                    group.addTask {
                        var kept: [LocalEntry] = []
                        for place in stride(from: node, to: 21, by: 3) {
                            do { kept.append(try await nodes[node].add(try entry(place))) } catch let full as TenantLimitReached where full.limit == 10 {}
                        }
                        return kept
                    }
                }
                return try await group.reduce(into: [LocalEntry]()) { $0 += $1 }
            }
            #expect(kept.count == 10, "and the one that expired takes no room")
            #expect(Set(try await nodes[0].list(tenant: "acme")) == Set(kept))
            var again = try #require(kept.first)
            again.reason = "y"
            #expect(try await nodes[0].add(again) == again, "it is one of them")
            for place in 0..<12 { _ = try await nodes[0].add(try entry(place, tenant: nil)) }
            _ = try await nodes[0].add(try entry(1, tenant: "other"))
            #expect(try await nodes[0].remove(try #require(again.id), tenant: "acme"))
            _ = try await nodes[0].add(try entry(201))
            await #expect(throws: TenantLimitReached(limit: 10)) { try await nodes[0].add(try entry(202)) }
            for pool in pools { await pool.close() }
        }
    }

    private func partition(of id: VerdictID, _ pool: PostgresPool) async throws -> String? {
        try await pool.execute("SELECT tableoid::regclass::text FROM verdicts WHERE id = $1::uuid", [.text(id.description)], by: soon).first?.text(0)
    }
}
